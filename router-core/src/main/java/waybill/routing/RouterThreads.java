package waybill.routing;

import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Threads that routers have where the application gives none: started when all others are busy, daemons, ended after 30
 * seconds without work. Hedged attempts block them, so they are not the common pool's, of which a small machine has one.
 */
final class RouterThreads {

    /** Beyond these, what there is to do goes to the common pool: a deadline late is better than one forgotten. */
    static final int MOST = 256;

    /** Shared by all routers. */
    static final Executor SHARED = upTo(MOST);

    private RouterThreads() {}

    static Executor upTo(int most) {
        AtomicInteger count = new AtomicInteger();
        return new ThreadPoolExecutor(
                0,
                most,
                30,
                TimeUnit.SECONDS,
                new SynchronousQueue<>(),
                task -> {
                    Thread thread = new Thread(task, "waybill-routing-" + count.incrementAndGet());
                    thread.setDaemon(true);
                    return thread;
                },
                (task, full) -> ForkJoinPool.commonPool().execute(task));
    }
}
