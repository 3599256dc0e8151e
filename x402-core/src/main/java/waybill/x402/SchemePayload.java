package waybill.x402;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The part of a payment that its scheme defines. */
public sealed interface SchemePayload {

    /**
     * {@code exact} by EIP-3009: the authorisation and its signature.
     *
     * @param signature hex; 65 bytes from an ordinary account, longer from a contract wallet
     * @param authorization what was signed
     */
    record Eip3009(String signature, TransferAuthorization authorization) implements SchemePayload {
        private static final int MAX_SIGNATURE_CHARS = 8 * 1024;

        public Eip3009 {
            if (signature.length() > MAX_SIGNATURE_CHARS || Hex.decode(signature) == null) {
                throw new IllegalArgumentException("the signature is not hex of at most 4 KiB");
            }
        }

        /** Without the signature, which opens the payment to whoever reads it. */
        @Override
        public String toString() {
            return "Eip3009[authorization=" + authorization + "]";
        }
    }

    /**
     * A payload of a scheme that this version does not speak.
     *
     * @param fields as they came
     */
    record Unknown(Map<String, @Nullable Object> fields) implements SchemePayload {
        public Unknown {
            fields = Frozen.copy(fields);
        }

        /** Only the names of the fields: what they hold may be a signature. */
        @Override
        public String toString() {
            return "Unknown" + fields.keySet();
        }
    }

    /** Reads whichever it is; {@code signature} beside {@code authorization} is EIP-3009. */
    static SchemePayload read(Map<String, @Nullable Object> fields) {
        JsonObject json = JsonObject.of(fields, "payload");
        if (!json.has("authorization")) {
            return new Unknown(fields);
        }
        JsonObject authorization = json.object("authorization");
        return WireFormat.understood(
                "payload",
                () -> new Eip3009(
                        json.string("signature"),
                        new TransferAuthorization(
                                Address.parse(authorization.string("from")),
                                Address.parse(authorization.string("to")),
                                Decimals.atomic(authorization.string("value"), "value"),
                                Decimals.atomic(authorization.string("validAfter"), "validAfter"),
                                Decimals.atomic(authorization.string("validBefore"), "validBefore"),
                                Bytes32.parse(authorization.string("nonce")))));
    }

    /** As the wire has it. */
    default Map<String, @Nullable Object> json() {
        Map<String, @Nullable Object> out = new LinkedHashMap<>();
        if (this instanceof Unknown unknown) {
            out.putAll(unknown.fields);
        } else if (this instanceof Eip3009 exact) {
            TransferAuthorization a = exact.authorization;
            Map<String, @Nullable Object> authorization = new LinkedHashMap<>();
            authorization.put("from", a.from().toString());
            authorization.put("to", a.to().toString());
            authorization.put("value", a.value().toString());
            authorization.put("validAfter", a.validAfter().toString());
            authorization.put("validBefore", a.validBefore().toString());
            authorization.put("nonce", a.nonce().toString());
            out.put("signature", exact.signature);
            out.put("authorization", authorization);
        }
        return out;
    }
}
