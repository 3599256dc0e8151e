package waybill.routing;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import org.jspecify.annotations.Nullable;
import waybill.routing.Action.Ending;

/** One call under way: feeds the machine, tells memory and listener what came of it, writes the receipt. */
final class Run {

    private final String id;
    private final Plan plan;
    private final Terms terms;
    private final AttemptMachine machine;
    private final Memory memory;
    private final Traffic traffic;
    private final RoutingListener listener;
    private final InstantSource time;
    private final Instant startedAt;
    private int attemptsTold;
    private int failuresTold;

    Run(
            String id,
            Plan plan,
            Terms terms,
            Memory memory,
            Traffic traffic,
            RoutingListener listener,
            InstantSource time) {
        this.id = id;
        this.plan = plan;
        this.terms = terms;
        this.machine = new AttemptMachine(plan, terms, traffic);
        this.memory = memory;
        this.traffic = traffic;
        this.listener = listener;
        this.time = time;
        this.startedAt = plan.at();
    }

    List<Action> begin() {
        guarded(() -> listener.onPlan(plan));
        traffic.called();
        return machine.begin(time.instant());
    }

    List<Action> feed(Event event) {
        Instant now = time.instant();
        List<Action> actions = machine.on(event, now);
        while (attemptsTold < machine.attempts().size()) {
            tell(machine.attempts().get(attemptsTold++), now);
        }
        return actions;
    }

    private void tell(Attempt attempt, Instant now) {
        String candidate = attempt.candidate();
        if (attempt.answered()) {
            memory.answered(candidate, attempt.duration(), now);
            traffic.answered(candidate, attempt.firstContent() == null ? attempt.duration() : attempt.firstContent());
            String session = plan.call().hints().session();
            if (session != null) {
                memory.remember(Router.sessionKey(session), candidate);
            }
        } else {
            Failure failure = machine.failures().get(failuresTold++);
            memory.failed(candidate, failure, now);
            if (failure.kind().countsAgainstHealth()) {
                traffic.failed(candidate, now);
            } else if (failure.kind() == FailureKind.OVERTAKEN) {
                traffic.overtaken(candidate, attempt.duration());
            }
        }
        guarded(() -> listener.onAttempt(attempt));
    }

    /** The host's complaint about an answer, when the call is a cascade; a check that throws complains. */
    <R> @Nullable String complaint(Host<R> host, R response) {
        if (!terms.cascade()) {
            return null;
        }
        try {
            return host.complaint(response);
        } catch (RuntimeException broken) {
            return "the check itself failed: " + broken;
        }
    }

    /** The event that this response is. */
    <R> Event answered(int attempt, Host<R> host, R response) {
        Usage usage = usage(host, response);
        String complaint = complaint(host, response);
        return complaint == null ? new Event.Answered(attempt, usage) : new Event.Rejected(attempt, complaint, usage);
    }

    /** The host's verdict on a failure; one that throws while judging leaves a server error. */
    static Failure classify(Host<?> host, Throwable thrown) {
        try {
            return host.classify(thrown);
        } catch (RuntimeException broken) {
            thrown.addSuppressed(broken);
            return Failure.of(FailureKind.SERVER_ERROR, thrown);
        }
    }

    /** The host's count of tokens; an answer that cannot be counted is still an answer, and must not be asked for again. */
    static <R> @Nullable Usage usage(Host<R> host, R response) {
        try {
            return host.usage(response);
        } catch (RuntimeException uncounted) {
            return null;
        }
    }

    /** How long attempts of this call may take. */
    Patience patience() {
        return terms.patience();
    }

    Instant now() {
        return time.instant();
    }

    /** Gives back what no attempt holds any more; what none has settled counts in full. */
    void closePurse() {
        terms.purse().close(time.instant());
    }

    /** The receipt of the finished call; the listener hears of it. */
    Receipt close() {
        closePurse();
        memory.closed(plan, machine.spent());
        Receipt receipt = new Receipt(
                id,
                plan,
                machine.attempts(),
                machine.notes(),
                machine.spent(),
                Duration.between(startedAt, time.instant()));
        guarded(() -> listener.onReceipt(receipt));
        return receipt;
    }

    /** The exception of a call that ended without an answer; the listener hears of the receipt. */
    RoutingException failure(Ending ending, String partialText) {
        Receipt receipt = close();
        List<Throwable> causes = machine.failures().stream().map(Failure::cause).toList();
        String message = sentence(ending, receipt);
        return ending == Ending.BROKEN
                ? new BrokenStreamException(message, receipt, causes, partialText)
                : new RoutingException(message, receipt, causes);
    }

    private String sentence(Ending ending, Receipt receipt) {
        StringBuilder text = new StringBuilder(
                switch (ending) {
                    case NOBODY ->
                        plan.choices().isEmpty() ? plan.why() : "no candidate could be tried within what may be spent";
                    case EXHAUSTED -> "all " + receipt.attempts().size() + " attempts failed";
                    case STOPPED -> "stopped without trying another candidate";
                    case OVER_BUDGET ->
                        "stopped to spare the providers after "
                                + attempts(receipt.attempts().size());
                    case BUSY -> "nobody has room for another call";
                    case BROKEN -> "the stream broke after part of the answer had been passed on";
                    case OUT_OF_TIME ->
                        "the call's deadline passed"
                                + (terms.deadline() == null
                                        ? ""
                                        : " after " + Duration.between(startedAt, terms.deadline()));
                    case CANCELLED -> "the call was cancelled";
                    case ANSWERED -> throw new IllegalArgumentException("an answered call did not fail");
                });
        String separator = ": ";
        for (Attempt attempt : receipt.attempts()) {
            text.append(separator).append(attempt);
            separator = "; ";
        }
        for (String note : receipt.notes()) {
            text.append("; ").append(note);
        }
        return text.toString();
    }

    private static String attempts(int count) {
        return count == 1 ? "1 attempt" : count + " attempts";
    }

    /** A listener cannot break a call. */
    private static void guarded(Runnable telling) {
        try {
            telling.run();
        } catch (RuntimeException ignored) {
            // Nothing here may log or throw; a listener that wants to be heard catches its own exceptions.
        }
    }
}
