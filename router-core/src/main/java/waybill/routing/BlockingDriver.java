package waybill.routing;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Drives a call on the caller's own thread, so that thread-locals hold. Waits only when nobody else is left. */
final class BlockingDriver<M, R> {

    private final Run run;
    private final Map<String, Candidate<M>> candidates;
    private final Memory memory;
    private final Host.Blocking<M, R> host;

    BlockingDriver(Run run, Map<String, Candidate<M>> candidates, Memory memory, Host.Blocking<M, R> host) {
        this.run = run;
        this.candidates = candidates;
        this.memory = memory;
        this.host = host;
    }

    Answered<M, R> drive() {
        List<Action> actions = run.begin();
        while (true) {
            Action action = actions.get(actions.size() - 1);
            if (action instanceof Action.Finish finish) {
                throw run.failure(finish.ending(), "");
            }
            if (action instanceof Action.WaitUntil wait) {
                actions = run.feed(sleep(wait));
                continue;
            }
            Action.Start start = (Action.Start) action;
            Candidate<M> candidate = Router.named(candidates, start.choice().candidate());
            List<Action> timers = run.feed(new Event.Started(start.attempt()));
            Attempted<R> attempted = attempt(candidate, timers);
            Failure failure = attempted.failure();
            if (failure != null) {
                actions = run.feed(new Event.Failed(start.attempt(), failure));
                continue;
            }
            R response = attempted.response();
            run.feed(new Event.Answered(start.attempt(), Run.usage(host, response)));
            return new Answered<>(response, candidate, run.close());
        }
    }

    private Attempted<R> attempt(Candidate<M> candidate, List<Action> timers) {
        memory.started(candidate.name());
        Alarm alarm = alarm(timers);
        try {
            return new Attempted<>(host.attempt(candidate), null);
        } catch (Exception thrown) {
            boolean late = alarm != null && alarm.off();
            return new Attempted<>(null, classify(thrown, late));
        } finally {
            if (alarm != null) {
                boolean unused = alarm.off();
            }
            memory.released(candidate.name());
        }
    }

    /** A candidate that heeds interrupts is stopped at the call's deadline; another runs to its own timeout. */
    private @Nullable Alarm alarm(List<Action> timers) {
        for (Action action : timers) {
            if (action instanceof Action.WaitUntil wait) {
                return new Alarm(millisUntil(wait));
            }
        }
        return null;
    }

    private Failure classify(Exception thrown, boolean late) {
        if (thrown instanceof InterruptedException && !late) {
            Thread.currentThread().interrupt();
        }
        if (Thread.currentThread().isInterrupted()) {
            return Failure.of(FailureKind.CANCELLED, thrown);
        }
        Failure failure = Run.classify(host, thrown);
        return late && !failure.kind().onlyIfAffordable() ? Failure.of(FailureKind.TIMEOUT, thrown) : failure;
    }

    private long millisUntil(Action.WaitUntil wait) {
        return Math.max(0, Duration.between(run.now(), wait.instant()).toMillis() + 1);
    }

    private Event sleep(Action.WaitUntil wait) {
        try {
            Thread.sleep(millisUntil(wait));
            return new Event.Timer();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return new Event.Cancelled(interrupted);
        }
    }

    /** What an attempt came to: a response or a failure. */
    private record Attempted<R>(@Nullable R answer, @Nullable Failure failure) {

        R response() {
            return Objects.requireNonNull(answer, "a candidate answered with nothing");
        }
    }
}
