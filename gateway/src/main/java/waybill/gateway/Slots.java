package waybill.gateway;

import java.time.Duration;

/** Counts the chat requests in flight, refuses more than a number, and waits for the last at a stop. Thread-safe. */
final class Slots {

    private final int limit;
    private int taken;
    private boolean closed;

    Slots(int limit) {
        this.limit = limit;
    }

    /** Takes a slot; throws a 503 when there is none, or when the gateway is stopping. */
    synchronized void take() {
        if (closed) {
            throw new ApiException(ApiError.of(503, ApiError.SERVER, "stopping", "This gateway is stopping.")
                    .retryAfter("5"));
        }
        if (taken >= limit) {
            throw new ApiException(ApiError.of(
                            503,
                            ApiError.SERVER,
                            "too_many_requests_in_flight",
                            "This gateway serves " + limit + " requests at once, and they are all taken.")
                    .retryAfter("1"));
        }
        taken++;
    }

    /** Gives a slot back. */
    synchronized void giveBack() {
        taken--;
        notifyAll();
    }

    /** Refuses new requests and waits for those in flight; returns whether all ended in time. */
    synchronized boolean drain(Duration atMost) throws InterruptedException {
        closed = true;
        long deadline = System.nanoTime() + atMost.toNanos();
        while (taken > 0) {
            long left = (deadline - System.nanoTime()) / 1_000_000;
            if (left <= 0) {
                return false;
            }
            wait(left);
        }
        return true;
    }
}
