package waybill.x402;

import java.math.BigDecimal;
import java.math.BigInteger;

/**
 * A sum of one asset, exact, not negative. Sums of different assets refuse to mix; comparing is mixing.
 *
 * @param asset what it is a sum of
 * @param atomic the sum in the asset's smallest unit, 0 to 2^256 - 1
 */
public record Amount(Asset asset, BigInteger atomic) implements Comparable<Amount> {
    private static final int MAX_DIGITS = 78;

    public Amount {
        if (atomic.signum() < 0 || atomic.bitLength() > 256) {
            throw new IllegalArgumentException("an amount of " + asset.symbol() + " is 0 to 2^256 - 1 atomic units");
        }
    }

    /** Nothing of {@code asset}. */
    public static Amount zero(Asset asset) {
        return new Amount(asset, BigInteger.ZERO);
    }

    /**
     * Reads whole tokens in plain decimal, such as {@code 0.01}: ASCII digits with at most one point between them.
     *
     * @throws IllegalArgumentException for a sign, an exponent, white space, or more decimals than the asset has
     */
    public static Amount parse(String text, Asset asset) {
        int point = text.indexOf('.');
        String whole = point < 0 ? text : text.substring(0, point);
        String fraction = point < 0 ? "" : text.substring(point + 1);
        boolean wellFormed = isDigits(whole) && (point < 0 || isDigits(fraction));
        if (!wellFormed) {
            throw new IllegalArgumentException(
                    "not a decimal amount of " + asset.symbol() + " (such as 0.01): " + Printable.cut(text, 60));
        }
        if (fraction.length() > asset.decimals()) {
            throw new IllegalArgumentException(text + " has " + fraction.length() + " decimals, but " + asset.symbol()
                    + " has only " + asset.decimals());
        }
        return new Amount(
                asset, new BigDecimal(text).movePointRight(asset.decimals()).toBigIntegerExact());
    }

    /**
     * Reads atomic units as the wire writes them: ASCII digits only.
     *
     * @throws IllegalArgumentException for anything else, or more than 78 digits
     */
    public static Amount ofAtomic(String digits, Asset asset) {
        return new Amount(asset, Decimals.atomic(digits, "amount"));
    }

    /** The sum of both. */
    public Amount plus(Amount other) {
        requireSame(other);
        return new Amount(asset, atomic.add(other.atomic));
    }

    /**
     * What is left after taking {@code other} away.
     *
     * @throws IllegalArgumentException when that would be less than nothing
     */
    public Amount minus(Amount other) {
        requireSame(other);
        return new Amount(asset, atomic.subtract(other.atomic));
    }

    /** The sum in whole tokens, exact. */
    public BigDecimal decimal() {
        return new BigDecimal(atomic, asset.decimals());
    }

    /** True when there is nothing. */
    public boolean isZero() {
        return atomic.signum() == 0;
    }

    @Override
    public int compareTo(Amount other) {
        requireSame(other);
        return atomic.compareTo(other.atomic);
    }

    /** Such as {@code 0.01 USDC}. */
    @Override
    public String toString() {
        BigDecimal shown = decimal().stripTrailingZeros();
        return shown.toPlainString() + " " + asset.symbol();
    }

    private void requireSame(Amount other) {
        if (!other.asset.equals(asset)) {
            throw new IllegalArgumentException("amounts of different assets do not mix: " + asset + ", " + other.asset);
        }
    }

    private static boolean isDigits(String text) {
        return !text.isEmpty() && text.length() <= MAX_DIGITS && text.chars().allMatch(c -> c >= '0' && c <= '9');
    }
}
