package waybill.routing;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import waybill.routing.Action.Ending;
import waybill.routing.Patience.Pace;

/**
 * Drives a call whose candidates answer by callbacks. Everything that happens is a step in one queue, run by whichever
 * thread finds it idle, so that the machine and the caller's handler see one thing at a time and no thread ever waits
 * for another. Streams are opened outside the queue, because some deliver their whole answer from within the call.
 */
final class StreamingDriver<M, R> implements Cancellation {

    /** Events and characters held back before the commit; a stream that starts with more is passed on as it is. */
    private static final int EVENTS_HELD_BACK = 64;

    private static final int CHARACTERS_HELD_BACK = 256 * 1024;

    private final Run run;
    private final Map<String, Candidate<M>> candidates;
    private final Memory memory;
    private final Traffic traffic;
    private final Host.Streaming<M, R> host;
    private final Timers timers;
    private final boolean tellsCancelled;
    private final @Nullable Pace pace;
    private final Queue<Runnable> steps = new ConcurrentLinkedQueue<>();
    private final AtomicInteger waiting = new AtomicInteger();
    private final Queue<Opening> openings = new ConcurrentLinkedQueue<>();
    private final Map<Integer, Track> tracks = new ConcurrentHashMap<>();
    private volatile boolean stopped;
    private @Nullable Runnable timer;
    private Traffic.@Nullable Ticket ticket;
    private @Nullable R response;

    /** {@code tellsCancelled}: whether the host hears of a call that its own caller cancelled. */
    StreamingDriver(
            Run run,
            Map<String, Candidate<M>> candidates,
            Memory memory,
            Traffic traffic,
            Host.Streaming<M, R> host,
            Timers timers,
            boolean tellsCancelled) {
        this.run = run;
        this.candidates = candidates;
        this.memory = memory;
        this.traffic = traffic;
        this.host = host;
        this.timers = timers;
        this.tellsCancelled = tellsCancelled;
        this.pace = run.patience().pace();
    }

    void drive() {
        step(() -> carryOut(run.begin()));
    }

    @Override
    public void cancel() {
        stopped = true;
        tracks.values().forEach(Track::giveUp); // at once, even while the caller's handler is at work
        step(() -> carryOut(run.feed(new Event.Cancelled(new CancellationException("the caller cancelled")))));
    }

    private void step(Runnable step) {
        steps.add(step);
        if (waiting.getAndIncrement() != 0) {
            return;
        }
        do {
            work(steps.poll());
        } while (waiting.decrementAndGet() != 0);
        for (Opening opening = openings.poll(); opening != null; opening = openings.poll()) {
            open(opening);
        }
    }

    /** A step that throws (a caller's handler may) must not stop the queue for those behind it. */
    private static void work(@Nullable Runnable step) {
        try {
            if (step != null) {
                step.run();
            }
        } catch (RuntimeException | AssertionError thrown) {
            Thread thread = Thread.currentThread();
            thread.getUncaughtExceptionHandler().uncaughtException(thread, thrown);
        }
    }

    private void open(Opening opening) {
        try {
            host.open(opening.candidate, opening.track);
        } catch (Exception thrown) {
            opening.track.failed(thrown);
        }
    }

    private void carryOut(List<Action> actions) {
        for (Action action : actions) {
            if (action instanceof Action.Start start) {
                start(start);
            } else if (action instanceof Action.Cancel cancel) {
                Track track = tracks.remove(cancel.attempt());
                if (track != null) {
                    track.giveUp();
                }
            } else if (action instanceof Action.WaitUntil wait) {
                schedule(wait);
            } else if (action instanceof Action.Queue queue) {
                queue(queue);
            } else if (action instanceof Action.Finish finish) {
                finish(finish.ending());
            }
        }
    }

    private void start(Action.Start start) {
        Candidate<M> candidate = Router.named(candidates, start.choice().candidate());
        Track track = new Track(start.attempt(), candidate.name());
        tracks.put(start.attempt(), track);
        memory.started(candidate.name());
        openings.add(new Opening(candidate, track));
        carryOut(run.feed(new Event.Started(start.attempt())));
    }

    private void queue(Action.Queue queue) {
        ticket = traffic.queue(
                queue.candidates(), candidate -> step(() -> carryOut(run.feed(new Event.Seated(candidate)))));
        if (ticket == null) {
            carryOut(run.feed(new Event.NoRoom()));
        }
    }

    private void schedule(Action.WaitUntil wait) {
        stopTimer();
        long millis = Math.max(0, Duration.between(run.now(), wait.instant()).toMillis() + 1);
        timer = timers.after(millis, () -> step(this::ring));
    }

