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
 * @param aside whether it only serves when others fail, and why
 */
public record Choice(
        String candidate,
        Worth worth,
        Prediction prediction,
        Price price,
        @Nullable BigDecimal maxCost,
        @Nullable Instant notBefore,
        Aside aside) {

    /** A choice that may come first. */
    public Choice(
            String candidate,
            Worth worth,
            Prediction prediction,
            Price price,
            @Nullable BigDecimal maxCost,
            @Nullable Instant notBefore) {
        this(candidate, worth, prediction, price, maxCost, notBefore, Aside.NO);
    }

    Choice startingAt(@Nullable Instant instant) {
        return new Choice(candidate, worth, prediction, price, maxCost, instant, aside);
    }

    /** Whether it only serves when others fail. */
    public boolean fallBack() {
        return aside != Aside.NO;
    }

    Choice setAside(Aside why) {
        return new Choice(candidate, worth, prediction, price, maxCost, notBefore, why);
    }
}
