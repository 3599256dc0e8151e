package waybill.springboot;

import java.util.List;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import waybill.configuration.Watched;

/** Down while every candidate of a router is left alone after failures; up while one may serve. */
final class CandidatesHealth implements HealthIndicator {

    private final List<Watched> routers;

    CandidatesHealth(List<Watched> routers) {
        this.routers = List.copyOf(routers);
    }

    @Override
    public Health health() {
        Health.Builder health = Health.up();
        for (Watched router : routers) {
            List<String> down = router.leftAlone();
            health.withDetail(router.name(), down.isEmpty() ? "all may serve" : "left alone: " + down);
            if (!router.mayServe()) {
                health.down();
            }
        }
        return health.build();
    }
}
