package waybill.gateway;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.micronaut.context.annotation.Requires;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Produces;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;

/**
 * {@code GET /health}: 200 while the gateway lives, and in the body whether payments can be settled. {@code status} is
 * {@code up}, or {@code degraded} when the chain does not answer.
 */
@Controller
@Requires(beans = Storefront.class)
final class HealthEndpoint {

    private final Storefront storefront;

    HealthEndpoint(Storefront storefront) {
        this.storefront = storefront;
    }

    @Get("/health")
    @Produces(MediaType.APPLICATION_JSON)
    @ExecuteOn(TaskExecutors.BLOCKING)
    HttpResponse<byte[]> health() {
        ObjectNode health = JsonNodeFactory.instance.objectNode();
        Storefront.Reach chain = storefront.chain();
        health.put("status", chain == Storefront.Reach.UNREACHABLE ? "degraded" : "up");
        health.put(
                "chain",
                switch (chain) {
                    case REACHABLE -> "reachable";
                    case UNREACHABLE -> "unreachable";
                    case NOT_NEEDED -> "not needed";
                });
        return HttpResponse.ok(AnswerWriter.bytes(health))
                .contentType(MediaType.APPLICATION_JSON_TYPE)
                .header("Cache-Control", "no-store");
    }
}
