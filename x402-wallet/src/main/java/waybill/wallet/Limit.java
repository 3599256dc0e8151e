package waybill.wallet;

import java.math.BigDecimal;

/**
 * One limit over a rolling window. It does not apply to a payment that has nothing in its scope, such as a call without
 * the tag that the limit is for.
 *
 * @param scope what is counted together
 * @param measure what is counted
 * @param window how far back
 * @param most millionths of a dollar, or payments
 * @param property which property lifts it, without its prefix {@code waybill.wallet.}
 */
public record Limit(Scope scope, Measure measure, Window window, long most, String property) {
    /** What a limit counts. */
    public enum Measure {
        /** Dollars that are held, whatever their age, or were spent within the window. */
        DOLLARS,
        /** Payments that were begun within the window, whatever became of them. */
        PAYMENTS
    }

    public Limit {
        if (most < 0) {
            throw new IllegalArgumentException("the limit waybill.wallet." + property + " is not negative: " + most);
        }
    }

    /** At most {@code dollars} held and spent. */
    public static Limit dollars(Scope scope, Window window, BigDecimal dollars, String property) {
        return new Limit(scope, Measure.DOLLARS, window, Dollars.limit(dollars), property);
    }

    /** At most {@code most} payments begun. */
    public static Limit payments(Scope scope, Window window, int most, String property) {
        return new Limit(scope, Measure.PAYMENTS, window, most, property);
    }
}
