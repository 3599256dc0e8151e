package waybill.springboot;

import io.micrometer.core.instrument.MeterRegistry;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import waybill.metrics.RouterMetrics;
import waybill.routing.RoutingListener;
import waybill.routing.Snapshot;

/** Meters in Micrometer. Spring AI counts tokens of its models itself, so the router does not count them again there. */
final class MicrometerMetering implements Metering {

    private final MeterRegistry registry;
    private final Map<String, RouterMetrics> routers = new ConcurrentHashMap<>();

    MicrometerMetering(MeterRegistry registry) {
        this.registry = registry;
    }

    @Override
    public RoutingListener of(String router) {
        return routers.computeIfAbsent(router, name -> {
            RouterMetrics metrics = RouterMetrics.of(registry, name);
            return name.equals(WaybillSpringAiAutoConfiguration.ROUTER) ? metrics.withoutGenAi() : metrics;
        });
    }

    @Override
    public void watch(String router, Supplier<Snapshot> snapshot) {
        RouterMetrics metrics = routers.get(router);
        if (metrics != null) { // a router of the application's own brings its own meters
            metrics.watch(snapshot);
        }
    }
}
