package waybill.springboot;

import static io.micrometer.observation.tck.TestObservationRegistryAssert.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.tck.TestObservationRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.RecordComponent;
import java.math.BigDecimal;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.ai.chat.client.ChatClient;
import org.springframework.ai.chat.client.ChatClientResponse;
import org.springframework.ai.model.chat.client.autoconfigure.ChatClientAutoConfiguration;
import org.springframework.ai.openai.OpenAiChatModel;
import org.springframework.ai.openai.OpenAiChatOptions;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.MapPropertySource;
import waybill.configuration.AttemptSettings;
import waybill.configuration.InvalidConfigurationException;
import waybill.configuration.ObjectiveSettings;
import waybill.configuration.RecentDecisions;
import waybill.configuration.RuleSettings;
import waybill.configuration.WalletSettings;
import waybill.langchain4j.RoutedChatResponse;
import waybill.langchain4j.RoutingChatModel;
import waybill.langchain4j.RoutingStreamingChatModel;
import waybill.routing.Candidate;
import waybill.routing.Hints;
import waybill.routing.Price;
import waybill.routing.Profile;
import waybill.routing.Receipt;
import waybill.routing.Rule;
import waybill.routing.Rules;
import waybill.testing.Answer;
import waybill.testing.ScriptedModelServer;
import waybill.wallet.DevelopmentSigner;
import waybill.wallet.PaymentApprover;
import waybill.wallet.PaymentSigner;
import waybill.wallet.Wallet;
import waybill.wallet.actuator.WalletEndpoint;
import waybill.wallet.metrics.WalletMeters;

class StarterTest {

    private static final String KEY = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";

    private final ScriptedModelServer server = ScriptedModelServer.start();

    @TempDir
    private Path folder;

