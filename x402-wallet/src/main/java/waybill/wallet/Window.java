package waybill.wallet;

import java.time.Instant;

/**
 * A rolling window, counted in slots. It looks back one slot more than its length, so that a whole window's time is
 * always covered: a limit may bind a little longer than it says, never shorter.
 */
enum Window {
    /** Sums of dollars over 24 hours, by the hour. */
    DAY("spent.day", 3600, 25),
    /** Sums of dollars over an hour, by the minute. */
    HOUR("spent.hour", 60, 61),
    /** Payments begun within a minute, by five seconds. */
    MINUTE("begun.minute", 5, 13);

    private final String rule;
    private final int slotSeconds;
    private final int slots;

    Window(String rule, int slotSeconds, int slots) {
        this.rule = rule;
        this.slotSeconds = slotSeconds;
        this.slots = slots;
    }

    String rule() {
        return rule;
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
