package waybill.x402;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The extension {@code eip2612GasSponsoring}: the buyer permits Permit2 by signature, and the facilitator sends that permit
 * together with the payment, so that the buyer needs no gas.
 *
 * @param asset the token contract
 * @param permit for Permit2, of exactly the sum that the payment permits
 * @param signature of the permit, hex
 */
public record Eip2612Sponsoring(Address asset, Permit permit, String signature) {
    /** Its name on the wire. */
    public static final String KEY = "eip2612GasSponsoring";

    private static final String VERSION = "1";
    private static final int MAX_SIGNATURE_CHARS = 8 * 1024;

    public Eip2612Sponsoring {
        if (signature.length() > MAX_SIGNATURE_CHARS || Hex.decode(signature) == null) {
            throw new IllegalArgumentException("the permit's signature is not hex of at most 4 KiB");
        }
    }

    /** What a seller puts into its bill when its facilitator sends permits. */
    public static Map<String, @Nullable Object> declaration() {
        Map<String, @Nullable Object> info = new LinkedHashMap<>();
        info.put("description", "The facilitator sends an EIP-2612 permit for Permit2 along with the payment.");
        info.put("version", VERSION);
        Map<String, @Nullable Object> properties = new LinkedHashMap<>();
        for (String field :
                List.of("from", "asset", "spender", "amount", "nonce", "deadline", "signature", "version")) {
            properties.put(field, Map.of("type", "string"));
        }
        return Extension.of(info, Extension.schema(properties, List.copyOf(properties.keySet())));
    }

    /**
     * What a buyer added to the seller's declaration; null when it is not there, or is the bare declaration.
     *
     * @throws MalformedWireException when something in it is missing or wrong
     */
    public static @Nullable Eip2612Sponsoring in(Map<String, @Nullable Object> extensions) {
        JsonObject info = Extension.info(extensions, KEY);
        if (info == null || !info.has("signature")) {
            return null;
        }
        return WireFormat.understood(
                KEY,
                () -> new Eip2612Sponsoring(
                        Address.parse(info.string("asset")),
                        new Permit(
                                Address.parse(info.string("from")),
                                Address.parse(info.string("spender")),
                                Decimals.atomic(info.string("amount"), "amount"),
                                Decimals.atomic(info.string("nonce"), "nonce"),
                                Decimals.atomic(info.string("deadline"), "deadline")),
                        info.string("signature")));
    }

    /** The fields that a buyer adds to the declaration's {@code info}; see {@link Extensions#answered}. */
    public Map<String, @Nullable Object> info() {
        Map<String, @Nullable Object> info = new LinkedHashMap<>();
        info.put("from", permit.owner().toString());
        info.put("asset", asset.toString());
        info.put("spender", permit.spender().toString());
        info.put("amount", permit.value().toString());
        info.put("nonce", permit.nonce().toString());
        info.put("deadline", permit.deadline().toString());
        info.put("signature", signature);
        info.put("version", VERSION);
        return info;
    }

    /** Without the signature. */
    @Override
    public String toString() {
        return "Eip2612Sponsoring[" + asset + ", " + permit + "]";
    }
}
