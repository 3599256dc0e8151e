package waybill.routing;

import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import waybill.routing.Action.Ending;
import waybill.routing.Patience.Limit;

/**
 * Walks a plan: which candidate next, when to wait, when to stop. No I/O, no clock of its own, no threads: a driver
 * feeds it events with the time at which they happened, one at a time, and carries out the actions it answers with.
 *
 * <p>Attempts are numbered, and events of any but a live attempt are ignored, so that a candidate that was given up
 * cannot add to the answer. One attempt is live at a time, two while a hedge runs: the first that has content or an
 * answer stays, the other is given up and accounted. A cascade sends the cheapest first and, when its answer does not
 * pass the caller's check, one other.
 */
final class AttemptMachine {

    private final Terms terms;
    private final Admission admission;
    private final List<Choice> pending;
    private final List<Choice> again = new ArrayList<>();
    private final Set<String> secondChances = new HashSet<>();
    private final List<Attempt> attempts = new ArrayList<>();
    private final List<Failure> failures = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();
    private final Map<Integer, LiveAttempt> live = new LinkedHashMap<>();
    private Cost spent = Cost.NONE;
    private int lastNumber;
    private boolean hedged;
    private int rejected;
    private boolean finished;

    AttemptMachine(Plan plan, Terms terms, Admission admission) {
        this.pending = new ArrayList<>(plan.choices());
        this.terms = terms;
        this.admission = admission;
        if (terms.cascade()) {
            pending.stream()
                    .min(Comparator.comparingDouble(choice -> choice.worth().price()))
                    .ifPresent(this::putFirst);
        }
    }

    /** The first actions of the call. */
    List<Action> begin(Instant now) {
        return advance(now);
    }

