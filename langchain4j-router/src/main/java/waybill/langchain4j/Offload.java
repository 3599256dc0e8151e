package waybill.langchain4j;

import dev.langchain4j.spi.ExecutorProvider;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/** Where blocking candidates of asynchronous calls run, and streams are read. */
final class Offload {

    private Offload() {}

    /** The application's executor when it gave one to LangChain4j, else shared daemon threads that end when idle. */
    static Executor executor() {
        ExecutorProvider provider = ExecutorProvider.get();
        return provider == null ? Threads.SHARED : provider.executor();
    }

    private static final class Threads {
        private static final AtomicInteger COUNT = new AtomicInteger();

        static final Executor SHARED = Executors.newCachedThreadPool(task -> {
            Thread thread = new Thread(task, "waybill-router-" + COUNT.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        });
    }
}
