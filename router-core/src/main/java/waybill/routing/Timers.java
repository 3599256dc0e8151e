package waybill.routing;

import java.util.concurrent.Executor;

/** Rings once after a while. A simulation, or a test of deadlines, brings its own. Safe for use by many threads. */
public interface Timers {

    /** Runs {@code ring} after so many milliseconds unless the returned action has been run before. */
    Runnable after(long millis, Runnable ring);

    /** Timers that ring on this executor. */
    static Timers on(Executor executor) {
        return new SharedTimers(executor);
    }
}
