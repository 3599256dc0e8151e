package waybill.devnet;

import java.math.BigInteger;
import java.util.HexFormat;
import org.web3j.crypto.Hash;

/** The chain's words: unsigned integers of 256 bits as non-negative {@link BigInteger}s, addresses among them. */
final class Words {
    static final BigInteger MASK = BigInteger.ONE.shiftLeft(256).subtract(BigInteger.ONE);
    static final BigInteger ADDRESS_MASK = BigInteger.ONE.shiftLeft(160).subtract(BigInteger.ONE);
    static final byte[] NOTHING = new byte[0];

    private static final HexFormat HEX = HexFormat.of();

    private Words() {}

    static BigInteger word(byte[] bytes) {
        return new BigInteger(1, bytes);
    }

    static BigInteger word(boolean truth) {
        return truth ? BigInteger.ONE : BigInteger.ZERO;
    }

    /** The number that hex digits behind 0x write, checked by the caller. */
    static BigInteger number(String hex) {
        return new BigInteger(hex.substring(2), 16);
    }

    /** The lowest 256 bits of any integer: a negative one becomes its two's complement. */
    static BigInteger wrap(BigInteger value) {
        return value.signum() < 0 || value.bitLength() > 256 ? value.and(MASK) : value;
    }

    /** The word read as a two's complement number. */
    static BigInteger signed(BigInteger word) {
        return word.testBit(255) ? word.subtract(MASK).subtract(BigInteger.ONE) : word;
    }

    /** The word as 32 bytes, the highest first. */
    static byte[] bytes32(BigInteger word) {
        byte[] raw = word.toByteArray();
        byte[] padded = new byte[32];
        int length = Math.min(raw.length, 32);
        System.arraycopy(raw, raw.length - length, padded, 32 - length, length);
        return padded;
    }

    /** That many bytes from the offset on, zeros past the end. */
    static byte[] slice(byte[] source, BigInteger offset, int length) {
        byte[] cut = new byte[length];
        if (offset.bitLength() > 31) return cut; // past the end of any array
        int from = offset.intValue();
        if (from < source.length) System.arraycopy(source, from, cut, 0, Math.min(length, source.length - from));
        return cut;
    }

    /** Bytes that hold a number of at most this many, rounded up to whole words. */
    static long wordsIn(long bytes) {
        return (bytes + 31) / 32;
    }

    static BigInteger keccak(byte[] bytes) {
        return word(Hash.sha3(bytes));
    }

    /** Where Solidity keeps the value of a key in the mapping at this slot. */
    static BigInteger mappingSlot(BigInteger key, int slot) {
        byte[] place = new byte[64];
        System.arraycopy(bytes32(key), 0, place, 0, 32);
        place[63] = (byte) slot;
        return keccak(place);
    }

    static String hex(byte[] bytes) {
        return "0x" + HEX.formatHex(bytes);
    }

    static byte[] bytes(String hex) {
        return HEX.parseHex(hex, 2, hex.length());
    }

    static String addressHex(BigInteger address) {
        return hex(slice(bytes32(address), BigInteger.valueOf(12), 20));
    }

    static String wordHex(BigInteger word) {
        return hex(bytes32(word));
    }

    /** A number as JSON-RPC writes it: no leading zeros. */
    static String quantity(BigInteger number) {
        return "0x" + number.toString(16);
    }

    static String quantity(long number) {
        return "0x" + Long.toHexString(number);
    }
}
