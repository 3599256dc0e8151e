package waybill.springboot;

import java.util.function.Supplier;
import waybill.routing.RoutingListener;
import waybill.routing.Snapshot;

/** Meters of routers; a bean only where there is a registry for them. */
interface Metering {

    /** What a router of this name tells its meters. */
    RoutingListener of(String router);

    /** Reads the gauges of the router of this name there from now on. */
    void watch(String router, Supplier<Snapshot> snapshot);
}
