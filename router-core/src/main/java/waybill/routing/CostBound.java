package waybill.routing;

import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/**
 * The most that one attempt can cost: the input estimate with a quarter on top and the longest answer allowed, each at
 * its dearest rate.
 */
final class CostBound {

    private CostBound() {}

    /** The bound in dollars, or null when there is none: no price is known, or nothing limits the answer. */
    static @Nullable BigDecimal of(Features features, Profile profile) {
        Price price = profile.price();
        if (price instanceof Price.PerCall call) {
            return call.usd();
        }
        if (!(price instanceof Price.PerToken tokens)) {
            return null;
        }
        int longest = longestAnswer(features, profile);
        if (longest == 0) {
            return null;
        }
        long input = TokenEstimate.high(features.inputTokens());
        Price.PerToken rates = tokens.at(input);
        BigDecimal in = dearer(dearer(rates.input(), rates.cachedInput()), rates.cacheWrite());
        BigDecimal out = dearer(rates.output(), rates.reasoning());
        BigDecimal micros = in.multiply(BigDecimal.valueOf(input)).add(out.multiply(BigDecimal.valueOf(longest)));
        return Dollars.plain(micros.movePointLeft(6));
    }

    private static int longestAnswer(Features features, Profile profile) {
        int asked = features.askedOutputTokens();
        int limit = profile.outputTokens();
        if (asked == 0 || limit == 0) {
            return Math.max(asked, limit);
        }
        return Math.min(asked, limit);
    }

    private static BigDecimal dearer(BigDecimal rate, @Nullable BigDecimal other) {
        return other == null ? rate : rate.max(other);
    }
}
