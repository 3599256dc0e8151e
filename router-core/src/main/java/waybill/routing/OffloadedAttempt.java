package waybill.routing;

import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;

/** A blocking attempt on another thread; interrupted when it is given up, and told of to its lane exactly once. */
final class OffloadedAttempt<R> extends FutureTask<@Nullable Void> {

    private final Lane<R> lane;
    private volatile boolean begun;

    OffloadedAttempt(Lane<R> lane, Callable<R> attempt) {
        super(() -> report(lane, attempt), null);
        this.lane = lane;
    }

    private static <R> void report(Lane<R> lane, Callable<R> attempt) {
        R response;
        try {
            response = attempt.call();
        } catch (Throwable thrown) { // an error that nobody tells would leave the caller waiting
            lane.failed(thrown);
            return;
        }
        lane.answered(response);
    }

    @Override
    public void run() {
        begun = true;
        super.run();
    }

    @Override
    protected void done() {
        if (isCancelled() && !begun) {
            lane.failed(new CancellationException("given up before it began"));
        }
    }
}
