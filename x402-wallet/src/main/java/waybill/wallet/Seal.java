package waybill.wallet;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * A person's seal on a text: HMAC-SHA256 under a key that comes from the keystore's own key, so that only somebody with
 * its passphrase can make one. It signs no payment and tells nothing of the key. Thread-safe.
 */
public final class Seal {
    private static final String HMAC = "HmacSHA256";

    private final SecretKeySpec key;

    private Seal(SecretKeySpec key) {
        this.key = key;
    }

    static Seal from(byte[] privateKey) {
        byte[] derived = mac(new SecretKeySpec(privateKey, HMAC))
                .doFinal("waybill: a person's seal, version 1".getBytes(StandardCharsets.UTF_8));
        try {
            return new Seal(new SecretKeySpec(derived, HMAC));
        } finally {
            Arrays.fill(derived, (byte) 0);
        }
    }

    /**
     * The seal on {@code content}.
     *
     * @param purpose what it is good for, such as {@code policy}; a seal for one purpose is worthless for another
     */
    public String on(String purpose, byte[] content) {
        Mac mac = mac(key);
        byte[] named = purpose.getBytes(StandardCharsets.UTF_8);
        mac.update((byte) named.length);
        mac.update(named);
        return HexFormat.of().formatHex(mac.doFinal(content));
    }

    /** Whether {@code seal} is the one on {@code content}; takes the same time for every wrong one. */
    public boolean isOn(String purpose, byte[] content, String seal) {
        return MessageDigest.isEqual(
                on(purpose, content).getBytes(StandardCharsets.US_ASCII), seal.getBytes(StandardCharsets.UTF_8));
    }

    private static Mac mac(SecretKeySpec key) {
        try {
            Mac mac = Mac.getInstance(HMAC);
            mac.init(key);
            return mac;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has " + HMAC, e);
        }
    }

    @Override
    public String toString() {
        return "Seal[redacted]";
    }
}
