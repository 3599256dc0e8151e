package waybill.routing;

import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a router has spent, and may yet, under its caps. An attempt's cost bound is held when it starts, under all caps
 * or none, and gives way to its cost when it ends; so however many calls run side by side, what is settled and what is
 * held together never pass a cap by more than a vendor counts beyond the bound. Safe for use by many threads.
 */
final class SpendCaps {

    private static final int SLOTS = 60;

    private final List<Window> windows;
    private final Map<Long, BigDecimal> holds = new HashMap<>();
    private BigDecimal held = BigDecimal.ZERO;
    private long lastHold;

    SpendCaps(List<SpendCap> caps) {
        this.windows = caps.stream().map(Window::new).toList();
    }

    /** The purse of one call. */
    Purse purse() {
        return windows.isEmpty() ? Purse.OPEN : new CappedPurse();
    }

    /** What each cap has seen. */
    synchronized List<SpendCap.Used> used(Instant now) {
        List<SpendCap.Used> all = new ArrayList<>(windows.size());
        for (Window window : windows) {
            window.forget(now);
            all.add(new SpendCap.Used(window.cap, window.settled, held, window.easesAt()));
        }
        return List.copyOf(all);
    }

    /** Holds this much under every cap; null when a cap has not that much left. */
    private synchronized @Nullable Long hold(BigDecimal bound, Instant now) {
        for (Window window : windows) {
            window.forget(now);
            if (window.settled.add(held).add(bound).compareTo(window.cap.usd()) > 0) {
                return null;
            }
        }
        held = held.add(bound);
        holds.put(++lastHold, bound);
        return lastHold;
    }

    /** Ends a hold; what it came to, or all of it when null, counts as spent from now on. */
    private synchronized void settle(long hold, @Nullable BigDecimal usd, Instant now) {
        BigDecimal bound = holds.remove(hold);
        if (bound == null) {
            return;
        }
        held = held.subtract(bound);
        BigDecimal spent = usd == null ? bound : usd;
        if (spent.signum() > 0) {
            for (Window window : windows) {
                window.add(spent, now);
            }
        }
    }

    /** Holds the bounds of one call's attempts. */
    private final class CappedPurse implements Purse {

        private final Map<Integer, Long> open = new HashMap<>();

        @Override
        public synchronized boolean take(int attempt, @Nullable BigDecimal bound, Instant now) {
            Long hold = bound == null ? null : hold(bound, now);
            if (hold == null) {
                return false;
            }
            open.put(attempt, hold);
            return true;
        }

        @Override
        public synchronized void settle(int attempt, Cost cost, Instant now) {
            Long hold = open.remove(attempt);
            if (hold != null) {
                SpendCaps.this.settle(hold, cost.usd(), now);
            }
        }

        @Override
        public synchronized void close(Instant now) {
            open.values().forEach(hold -> SpendCaps.this.settle(hold, null, now));
            open.clear();
        }
    }

    /** One cap's window, in slots: what is spent counts until the whole of its slot has left the window. */
    private static final class Window {
        final SpendCap cap;
        private final long slotNanos;
        private final Deque<Slot> slots = new ArrayDeque<>();
        private BigDecimal settled = BigDecimal.ZERO;
        private @Nullable Instant start;
        private long current;

        Window(SpendCap cap) {
            this.cap = cap;
            this.slotNanos = cap.window().dividedBy(SLOTS).toNanos();
        }

        void add(BigDecimal usd, Instant now) {
            forget(now);
            Slot last = slots.peekLast();
            if (last != null && last.number == current) {
                slots.removeLast();
                slots.addLast(new Slot(current, last.usd.add(usd)));
            } else {
                slots.addLast(new Slot(current, usd));
            }
            settled = settled.add(usd);
        }

        /** Drops what has left the window; a clock that goes back changes nothing. */
        void forget(Instant now) {
            Instant origin = start;
            if (origin == null) {
                start = now;
            } else {
                long seconds = Math.max(0, now.getEpochSecond() - origin.getEpochSecond());
                long nanos = seconds * 1_000_000_000L + now.getNano() - origin.getNano();
                current = Math.max(current, Math.floorDiv(nanos, slotNanos));
            }
            while (!slots.isEmpty() && slots.getFirst().number + SLOTS < current) {
                settled = settled.subtract(slots.removeFirst().usd);
            }
        }

        @Nullable
        Instant easesAt() {
            Slot oldest = slots.peekFirst();
            return oldest == null || start == null ? null : start.plusNanos((oldest.number + SLOTS + 1) * slotNanos);
        }

        private record Slot(long number, BigDecimal usd) {}
    }
}
