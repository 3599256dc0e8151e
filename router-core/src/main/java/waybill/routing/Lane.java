package waybill.routing;

import java.util.concurrent.Callable;
import java.util.concurrent.Executor;

/**
 * Where one streamed attempt reports what comes of it; safe to call from any thread. A lane that has lost its turn
 * swallows everything.
 *
 * @param <R> the framework's response
 */
public interface Lane<R> {

    /**
     * Something arrived. Before the call is committed to this attempt, an event without content (a role chunk, an empty
     * delta, a ping) is held back; one with content (text, reasoning, a tool call) releases those held and is passed on,
     * and from then on no other candidate can take over.
     *
     * @param content characters of content; 0 for none
     * @param delivery passes it on
     */
    void emit(int content, Runnable delivery);

    /** The attempt is complete. */
    void answered(R response);

    /** The attempt failed. */
    void failed(Throwable thrown);

    /**
     * A way to cancel the attempt at its candidate, once that is known; with several, all are gone. Run at once when the
     * attempt was already given up.
     */
    void onCancel(Runnable cancel);

    /**
     * Runs a blocking attempt on these threads and reports what comes of it. It is interrupted when it is given up; one
     * that does not heed the interrupt stays counted in flight until it ends.
     */
    static <R> void offload(Executor threads, Lane<R> lane, Callable<R> attempt) {
        OffloadedAttempt<R> task = new OffloadedAttempt<>(lane, attempt);
        lane.onCancel(() -> task.cancel(true));
        threads.execute(task);
    }
}
