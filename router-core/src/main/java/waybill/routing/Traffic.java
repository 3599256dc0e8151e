package waybill.routing;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The calls under way, together: who is in flight where, who queues for a place, who finds out whether a candidate is
 * well again, and what is left of the budgets for retries and hedges. Safe for use by many threads.
 *
 * <p>A candidate that has failed is half-open until three attempts in a row have answered: one attempt at a time, then
 * two, then four, and five seconds between one that failed and the next. When nobody else is left it may be insisted
 * on; after five failures in a row by at most ten calls at a time.
 */
final class Traffic implements Admission {

    private static final int ANSWERS_THAT_HEAL = 3;
    private static final Duration BETWEEN_PROBES = Duration.ofSeconds(5);
    private static final int FAILURES_THAT_MEAN_DOWN = 5;
    private static final int MOST_INSISTING = 10;
    private static final Duration SOUND_AFTER = Duration.ofSeconds(10);
    private static final double MOST_SAVED = 100;
    private static final double HEDGES_PER_CALL = 0.055;
    private static final double MOST_HEDGES_SAVED = 10;

    private final int limit;
    private final int queueLimit;
    private final RetryBudget budget;
    private final boolean probing;
    private final Map<String, Gate> gates = new HashMap<>();
    private final Deque<Ticket> queue = new ArrayDeque<>();
    private double retriesSaved;
    private double hedgesSaved;
    private long second;
    private int thisSecond;

    /** So many attempts in flight at each candidate and so many calls queueing for all; 0 in flight is no limit. */
    Traffic(int limit, int queueLimit, RetryBudget budget, boolean probing) {
        this.limit = limit;
        this.queueLimit = queueLimit;
        this.budget = budget;
        this.probing = probing;
    }

    /** A call begins, and pays into the budgets. */
    synchronized void called() {
        retriesSaved = Math.min(MOST_SAVED, retriesSaved + budget.share());
        hedgesSaved = Math.min(MOST_HEDGES_SAVED, hedgesSaved + HEDGES_PER_CALL);
    }

    @Override
    public synchronized Seat seat(String candidate, boolean lastResort, Instant now) {
        Gate gate = gate(candidate);
        if (limit > 0 && gate.seats >= limit) {
            return Seat.FULL;
        }
        if (probing && gate.failuresInARow > 0 && !gate.letsProbe(lastResort, now)) {
            return Seat.PROBED;
        }
        gate.seats++;
        return Seat.TAKEN;
    }

    @Override
    public synchronized boolean retry(String candidate, Instant now) {
        if (now.getEpochSecond() != second) {
            second = now.getEpochSecond();
            thisSecond = 0;
        }
        if (retriesSaved >= 1) {
            retriesSaved--;
            return true;
        }
        if (thisSecond < budget.perSecond()) {
            thisSecond++;
            return true;
        }
        Instant failed = gate(candidate).lastFailure;
        boolean sound = failed == null || failed.plus(SOUND_AFTER).isBefore(now);
        if (sound && retriesSaved > -MOST_SAVED) {
            retriesSaved--;
            return true;
        }
        return false;
    }

    @Override
    public synchronized boolean hedge(Instant now) {
        if (hedgesSaved < 1) {
            return false;
        }
        hedgesSaved--;
        return true;
    }

    @Override
    public void giveBack(String candidate) {
        released(candidate);
    }

    /** The attempt has really ended, at its candidate too: its place goes to whoever has queued for it longest. */
    void released(String candidate) {
        Ticket next;
        synchronized (this) {
            next = firstInQueueFor(candidate);
            if (next == null) {
                Gate gate = gate(candidate);
                gate.seats = Math.max(0, gate.seats - 1);
            }
        }
        if (next != null) {
            next.seated.accept(candidate);
        }
    }

    private @Nullable Ticket firstInQueueFor(String candidate) {
        for (Iterator<Ticket> waiting = queue.iterator(); waiting.hasNext(); ) {
            Ticket ticket = waiting.next();
            if (ticket.candidates.contains(candidate)) {
                waiting.remove();
                return ticket;
            }
        }
        return null;
    }

