package waybill.routing;

/** Ends a call that is under way. */
@FunctionalInterface
public interface Cancellation {

    /** Passes nothing more on, cancels the live attempt and starts no other. Does not block; harmless when repeated. */
    void cancel();
}
