package waybill.routing;

/**
 * Hears of every call. Called on the thread that runs the call, so it should be quick; what it throws is swallowed,
 * because a listener cannot break a call.
 */
public interface RoutingListener {

    /** Hears nothing. */
    RoutingListener NONE = new RoutingListener() {};

    /** Tells both, the first before the second. What the first throws keeps the second from hearing. */
    static RoutingListener both(RoutingListener first, RoutingListener second) {
        return new RoutingListener() {
            @Override
            public void onPlan(Plan plan) {
                first.onPlan(plan);
                second.onPlan(plan);
            }

            @Override
            public void onAttempt(Attempt attempt) {
                first.onAttempt(attempt);
                second.onAttempt(attempt);
            }

            @Override
            public void onReceipt(Receipt receipt) {
                first.onReceipt(receipt);
                second.onReceipt(receipt);
            }
        };
    }

    /** A plan was made for a call that is about to be attempted. */
    default void onPlan(Plan plan) {}

    /** An attempt ended. */
    default void onAttempt(Attempt attempt) {}

    /** A call ended, well or badly. */
    default void onReceipt(Receipt receipt) {}
}
