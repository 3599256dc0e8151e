package waybill.x402;

import java.math.BigInteger;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Thirty-two bytes: a hash, or the nonce of an authorisation. */
public final class Bytes32 {
    private final byte[] bytes;

    private Bytes32(byte[] bytes) {
        this.bytes = bytes;
    }

    /**
     * A copy of these 32 bytes.
     *
     * @throws IllegalArgumentException when there are not exactly 32
     */
    public static Bytes32 of(byte[] bytes) {
        if (bytes.length != 32) {
            throw new IllegalArgumentException("expected 32 bytes, got " + bytes.length);
        }
        return new Bytes32(bytes.clone());
    }

    /**
     * Reads {@code 0x} and 64 hex digits of either case.
     *
     * @throws IllegalArgumentException when the text is anything else
     */
    public static Bytes32 parse(String text) {
        byte[] bytes = text.length() == 66 ? Hex.decode(text) : null;
        if (bytes == null) {
            throw new IllegalArgumentException("not 32 bytes (0x and 64 hex digits): " + Printable.cut(text, 80));
        }
        return new Bytes32(bytes);
    }

    /** The Keccak-256 hash of {@code input}. */
    public static Bytes32 keccak(byte[] input) {
        return new Bytes32(Keccak.hash(input));
    }

    /** The bytes, a fresh copy. */
    public byte[] bytes() {
        return bytes.clone();
    }

    /** The bytes as a number. */
    public BigInteger unsigned() {
        return new BigInteger(1, bytes);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Bytes32 that && Arrays.equals(that.bytes, bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    /** Lower-case hex behind {@code 0x}. */
    @Override
    public String toString() {
        return Hex.of(bytes);
    }
}
