package waybill.facilitator;

import java.math.BigInteger;
import java.time.Clock;
import java.util.TreeMap;

/**
 * How much coin has been sent to payers within a day, and no more than may be. It counts by the hour, and looks back one
 * hour more than a day; it forgets when the process ends. Thread-safe.
 */
final class CoinForPayers {
    private static final long HOUR = 3600;
    private static final int HOURS = 25;

    private final BigInteger mostPerDay;
    private final Clock clock;
    private final TreeMap<Long, BigInteger> sent = new TreeMap<>(); // guarded by this; wei by hour
    private long latest; // guarded by this; hours never go back

    CoinForPayers(BigInteger mostPerDay, Clock clock) {
        this.mostPerDay = mostPerDay;
        this.clock = clock;
    }

    /** Whether there is any at all. */
    boolean any() {
        return mostPerDay.signum() > 0;
    }

    /** Takes {@code wei} out of what is left of the day; false when it is too much. */
    synchronized boolean take(BigInteger wei) {
        latest = Math.max(latest, clock.instant().getEpochSecond() / HOUR);
        sent.headMap(latest - HOURS + 1).clear();
        BigInteger used = sent.values().stream().reduce(BigInteger.ZERO, BigInteger::add);
        if (used.add(wei).compareTo(mostPerDay) > 0) {
            return false;
        }
        sent.merge(latest, wei, BigInteger::add);
        return true;
    }
}
