package waybill.routing;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import waybill.routing.Action.Ending;

/**
 * Walks a plan: which candidate next, when to wait, when to stop. No I/O, no clock of its own, no threads: a driver
 * feeds it events with the time at which they happened, one at a time, and carries out the actions it answers with.
 *
 * <p>Attempts are numbered, and events of any but the live attempt are ignored, so that a candidate that was given up
 * cannot add to the answer. One attempt is live at a time; a policy that wants two (hedging) changes this class and
 * not its drivers.
 */
final class AttemptMachine {

    private final Terms terms;
    private final Deque<Choice> pending;
    private final List<Choice> again = new ArrayList<>();
    private final Set<String> secondChances = new HashSet<>();
    private final List<Attempt> attempts = new ArrayList<>();
    private final List<Failure> failures = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();
    private Cost spent = Cost.NONE;
    private int lastNumber;
    private @Nullable Live live;
    private boolean finished;

    AttemptMachine(Plan plan, Terms terms) {
        this.pending = new ArrayDeque<>(plan.choices());
        this.terms = terms;
    }

    /** The first actions of the call. */
    List<Action> begin(Instant now) {
        return advance(now);
    }

    /** The actions that follow from an event. */
    List<Action> on(Event event, Instant now) {
        if (finished) {
            return List.of();
        }
        if (event instanceof Event.Started started) {
            return isLive(started.attempt()) ? nextTimer() : List.of();
        }
        if (event instanceof Event.FirstContent content) {
            return isLive(content.attempt()) ? commit(now) : List.of();
        }
        if (event instanceof Event.Answered answered) {
            return isLive(answered.attempt()) ? answer(answered.usage(), now) : List.of();
        }
        if (event instanceof Event.Failed failed) {
            return isLive(failed.attempt()) ? fail(failed.failure(), now) : List.of();
        }
        if (event instanceof Event.Cancelled cancelled) {
            return giveUp(Failure.of(FailureKind.CANCELLED, cancelled.reason()), Ending.CANCELLED, now);
        }
        return tick(now);
    }

    List<Attempt> attempts() {
        return attempts;
    }

    /** The failures of the attempts that failed, in order. */
    List<Failure> failures() {
        return failures;
    }

    List<String> notes() {
        return notes;
    }

    Cost spent() {
        return spent;
    }

    private boolean isLive(int attempt) {
        return live != null && live.number == attempt;
    }

    private List<Action> commit(Instant now) {
        Live current = theLive();
        if (current.firstContentAt == null) {
            current.firstContentAt = now;
        }
        return nextTimer();
    }

    private List<Action> answer(@Nullable Usage usage, Instant now) {
        Live current = theLive();
        close(current, null, usage, charge(current.choice, usage), now);
        return finish(Ending.ANSWERED);
    }

    private List<Action> fail(Failure failure, Instant now) {
        Live current = theLive();
        boolean committed = current.firstContentAt != null;
        close(current, failure, null, lost(current.choice, failure), now);
        if (committed) return finish(Ending.BROKEN); // part of the answer is out
        if (!failure.kind().tryNext()) return finish(Ending.STOPPED); // another model would fail the same way
        if (failure.kind().onlyIfAffordable() && terms.strictPayments()) {
            notes.add("strict payments: no other candidate after "
                    + failure.kind().words());
            return finish(Ending.STOPPED);
        }
        offerSecondChance(current.choice, failure, now);
        return advance(now);
    }

    /** A candidate that said when it is free again may have a second try, when nobody else is left. */
    private void offerSecondChance(Choice choice, Failure failure, Instant now) {
        Duration delay = failure.retryAfter();
        if (delay == null || !failure.kind().passing() || delay.compareTo(terms.maxWait()) > 0) return;
        if (secondChances.add(choice.candidate())) {
            again.add(choice.startingAt(now.plus(delay)));
        }
    }

    private List<Action> tick(Instant now) {
        Live current = live;
        if (current == null) {
            return advance(now);
        }
        if (terms.expired(now)) {
            return giveUp(late("the call's deadline passed"), Ending.OUT_OF_TIME, now);
        }
        Instant contentBy = current.contentBy(terms);
        if (contentBy != null && !now.isBefore(contentBy)) {
            List<Action> actions = new ArrayList<>();
            actions.add(new Action.Cancel(current.number));
            actions.addAll(fail(late("no content within " + terms.firstContent()), now));
            return actions;
        }
        return nextTimer();
    }

    private static Failure late(String message) {
        return Failure.of(FailureKind.TIMEOUT, new LateException(message));
    }

    private List<Action> giveUp(Failure failure, Ending ending, Instant now) {
        List<Action> actions = new ArrayList<>();
        Live current = live;
        if (current != null) {
            boolean committed = current.firstContentAt != null;
            actions.add(new Action.Cancel(current.number));
            close(current, failure, null, lost(current.choice, failure), now);
            actions.addAll(finish(committed && ending != Ending.CANCELLED ? Ending.BROKEN : ending));
        } else {
            actions.addAll(finish(ending));
        }
        return actions;
    }

