package waybill.routing;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Timers most of which are stopped before they ring, as deadlines are: setting or stopping one wakes no thread. They wait
 * in a queue of their own; the JDK's timer is only set for one that is due before everything it is set for already. Those
 * that were stopped are swept out once they are the greater part. Safe for use by many threads.
 */
final class SharedTimers implements Timers {

    private static final int WORTH_A_SWEEP = 64;

    private final Executor executor;
    private final LongSupplier nanos;
    private final long start;
    private final PriorityQueue<Timer> waiting = new PriorityQueue<>(Comparator.comparingLong(timer -> timer.due));
    private int stopped;
    private long wakesAt = Long.MAX_VALUE;

    /** Timers that ring on this executor. */
    SharedTimers(Executor executor) {
        this(executor, System::nanoTime);
    }

    /** The same, by this clock. */
    SharedTimers(Executor executor, LongSupplier nanos) {
        this.executor = executor;
        this.nanos = nanos;
        this.start = nanos.getAsLong();
    }

    @Override
    public Runnable after(long millis, Runnable ring) {
        Timer timer = new Timer(now() + TimeUnit.MILLISECONDS.toNanos(millis), ring);
        boolean first;
        synchronized (this) {
            waiting.add(timer);
            first = wakesNoLaterThan(timer.due);
        }
        if (first) {
            wakeAt(timer.due);
        }
        return () -> stop(timer);
    }

    /** How many wait, those included that were stopped and not swept out yet. */
    synchronized int waiting() {
        return waiting.size();
    }

    private synchronized void stop(Timer timer) {
        if (timer.ring == null) {
            return;
        }
        timer.ring = null;
        if (++stopped > WORTH_A_SWEEP && stopped > waiting.size() / 2) {
            waiting.removeIf(one -> one.ring == null);
            stopped = 0;
        }
    }

    /** Whether a wake-up must be set for this; one that is set already for no later serves. Called under the lock. */
    private boolean wakesNoLaterThan(long due) {
        if (due >= wakesAt) {
            return false;
        }
        wakesAt = due;
        return true;
    }

    private void wakeAt(long due) {
        CompletableFuture.delayedExecutor(Math.max(0, due - now()), TimeUnit.NANOSECONDS, executor)
                .execute(() -> ring(due));
    }

    /** Rings what is due and sets the next wake-up, again for the same when this one came a moment too early. */
    private void ring(long setFor) {
        List<Runnable> rings = new ArrayList<>();
        Timer next;
        boolean wake;
        synchronized (this) {
            long now = now();
            next = waiting.peek();
            while (next != null && (next.ring == null || next.due <= now)) {
                waiting.remove();
                if (next.ring == null) {
                    stopped = Math.max(0, stopped - 1);
                } else {
                    rings.add(next.ring);
                    next.ring = null;
                }
                next = waiting.peek();
            }
            if (wakesAt == setFor || wakesAt <= now) {
                wakesAt = Long.MAX_VALUE; // this was it
            }
            wake = next != null && wakesNoLaterThan(next.due);
        }
        if (next != null && wake) {
            wakeAt(next.due);
        }
        rings.forEach(executor::execute);
    }

    private long now() {
        return nanos.getAsLong() - start;
    }

    private static final class Timer {
        private final long due;
        private @Nullable Runnable ring; // null once it has rung or was stopped

        Timer(long due, Runnable ring) {
            this.due = due;
            this.ring = ring;
        }
    }
}