    /**
     * Queues for a place at any of these. {@code seated} is told which, at once or later, by another thread; the place
     * is then taken.
     *
     * @return what leaves the queue, or null when it is full
     */
    @Nullable
    Ticket queue(List<String> candidates, Consumer<String> seated) {
        Ticket ticket = new Ticket(candidates, seated);
        String free;
        synchronized (this) {
            free = candidates.stream()
                    .filter(candidate -> gate(candidate).seats < limit)
                    .findFirst()
                    .orElse(null);
            if (free != null) {
                gate(free).seats++;
            } else if (queue.size() >= queueLimit) {
                return null;
            } else {
                queue.add(ticket);
            }
        }
        if (free != null) {
            seated.accept(free);
        }
        return ticket;
    }

    synchronized void answered(String candidate, Duration until) {
        Gate gate = gate(candidate);
        gate.took(until);
        if (++gate.answersInARow >= ANSWERS_THAT_HEAL) {
            gate.failuresInARow = 0;
        }
    }

    /** The attempt was given up after so long because another was first: it would have taken longer still. */
    synchronized void overtaken(String candidate, Duration after) {
        gate(candidate).took(after);
    }

    synchronized void failed(String candidate, Instant now) {
        Gate gate = gate(candidate);
        gate.failuresInARow++;
        gate.answersInARow = 0;
        gate.lastFailure = now;
    }

    /** The time within which 95 of its last 100 attempts had their first content, or their answer when not streamed. */
    synchronized @Nullable Duration usually(String candidate) {
        return gate(candidate).p95;
    }

    /** Attempts in flight at this candidate. */
    synchronized int inFlight(String candidate) {
        return gate(candidate).seats;
    }

    /** Calls that queue for a place. */
    synchronized int queued() {
        return queue.size();
    }

    private Gate gate(String candidate) {
        return gates.computeIfAbsent(candidate, name -> new Gate());
    }

    /** A call in the queue. */
    final class Ticket {
        private final List<String> candidates;
        private final Consumer<String> seated;

        Ticket(List<String> candidates, Consumer<String> seated) {
            this.candidates = List.copyOf(candidates);
            this.seated = seated;
        }

        /** Harmless when the place has already been handed over; then the call gives it back. */
        void leave() {
            synchronized (Traffic.this) {
                queue.remove(this);
            }
        }
    }

    /** One candidate's share of the traffic. */
    private static final class Gate {
        private static final int REMEMBERED = 100;
        private static final int NEEDED = 20;
        private static final int BETWEEN_LOOKS = 5;

        int seats;
        int failuresInARow;
        int answersInARow;

        @Nullable
        Instant lastFailure;

        @Nullable
        Instant lastProbe;

        private final long[] nanos = new long[REMEMBERED];
        private int seen;

        @Nullable
        Duration p95;

        boolean letsProbe(boolean lastResort, Instant now) {
            if (lastResort) {
                return failuresInARow < FAILURES_THAT_MEAN_DOWN || seats < MOST_INSISTING;
            }
            boolean tooSoon = answersInARow == 0
                    && lastProbe != null
                    && lastProbe.plus(BETWEEN_PROBES).isAfter(now);
            if (tooSoon || seats >= 1 << answersInARow) {
                return false;
            }
            lastProbe = now;
            return true;
        }

        void took(Duration time) {
            nanos[seen++ % REMEMBERED] = time.toNanos();
            if (seen >= NEEDED && seen % BETWEEN_LOOKS == 0) {
                long[] sorted = Arrays.copyOf(nanos, Math.min(seen, REMEMBERED));
                Arrays.sort(sorted);
                p95 = Duration.ofNanos(sorted[(int) (sorted.length * 0.95)]);
            }
            if (seen == 2 * REMEMBERED) {
                seen = REMEMBERED;
            }
        }
    }
}
