package waybill.x402;

import java.math.BigInteger;

/** Unsigned 256-bit integers as the wire writes them: ASCII digits in a string. */
final class Decimals {
    private static final int MAX_DIGITS = 78;

    private Decimals() {}

    /**
     * Reads ASCII digits into a number below 2^256.
     *
     * @throws IllegalArgumentException that names {@code what}
     */
    static BigInteger atomic(String digits, String what) {
        boolean wellFormed = !digits.isEmpty()
                && digits.length() <= MAX_DIGITS
                && digits.chars().allMatch(c -> c >= '0' && c <= '9');
        if (!wellFormed) {
            throw new IllegalArgumentException(
                    what + " is not an integer of 1 to 78 digits: " + Printable.cut(digits, 60));
        }
        BigInteger value = new BigInteger(digits);
        if (value.bitLength() > 256) {
            throw new IllegalArgumentException(what + " exceeds 2^256 - 1: " + digits);
        }
        return value;
    }
}
