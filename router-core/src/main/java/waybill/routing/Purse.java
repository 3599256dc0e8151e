package waybill.routing;

import java.math.BigDecimal;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Where the attempts of one call get leave to cost something. */
interface Purse {

    /** No cap: every attempt may cost what it costs. */
    Purse OPEN = new Purse() {
        @Override
        public boolean take(int attempt, @Nullable BigDecimal bound, Instant now) {
            return true;
        }

        @Override
        public void settle(int attempt, Cost cost, Instant now) {}

        @Override
        public void close(Instant now) {}
    };

    /** Holds the most that this attempt can cost; false when that is unknown, or more than is left. */
    boolean take(int attempt, @Nullable BigDecimal bound, Instant now);

    /** The attempt is over and came to this. */
    void settle(int attempt, Cost cost, Instant now);

    /** The call is over; an attempt that was never settled counts in full. */
    void close(Instant now);
}
