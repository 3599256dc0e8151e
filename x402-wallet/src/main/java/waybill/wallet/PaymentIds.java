package waybill.wallet;

import java.security.SecureRandom;
import java.time.Instant;
import java.util.UUID;

/**
 * Ids of payments: UUIDs of version 7, so that they sort by time, and those made here in the order in which they were
 * made, whatever the clock does. Made before anything is written. Thread-safe.
 */
final class PaymentIds {
    private static final int COUNTER_BITS = 12;

    private final SecureRandom random = new SecureRandom();
    private long last; // milliseconds, then the counter behind them

    String next(Instant now) {
        long order = order(now.toEpochMilli());
        long high = (order >>> COUNTER_BITS << 16) | 0x7000 | (order & 0xfff);
        long low = (random.nextLong() & 0x3fffffffffffffffL) | 0x8000000000000000L;
        return new UUID(high, low).toString();
    }

    /** The counter begins anywhere in its lower half and takes the next millisecond when it is full (RFC 9562, 6.2). */
    private synchronized long order(long millis) {
        last = Math.max(last + 1, millis << COUNTER_BITS | random.nextInt(1 << (COUNTER_BITS - 1)));
        return last;
    }
}
