package waybill.wallet;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.regex.Pattern;
import waybill.x402.Amount;

/**
 * Dollars, the unit of limits. One token of our table is taken as one dollar. Inside the ledger they are whole
 * millionths, rounded up, so that no payment counts for less than it costs.
 */
final class Dollars {
    /** More than any limit may say: a million million dollars. */
    static final BigDecimal MOST = BigDecimal.TEN.pow(12);

    private static final Pattern PLAIN = Pattern.compile("[0-9]{1,12}(\\.[0-9]{1,18})?");

    private Dollars() {}

    static BigDecimal of(Amount amount) {
        return amount.decimal();
    }

    /** Millionths of a dollar, rounded up. Amounts above {@link #MOST} count as that. */
    static long micros(Amount amount) {
        return ceiling(of(amount).min(MOST));
    }

    /** Millionths of a dollar, rounded down: a limit never grows. */
    static long limit(BigDecimal dollars) {
        return dollars.movePointRight(6).setScale(0, RoundingMode.FLOOR).longValueExact();
    }

    /**
     * Reads a sum such as {@code 0.01}: plain ASCII digits, at most 18 behind the point.
     *
     * @throws IllegalArgumentException when it is anything else
     */
    static BigDecimal parse(String text, String what) {
        if (!PLAIN.matcher(text).matches()) {
            throw new IllegalArgumentException(what + " is a sum of dollars such as 0.01, not: " + Words.cut(text, 60));
        }
        return new BigDecimal(text);
    }

    static String show(BigDecimal dollars) {
        BigDecimal shown = dollars.stripTrailingZeros();
        return "$"
                + shown.setScale(Math.max(2, shown.scale()), RoundingMode.UNNECESSARY)
                        .toPlainString();
    }

    static String show(long micros) {
        return show(BigDecimal.valueOf(micros, 6));
    }

    private static long ceiling(BigDecimal dollars) {
        return dollars.movePointRight(6).setScale(0, RoundingMode.CEILING).longValueExact();
    }
}
