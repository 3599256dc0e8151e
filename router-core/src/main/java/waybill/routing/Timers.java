package waybill.routing;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/** Rings once after a while. A simulation, or a test of deadlines, brings its own. Safe for use by many threads. */
public interface Timers {

    /** Runs {@code ring} after so many milliseconds unless the returned action has been run before. */
    Runnable after(long millis, Runnable ring);

    /** The JDK's own timer, which hands what is due to the executor. */
    static Timers on(Executor executor) {
        return (millis, ring) -> {
            CompletableFuture<Boolean> due =
                    new CompletableFuture<Boolean>().completeOnTimeout(true, millis, TimeUnit.MILLISECONDS);
            var unused = due.thenAccept(came -> {
                if (came) {
                    executor.execute(ring);
                }
            });
            // Completed rather than cancelled: on JDK 17 a cancelled one stays queued until it would be due.
            return () -> due.complete(false);
        };
    }
}
