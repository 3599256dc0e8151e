package waybill.gateway;

import io.micronaut.context.annotation.Requires;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.PathVariable;
import io.micronaut.http.annotation.Produces;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import java.util.Map;
import waybill.seller.ClaimStoreException;

/**
 * {@code GET /v1/outcomes/ID}: what became of an answer that was sold by use. The address stands in the answer's
 * {@code Waybill-Outcome} header before its first byte, and only who has seen the payment can know it.
 */
@Controller
@Requires(beans = Storefront.class)
final class OutcomeEndpoint {

    static final String ROUTE = "/v1/outcomes/";

    private final Storefront storefront;

    OutcomeEndpoint(Storefront storefront) {
        this.storefront = storefront;
    }

    @Get(ROUTE + "{id}")
    @Produces(MediaType.APPLICATION_JSON)
    @ExecuteOn(TaskExecutors.BLOCKING)
    HttpResponse<byte[]> outcome(@PathVariable String id) {
        try {
            return storefront
                    .outcome(id)
                    .<HttpResponse<byte[]>>map(
                            outcome -> HttpResponse.ok(AnswerWriter.bytes(AnswerWriter.outcome(outcome)))
                                    .contentType(MediaType.APPLICATION_JSON_TYPE)
                                    .header("Cache-Control", "no-store")
                                    .header("X-Content-Type-Options", "nosniff"))
                    .orElseGet(() -> ChatEndpoint.error(
                            ApiError.of(
                                    404,
                                    ApiError.INVALID_REQUEST,
                                    "no_such_outcome",
                                    "There is no answer of that id that was charged for, or it is no longer remembered."),
                            Map.of()));
        } catch (ClaimStoreException e) {
            return ChatEndpoint.error(
                    ApiError.of(503, ApiError.SERVER, "store_unavailable", "Outcomes cannot be read now.")
                            .retryAfter("5"),
                    Map.of());
        }
    }
}
