package waybill.x402;

import java.math.BigInteger;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A recoverable ECDSA signature on secp256k1 in its one canonical form: s in the lower half, v 27 or 28. A signature
 * opens a payment to whoever holds it, so it does not print.
 *
 * @param r 1 to the curve's order - 1
 * @param s 1 to half the order
 * @param v 27 or 28, the parity of R
 */
public record Signature(BigInteger r, BigInteger s, int v) {
    public Signature {
        if (r.signum() <= 0 || r.compareTo(Secp256k1.ORDER) >= 0) {
            throw new IllegalArgumentException("r of the signature is out of range");
        }
        if (s.signum() <= 0 || s.compareTo(Secp256k1.HALF_ORDER) > 0) {
            throw new IllegalArgumentException("s of the signature is out of range (only the lower half is accepted)");
        }
        if (v != 27 && v != 28) {
            throw new IllegalArgumentException("v of the signature is 27 or 28, not " + v);
        }
    }

    /**
     * Reads 65 bytes of hex, r then s then v; v may also be written 0 or 1.
     *
     * @throws IllegalArgumentException when the length or a part is out of range, which a high s is
     */
    public static Signature parse(String hex) {
        byte[] bytes = hex.length() == 132 ? Hex.decode(hex) : null;
        if (bytes == null) {
            throw new IllegalArgumentException("the signature is not 65 bytes of hex");
        }
        int v = bytes[64] & 0xff;
        return new Signature(
                new BigInteger(1, Arrays.copyOf(bytes, 32)),
                new BigInteger(1, Arrays.copyOfRange(bytes, 32, 64)),
                v < 2 ? v + 27 : v);
    }

    /**
     * Reads an ECDSA signature in DER, brings s to the lower half and finds v.
     *
     * @param der as a key management service or the JDK writes it
     * @param digest what was signed
     * @param signer whose signature it must be
     * @throws IllegalArgumentException when it is not DER, a part is out of range, or another key made it
     */
    public static Signature fromDer(byte[] der, Bytes32 digest, Address signer) {
        BigInteger[] parts = Der.signature(der);
        BigInteger s = parts[1].compareTo(Secp256k1.HALF_ORDER) > 0 ? Secp256k1.ORDER.subtract(parts[1]) : parts[1];
        for (int v = 27; v <= 28; v++) {
            Signature signature = new Signature(parts[0], s, v);
            if (signer.equals(signature.recover(digest))) {
                return signature;
            }
        }
        throw new IllegalArgumentException("it is not a signature of " + signer + " for what was asked");
    }

    /** Who signed {@code digest}, or null when nobody can have. */
    public @Nullable Address recover(Bytes32 digest) {
        return Secp256k1.recover(digest, this);
    }

    /** The 65 bytes as hex, for the wire. */
    public String toHex() {
        byte[] bytes = new byte[65];
        System.arraycopy(Eip712.word(r), 0, bytes, 0, 32);
        System.arraycopy(Eip712.word(s), 0, bytes, 32, 32);
        bytes[64] = (byte) v;
        return Hex.of(bytes);
    }

    @Override
    public String toString() {
        return "Signature[redacted]";
    }
}
