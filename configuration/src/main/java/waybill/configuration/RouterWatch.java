package waybill.configuration;

import java.util.function.Supplier;
import waybill.routing.RoutingListener;
import waybill.routing.Snapshot;

/** Whoever counts, times and observes what routers do; a framework has one where its application measures. Thread-safe. */
public interface RouterWatch {

    /** What the router of this name tells. */
    RoutingListener of(String router);

    /** Reads the gauges of the router of this name there from now on; nothing where {@link #of} was never asked for it. */
    void watch(String router, Supplier<Snapshot> snapshot);
}
