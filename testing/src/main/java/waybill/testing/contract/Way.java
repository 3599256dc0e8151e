package waybill.testing.contract;

import java.util.List;

/**
 * A way of calling that a binding offers: a blocking call, a future, a handler, a publisher.
 *
 * @param name its name in the table
 * @param streams whether the caller hears the answer token by token
 * @param leavesEarly whether the caller can leave before the first token
 * @param letsGo whether the candidates' clients leave at once when they are told to; those that do not run to their own
 *     timeout
 * @param opening builds a routed model that is called in this way
 */
public record Way(String name, boolean streams, boolean leavesEarly, boolean letsGo, Opening opening) {

    /** A way whose caller gets the answer in one piece. */
    public static Way whole(String name, Opening opening) {
        return new Way(name, false, true, true, opening);
    }

    /** A way whose caller gets the answer token by token. */
    public static Way streamed(String name, Opening opening) {
        return new Way(name, true, true, true, opening);
    }

    /** The same way, where the first token brings the handle that cancels. */
    public Way leavingByToken() {
        return new Way(name, streams, false, letsGo, opening);
    }

    /** The same way, over candidates whose clients do not always leave when they are told to. */
    public Way holdingOn() {
        return new Way(name, streams, leavesEarly, false, opening);
    }

    /** Builds routed models. Called for every trial anew. */
    @FunctionalInterface
    public interface Opening {

        /** A routed model over these providers, which prefers the first. */
        Routed open(List<Provider> providers, Setup setup);
    }
}
