package waybill.micronaut;

import io.micronaut.context.annotation.Requires;
import io.micronaut.core.async.publisher.Publishers;
import io.micronaut.health.HealthStatus;
import io.micronaut.management.health.indicator.HealthIndicator;
import io.micronaut.management.health.indicator.HealthResult;
import jakarta.inject.Singleton;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.reactivestreams.Publisher;
import waybill.configuration.Watched;
import waybill.langchain4j.RoutingChatModel;
import waybill.langchain4j.RoutingStreamingChatModel;

/** Down while every candidate of a router is left alone after failures; up while one may serve. */
@Singleton
@Requires(
        classes = HealthIndicator.class,
        beans = {RoutingChatModel.class, RoutingStreamingChatModel.class})
final class CandidatesHealth implements HealthIndicator {

    private final List<Watched> routers;

    CandidatesHealth(RoutingChatModel whole, RoutingStreamingChatModel streaming) {
        this.routers = List.of(
                new Watched(WaybillFactory.ROUTER, whole::snapshot),
                new Watched(WaybillFactory.STREAMING_ROUTER, streaming::snapshot));
    }

    @Override
    public Publisher<HealthResult> getResult() {
        boolean up = true;
        Map<String, Object> details = new LinkedHashMap<>();
        for (Watched router : routers) {
            List<String> down = router.leftAlone();
            details.put(router.name(), down.isEmpty() ? "all may serve" : "left alone: " + down);
            up &= router.mayServe();
        }
        return Publishers.just(HealthResult.builder("waybill", up ? HealthStatus.UP : HealthStatus.DOWN)
                .details(details)
                .build());
    }
}
