package waybill.micronaut;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.listener.ChatModelResponseContext;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.micronaut.context.ApplicationContext;
import io.micronaut.health.HealthStatus;
import java.net.URI;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Mono;
import waybill.configuration.OpenWallet;
import waybill.configuration.Status;
import waybill.examples.shop.ModelShop;
import waybill.langchain4j.RoutingChatModel;
import waybill.langchain4j.RoutingStreamingChatModel;
import waybill.routing.Candidate;
import waybill.routing.Price;
import waybill.routing.Profile;
import waybill.testing.Answer;
import waybill.testing.ScriptedModelServer;
import waybill.wallet.DevelopmentSigner;
import waybill.wallet.PaymentApprover;
import waybill.wallet.PaymentSigner;
import waybill.wallet.Wallet;

class WaybillFactoryTest {

    @TempDir
    private Path folder;

    private static Map<String, Object> candidates(String url) {
        Map<String, Object> properties = new LinkedHashMap<>();
        properties.put("waybill.candidates[0].name", "first");
        properties.put("waybill.candidates[0].base-url", url);
        properties.put("waybill.candidates[0].model", "first");
        properties.put("waybill.candidates[0].price-per-call", "0.0001");
        properties.put("waybill.candidates[1].provider", "openai");
        properties.put("waybill.candidates[1].base-url", url);
        properties.put("waybill.candidates[1].model", "second");
        properties.put("waybill.candidates[1].api-key", "sk-hidden");
        properties.put("waybill.candidates[1].price-per-call", "0.01");
        properties.put("waybill.objective.preset", "cheapest");
        return properties;
    }

    @Test
    void an_injected_model_routes_and_fails_over() {
        try (ScriptedModelServer server = ScriptedModelServer.start();
                ApplicationContext context = ApplicationContext.run(candidates(server.baseUrl()))) {
            server.answer("first", Answer.overloaded());
            server.answer("second", Answer.text("From the second."));
            assertThat(context.getBean(ChatModel.class).chat("Hello?")).isEqualTo("From the second.");
            assertThat(context.containsBean(RoutingStreamingChatModel.class)).isTrue();
            assertThat(context.findBean(OpenWallet.class)).isEmpty();
            assertThat(context.getBean(WaybillEndpoint.class).status().toString())
                    .contains("attempts=[first: overloaded, second]")
                    .doesNotContain("sk-hidden");
        }
    }

    @Test
    void a_scrape_shows_the_calls_and_each_is_observed_once() {
        PrometheusMeterRegistry meters = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        List<String> observed = new CopyOnWriteArrayList<>();
        ObservationRegistry observations = ObservationRegistry.create();
        observations.observationConfig().observationHandler(new ObservationHandler<>() {
            @Override
            public void onStop(Observation.Context context) {
                observed.add(context.getName() + " "
                        + context.getLowCardinalityKeyValue("waybill.candidate").getValue());
            }

            @Override
            public boolean supportsContext(Observation.Context context) {
                return true;
            }
        });
        List<String> heard = new CopyOnWriteArrayList<>();
        ChatModelListener listener = new ChatModelListener() {
            @Override
            public void onResponse(ChatModelResponseContext context) {
                heard.add(context.chatResponse().aiMessage().text());
            }
        };
        try (ScriptedModelServer server = ScriptedModelServer.start();
                ApplicationContext context = ApplicationContext.builder(candidates(server.baseUrl()))
                        .singletons(meters, observations, listener)
                        .start()) {
            server.answer(Answer.text("Hi."));
            context.getBean(ChatModel.class).chat("Hello?");
            assertThat(context.getBean(RoutingStreamingChatModel.class)).isNotNull();
            assertThat(meters.scrape())
                    .contains("waybill_calls_seconds_count{outcome=\"answered\",router=\"langchain4j\"} 1")
                    .contains("waybill_in_flight{candidate=\"first\",router=\"langchain4j streaming\"} 0.0");
            assertThat(observed).containsExactly("waybill.route first");
            assertThat(heard).containsExactly("Hi.");
        }
    }

    @Test
    void health_is_down_while_everybody_is_left_alone() {
        try (ScriptedModelServer server = ScriptedModelServer.start();
                ApplicationContext context = ApplicationContext.run(candidates(server.baseUrl()))) {
            server.answer(Answer.unauthorized());
            CandidatesHealth health = context.getBean(CandidatesHealth.class);
            assertThat(Mono.from(health.getResult()).block().getStatus()).isEqualTo(HealthStatus.UP);
            ChatModel model = context.getBean(ChatModel.class);
            assertThatThrownBy(() -> model.chat("Hello?")).isInstanceOf(RuntimeException.class);
            assertThat(Mono.from(health.getResult()).block().getStatus()).isEqualTo(HealthStatus.DOWN);
        }
    }