    private final ApplicationContextRunner bare = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(
                    WaybillWalletAutoConfiguration.class,
                    WaybillLangChain4jAutoConfiguration.class,
                    WaybillSpringAiAutoConfiguration.class,
                    WaybillActuatorAutoConfiguration.class,
                    WaybillMetricsAutoConfiguration.class,
                    ChatClientAutoConfiguration.class))
            .withPropertyValues("management.endpoints.web.exposure.include=*");

    private final ApplicationContextRunner app = bare.withPropertyValues(
            "waybill.candidates[0].name=first",
            "waybill.candidates[0].base-url=" + server.baseUrl(),
            "waybill.candidates[0].model=first",
            "waybill.candidates[0].price-per-call=0.0001",
            "waybill.candidates[1].provider=openai",
            "waybill.candidates[1].base-url=" + server.baseUrl(),
            "waybill.candidates[1].model=second",
            "waybill.candidates[1].api-key=sk-hidden",
            "waybill.candidates[1].price-input=1",
            "waybill.candidates[1].price-output=2",
            "waybill.candidates[1].output-tokens=1000",
            "waybill.objective.preset=cheapest");

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void one_primary_model_of_each_framework_routes_and_fails_over() {
        server.answer("first", Answer.overloaded());
        server.answer("second", Answer.text("From the second."));
        app.run(context -> {
            assertThat(context).hasNotFailed().hasSingleBean(ChatModel.class);
            assertThat(context.getBean(ChatModel.class)
                            .chat(ChatRequest.builder()
                                    .messages(UserMessage.from("Hello?"))
                                    .build())
                            .aiMessage()
                            .text())
                    .isEqualTo("From the second.");
            assertThat(context.getBean(ChatClient.Builder.class)
                            .build()
                            .prompt("Hello?")
                            .call()
                            .content())
                    .isEqualTo("From the second.");
            assertThat(context).hasSingleBean(RoutingStreamingChatModel.class).doesNotHaveBean(Wallet.class);
            assertThat(context.getBean(RecentDecisions.class).receipts()).hasSize(2);
        });
    }

    @Test
    void it_is_the_primary_model_beside_those_of_two_other_starters() {
        server.answer("first", Answer.text("Routed."));
        app.withUserConfiguration(TwoOthers.class).run(context -> {
            assertThat(context).hasNotFailed();
            assertThat(context.getBeanNamesForType(org.springframework.ai.chat.model.ChatModel.class))
                    .hasSize(3);
            assertThat(context.getBean(ChatClient.Builder.class)
                            .build()
                            .prompt("Hello?")
                            .call()
                            .content())
                    .isEqualTo("Routed.");
        });
    }

    @Test
    void a_model_of_the_applications_own_takes_its_place() {
        app.withUserConfiguration(OwnRouter.class).run(context -> assertThat(context)
                .hasNotFailed()
                .getBean(RoutingChatModel.class)
                .isSameAs(OwnRouter.MODEL));
    }

    @Test
    void switched_off_it_makes_no_model_and_asks_for_no_property() {
        bare.withPropertyValues("waybill.enabled=false").run(context -> assertThat(context)
                .doesNotHaveBean(RoutingChatModel.class)
                .doesNotHaveBean(waybill.springai.RoutingChatModel.class));
    }

    @Test
    void each_framework_does_without_the_other() {
        app.withClassLoader(new FilteredClassLoader("org.springframework.ai"))
                .run(context -> assertThat(context).hasNotFailed().hasSingleBean(RoutingChatModel.class));
        app.withClassLoader(new FilteredClassLoader("dev.langchain4j"))
                .run(context ->
                        assertThat(context).hasNotFailed().hasSingleBean(waybill.springai.RoutingChatModel.class));
        app.withClassLoader(new FilteredClassLoader(
                        "org.springframework.boot.actuate", "org.springframework.boot.health", "io.micrometer.core"))
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean("waybillEndpoint"));
    }

    @Test
    void rules_and_properties_of_the_application_are_heeded() {
        server.answer(Answer.text("Hi."));
        app.withUserConfiguration(OwnRule.class)
                .withPropertyValues("waybill.attempts.cascade=true", "waybill.rules.cost-ceiling=0.5")
                .run(context -> {
                    var response = context.getBean(RoutingChatModel.class)
                            .chat(ChatRequest.builder()
                                    .messages(UserMessage.from("Hello?"))
                                    .build());
                    var receipt = RoutedChatResponse.receiptOf(response).orElseThrow();
                    assertThat(receipt.answeredBy()).contains("second");
                    assertThat(receipt.plan().call().hints().costCeiling()).isEqualTo(new BigDecimal("0.5"));
                });
    }

    @Test
    void what_is_wrong_is_told_by_its_property() {
        bare.withPropertyValues("waybill.candidates[0].provider=groq", "waybill.candidates[0].model=m")
                .run(context -> {
                    Throwable failure = context.getStartupFailure();
                    assertThat(failure).hasRootCauseInstanceOf(InvalidConfigurationException.class);
                    assertThat(new InvalidConfigurationFailureAnalyzer()
                                    .analyze(failure)
                                    .getDescription())
                            .contains("waybill.candidates[0].api-key is missing: set it, or the environment variable"
                                    + " GROQ_API_KEY");
                });
        app.withPropertyValues("waybill.attempts.deadline=soon").run(context -> assertThat(context.getStartupFailure())
                .hasStackTraceContaining("waybill.attempts.deadline"));
    }

    @Test
    void a_wallet_is_opened_where_a_key_is_given_and_closed_with_the_application() {
        Path ledger = folder.resolve("wallet/ledger.db");
        ApplicationContextRunner paying = app.withPropertyValues(
                "waybill.wallet.development-key=" + KEY,
                "waybill.wallet.network=eip155:84532",
                "waybill.wallet.rpc=http://127.0.0.1:9",
                "waybill.wallet.per-day=0.25",
                "waybill.wallet.ledger=" + ledger,
                "waybill.wallet.payees.[api.example.com]=0x70997970C51812dc3A010C7d01b50e0d17dc79C8");
        paying.withBean(MeterRegistry.class, SimpleMeterRegistry::new).run(context -> {
            Wallet wallet = context.getBean(Wallet.class);
            assertThat(wallet.policy().perDay()).isEqualByComparingTo("0.25");
            assertThat(wallet.policy().payees()).containsKey("api.example.com");
            assertThat(context).hasSingleBean(WalletEndpoint.class).hasSingleBean(WalletMeters.class);
            assertThat(context.getBean(MeterRegistry.class)
                            .find("x402.budget.remaining")
                            .gauges())
                    .isNotEmpty();
            assertThat(context.getBean(WaybillEndpoint.class).status().toString())
                    .contains("per-day", "left=0.25")
                    .doesNotContain(KEY.substring(2));
        });
        paying.run(context -> assertThat(context).hasNotFailed()); // one process holds a ledger at a time
    }

    @Test
    void every_limit_and_token_of_the_wallet_is_bound() {
        app.withPropertyValues(
                        "waybill.wallet.development-key=" + KEY,
                        "waybill.wallet.network=eip155:84532",
                        "waybill.wallet.rpc=http://127.0.0.1:9",
                        "waybill.wallet.ledger=" + folder.resolve("ledger.db"),
                        "waybill.wallet.per-host-per-day=0.10",
                        "waybill.wallet.per-payee-per-minute=3",
                        "waybill.wallet.max-chained=1",
                        "waybill.wallet.approval-by=terminal",
                        "waybill.wallet.open-hosts=true",
                        "waybill.wallet.assets[0].symbol=USDT",
                        "waybill.wallet.assets[0].network=eip155:84532",
                        "waybill.wallet.assets[0].address=0x5FbDB2315678afecb367f032d93F642f64180aa3",
                        "waybill.wallet.assets[0].decimals=6",
                        "waybill.wallet.assets[0].method=permit2")
                .run(context -> {
                    assertThat(context).hasNotFailed();
                    assertThat(context.getBean(Wallet.class).policy().narrower())
                            .extracting(limit -> limit.property() + " " + limit.most())
                            .containsExactly("per-host-per-day 100000", "per-payee-per-minute 3");
                    assertThat(context.getBean(Wallet.class).policy().openHosts())
                            .isTrue();
                });
        app.withPropertyValues(
                        "waybill.wallet.development-key=" + KEY,
                        "waybill.wallet.network=eip155:84532",
                        "waybill.wallet.rpc=http://127.0.0.1:9",
                        "waybill.wallet.ledger=" + folder.resolve("other.db"),
                        "waybill.wallet.approval-by=queue",
                        "waybill.wallet.assets[0].symbol=USDT")
                .run(context -> assertThat(context.getStartupFailure())
                        .hasStackTraceContaining("waybill.wallet.assets[0].name is missing"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "waybill.wallet.per-dya=1",
                "waybill.wallet.assets[0].decimal=6",
                "waybill.rules.cost-celling=0.05",
                "waybill.attempts.deadlin=30s",
                "waybill.objective.presets=best",
                "waybill.candidates[0].price-a-call=1"
            })
    void a_property_that_is_misspelt_is_an_error_and_not_no_limit(String property) {
        String name = property.substring(0, property.indexOf('='));
        app.withPropertyValues(property)
                .run(context -> assertThat(context.getStartupFailure()).hasStackTraceContaining(name));
    }

    @Test
    void a_limit_that_is_misspelt_as_a_system_property_is_an_error_too() {
        app.withSystemProperties("waybill.wallet.per-dya=1").run(context -> assertThat(context.getStartupFailure())
                .hasStackTraceContaining("waybill.wallet.per-dya is not a known property"));
        app.withSystemProperties("waybill.rules.cost-ceiling=0.5", "waybill.seed=1")
                .run(context -> assertThat(context).hasNotFailed());
    }

    @Test
    void a_payee_of_a_host_with_a_port_is_pinned_in_brackets_and_refused_without_them() {
        String payee = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
        ApplicationContextRunner paying = app.withPropertyValues(
                "waybill.wallet.development-key=" + KEY,
                "waybill.wallet.network=eip155:84532",
                "waybill.wallet.rpc=http://127.0.0.1:9",
                "waybill.wallet.ledger=" + folder.resolve("ledger.db"));
        for (String key : List.of(".seller.example:8443", ".m\u00fcller.example", "[::1]:8443")) {
            paying.withInitializer(properties(Map.of("waybill.wallet.payees" + key, payee)))
                    .run(context -> assertThat(context.getStartupFailure())
                            .hasStackTraceContaining(key + " loses characters")
                            .hasStackTraceContaining("waybill.wallet.payees.[api.example.com:8443]"));
        }
        paying.withInitializer(properties(Map.of(
                        "waybill.wallet.payees[seller.example:8443]",
                                payee, // what YAML makes of "[seller.example:8443]"
                        "waybill.wallet.payees.[[::1]:8443]", payee,
                        "waybill.wallet.payees.plain.example", payee)))
                .run(context -> assertThat(
                                context.getBean(Wallet.class).policy().payees())
                        .containsOnlyKeys("seller.example:8443", "[::1]:8443", "plain.example"));
    }

    /** With names that have colons, which the runner's own pairs are split at. */
    private static ApplicationContextInitializer<ConfigurableApplicationContext> properties(Map<String, Object> all) {
        return context -> context.getEnvironment().getPropertySources().addFirst(new MapPropertySource("file", all));
    }

    @Test
    void a_signer_and_an_approver_of_the_applications_own_go_before_the_properties() {
        DevelopmentSigner own = DevelopmentSigner.fromEnvironment(KEY, URI.create("http://127.0.0.1:9"));
        ApplicationContextRunner signing = app.withBean(PaymentSigner.class, () -> own)
                .withPropertyValues("waybill.wallet.ledger=" + folder.resolve("ledger.db"));
        signing.withBean(PaymentApprover.class, () -> (id, quote) -> false)
                .withPropertyValues(
                        "waybill.wallet.keystore=" + folder.resolve("missing.json"), "waybill.wallet.approval-by=queue")
                .run(context -> {
                    assertThat(context).hasNotFailed();
                    assertThat(context.getBean(Wallet.class).address()).isEqualTo(own.address());
                });
        signing.withPropertyValues("waybill.wallet.enabled=false")
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(Wallet.class));
    }

    @Test
    void a_scrape_shows_the_calls_of_every_router_and_each_is_observed_once() {
        server.answer(Answer.text("Hi."));
        PrometheusMeterRegistry meters = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        TestObservationRegistry observations = TestObservationRegistry.create();
        app.withBean(MeterRegistry.class, () -> meters)
                .withBean(ObservationRegistry.class, () -> observations)
                .run(context -> {
                    context.getBean(ChatModel.class).chat("Hello?");
                    assertThat(observations)
                            .hasNumberOfObservationsWithNameEqualTo("waybill.route", 1)
                            .hasObservationWithNameEqualTo("waybill.route")
                            .that()
                            .hasLowCardinalityKeyValue("waybill.candidate", "first");
                    context.getBean(ChatClient.Builder.class)
                            .build()
                            .prompt("Hello?")
                            .call()
                            .content();
                    assertThat(observations).hasNumberOfObservationsWithNameEqualTo("waybill.route", 2);
                    assertThat(meters.scrape())
                            .contains("waybill_calls_seconds_count{outcome=\"answered\",router=\"langchain4j\"} 1")
                            .contains("waybill_calls_seconds_count{outcome=\"answered\",router=\"spring ai\"} 1")
                            .contains("waybill_in_flight{candidate=\"first\",router=\"langchain4j streaming\"} 0.0");
                });
    }

    @Test
    void a_chat_client_hands_hints_to_the_router_and_its_receipt_back() {
        server.answer("second", Answer.text("From the second."));
        app.run(context -> {
            ChatClientResponse response = context.getBean(ChatClient.Builder.class)
                    .build()
                    .prompt("Hello?")
                    .advisors(call ->
                            call.param(waybill.springai.RoutingChatModel.HINTS, Hints.NONE.withAllowed("second")))
                    .call()
                    .chatClientResponse();
            assertThat(response.context().get(waybill.springai.RoutingChatModel.RECEIPT))
                    .isInstanceOfSatisfying(Receipt.class, receipt -> assertThat(receipt.answeredBy())
                            .contains("second"));
        });
    }

    @Test
    void the_endpoint_shows_candidates_and_decisions_and_no_secret() {
        server.answer("first", Answer.overloaded());
        server.answer("second", Answer.text("Hi."));
        app.run(context -> {
            context.getBean(ChatModel.class).chat("What is the secret of the pool?");
            Map<String, Object> status = context.getBean(WaybillEndpoint.class).status();
            assertThat(status).containsOnlyKeys("candidates", "routers", "decisions");
            assertThat(status.toString())
                    .contains("name=second, provider=openai, model=second, paidByWallet=false")
                    .contains("attempts=[first: overloaded, second]")
                    .contains("answeredBy=second")
                    .doesNotContain("sk-hidden", "secret of the pool");
            HealthIndicator health = context.getBean("waybillHealthIndicator", HealthIndicator.class);
            assertThat(health.health().getStatus()).isEqualTo(Status.UP);
        });
    }

    @Test
    void health_is_down_while_everybody_is_left_alone() {
        server.answer(Answer.unauthorized());
        app.run(context -> {
            assertThat(catchAnything(() -> context.getBean(ChatModel.class).chat("Hello?")))
                    .isTrue();
            HealthIndicator health = context.getBean("waybillHealthIndicator", HealthIndicator.class);
            assertThat(health.health().getStatus()).isEqualTo(Status.DOWN);
        });
    }

    private static boolean catchAnything(Runnable call) {
        try {
            call.run();
            return false;
        } catch (RuntimeException expected) {
            return true;
        }
    }

    @Test
    void every_property_has_its_description_in_the_metadata() throws IOException {
        String metadata = resource("META-INF/additional-spring-configuration-metadata.json");
        List<String> missing = new ArrayList<>();
        Map<String, Class<? extends Record>> groups = Map.of(
                "objective", ObjectiveSettings.class,
                "rules", RuleSettings.class,
                "attempts", AttemptSettings.class,
                "wallet", WalletSettings.class);
        groups.forEach((group, type) -> {
            for (RecordComponent component : type.getRecordComponents()) {
                String property = "waybill." + group + "."
                        + component.getName().replaceAll("([A-Z])", "-$1").toLowerCase(java.util.Locale.ROOT);
                if (!metadata.contains("\"name\": \"" + property + "\",")) {
                    missing.add(property);
                }
            }
        });
        assertThat(missing).isEmpty();
    }

    private static String resource(String name) throws IOException {
        try (InputStream in = StarterTest.class.getClassLoader().getResourceAsStream(name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    /** As two provider starters leave them behind. */
    @Configuration(proxyBeanMethods = false)
    static class TwoOthers {

        @Bean
        OpenAiChatModel openAiChatModel() {
            return model();
        }

        @Bean
        OpenAiChatModel anthropicChatModel() {
            return model();
        }

        private static OpenAiChatModel model() {
            return OpenAiChatModel.builder()
                    .options(OpenAiChatOptions.builder()
                            .baseUrl("http://127.0.0.1:9/v1")
                            .apiKey("none")
                            .model("other")
                            .build())
                    .build();
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class OwnRouter {

        private static final RoutingChatModel MODEL = RoutingChatModel.builder(
                        List.of(Candidate.of("own", new ChatModel() {}, Profile.of(Price.free()))))
                .build();

        @Bean
        RoutingChatModel ownRoutingChatModel() {
            return MODEL;
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class OwnRule {

        @Bean
        Rule notTheFirst() {
            return Rules.onlyAllowed(java.util.Set.of("second"));
        }
    }
}
