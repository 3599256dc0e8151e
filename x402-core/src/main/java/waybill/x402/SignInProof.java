package waybill.x402;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A signed {@link SignIn}, as the header {@link Headers#SIGN_IN_WITH_X} carries it.
 *
 * @param message what was signed
 * @param signature hex; 65 bytes from an ordinary account, longer from a contract wallet
 */
public record SignInProof(SignIn message, String signature) {
    private static final int MAX_SIGNATURE_CHARS = 8 * 1024;

    public SignInProof {
        if (signature.length() > MAX_SIGNATURE_CHARS || Hex.decode(signature) == null) {
            throw new IllegalArgumentException("the signature is not hex of at most 4 KiB");
        }
    }

    /**
     * Reads the header.
     *
     * @throws MalformedWireException when it is too long, not base64 of JSON, or a field is wrong
     */
    public static SignInProof parse(String header) {
        JsonObject json = WireFormat.decode(Headers.SIGN_IN_WITH_X, header);
        return WireFormat.understood(Headers.SIGN_IN_WITH_X, () -> {
            if (!"eip191".equals(json.string("type"))) {
                throw new IllegalArgumentException("only accounts of EVM chains (eip191) sign in here");
            }
            SignIn message =
                    SignIn.read(json, Address.parse(json.string("address")), Network.parse(json.string("chainId")));
            return new SignInProof(message, json.string("signature"));
        });
    }

    /** The header's value. */
    public String encode() {
        Map<String, @Nullable Object> json = message.json();
        json.put("signature", signature);
        return WireFormat.base64(json);
    }

    /** Whether an ordinary account signed it; a contract wallet's signature has to be asked of its contract. */
    public boolean signedByAccount() {
        try {
            return message.account().equals(Signature.parse(signature).recover(message.digest()));
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /** Without the signature, which opens what was paid for. */
    @Override
    public String toString() {
        return "SignInProof[" + message.account() + " to " + message.domain() + "]";
    }
}
