package waybill.testing.contract;

import org.jspecify.annotations.Nullable;
import waybill.routing.Snapshot;

/** A routed model under test, called in one way. */
public interface Routed {

    /**
     * Starts a call with this prompt and returns without waiting for its end. What the caller is told goes to
     * {@code heard}; a way that waits for its answer runs by {@link Heard#waiting}.
     *
     * @return cancels the call as a caller of this way would
     */
    Runnable start(String prompt, Heard heard);

    /** The router's candidates as they stand now; null for a model that keeps no account of them. */
    @Nullable
    Snapshot snapshot();
}
