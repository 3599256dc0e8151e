package waybill.testing.contract;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import waybill.routing.Timers;

/**
 * A clock with its timers that goes on only when it is told to: a deadline passes when the test says so and not because
 * the machine is slow. Safe for use by many threads.
 */
public final class VirtualTime implements InstantSource, Timers {

    private final List<Pending> pending = new ArrayList<>();
    private Instant now = Instant.parse("2026-01-01T00:00:00Z");

    @Override
    public synchronized Instant instant() {
        return now;
    }

    @Override
    public Runnable after(long millis, Runnable ring) {
        Pending timer;
        synchronized (this) {
            timer = new Pending(now.plusMillis(millis), ring);
            pending.add(timer);
            notifyAll();
        }
        return () -> {
            synchronized (this) {
                pending.remove(timer);
            }
        };
    }

    /** Goes on by so much, and rings on this thread what is due by then, in order. */
    public void advance(Duration by) {
        List<Pending> due = new ArrayList<>();
        synchronized (this) {
            now = now.plus(by);
            for (Pending timer : List.copyOf(pending)) {
                if (!timer.at.isAfter(now)) {
                    due.add(timer);
                    pending.remove(timer);
                }
            }
        }
        due.sort(Comparator.comparing(timer -> timer.at));
        due.forEach(timer -> timer.ring.run());
    }

    /** How many timers are set. */
    public synchronized int timers() {
        return pending.size();
    }

    /**
     * Waits, in real time, until a timer is set that rings within so much.
     *
     * @return whether one was set in time
     */
    public synchronized boolean awaitTimerWithin(Duration span, Duration atMost) throws InterruptedException {
        long deadline = System.nanoTime() + atMost.toNanos();
        while (pending.stream().noneMatch(timer -> !timer.at.isAfter(now.plus(span)))) {
            long left = deadline - System.nanoTime();
            if (left <= 0) {
                return false;
            }
            TimeUnit.NANOSECONDS.timedWait(this, left);
        }
        return true;
    }

    private static final class Pending {
        private final Instant at;
        private final Runnable ring;

        Pending(Instant at, Runnable ring) {
            this.at = at;
            this.ring = ring;
        }
    }
}
