package waybill.wallet;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import waybill.x402.Address;

/** Tells one call from another: SHA-256 over method, URL, body, payer and intent, each with its length before it. */
final class Fingerprint {
    private Fingerprint() {}

    static String of(String method, URI url, byte[] body, Address payer, String intent) {
        MessageDigest digest = sha256();
        for (byte[] part : List.of(
                utf8(method), utf8(url.toString()), sha256().digest(body), utf8(payer.toString()), utf8(intent))) {
            digest.update(new byte[] {
                (byte) (part.length >>> 24), (byte) (part.length >>> 16), (byte) (part.length >>> 8), (byte) part.length
            });
            digest.update(part);
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
