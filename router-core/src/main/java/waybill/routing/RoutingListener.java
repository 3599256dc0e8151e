package waybill.routing;

/**
 * Hears of every call. Called on the thread that runs the call, so it should be quick; what it throws is swallowed,
 * because a listener cannot break a call.
 */
public interface RoutingListener {

    /** Hears nothing. */
    RoutingListener NONE = new RoutingListener() {};

    /** A plan was made for a call that is about to be attempted. */
    default void onPlan(Plan plan) {}

    /** An attempt ended. */
    default void onAttempt(Attempt attempt) {}

    /** A call ended, well or badly. */
    default void onReceipt(Receipt receipt) {}
}
