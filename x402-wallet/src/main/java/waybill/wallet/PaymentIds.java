package waybill.wallet;

import java.security.SecureRandom;
import java.time.Instant;
import java.util.UUID;

/** Ids of payments: UUIDs of version 7, so that they sort by time. Made before anything is written. */
final class PaymentIds {
    private final SecureRandom random = new SecureRandom();

    String next(Instant now) {
        byte[] tail = new byte[10];
        random.nextBytes(tail);
        long high = (now.toEpochMilli() << 16) | 0x7000 | ((tail[0] & 0x0fL) << 8) | (tail[1] & 0xffL);
        long low = 0;
        for (int i = 2; i < 10; i++) {
            low = (low << 8) | (tail[i] & 0xffL);
        }
        low = (low & 0x3fffffffffffffffL) | 0x8000000000000000L;
        return new UUID(high, low).toString();
    }
}
