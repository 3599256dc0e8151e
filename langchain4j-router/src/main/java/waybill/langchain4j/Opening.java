package waybill.langchain4j;

import org.jspecify.annotations.Nullable;
import waybill.routing.Lane;

/**
 * Tells a {@link CandidateHttpClient} whose attempt it is opening. LangChain4j's model stands between the router and its
 * client and passes nothing on, so this goes by the thread, and only while the attempt is being opened on it.
 */
final class Opening {

    private static final ThreadLocal<@Nullable Lane<?>> LANE = new ThreadLocal<>();

    private Opening() {}

    static void of(Lane<?> lane, Runnable opening) {
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
    static void cancelWith(Runnable cancel) {
        Lane<?> lane = LANE.get();
        if (lane != null) {
            lane.onCancel(cancel);
        }
    }
}
