package waybill.x402;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How a buyer answers a seller's extensions: each one is sent back as it came, and what the buyer has to say is added to
 * its {@code info}. Nothing that the seller wrote is changed. Extensions that nobody here knows go back untouched.
 */
public final class Extensions {
    private Extensions() {}

    /**
     * The extensions of a payment.
     *
     * @param declared those of the bill
     * @param added the buyer's fields of {@code info}, by key; a key that the seller did not declare is dropped
     */
    public static Map<String, @Nullable Object> answered(
            Map<String, @Nullable Object> declared, Map<String, Map<String, @Nullable Object>> added) {
        Map<String, @Nullable Object> answered = new LinkedHashMap<>();
        declared.forEach((key, extension) -> {
            Map<String, @Nullable Object> ours = added.get(key);
            answered.put(key, ours == null ? extension : merged(extension, ours));
        });
        return answered;
    }

    private static Map<String, @Nullable Object> merged(
            @Nullable Object extension, Map<String, @Nullable Object> ours) {
        Map<String, @Nullable Object> all = new LinkedHashMap<>();
        Map<String, @Nullable Object> info = new LinkedHashMap<>();
        if (extension instanceof Map<?, ?> declared) {
            all.putAll(Json.asObject(declared));
            if (declared.get("info") instanceof Map<?, ?> theirs) {
                info.putAll(Json.asObject(theirs));
            }
        }
        ours.forEach(info::putIfAbsent);
        all.put("info", info);
        return all;
    }
}
