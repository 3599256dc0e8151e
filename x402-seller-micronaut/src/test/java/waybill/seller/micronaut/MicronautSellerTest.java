package waybill.seller.micronaut;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micronaut.context.ApplicationContext;
import io.micronaut.context.annotation.Requires;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Error;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Produces;
import io.micronaut.runtime.server.EmbeddedServer;
import jakarta.inject.Singleton;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import waybill.seller.Facilitator;
import waybill.seller.PayerFunds;
import waybill.seller.PriceTag;
import waybill.seller.checkout.InvalidSellerException;
import waybill.seller.checkout.Matched;
import waybill.seller.checkout.Paid;
import waybill.seller.checkout.Prices;
import waybill.seller.checkout.SellerSettings;
import waybill.seller.contract.Goods;
import waybill.seller.contract.SellerContract;
import waybill.x402.Amount;
import waybill.x402.Asset;

/** Micronaut on Netty. */
class MicronautSellerTest extends SellerContract {

    @Override
    protected Application start(
            Goods goods, Facilitator facilitator, PayerFunds funds, Map<String, String> properties) {
        EmbeddedServer server = run(properties, Map.of("shop", "open"), goods, facilitator)
                .getBean(EmbeddedServer.class)
                .start();
        return new Application(server.getPort(), server.getApplicationContext());
    }

    private static ApplicationContext run(
            Map<String, String> properties, Map<String, String> more, Object... singletons) {
        return ApplicationContext.builder()
                .properties(new HashMap<String, Object>(properties))
                .properties(new HashMap<String, Object>(more))
                .properties(Map.of("micronaut.server.port", -1, "micronaut.server.host", "127.0.0.1"))
                .singletons(singletons)
                .start();
    }

    @Test
    void handlers_that_cannot_be_sold_are_refused_by_name() {
        List<String> problems = problems(Map.of(
                "waybill.seller.pay-to", "0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
                "waybill.seller.networks", "base-sepolia",
                "waybill.seller.facilitator-url", "http://127.0.0.1:1",
                "waybill.seller.data-dir", System.getProperty("java.io.tmpdir") + "/waybill-unsellable",
                "unsellable", "true"));

        assertThat(problems)
                .hasSize(4)
                .anyMatch(problem -> problem.startsWith("Unsellable#streams cannot be sold: it streams"))
                .anyMatch(problem -> problem.startsWith("Unsellable#unpriced cannot be sold: it names no price"))
                .anyMatch(problem -> problem.startsWith("Unsellable#inRoubles cannot be sold: no RUB is known"))
                .anyMatch(problem -> problem.startsWith("Unsellable#onError cannot be sold: it answers errors"));
    }

    @Test
    void properties_that_are_missing_are_told_all_at_once() {
        assertThat(problems(Map.of("waybill.seller.max-body", "1GB")))
                .anyMatch(problem -> problem.startsWith("waybill.seller.pay-to is not set"))
                .anyMatch(problem -> problem.startsWith("waybill.seller.networks is not set"))
                .anyMatch(problem -> problem.startsWith("waybill.seller.facilitator-url is not set"))
                .anyMatch(problem -> problem.startsWith("waybill.seller.max-body is 1073741824 bytes"))
                .hasSize(4);
    }

    @Test
    void when_selling_is_off_paid_handlers_answer_503_and_others_answer() throws Exception {
        try (ApplicationContext context =
                run(Map.of("waybill.seller.enabled", "false", "unsellable", "true"), Map.of())) {
            URI server = context.getBean(EmbeddedServer.class).start().getURI();

            assertThat(status(server.resolve("/roubles"))).isEqualTo(503);
            assertThat(status(server.resolve("/costless"))).isEqualTo(200);
        }
    }

    private static int status(URI uri) throws Exception {
        return HttpClient.newHttpClient()
                .send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString())
                .statusCode();
    }

    private static List<String> problems(Map<String, String> properties) {
        List<String> problems = new ArrayList<>();
        assertThatThrownBy(() -> run(properties, Map.of()).close()).satisfies(thrown -> {
            Throwable cause = thrown;
            while (!(cause instanceof InvalidSellerException) && cause.getCause() != null) {
                cause = cause.getCause();
            }
            assertThat(cause).isInstanceOf(InvalidSellerException.class);
            problems.addAll(((InvalidSellerException) cause).problems());
        });
        return problems;
    }

    /** Prices the one handler that has no annotation. */
    @Singleton
    @Requires(property = "shop")
    record PriceList(Goods goods, SellerSettings settings) implements Prices {

        @Override
        public List<PriceTag> of(Matched handler) {
            if (!handler.name().endsWith("#listed")) {
                return List.of();
            }
            if (!goods.pricesKnown()) {
                throw new IllegalStateException("the list cannot be read");
            }
            Asset usdc =
                    settings.assets().find(settings.networks().get(0), "USDC").orElseThrow();
            return List.of(PriceTag.of(Amount.parse("0.01", usdc), settings.payTo()));
        }
    }

    /** Handlers that no filter can sell. */
    @Controller
    @Requires(property = "unsellable")
    static class Unsellable {

        @Get("/costless")
        String costless() {
            return "free";
        }

        @Paid("0.01 USDC")
        @Get("/streams")
        @Produces(MediaType.TEXT_EVENT_STREAM)
        Publisher<String> streams() {
            return Flux.just("");
        }

        @Paid
        @Get("/unpriced")
        String unpriced() {
            return "";
        }

        @Paid("1 RUB")
        @Get("/roubles")
        String inRoubles() {
            return "";
        }

        @Paid("0.01 USDC")
        @Error(global = true)
        String onError(IllegalStateException failure) {
            return "";
        }
    }
}
