package waybill.wallet;

import java.time.Instant;
import java.util.List;

/**
 * A rolling window, counted in slots. It looks back one slot more than its length, so that a whole window's time is
 * always covered: a limit may bind a little longer than it says, never shorter.
 */
public enum Window {
    /** 24 hours, by the hour. */
    DAY(3600, 25, "24 hours"),
    /** An hour, by the minute. */
    HOUR(60, 61, "hour"),
    /** A minute, by five seconds. */
    MINUTE(5, 13, "minute");

    static final List<Window> ALL = List.of(values());

    private final int slotSeconds;
    private final int slots;
    private final String length;

    Window(int slotSeconds, int slots, String length) {
        this.slotSeconds = slotSeconds;
        this.slots = slots;
        this.length = length;
    }

    /** How long a slot is, by which its rows are told from another window's. */
    int width() {
        return slotSeconds;
    }

    /** Its length in words, to follow "a rolling". */
    String length() {
        return length;
    }

    long slot(long seconds) {
        return Math.floorDiv(seconds, slotSeconds);
    }

    /** The oldest slot that counts at {@code seconds}. */
    long oldest(long seconds) {
        return slot(seconds) - (slots - 1);
    }

    static long seconds(Instant now) {
        return now.getEpochSecond();
    }
}
