package waybill.routing;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Drives a call on the caller's own thread, so that thread-locals hold. Waits only when nobody else is left. One attempt
 * at a time: a hedged call is driven by {@link Racing}.
 */
final class BlockingDriver<M, R> {

    private final Run run;
    private final Map<String, Candidate<M>> candidates;
    private final Memory memory;
    private final Traffic traffic;
    private final Host.Blocking<M, R> host;
    private final Timers alarms;

    BlockingDriver(
            Run run,
            Map<String, Candidate<M>> candidates,
            Memory memory,
            Traffic traffic,
            Host.Blocking<M, R> host,
            Timers alarms) {
        this.run = run;
        this.candidates = candidates;
        this.memory = memory;
        this.traffic = traffic;
        this.host = host;
        this.alarms = alarms;
    }

    Answered<M, R> drive() {
        List<Action> actions = run.begin();
        while (true) {
            Action action = actions.get(actions.size() - 1);
            if (action instanceof Action.Finish finish) {
                throw run.failure(finish.ending(), "");
            }
            if (action instanceof Action.Queue queue) {
                actions = run.feed(queue(queue, actions));
                continue;
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
            Event event = run.answered(start.attempt(), host, response);
            actions = run.feed(event);
            if (event instanceof Event.Answered) {
                return new Answered<>(response, candidate, run.close());
            }
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
            traffic.released(candidate.name());
        }
    }

    /** A candidate that heeds interrupts is stopped when its time is up; another runs to its own timeout. */
    private @Nullable Alarm alarm(List<Action> timers) {
        Action.WaitUntil wait = timer(timers);
        return wait == null ? null : new Alarm(alarms, millisUntil(wait));
    }

    private static Action.@Nullable WaitUntil timer(List<Action> actions) {
        for (Action action : actions) {
            if (action instanceof Action.WaitUntil wait) {
                return wait;
            }
        }
        return null;
    }

    private Failure classify(Exception thrown, boolean late) {
        if (!late && tellsOfAnInterrupt(thrown)) {
            Thread.currentThread().interrupt(); // whoever caught it has cleared the flag
        }
        if (Thread.currentThread().isInterrupted()) {
            return Failure.of(FailureKind.CANCELLED, thrown);
        }
        Failure failure = Run.classify(host, thrown);
        return late && !failure.kind().onlyIfAffordable() ? Failure.of(FailureKind.TIMEOUT, thrown) : failure;
    }

    private static boolean tellsOfAnInterrupt(Throwable thrown) {
        Throwable link = thrown;
        for (int depth = 0; link != null && depth < 20; depth++) {
            if (link instanceof InterruptedException) return true;
            link = link.getCause();
        }
        return false;
    }

    private long millisUntil(Action.WaitUntil wait) {
        return Math.max(0, Duration.between(run.now(), wait.instant()).toMillis() + 1);
    }

    private Event sleep(Action.WaitUntil wait) {
        CountDownLatch due = new CountDownLatch(1);
        Runnable stop = alarms.after(millisUntil(wait), due::countDown);
        try {
            due.await();
            return new Event.Timer();
        } catch (InterruptedException interrupted) {
            stop.run();
            Thread.currentThread().interrupt();
            return new Event.Cancelled(interrupted);
        }
    }

    /** Waits in the queue until a place is handed over, the time is up, or the caller is interrupted. */
    private Event queue(Action.Queue queue, List<Action> actions) {
        CompletableFuture<String> seat = new CompletableFuture<>();
        Traffic.Ticket ticket = traffic.queue(queue.candidates(), seat::complete);
        if (ticket == null) {
            return new Event.NoRoom();
        }
        Action.WaitUntil end = timer(actions);
        try {
            String candidate = end == null ? seat.get() : seat.get(millisUntil(end), TimeUnit.MILLISECONDS);
            return new Event.Seated(candidate);
        } catch (TimeoutException late) {
            giveBack(ticket, seat);
            return new Event.Timer();
        } catch (InterruptedException interrupted) {
            giveBack(ticket, seat);
            Thread.currentThread().interrupt();
            return new Event.Cancelled(interrupted);
        } catch (ExecutionException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    /** A place that is handed over from now on goes back as well. */
    private void giveBack(Traffic.Ticket ticket, CompletableFuture<String> seat) {
        ticket.leave();
        var unused = seat.thenAccept(traffic::giveBack);
    }

    /** What an attempt came to: a response or a failure. */
    private record Attempted<R>(@Nullable R answer, @Nullable Failure failure) {

        R response() {
            return Objects.requireNonNull(answer, "a candidate answered with nothing");
        }
    }
}
