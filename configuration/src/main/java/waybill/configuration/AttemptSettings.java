package waybill.configuration;

import java.math.BigDecimal;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The properties under {@code waybill.attempts}; null where a property is not set, and then the router's default holds.
 *
 * @param deadline the time for all attempts of one call
 * @param answerWithin the time for one attempt that is not streamed
 * @param firstContentWithin how long a stream may be silent before its first content
 * @param idleWithin how long it may be silent afterwards
 * @param maxWait the longest wait for a candidate that says when it is free again
 * @param hedgeUpTo asks a second candidate when the first is slow, where both together cost at most so many dollars
 * @param cascade whether the cheapest is asked first and its answer checked; not in Spring AI
 * @param inFlight attempts under way at one candidate
 * @param queueing calls that may wait for a place
 * @param strictPayments whether a payment of unknown outcome ends its call
 */
public record AttemptSettings(
        @Nullable Duration deadline,
        @Nullable Duration answerWithin,
        @Nullable Duration firstContentWithin,
        @Nullable Duration idleWithin,
        @Nullable Duration maxWait,
        @Nullable BigDecimal hedgeUpTo,
        @Nullable Boolean cascade,
        @Nullable Integer inFlight,
        @Nullable Integer queueing,
        @Nullable Boolean strictPayments) {

    static final AttemptSettings NONE = new AttemptSettings(null, null, null, null, null, null, null, null, null, null);
}
