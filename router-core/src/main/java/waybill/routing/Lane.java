package waybill.routing;

/**
 * Where one streamed attempt reports what comes of it; safe to call from any thread. A lane that has lost its turn
 * swallows everything.
 *
 * @param <R> the framework's response
 */
public interface Lane<R> {

    /**
     * Something arrived. Before the call is committed to this attempt, an event that does not commit (a role chunk, an
     * empty delta, a ping) is held back; one that does (text, reasoning, a tool call) releases those held and is passed
     * on, and from then on no other candidate can take over.
     */
    void emit(boolean commits, Runnable delivery);

    /** The attempt is complete. */
    void answered(R response);

    /** The attempt failed. */
    void failed(Throwable thrown);

    /** How to cancel the attempt at its candidate, once that is known; run at once when the attempt was already given up. */
    void onCancel(Runnable cancel);
}
