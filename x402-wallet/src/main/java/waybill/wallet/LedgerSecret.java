package waybill.wallet;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import waybill.x402.Bytes32;

/**
 * Thirty-two random bytes beside the ledger, from which come the keys of its event chain and of its rows, and the nonces
 * of its payments. Whoever has them can forge a ledger, but no signature.
 */
final class LedgerSecret {
    private static final String HMAC = "HmacSHA256";

    private final Mac chain;
    private final Mac row;
    private final byte[] nonceKey;

    private LedgerSecret(byte[] secret) {
        Mac root = mac(secret);
        this.chain = mac(sealed(root, "chain"));
        this.row = mac(sealed(root, "row"));
        this.nonceKey = sealed(root, "nonce");
    }

    /** One that is kept nowhere. */
    static LedgerSecret random(SecureRandom random) {
        byte[] secret = new byte[32];
        random.nextBytes(secret);
        return new LedgerSecret(secret);
    }

    private static LedgerSecret create(Path file, SecureRandom random) throws IOException {
        byte[] secret = new byte[32];
        random.nextBytes(secret);
        OwnerOnly.createFile(file);
        OwnerOnly.write(file, HexFormat.of().formatHex(secret) + "\n");
        return new LedgerSecret(secret);
    }

    /**
     * The secret of a ledger, which is made where there is none.
     *
     * @param needed whether the ledger has events, so that a missing file is a lost one
     * @param ledger its name
     */
    static LedgerSecret open(Path file, boolean needed, String ledger) throws IOException {
        if (Files.exists(file)) {
            return read(file);
        }
        if (needed) {
            throw new LedgerException(
                    "the ledger " + ledger + " has lost its companion " + file + "; restore it from a backup", null);
        }
        return create(file, new SecureRandom());
    }

    private static LedgerSecret read(Path file) throws IOException {
        String text = Files.size(file) > 100 ? "" : Files.readString(file).strip();
        byte[] secret;
        try {
            secret = HexFormat.of().parseHex(text);
        } catch (IllegalArgumentException e) {
            secret = new byte[0];
        }
        if (secret.length != 32) {
            throw new LedgerException(
                    "the ledger's secret file " + file + " is damaged; restore it from a backup", null);
        }
        return new LedgerSecret(secret);
    }

    /** The link of an event to the one before. */
    String chain(String previous, String event) {
        return HexFormat.of().formatHex(sealed(chain, previous + "\n" + event));
    }

    /** The seal of a payment's row. */
    String row(String text) {
        return HexFormat.of().formatHex(sealed(row, text));
    }

    /** Tells this secret from another without giving it away. */
    String fingerprint() {
        return row("fingerprint").substring(0, 16);
    }

    /** keccak(payment id, secret): a restored backup makes the same nonce for the same payment. */
    Bytes32 nonce(String paymentId) {
        byte[] id = paymentId.getBytes(StandardCharsets.UTF_8);
        byte[] both = new byte[id.length + nonceKey.length];
        System.arraycopy(id, 0, both, 0, id.length);
        System.arraycopy(nonceKey, 0, both, id.length, nonceKey.length);
        return Bytes32.keccak(both);
    }

    private static byte[] sealed(Mac mac, String text) {
        synchronized (mac) { // a Mac is one computation at a time
            return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
        }
    }

    private static Mac mac(byte[] key) {
        try {
            Mac mac = Mac.getInstance(HMAC);
            mac.init(new SecretKeySpec(key, HMAC));
            return mac;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has " + HMAC, e);
        }
    }

    @Override
    public String toString() {
        return "LedgerSecret[redacted]";
    }
}
