package waybill.x402;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The part of a payment that its scheme defines. */
public sealed interface SchemePayload {

    /** A payload that is an authorisation with its signature. */
    sealed interface Signed extends SchemePayload {
        /** Hex; 65 bytes from an ordinary account, longer from a contract wallet. */
        String signature();

        /** Who says to have signed. */
        Address payer();
    }

    /**
     * {@code exact} by EIP-3009: the authorisation and its signature.
     *
     * @param signature hex; 65 bytes from an ordinary account, longer from a contract wallet
     * @param authorization what was signed
     */
    record Eip3009(String signature, TransferAuthorization authorization) implements Signed {
        public Eip3009 {
            requireSignature(signature);
        }

        @Override
        public Address payer() {
            return authorization.from();
        }

        /** Without the signature, which opens the payment to whoever reads it. */
        @Override
        public String toString() {
            return "Eip3009[authorization=" + authorization + "]";
        }
    }

    /**
     * {@code exact} through Permit2: the authorisation and its signature.
     *
     * @param signature hex; 65 bytes from an ordinary account, longer from a contract wallet
     * @param authorization what was signed
     */
    record Permit2(String signature, Permit2Exact authorization) implements Signed {
        public Permit2 {
            requireSignature(signature);
        }

        @Override
        public Address payer() {
            return authorization.from();
        }

        /** Without the signature, which opens the payment to whoever reads it. */
        @Override
        public String toString() {
            return "Permit2[authorization=" + authorization + "]";
        }
    }

    /**
     * {@code upto}: the authorisation of a ceiling and its signature.
     *
     * @param signature hex; 65 bytes from an ordinary account, longer from a contract wallet
     * @param authorization what was signed
     */
    record Upto(String signature, Permit2Upto authorization) implements Signed {
        public Upto {
            requireSignature(signature);
        }

        @Override
        public Address payer() {
            return authorization.from();
        }

        /** Without the signature, which opens the payment to whoever reads it. */
        @Override
        public String toString() {
            return "Upto[authorization=" + authorization + "]";
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

    /**
     * Reads whichever it is by what stands beside {@code signature}: {@code authorization} is EIP-3009,
     * {@code permit2Authorization} is Permit2, and one whose witness names a facilitator is {@code upto}.
     *
     * @throws MalformedWireException when it is one of ours but a field is wrong, or it is two at once
     */
    static SchemePayload read(Map<String, @Nullable Object> fields) {
        JsonObject json = JsonObject.of(fields, "payload");
        boolean transfer = json.has("authorization");
        boolean permit2 = json.has("permit2Authorization");
        if (!transfer && !permit2) {
            return new Unknown(fields);
        }
        if (transfer && permit2) {
            throw new MalformedWireException("payload holds both authorization and permit2Authorization");
        }
        return WireFormat.understood("payload", () -> transfer ? eip3009(json) : permit2(json));
    }

    private static SchemePayload eip3009(JsonObject json) {
        return new Eip3009(json.string("signature"), TransferAuthorization.read(json.object("authorization")));
    }

    private static SchemePayload permit2(JsonObject json) {
        JsonObject authorization = json.object("permit2Authorization");
        String signature = json.string("signature");
        return authorization.object("witness").has("facilitator")
                ? new Upto(signature, Permit2Upto.read(authorization))
                : new Permit2(signature, Permit2Exact.read(authorization));
    }

    /** As the wire has it. */
    default Map<String, @Nullable Object> json() {
        Map<String, @Nullable Object> out = new LinkedHashMap<>();
        if (this instanceof Unknown unknown) {
            out.putAll(unknown.fields);
        } else if (this instanceof Eip3009 exact) {
            out.put("signature", exact.signature);
            out.put("authorization", exact.authorization.json());
        } else if (this instanceof Permit2 exact) {
            out.put("signature", exact.signature);
            out.put("permit2Authorization", exact.authorization.json());
        } else if (this instanceof Upto upto) {
            out.put("signature", upto.signature);
            out.put("permit2Authorization", upto.authorization.json());
        }
        return out;
    }

    private static void requireSignature(String signature) {
        if (signature.length() > 8 * 1024 || Hex.decode(signature) == null) {
            throw new IllegalArgumentException("the signature is not hex of at most 4 KiB");
        }
    }
}
