package waybill.facilitator;

import java.time.Duration;

/** How a facilitator waits between two looks at the chain; tests let a clock jump instead. */
@FunctionalInterface
interface Pause {
    /** Returns after {@code duration}. */
    void pause(Duration duration) throws InterruptedException;

    /** The real thing. */
    Pause REAL = duration -> Thread.sleep(duration.toMillis());
}
