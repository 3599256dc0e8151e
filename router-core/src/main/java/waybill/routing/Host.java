package waybill.routing;

import org.jspecify.annotations.Nullable;

/**
 * What a router must know of the framework that it lives in; a binding implements it.
 *
 * @param <R> the framework's response
 */
public interface Host<R> {

    /** What kind of failure this is. Called once for each failed attempt. */
    Failure classify(Throwable thrown);

    /** The tokens that the provider counted, or null when it counted none. */
    @Nullable
    Usage usage(R response);

    /** What is wrong with this answer, or null when nothing is. Asked only in a cascade, once for each answer. */
    default @Nullable String complaint(R response) {
        return null;
    }

    /**
     * A host whose caller waits.
     *
     * @param <M> the framework's model
     * @param <R> its response
     */
    interface Blocking<M, R> extends Host<R> {

        /** Calls the candidate, on the caller's own thread. */
        R attempt(Candidate<M> candidate) throws Exception;
    }

    /**
     * A host whose caller is called back. The router calls its methods one at a time.
     *
     * @param <M> the framework's model
     * @param <R> its response
     */
    interface Streaming<M, R> extends Host<R> {

        /** Starts a stream at the candidate and reports everything that comes of it to the lane. */
        void open(Candidate<M> candidate, Lane<R> lane);

        /** The text passed on so far, for the exception of a stream that breaks. */
        String partialText();

        /** The call is over and answered. */
        void answered(R response, Receipt receipt);

        /** The call is over without an answer. Not called after a cancel. */
        void failed(RoutingException failure);
    }
}