    private List<Action> advance(Instant now) {
        if (terms.expired(now)) {
            return finish(Ending.OUT_OF_TIME);
        }
        Choice next = nextAffordable();
        if (next == null) {
            return finish(attempts.isEmpty() ? Ending.NOBODY : Ending.EXHAUSTED);
        }
        Instant start = next.notBefore();
        if (start != null && start.isAfter(now)) {
            if (terms.expired(start)) {
                notes.add(next.candidate() + " is free again at " + start + ", after the deadline");
                return advance(now);
            }
            pending.addFirst(next);
            return List.of(new Action.WaitUntil(start));
        }
        live = new Live(++lastNumber, next, now);
        return List.of(new Action.Start(lastNumber, next));
    }

    private @Nullable Choice nextAffordable() {
        Choice next = takeNext();
        while (next != null && !terms.affords(spent, next)) {
            notes.add("skipped " + next.candidate() + ": " + spent + " so far and up to "
                    + (next.maxCost() == null ? "an unknown amount" : Dollars.exact(next.maxCost()))
                    + " more would pass the ceiling of "
                    + (terms.ceiling() == null ? "" : Dollars.exact(terms.ceiling())));
            next = takeNext();
        }
        return next;
    }

    private @Nullable Choice takeNext() {
        Choice next = pending.poll();
        if (next != null) {
            return next;
        }
        Choice soonest = again.stream()
                .min(Comparator.comparing(c -> c.notBefore() == null ? Instant.MIN : c.notBefore()))
                .orElse(null);
        again.remove(soonest);
        return soonest;
    }

    private List<Action> nextTimer() {
        Live current = theLive();
        Instant contentBy = current.contentBy(terms);
        Instant deadline = terms.deadline();
        Instant due = contentBy == null || (deadline != null && deadline.isBefore(contentBy)) ? deadline : contentBy;
        return due == null ? List.of() : List.of(new Action.WaitUntil(due));
    }

    private List<Action> finish(Ending ending) {
        finished = true;
        return List.of(new Action.Finish(ending));
    }

    private void close(Live current, @Nullable Failure failure, @Nullable Usage usage, Cost cost, Instant now) {
        live = null;
        spent = spent.plus(cost);
        if (failure != null) {
            failures.add(failure);
            if (cost.usd().signum() > 0) {
                notes.add(current.choice.candidate() + ": " + failure.kind().words() + ", "
                        + Dollars.exact(cost.usd())
                        + (failure.kind().charged() ? " was paid" : " may have been charged and counts in full"));
            }
        }
        attempts.add(new Attempt(
                current.choice.candidate(),
                failure == null ? null : failure.kind(),
                failure == null ? null : failure.message(),
                Duration.between(current.startedAt, now),
                current.firstContentAt == null ? null : Duration.between(current.startedAt, current.firstContentAt),
                usage,
                cost));
    }

    private Live theLive() {
        if (live == null) {
            throw new IllegalStateException("no attempt is live");
        }
        return live;
    }

    private static Cost charge(Choice choice, @Nullable Usage usage) {
        if (!choice.price().known()) {
            return new Cost(BigDecimal.ZERO, Cost.Basis.UNKNOWN);
        }
        if (usage != null || choice.price() instanceof Price.PerCall) {
            Usage counted = usage == null ? Usage.of(0, 0) : usage;
            return Cost.exact(choice.price().charge(counted).orElseThrow());
        }
        BigDecimal expected = BigDecimal.valueOf(choice.worth().price()).setScale(9, RoundingMode.HALF_UP);
        return new Cost(Dollars.plain(expected), Cost.Basis.ESTIMATED);
    }

    private static Cost lost(Choice choice, Failure failure) {
        FailureKind kind = failure.kind();
        if (!kind.charged() && !kind.mayBeCharged()) {
            return Cost.NONE;
        }
        BigDecimal amount = failure.paid() == null ? choice.maxCost() : failure.paid();
        if (amount == null) {
            return new Cost(BigDecimal.ZERO, Cost.Basis.UNKNOWN);
        }
        return new Cost(amount, kind.charged() ? Cost.Basis.EXACT : Cost.Basis.HELD);
    }

    /** Silence that the machine itself ended. */
    static final class LateException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        LateException(String message) {
            super(message);
        }
    }

    private static final class Live {
        final int number;
        final Choice choice;
        final Instant startedAt;

        @Nullable
        Instant firstContentAt;

        Live(int number, Choice choice, Instant startedAt) {
            this.number = number;
            this.choice = choice;
            this.startedAt = startedAt;
        }

        /** When the first content must have come; null when it has, or when silence has no limit. */
        @Nullable
        Instant contentBy(Terms terms) {
            return firstContentAt != null || terms.firstContent() == null ? null : startedAt.plus(terms.firstContent());
        }
    }
}
