package waybill.routing;

import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The limits that cover all attempts of one call.
 *
 * @param deadline when the call must be over; null for no limit
 * @param firstContent the silence allowed before an attempt's first content; null for no limit
 * @param ceiling dollars that all attempts together may cost; null for no limit
 * @param strictPayments whether an unknown or lost payment ends the call
 * @param maxWait the longest wait for a candidate that named the time when it is free again
 */
record Terms(
        @Nullable Instant deadline,
        @Nullable Duration firstContent,
        @Nullable BigDecimal ceiling,
        boolean strictPayments,
        Duration maxWait) {

    boolean expired(Instant now) {
        return deadline != null && !now.isBefore(deadline);
    }

    boolean affords(Cost spent, Choice next) {
        if (ceiling == null) {
            return true;
        }
        return next.maxCost() != null && spent.usd().add(next.maxCost()).compareTo(ceiling) <= 0;
    }
}
