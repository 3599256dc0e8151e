package waybill.seller.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.NestedExceptionUtils;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.ServerResponse;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;
import waybill.seller.checkout.InvalidSellerException;
import waybill.seller.checkout.Paid;

/** What is found at start-up, in both stacks. */
class StartingTest {
    private static final String PAYEE = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";

    @TempDir
    Path folder;

    @ParameterizedTest
    @EnumSource(
            value = WebApplicationType.class,
            names = {"SERVLET", "REACTIVE"})
    void handlers_that_cannot_be_sold_are_refused_by_name(WebApplicationType type) {
        List<String> problems = problems(type, selling(), Unsellable.class);

        assertThat(problems)
                .hasSize(6)
                .anyMatch(problem -> problem.startsWith("Unsellable#streams cannot be sold: it streams"))
                .anyMatch(problem -> problem.startsWith("Unsellable#emits cannot be sold: it streams"))
                .anyMatch(problem -> problem.startsWith("Unsellable#unpriced cannot be sold: it names no price"))
                .anyMatch(problem -> problem.startsWith("Unsellable#inRoubles cannot be sold: no RUB is known"))
                .anyMatch(problem -> problem.startsWith("Unsellable#forNothing cannot be sold: a price is above zero"))
                .anyMatch(problem -> problem.startsWith("Unsellable#byUse cannot be sold: it is sold by use")
                        && problem.contains("waybill.seller.most-open"));
    }

    @Test
    void a_mark_on_what_a_functional_route_of_mvc_runs_is_refused_by_name() {
        List<String> problems =
                problems(WebApplicationType.SERVLET, selling(), Routed.class, Routed.Whole.class, ServletRoutes.class);

        assertThat(problems)
                .hasSize(2)
                .anyMatch(problem ->
                        problem.startsWith("Routed#marked (bean startingTest.Routed) cannot be sold: no mapping"))
                .anyMatch(problem ->
                        problem.startsWith("Whole (bean startingTest.Routed.Whole) cannot be sold: no mapping"));
    }

    @Test
    void a_mark_on_what_a_functional_route_of_webflux_runs_is_refused_by_name() {
        List<String> problems = problems(
                WebApplicationType.REACTIVE, selling(), Routed.class, Routed.Whole.class, ReactiveRoutes.class);

        assertThat(problems)
                .hasSize(2)
                .anyMatch(problem ->
                        problem.startsWith("Routed#marked (bean startingTest.Routed) cannot be sold: no mapping"))
                .anyMatch(problem ->
                        problem.startsWith("Whole (bean startingTest.Routed.Whole) cannot be sold: no mapping"));
    }

    @Test
    void properties_that_are_missing_or_wrong_are_told_all_at_once() {
        List<String> problems = problems(
                WebApplicationType.SERVLET,
                Map.of("waybill.seller.networks", "mainnet", "waybill.seller.quote-life", "0s"));

        assertThat(problems)
                .anyMatch(problem -> problem.startsWith("waybill.seller.pay-to is not set"))
                .anyMatch(problem -> problem.startsWith("waybill.seller.networks cannot be used"))
                .anyMatch(problem -> problem.startsWith("waybill.seller.facilitator-url is not set"))
                .anyMatch(problem -> problem.startsWith("waybill.seller.quote-life is PT0S"))
                .hasSize(4);
        FailureAnalysis told = new InvalidSellerFailureAnalyzer().analyze(new InvalidSellerException(problems));
        assertThat(told.getDescription()).contains("pay-to");
        assertThat(told.getAction()).contains("waybill.seller.enabled=false");
    }

    @ParameterizedTest
    @EnumSource(
            value = WebApplicationType.class,
            names = {"SERVLET", "REACTIVE"})
    void when_selling_is_off_paid_handlers_answer_503_and_others_answer(WebApplicationType type) throws Exception {
        try (ConfigurableApplicationContext context =
                Applications.run(type, Map.of("waybill.seller.enabled", "false"), beans -> {}, Unsellable.class)) {
            String port = context.getEnvironment().getRequiredProperty("local.server.port");

            assertThat(status(port, "/unpriced")).isEqualTo(503);
            assertThat(status(port, "/emits")).isEqualTo(503);
            assertThat(status(port, "/free")).isEqualTo(200);
        }
        assertThat(folder).isEmptyDirectory();
    }

    private static int status(String port, String path) throws Exception {
        URI uri = URI.create("http://127.0.0.1:" + port + path);
        return HttpClient.newHttpClient()
                .send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString())
                .statusCode();
    }

    private Map<String, String> selling() {
        return new LinkedHashMap<>(Map.of(
                "waybill.seller.pay-to",
                PAYEE,
                "waybill.seller.networks",
                "base-sepolia",
                "waybill.seller.facilitator-url",
                "http://127.0.0.1:1",
                "waybill.seller.data-dir",
                folder.resolve("claims").toString()));
    }

    private static List<String> problems(WebApplicationType type, Map<String, String> properties, Class<?>... sources) {
        List<String> problems = new ArrayList<>();
        assertThatThrownBy(() ->
                        Applications.run(type, properties, beans -> {}, sources).close())
                .satisfies(thrown -> {
                    Throwable cause = NestedExceptionUtils.getMostSpecificCause(thrown);
                    assertThat(cause).isInstanceOf(InvalidSellerException.class);
                    problems.addAll(((InvalidSellerException) cause).problems());
                });
        return problems;
    }

    /** Handlers that no filter can sell. */
    @RestController
    static class Unsellable {

        @GetMapping("/free")
        String free() {
            return "free";
        }

        @Paid("0.01 USDC")
        @GetMapping(path = "/streams", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
        String streams() {
            return "";
        }

        @Paid("0.01 USDC")
        @GetMapping("/emits")
        SseEmitter emits() {
            return new SseEmitter();
        }

        @Paid
        @GetMapping("/unpriced")
        String unpriced() {
            return "";
        }

        @Paid("1 RUB")
        @GetMapping("/roubles")
        String inRoubles() {
            return "";
        }

        @Paid("0 USDC")
        @GetMapping("/nothing")
        String forNothing() {
            return "";
        }

        @Paid(value = "0.05 USDC", scheme = Paid.Scheme.UPTO)
        @GetMapping("/by-use")
        String byUse() {
            return "";
        }
    }

    /** What a function hides. */
    static class Routed {

        @Paid("0.01 USDC")
        String marked() {
            return "marked";
        }

        String unmarked() {
            return "unmarked";
        }

        /** Marked as a whole. */
        @Paid("0.01 USDC")
        static class Whole {
            String any() {
                return "any";
            }
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class ServletRoutes {

        @Bean
        org.springframework.web.servlet.function.RouterFunction<org.springframework.web.servlet.function.ServerResponse>
                routes(Routed routed, Routed.Whole whole) {
            return org.springframework.web.servlet.function.RouterFunctions.route()
                    .GET("/marked", request -> org.springframework.web.servlet.function.ServerResponse.ok()
                            .body(routed.marked()))
                    .GET("/whole", request -> org.springframework.web.servlet.function.ServerResponse.ok()
                            .body(whole.any()))
                    .build();
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class ReactiveRoutes {

        @Bean
        RouterFunction<ServerResponse> routes(Routed routed, Routed.Whole whole) {
            return RouterFunctions.route()
                    .GET("/marked", request -> ServerResponse.ok().bodyValue(routed.marked()))
                    .GET("/whole", request -> ServerResponse.ok().bodyValue(whole.any()))
                    .build();
        }
    }
}