    /** The actions that follow from an event. */
    List<Action> on(Event event, Instant now) {
        if (finished) {
            return event instanceof Event.Seated seated ? release(seated) : List.of();
        }
        if (event instanceof Event.Started started) {
            return live.containsKey(started.attempt()) ? nextTimer() : List.of();
        }
        if (event instanceof Event.Trickled trickled) {
            LiveAttempt attempt = live.get(trickled.attempt());
            return attempt == null ? List.of() : trickle(attempt, now);
        }
        if (event instanceof Event.FirstContent content) {
            LiveAttempt attempt = live.get(content.attempt());
            return attempt == null ? List.of() : commit(attempt, now);
        }
        if (event instanceof Event.Heard heard) {
            LiveAttempt attempt = live.get(heard.attempt());
            if (attempt != null) attempt.heard(heard.at());
            return List.of();
        }
        if (event instanceof Event.Answered answered) {
            LiveAttempt attempt = live.get(answered.attempt());
            return attempt == null ? List.of() : answer(attempt, answered.usage(), now);
        }
        if (event instanceof Event.Rejected no) {
            LiveAttempt attempt = live.get(no.attempt());
            return attempt == null ? List.of() : reject(attempt, no, now);
        }
        if (event instanceof Event.Failed failed) {
            LiveAttempt attempt = live.get(failed.attempt());
            return attempt == null ? List.of() : fail(attempt, failed.failure(), now);
        }
        if (event instanceof Event.Cancelled cancelled) {
            return giveUp(Failure.of(FailureKind.CANCELLED, cancelled.reason()), Ending.CANCELLED, now);
        }
        if (event instanceof Event.Seated seated) {
            return seated(seated, now);
        }
        if (event instanceof Event.NoRoom) {
            return live.isEmpty() ? finish(Ending.BUSY) : List.of();
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

    // What an attempt came to

    private List<Action> trickle(LiveAttempt attempt, Instant now) {
        attempt.trickled(now);
        return nextTimer();
    }

    private List<Action> commit(LiveAttempt attempt, Instant now) {
        attempt.firstContent(now);
        List<Action> actions = overtake(attempt, now);
        actions.addAll(nextTimer());
        return actions;
    }

    private List<Action> answer(LiveAttempt attempt, @Nullable Usage usage, Instant now) {
        close(attempt, null, usage, attempt.charge(usage), now);
        List<Action> actions = overtake(attempt, now);
        actions.addAll(finish(Ending.ANSWERED));
        return actions;
    }

    /** Escalates once: an answer that a dear candidate gives and the check still refuses ends the call. */
    private List<Action> reject(LiveAttempt attempt, Event.Rejected no, Instant now) {
        Failure failure = Failure.of(FailureKind.ANSWER_REJECTED, new RejectedException(no.complaint()));
        close(attempt, failure, no.usage(), attempt.charge(no.usage()), now);
        rejected++;
        if (!live.isEmpty()) return nextTimer();
        if (rejected > 1) {
            notes.add("escalated once, and the answer was rejected again");
            return finish(Ending.STOPPED);
        }
        return advance(now);
    }

    private List<Action> fail(LiveAttempt attempt, Failure failure, Instant now) {
        close(attempt, failure, null, attempt.lost(failure), now);
        if (attempt.committed()) return finish(Ending.BROKEN); // part of the answer is out
        if (!failure.kind().tryNext()) return stop(failure, now); // another model would fail the same way
        if (failure.kind().onlyIfAffordable() && terms.strictPayments()) {
            notes.add("strict payments: no other candidate after "
                    + failure.kind().words());
            return stop(failure, now);
        }
        offerSecondChance(attempt.choice, failure, now);
        return live.isEmpty() ? advance(now) : nextTimer(); // the hedge is the next candidate already
    }

    private List<Action> stop(Failure failure, Instant now) {
        List<Action> actions = abandon(failure, now);
        actions.addAll(finish(Ending.STOPPED));
        return actions;
    }

    /** A candidate that said when it is free again may have a second try, when nobody else is left. */
    private void offerSecondChance(Choice choice, Failure failure, Instant now) {
        Duration delay = failure.retryAfter();
        if (delay == null || !failure.kind().passing() || delay.compareTo(terms.maxWait()) > 0) return;
        if (secondChances.add(choice.candidate())) {
            again.add(choice.startingAt(now.plus(delay)));
        }
    }

    /** Gives up whoever runs beside the attempt that has won. */
    private List<Action> overtake(LiveAttempt winner, Instant now) {
        List<Action> actions = new ArrayList<>();
        for (LiveAttempt loser : List.copyOf(live.values())) {
            if (loser != winner) {
                Failure failure =
                        Failure.of(FailureKind.OVERTAKEN, new OvertakenException(winner.candidate() + " was first"));
                actions.add(new Action.Cancel(loser.number));
                close(loser, failure, null, loser.lost(failure), now);
            }
        }
        return actions;
    }

    // Time

    private List<Action> tick(Instant now) {
        if (terms.expired(now)) {
            return giveUp(late("the call's deadline passed"), Ending.OUT_OF_TIME, now);
        }
        if (live.isEmpty()) {
            return advance(now);
        }
        for (LiveAttempt attempt : live.values()) {
            Limit limit = attempt.limit();
            if (limit != null && !now.isBefore(limit.at())) {
                List<Action> actions = new ArrayList<>();
                actions.add(new Action.Cancel(attempt.number));
                actions.addAll(fail(attempt, late(limit.words()), now));
                return actions;
            }
        }
        Instant hedgeAt = hedgeAt();
        if (hedgeAt != null && !now.isBefore(hedgeAt)) {
            return hedge(now);
        }
        return nextTimer();
    }

    private static Failure late(String message) {
        return Failure.of(FailureKind.TIMEOUT, new LateException(message));
    }

    private List<Action> nextTimer() {
        Instant due = terms.deadline();
        for (LiveAttempt attempt : live.values()) {
            Limit limit = attempt.limit();
            due = earlier(due, limit == null ? null : limit.at());
        }
        due = earlier(due, hedgeAt());
        return due == null ? List.of() : List.of(new Action.WaitUntil(due));
    }

    private static @Nullable Instant earlier(@Nullable Instant one, @Nullable Instant other) {
        if (one == null || other == null) {
            return one == null ? other : one;
        }
        return other.isBefore(one) ? other : one;
    }

    // Ending

    private List<Action> giveUp(Failure failure, Ending ending, Instant now) {
        boolean committed = live.values().stream().anyMatch(LiveAttempt::committed);
        List<Action> actions = abandon(failure, now);
        actions.addAll(finish(committed && ending != Ending.CANCELLED ? Ending.BROKEN : ending));
        return actions;
    }

    private List<Action> abandon(Failure failure, Instant now) {
        List<Action> actions = new ArrayList<>();
        for (LiveAttempt attempt : List.copyOf(live.values())) {
            actions.add(new Action.Cancel(attempt.number));
            Failure own = failure.kind() == FailureKind.CANCELLED || failure.kind() == FailureKind.TIMEOUT
                    ? failure
                    : Failure.of(FailureKind.OVERTAKEN, new OvertakenException("the call was stopped"));
            close(attempt, own, null, attempt.lost(own), now);
        }
        return actions;
    }

    private List<Action> finish(Ending ending) {
        finished = true;
        return List.of(new Action.Finish(ending));
    }

    private void close(LiveAttempt ended, @Nullable Failure failure, @Nullable Usage usage, Cost cost, Instant now) {
        live.remove(ended.number);
        spent = spent.plus(cost);
        terms.purse().settle(ended.number, cost, now);
        if (failure != null) {
            failures.add(failure);
            if (cost.usd().signum() > 0) {
                notes.add(ended.candidate() + ": " + failure.kind().words() + ", " + Dollars.exact(cost.usd())
                        + (failure.kind().charged() ? " was paid" : " may have been charged and counts in full"));
            }
        }
        attempts.add(ended.ended(failure, usage, cost, now));
    }

    // Starting

    private List<Action> advance(Instant now) {
        if (terms.expired(now)) {
            return finish(Ending.OUT_OF_TIME);
        }
        dropUnaffordable(pending);
        dropUnaffordable(again);
        List<Choice> left = pending.isEmpty() ? again : pending;
        if (left.isEmpty()) {
            return finish(attempts.isEmpty() ? Ending.NOBODY : Ending.EXHAUSTED);
        }
        List<Choice> ready = left.stream()
                .filter(choice -> isFree(choice, now) && terms.affords(committed(), choice))
                .toList();
        return ready.isEmpty() ? waitForSoonest(left, now) : startOneOf(ready, now);
    }

    private static boolean isFree(Choice choice, Instant now) {
        return choice.notBefore() == null || !choice.notBefore().isAfter(now);
    }

    private List<Action> waitForSoonest(List<Choice> waiting, Instant now) {
        Choice soonest = waiting.stream()
                .min(Comparator.comparing(choice -> choice.notBefore() == null ? now : choice.notBefore()))
                .orElseThrow();
        Instant start = soonest.notBefore() == null ? now : soonest.notBefore();
        if (terms.expired(start)) {
            notes.add(soonest.candidate() + " is free again at " + start + ", after the deadline");
            waiting.remove(soonest);
            return advance(now);
        }
        return List.of(new Action.WaitUntil(start));
    }

    /** The first with a free place; who has failed lately is passed over while others are left, and then insisted on. */
    private List<Action> startOneOf(List<Choice> ready, Instant now) {
        List<String> full = new ArrayList<>();
        for (boolean insist : new boolean[] {false, true}) {
            full.clear();
            for (Choice choice : ready) {
                Admission.Seat seat = admission.seat(choice.candidate(), insist, now);
                if (seat == Admission.Seat.TAKEN) {
                    return startWithinBudget(choice, now);
                }
                if (seat == Admission.Seat.FULL) {
                    full.add(choice.candidate());
                }
            }
        }
        if (full.isEmpty()) {
            notes.add("has failed lately and is being probed by other calls: "
                    + String.join(", ", ready.stream().map(Choice::candidate).toList()));
            return finish(Ending.BUSY);
        }
        List<Action> actions = new ArrayList<>(nextTimer());
        actions.add(new Action.Queue(full));
        return actions;
    }

    private List<Action> seated(Event.Seated seated, Instant now) {
        for (List<Choice> choices : List.of(pending, again)) {
            for (Choice choice : choices) {
                if (choice.candidate().equals(seated.candidate()) && live.isEmpty()) {
                    return startWithinBudget(choice, now);
                }
            }
        }
        return release(seated);
    }

    private List<Action> startWithinBudget(Choice choice, Instant now) {
        if (lastNumber == 0 || admission.retry(choice.candidate(), now)) {
            return start(choice, now);
        }
        admission.giveBack(choice.candidate());
        notes.add("retry budget exhausted: too many calls are being attempted again already; untried: "
                + String.join(", ", pending.stream().map(Choice::candidate).toList()));
        return finish(Ending.OVER_BUDGET);
    }

    private List<Action> release(Event.Seated seated) {
        admission.giveBack(seated.candidate());
        return List.of();
    }

    private List<Action> start(Choice choice, Instant now) {
        pending.remove(choice);
        again.remove(choice);
        if (!terms.purse().take(lastNumber + 1, choice.maxCost(), now)) {
            admission.giveBack(choice.candidate());
            notes.add("skipped " + choice.candidate() + ": up to "
                    + (choice.maxCost() == null ? "an unknown amount" : Dollars.exact(choice.maxCost()))
                    + " more would pass the router's spend cap");
            return live.isEmpty() ? advance(now) : nextTimer();
        }
        LiveAttempt attempt = new LiveAttempt(++lastNumber, choice, now, terms.patience());
        live.put(attempt.number, attempt);
        return List.of(new Action.Start(attempt.number, choice));
    }

    private void putFirst(Choice choice) {
        pending.remove(choice);
        pending.add(0, choice);
    }

    /** Takes those away that come before the first that can be afforded. */
    private void dropUnaffordable(List<Choice> choices) {
        while (!choices.isEmpty() && !terms.affords(committed(), choices.get(0))) {
            Choice choice = choices.remove(0);
            notes.add("skipped " + choice.candidate() + ": " + spent + " so far and up to "
                    + (choice.maxCost() == null ? "an unknown amount" : Dollars.exact(choice.maxCost()))
                    + " more would pass the ceiling of "
                    + (terms.ceiling() == null ? "" : Dollars.exact(terms.ceiling())));
        }
    }

    /** What is spent and what live attempts may still cost. */
    private BigDecimal committed() {
        BigDecimal sum = spent.usd();
        for (LiveAttempt attempt : live.values()) {
            BigDecimal most = attempt.choice.maxCost();
            sum = most == null ? sum : sum.add(most);
        }
        return sum;
    }

    // Hedging

    /** When a second attempt is due beside the only one; null when none is, or none may be. */
    private @Nullable Instant hedgeAt() {
        Terms.Hedge hedge = terms.hedge();
        if (hedge == null || hedged || live.size() != 1 || pending.isEmpty()) {
            return null;
        }
        LiveAttempt only = live.values().iterator().next();
        Duration after = hedge.after().get(only.candidate());
        return after == null || only.committed() ? null : only.startedAt().plus(after);
    }

    private List<Action> hedge(Instant now) {
        hedged = true;
        Choice second = pending.stream()
                .filter(choice -> isFree(choice, now) && mayHedge(choice))
                .findFirst()
                .orElse(null);
        if (second == null || admission.seat(second.candidate(), false, now) != Admission.Seat.TAKEN) {
            return nextTimer();
        }
        if (!admission.hedge(now)) {
            admission.giveBack(second.candidate());
            return nextTimer();
        }
        notes.add("hedged with " + second.candidate());
        return start(second, now);
    }

    private boolean mayHedge(Choice second) {
        BigDecimal first = live.values().iterator().next().choice.maxCost();
        Terms.Hedge hedge = terms.hedge();
        return hedge != null
                && first != null
                && second.maxCost() != null
                && first.add(second.maxCost()).compareTo(hedge.most()) <= 0
                && terms.affords(committed(), second);
    }

    /** A limit that the machine itself drew. */
    static final class LateException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        LateException(String message) {
            super(message);
        }
    }

    /** Another attempt of the same call was first, or ended the call. */
    static final class OvertakenException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        OvertakenException(String message) {
            super(message);
        }
    }

    /** The caller's check refused the answer. */
    static final class RejectedException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        RejectedException(String message) {
            super(message);
        }
    }
}
