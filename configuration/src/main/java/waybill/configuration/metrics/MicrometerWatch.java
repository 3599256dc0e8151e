package waybill.configuration.metrics;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.observation.ObservationRegistry;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import waybill.configuration.RouterWatch;
import waybill.metrics.RouterMetrics;
import waybill.metrics.RouterObservations;
import waybill.routing.RoutingListener;
import waybill.routing.Snapshot;

/**
 * Meters of routers in Micrometer, and observations of those whose models observe nothing themselves: where they do, as in
 * Spring AI, tokens and spans would count twice. Thread-safe.
 */
public final class MicrometerWatch implements RouterWatch {

    private final @Nullable MeterRegistry meters;
    private final @Nullable ObservationRegistry observations;
    private final Set<String> observed;
    private final Map<String, RouterMetrics> routers = new ConcurrentHashMap<>();

    /**
     * Measures there.
     *
     * @param meters null for no meters
     * @param observations null for no observations
     * @param observed the routers whose models count tokens and observe themselves
     */
    public MicrometerWatch(
            @Nullable MeterRegistry meters, @Nullable ObservationRegistry observations, Set<String> observed) {
        this.meters = meters;
        this.observations = observations;
        this.observed = Set.copyOf(observed);
    }

    @Override
    public RoutingListener of(String router) {
        boolean itself = observed.contains(router);
        RoutingListener heard =
                observations == null || itself ? RoutingListener.NONE : RouterObservations.of(observations);
        if (meters == null) {
            return heard;
        }
        RouterMetrics counted = RouterMetrics.of(meters, router);
        routers.put(router, itself ? counted.withoutGenAi() : counted);
        return RoutingListener.both(routers.get(router), heard);
    }

    @Override
    public void watch(String router, Supplier<Snapshot> snapshot) {
        RouterMetrics counted = routers.get(router);
        if (counted != null) {
            counted.watch(snapshot);
        }
    }
}
