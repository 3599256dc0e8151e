package waybill.wallet;

import java.time.Duration;
import java.time.Instant;
import java.util.function.LongSupplier;

/**
 * Notices a wall clock that was set forward while the process ran, which would let rolling windows forget too early. It
 * compares the wall clock with one that only counts, from the moment it is made or {@link #trust}ed. A clock that goes
 * back needs no watch: the windows' time does not follow it. Thread-safe.
 */
final class ClockWatch {
    /** More than any clock is slewed or a leap second smeared; far less than a window. */
    static final Duration TOLERANCE = Duration.ofMinutes(2);

    private final LongSupplier nanoTime;
    private Instant wall;
    private long nanos;

    /** From {@code now} on. */
    ClockWatch(Instant now, LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        this.wall = now;
        this.nanos = nanoTime.getAsLong();
    }

    /** Takes {@code now} for right. */
    synchronized void trust(Instant now) {
        wall = now;
        nanos = nanoTime.getAsLong();
    }

    /** How far {@code now} is ahead of the time that has passed; negative when it is behind. */
    synchronized Duration ahead(Instant now) {
        return Duration.between(wall, now).minusNanos(nanoTime.getAsLong() - nanos);
    }

    /** Whether the wall clock was set forward. */
    boolean jumped(Instant now) {
        return ahead(now).compareTo(TOLERANCE) > 0;
    }
}
