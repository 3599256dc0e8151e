package waybill.routing;

import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The most that a router may spend within any stretch of time, over everything that its calls cost, paid by key or by
 * x402.
 *
 * @param usd dollars
 * @param window the stretch of time, counted in sixtieths
 */
public record SpendCap(BigDecimal usd, Duration window) {

    public SpendCap {
        if (usd.signum() <= 0) {
            throw new IllegalArgumentException("a spend cap is above $0, not " + usd);
        }
        if (window.compareTo(Duration.ofSeconds(1)) < 0) {
            throw new IllegalArgumentException("a spend cap covers a second at least, not " + window);
        }
    }

    /** "$5 in 24 h". */
    @Override
    public String toString() {
        return Dollars.exact(usd) + " in " + words(window);
    }

    private static String words(Duration window) {
        if (window.toMinutes() >= 60 && window.toSeconds() % 3600 == 0) {
            return window.toHours() + " h";
        }
        return window.toSeconds() % 60 == 0
                ? window.toMinutes() + " min"
                : String.format(Locale.ROOT, "%d s", window.toSeconds());
    }

    /**
     * What a cap has seen.
     *
     * @param cap the cap
     * @param settled dollars that count as spent in its window
     * @param held dollars that attempts under way may cost
     * @param easesAt when the oldest of what is settled leaves the window; null when nothing is
     */
    public record Used(SpendCap cap, BigDecimal settled, BigDecimal held, @Nullable Instant easesAt) {

        /** What one more attempt may cost at most. */
        public BigDecimal left() {
            return cap.usd.subtract(settled).subtract(held).max(BigDecimal.ZERO);
        }
    }
}
