package waybill.wallet.tools;

import java.util.concurrent.atomic.AtomicInteger;

/** How many payments may still be begun before a person has spoken again. Thread-safe. */
final class Turn {
    private final int limit;
    private final AtomicInteger left;

    Turn(int limit) {
        this.limit = limit;
        this.left = new AtomicInteger(limit);
    }

    int limit() {
        return limit;
    }

    boolean begin() {
        return left.getAndUpdate(now -> now > 0 ? now - 1 : 0) > 0;
    }

    /** A payment that was begun has sent nothing. */
    void takeBack() {
        left.incrementAndGet();
    }
}
