package waybill.routing;

import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The limits and policies that cover all attempts of one call.
 *
 * @param deadline when the call must be over; null for no limit
 * @param ceiling dollars that all attempts together may cost; null for no limit
 * @param strictPayments whether an unknown or lost payment ends the call
 * @param maxWait the longest wait for a candidate that named the time when it is free again
 * @param patience how long each attempt may take
 * @param hedge when to start a second attempt beside the first; null for never
 * @param cascade whether the cheapest goes first and its answer is checked
 * @param purse who gives attempts leave to cost something
 */
record Terms(
        @Nullable Instant deadline,
        @Nullable BigDecimal ceiling,
        boolean strictPayments,
        Duration maxWait,
        Patience patience,
        @Nullable Hedge hedge,
        boolean cascade,
        Purse purse) {

    /** No limits and no policies. */
    static final Terms FREE =
            new Terms(null, null, false, Duration.ofSeconds(5), Patience.ENDLESS, null, false, Purse.OPEN);

    /**
     * When to hedge.
     *
     * @param after by candidate: how long to wait for its answer before asking a second; absent for never
     * @param most dollars that the two attempts may cost together
     */
    record Hedge(Map<String, Duration> after, BigDecimal most) {
        Hedge {
            after = Map.copyOf(after);
        }
    }

    Terms withDeadline(@Nullable Instant end) {
        return new Terms(end, ceiling, strictPayments, maxWait, patience, hedge, cascade, purse);
    }

    Terms withCeiling(@Nullable BigDecimal usd) {
        return new Terms(deadline, usd, strictPayments, maxWait, patience, hedge, cascade, purse);
    }

    Terms strict(boolean strictly) {
        return new Terms(deadline, ceiling, strictly, maxWait, patience, hedge, cascade, purse);
    }

    Terms withPatience(Patience limits) {
        return new Terms(deadline, ceiling, strictPayments, maxWait, limits, hedge, cascade, purse);
    }

    Terms withHedge(@Nullable Hedge policy) {
        return new Terms(deadline, ceiling, strictPayments, maxWait, patience, policy, cascade, purse);
    }

    Terms cascading(boolean checked) {
        return new Terms(deadline, ceiling, strictPayments, maxWait, patience, hedge, checked, purse);
    }

    boolean expired(Instant now) {
        return deadline != null && !now.isBefore(deadline);
    }

    boolean affords(BigDecimal committed, Choice next) {
        if (ceiling == null) {
            return true;
        }
        return next.maxCost() != null && committed.add(next.maxCost()).compareTo(ceiling) <= 0;
    }
}
