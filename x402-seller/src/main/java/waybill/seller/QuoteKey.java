package waybill.seller;

import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** The secret under which a seller recognises its own quotes. It signs nothing that anybody else relies on. Never prints. */
public final class QuoteKey {
    private static final String ALGORITHM = "HmacSHA256";
    /** The length of the secret. */
    public static final int BYTES = 32;

    private final SecretKeySpec secret;

    /**
     * The key of these 32 bytes.
     *
     * @throws IllegalArgumentException when there are not 32
     */
    public QuoteKey(byte[] secret) {
        if (secret.length != BYTES) {
            throw new IllegalArgumentException("a quote key has " + BYTES + " bytes, not " + secret.length);
        }
        this.secret = new SecretKeySpec(secret, ALGORITHM);
    }

    /** A new key. */
    public static QuoteKey generate(SecureRandom random) {
        byte[] bytes = new byte[BYTES];
        random.nextBytes(bytes);
        return new QuoteKey(bytes);
    }

    byte[] mac(byte[] message) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(secret);
            return mac.doFinal(message);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has " + ALGORITHM, e);
        }
    }

    byte[] bytes() {
        return secret.getEncoded();
    }

    @Override
    public String toString() {
        return "QuoteKey[redacted]";
    }
}
