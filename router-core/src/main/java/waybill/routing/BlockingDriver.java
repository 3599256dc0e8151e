package waybill.routing;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import waybill.routing.Action.Ending;

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
            run.feed(new Event.Started(start.attempt()));
            memory.started(candidate.name());
            try {
                R response = host.attempt(candidate);
                actions = run.feed(new Event.Answered(start.attempt(), host.usage(response)));
                if (actions.contains(new Action.Finish(Ending.ANSWERED))) {
                    return new Answered<>(response, candidate, run.close());
                }
            } catch (Exception thrown) {
                actions = run.feed(new Event.Failed(start.attempt(), classify(thrown)));
            } finally {
                memory.released(candidate.name());
            }
        }
    }

    private Failure classify(Exception thrown) {
        if (thrown instanceof InterruptedException) {
            Thread.currentThread().interrupt();
        }
        return Thread.currentThread().isInterrupted()
                ? Failure.of(FailureKind.CANCELLED, thrown)
                : host.classify(thrown);
    }

    private Event sleep(Action.WaitUntil wait) {
        try {
            long millis = Duration.between(run.now(), wait.instant()).toMillis() + 1;
            Thread.sleep(Math.max(0, millis));
            return new Event.Timer();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return new Event.Cancelled(interrupted);
        }
    }
}
