package waybill.routing;

import org.jspecify.annotations.Nullable;

/**
 * Tells a candidate's HTTP client whose attempt it is opening. The framework's model stands between the router and that
 * client and passes nothing on, so this goes by the thread, and only while the attempt is being opened on it.
 */
public final class Opening {

    private static final ThreadLocal<@Nullable Lane<?>> LANE = new ThreadLocal<>();

    private Opening() {}

    /** Opens an attempt on this thread. */
    public static void of(Lane<?> lane, Runnable opening) {
        Lane<?> outer = LANE.get(); // a router may be a candidate of another
        LANE.set(lane);
        try {
            opening.run();
        } finally {
            if (outer == null) {
                LANE.remove();
            } else {
                LANE.set(outer);
            }
        }
    }

    /** How to cancel the attempt that is being opened on this thread; nothing happens when none is. */
    public static void cancelWith(Runnable cancel) {
        Lane<?> lane = LANE.get();
        if (lane != null) {
            lane.onCancel(cancel);
        }
    }
}
