package waybill.x402;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The extension {@code payment-identifier}: the buyer names its payment, so that the same name twice is one purchase.
 *
 * @param required whether the seller takes no payment without a name
 * @param id the name, 16 to 128 letters, digits, {@code _} or {@code -}; null in a seller's declaration
 */
public record PaymentIdentifier(boolean required, @Nullable String id) {
    /** Its name on the wire. */
    public static final String KEY = "payment-identifier";

    private static final Pattern ID = Pattern.compile("[a-zA-Z0-9_-]{16,128}");

    public PaymentIdentifier {
        if (id != null && !ID.matcher(id).matches()) {
            throw new IllegalArgumentException(
                    "a payment's identifier is 16 to 128 letters, digits, _ or -: " + Printable.cut(id, 40));
        }
    }

    /** What a seller puts into its bill. */
    public static Map<String, @Nullable Object> declaration(boolean required) {
        Map<String, @Nullable Object> id = new LinkedHashMap<>();
        id.put("type", "string");
        id.put("minLength", 16);
        id.put("maxLength", 128);
        id.put("pattern", "^[a-zA-Z0-9_-]+$");
        Map<String, @Nullable Object> properties = new LinkedHashMap<>();
        properties.put("required", Map.of("type", "boolean"));
        properties.put("id", id);
        return Extension.of(Map.of("required", required), Extension.schema(properties, List.of("required")));
    }

    /**
     * The extension in a bill or a payment; null when it is not there.
     *
     * @throws MalformedWireException when a field in it is wrong
     */
    public static @Nullable PaymentIdentifier in(Map<String, @Nullable Object> extensions) {
        JsonObject info = Extension.info(extensions, KEY);
        if (info == null) {
            return null;
        }
        return WireFormat.understood(
                KEY,
                () -> new PaymentIdentifier(info.has("required") && info.bool("required"), info.optionalString("id")));
    }

    /** The field that a buyer adds to the declaration's {@code info}; see {@link Extensions#answered}. */
    public static Map<String, @Nullable Object> info(String id) {
        return Map.of("id", Objects.requireNonNull(new PaymentIdentifier(false, id).id()));
    }
}
