package waybill.routing;

import java.math.BigDecimal;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A candidate's place in a plan.
 *
 * @param candidate its name
 * @param worth why it stands there, in dollars
 * @param prediction what is expected of it
 * @param price what it charges
 * @param maxCost the most that one attempt can cost, in dollars; null when it has no bound
 * @param notBefore when it may be started; null for at once
 */
public record Choice(
        String candidate,
        Worth worth,
        Prediction prediction,
        Price price,
        @Nullable BigDecimal maxCost,
        @Nullable Instant notBefore) {

    Choice startingAt(@Nullable Instant instant) {
        return new Choice(candidate, worth, prediction, price, maxCost, instant);
    }
}