    @Test
    void a_model_of_the_applications_own_takes_its_place() {
        RoutingChatModel own = RoutingChatModel.builder(
                        List.of(Candidate.of("own", new ChatModel() {}, Profile.of(Price.free()))))
                .build();
        try (ApplicationContext context = ApplicationContext.builder(candidates("http://127.0.0.1:9/v1"))
                .singletons(own)
                .start()) {
            assertThat(context.getBean(ChatModel.class)).isSameAs(own);
        }
    }

    @Test
    void what_is_wrong_is_told_by_its_property() {
        try (ApplicationContext context = ApplicationContext.run(Map.of("waybill.candidates[0].model", "m"))) {
            assertThatThrownBy(() -> context.getBean(ChatModel.class))
                    .hasStackTraceContaining("waybill.candidates[0].provider is missing: one of openai, anthropic");
        }
    }

    @Test
    void a_signer_and_an_approver_of_the_applications_own_go_before_the_properties() {
        PaymentSigner own = DevelopmentSigner.fromEnvironment(
                "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80", URI.create("http://127.0.0.1:9"));
        PaymentApprover nobody = (id, quote) -> false;
        Map<String, Object> properties = candidates("http://127.0.0.1:9/v1");
        properties.put("waybill.wallet.ledger", folder.resolve("ledger.db").toString());
        properties.put("waybill.wallet.keystore", folder.resolve("missing.json").toString());
        properties.put("waybill.wallet.approval-by", "queue");
        properties.put("waybill.wallet.per-host-per-day", "0.10");
        properties.put("waybill.wallet.per-payee-per-minute", "3");
        properties.put(
                "waybill.wallet.payees", Map.of("api.example.com", own.address().toString()));
        try (ApplicationContext context =
                ApplicationContext.builder(properties).singletons(own, nobody).start()) {
            Wallet wallet = context.getBean(OpenWallet.class).wallet();
            assertThat(wallet.address()).isEqualTo(own.address());
            assertThat(wallet.policy().narrower())
                    .extracting(limit -> limit.property() + " " + limit.most())
                    .containsExactly("per-host-per-day 100000", "per-payee-per-minute 3");
            assertThat(wallet.policy().payees()).containsKey("api.example.com");
        }
        properties.remove("waybill.wallet.keystore");
        try (ApplicationContext context =
                ApplicationContext.builder(properties).singletons(own, nobody).start()) {
            assertThat(context.findBean(OpenWallet.class))
                    .as("a bean is enough")
                    .isPresent();
        }
        properties.put("waybill.wallet.enabled", false);
        try (ApplicationContext context =
                ApplicationContext.builder(properties).singletons(own).start()) {
            assertThat(context.findBean(OpenWallet.class)).isEmpty();
        }
    }

    @Test
    void a_candidate_with_pay_x402_is_paid_on_the_chain() throws Exception {
        try (ModelShop shop = ModelShop.open(folder).sell("small", "0.001", Answer.text("About 100 ETH."))) {
            Map<String, Object> properties = new LinkedHashMap<>();
            properties.put("waybill.candidates[0].base-url", shop.api().toString());
            properties.put("waybill.candidates[0].model", "small");
            properties.put("waybill.candidates[0].pay", "x402");
            properties.put("waybill.wallet.development-key", shop.buyerKey());
            properties.put("waybill.wallet.network", shop.network());
            properties.put("waybill.wallet.rpc", shop.rpc().toString());
            properties.put("waybill.wallet.ledger", folder.resolve("ledger.db").toString());
            try (ApplicationContext context = ApplicationContext.run(properties)) {
                assertThat(context.getBean(ChatModel.class).chat("What is in the pool?"))
                        .isEqualTo("About 100 ETH.");
                assertThat(shop.earned().longValueExact()).isEqualTo(1_000);
                assertThat(context.getBean(Status.class).now()).containsKey("wallet");
            }
            try (ApplicationContext again = ApplicationContext.run(properties)) {
                assertThat(again.getBean(OpenWallet.class).wallet().payments(1)).hasSize(1);
            }
        }
    }
}
