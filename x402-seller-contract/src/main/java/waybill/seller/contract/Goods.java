package waybill.seller.contract;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** What the handlers of every framework do, and a count of how often they did it. Thread-safe. */
public final class Goods {
    /** The use that the metered handler tells, in its answer's header. */
    public static final String USE = "0.004 USDC";

    private static final long PATIENCE_SECONDS = 120;

    private final Map<String, AtomicInteger> served = new ConcurrentHashMap<>();
    private volatile CountDownLatch open = new CountDownLatch(0);
    private volatile boolean pricesKnown = true;

    /** Goods that nobody has had yet. */
    public Goods() {}

    /** Serves one, and says how many that makes. */
    public String serve(String name) {
        return name + " " + count(name).incrementAndGet();
    }

    /** Serves one when {@link #open()} has been called; blocks until then. */
    public String serveSlowly(String name) {
        String answer = serve(name);
        try {
            if (!open.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                throw new IllegalStateException("nobody opened");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
        return answer;
    }

    /** Serves one, and fails. */
    public String fail(String name) {
        serve(name);
        throw new IllegalStateException("this handler fails");
    }

    /** How often it was served. */
    public int served(String name) {
        return count(name).get();
    }

    /** From now on {@link #serveSlowly} waits for {@link #open()}. */
    void shut() {
        open = new CountDownLatch(1);
    }

    void open() {
        open.countDown();
    }

    void forgetPrices() {
        pricesKnown = false;
    }

    void rememberPrices() {
        pricesKnown = true;
    }

    /** Whether the application's list of prices can be read now. */
    public boolean pricesKnown() {
        return pricesKnown;
    }

    private AtomicInteger count(String name) {
        return served.computeIfAbsent(name, unused -> new AtomicInteger());
    }
}
