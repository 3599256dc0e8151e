package waybill.routing;

import java.math.BigDecimal;

/**
 * When a call may be asked of a second candidate before the first has failed: after the time within which 95 of 100 of
 * the first one's attempts have begun to answer, for at most about one call in eighteen. The first of the two to answer
 * stays, the other is cancelled; both are on the receipt, and what the other may have cost counts in full.
 *
 * @param mostUsd dollars that the two attempts may cost together; dearer pairs, and those without a bound, are not
 *     hedged
 */
public record Hedging(BigDecimal mostUsd) {

    public Hedging {
        if (mostUsd.signum() < 0) {
            throw new IllegalArgumentException("a hedge's limit is " + mostUsd + ", it cannot be negative");
        }
    }

    /** Hedges calls whose two attempts cost at most so many dollars together. */
    public static Hedging upTo(String usd) {
        return new Hedging(new BigDecimal(usd));
    }
}