    private void ring() {
        for (Track track : tracks.values()) {
            Instant heard = track.heardAt;
            if (heard != null) {
                run.feed(new Event.Heard(track.attempt, heard));
            }
        }
        carryOut(run.feed(new Event.Timer()));
    }

    private void stopTimer() {
        if (timer != null) {
            timer.run();
            timer = null;
        }
    }

    private void finish(Ending ending) {
        stopTimer();
        if (ticket != null) {
            ticket.leave();
        }
        R answer = response;
        if (ending == Ending.ANSWERED && answer != null) {
            Receipt receipt = run.close();
            if (!stopped) {
                host.answered(answer, receipt);
            }
            return;
        }
        RoutingException failure = run.failure(ending, host.partialText());
        if (!stopped || tellsCancelled) {
            host.failed(failure);
        }
    }

    private final class Opening {
        final Candidate<M> candidate;
        final Track track;

        Opening(Candidate<M> candidate, Track track) {
            this.candidate = candidate;
            this.track = track;
        }
    }

    /** The lane of one attempt. */
    private final class Track implements Lane<R> {
        private final int attempt;
        private final String candidate;
        private final AtomicBoolean ended = new AtomicBoolean();
        private final List<Runnable> upstream = new ArrayList<>(); // guarded by itself, as is the next
        private boolean upstreamCancelled;
        private final List<Runnable> heldBack = new ArrayList<>();
        private int charactersHeldBack;
        private boolean committed;
        private volatile boolean givenUp;
        private volatile @Nullable Instant heardAt;

        Track(int attempt, String candidate) {
            this.attempt = attempt;
            this.candidate = candidate;
        }

        @Override
        public void emit(int content, Runnable delivery) {
            if (givenUp || stopped) {
                return;
            }
            heardAt = run.now();
            step(() -> {
                if (!isMine()) {
                    return;
                }
                if (!committed && holdsBack(content)) {
                    heldBack.add(delivery);
                    return;
                }
                commit();
                deliver(delivery);
            });
        }

        /** Whether this event still waits: for content, or for enough of it in time where the pace is guarded. */
        private boolean holdsBack(int content) {
            charactersHeldBack += content;
            boolean room = heldBack.size() < EVENTS_HELD_BACK && charactersHeldBack < CHARACTERS_HELD_BACK;
            if (content > 0 && pace != null && charactersHeldBack == content) {
                carryOut(run.feed(new Event.Trickled(attempt)));
            }
            if (pace != null) {
                return charactersHeldBack < pace.characters() && charactersHeldBack < CHARACTERS_HELD_BACK;
            }
            return content == 0 && room;
        }

        @Override
        public void answered(R answer) {
            end();
            step(() -> {
                if (isMine()) {
                    Event event = run.answered(attempt, host, answer);
                    if (event instanceof Event.Answered) {
                        commit();
                        response = answer;
                    }
                    tracks.remove(attempt);
                    carryOut(run.feed(event));
                }
            });
        }

        @Override
        public void failed(Throwable thrown) {
            end();
            step(() -> {
                if (isMine() && !givenUp) { // one that its caller left fails for that, and is not to blame
                    tracks.remove(attempt);
                    cancelUpstream();
                    carryOut(run.feed(new Event.Failed(attempt, Run.classify(host, thrown))));
                }
            });
        }

        @Override
        public void onCancel(Runnable cancel) {
            synchronized (upstream) {
                if (!upstreamCancelled) {
                    upstream.add(cancel);
                    return;
                }
            }
            cancelBy(cancel);
        }

        /** Called inside a step. */
        private boolean isMine() {
            return tracks.get(attempt) == this;
        }

        private void commit() {
            if (committed) {
                return;
            }
            committed = true;
            stopTimer();
            carryOut(run.feed(new Event.FirstContent(attempt)));
            heldBack.forEach(this::deliver);
            heldBack.clear();
        }

        private void deliver(Runnable delivery) {
            if (!stopped) {
                delivery.run();
            }
        }

        private void giveUp() {
            givenUp = true;
            cancelUpstream();
        }

        private void cancelUpstream() {
            givenUp = true;
            List<Runnable> ways;
            synchronized (upstream) {
                upstreamCancelled = true;
                ways = List.copyOf(upstream);
                upstream.clear();
            }
            ways.forEach(this::cancelBy);
        }

        private void cancelBy(Runnable cancel) {
            try {
                cancel.run();
            } catch (RuntimeException ignored) {
                // A candidate that cannot be cancelled runs out by itself and stays counted in flight until then.
            }
        }

        private void end() {
            if (ended.compareAndSet(false, true)) {
                memory.released(candidate);
                traffic.released(candidate);
            }
        }
    }
}
