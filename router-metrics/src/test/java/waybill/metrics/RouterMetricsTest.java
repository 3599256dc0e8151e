package waybill.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.micrometer.observation.tck.TestObservationRegistry;
import io.micrometer.observation.tck.TestObservationRegistryAssert;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import waybill.routing.Call;
import waybill.routing.Candidate;
import waybill.routing.Failure;
import waybill.routing.FailureKind;
import waybill.routing.Features;
import waybill.routing.Host;
import waybill.routing.Lane;
import waybill.routing.Objective;
import waybill.routing.Price;
import waybill.routing.Profile;
import waybill.routing.Receipt;
import waybill.routing.Router;
import waybill.routing.RouterBuilder;
import waybill.routing.RoutingException;
import waybill.routing.RoutingListener;
import waybill.routing.Usage;

class RouterMetricsTest {

    private static final String SECRET = "the prompt that nobody may read in a chart";
    private static final Usage USAGE = Usage.of(1_000, 200);

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

    /** A model is what it answers: a text, or the kind of its failure. */
    private static RouterBuilder<Object> router(Object cheap, Object dear) {
        return Router.<Object>builder(List.of(
                        Candidate.of(
                                "cheap",
                                cheap,
                                Profile.of(Price.perMillion("0.10", "0.40")).withOutputLimit(1_000)),
                        Candidate.of(
                                "dear",
                                dear,
                                Profile.of(Price.perMillion("5", "20")).withOutputLimit(1_000))))
                .objective(Objective.cheapest());
    }

    private static final class Refusal extends RuntimeException {
        private static final long serialVersionUID = 1L;
        private final FailureKind kind;

        Refusal(FailureKind kind) {
            super(SECRET);
            this.kind = kind;
        }
    }

    private static class Saying implements Host.Blocking<Object, String> {
        @Override
        public String attempt(Candidate<Object> candidate) {
            if (candidate.model() instanceof FailureKind kind) {
                throw new Refusal(kind);
            }
            return candidate.model().toString();
        }

        @Override
        public Failure classify(Throwable thrown) {
            return Failure.of(((Refusal) thrown).kind, thrown);
        }

        @Override
        public Usage usage(String response) {
            return USAGE;
        }
    }

    private static final class Streaming extends Saying implements Host.Streaming<Object, String> {
        @Override
        public void open(Candidate<Object> candidate, Lane<String> lane) {
            lane.emit(5, () -> {});
            lane.answered("whole");
        }

        @Override
        public String partialText() {
            return "";
        }

        @Override
        public void answered(String response, Receipt receipt) {}

        @Override
        public void failed(RoutingException failure) {
            throw failure;
        }
    }

    /** Calls that answer, fail over, fail, stream and spend, as a day of any application has them. */
    private void aDay() {
        RouterMetrics metrics = RouterMetrics.of(registry, "main");
        Router<Object> router = router(FailureKind.RATE_LIMITED, "hello")
                .spendCap("5", Duration.ofHours(24))
                .listener(metrics)
                .build();
        metrics.watch(router::snapshot);
        Call call = Call.of(Features.of(SECRET));
        router.call(call, new Saying());
        router.stream(call, new Streaming());
        Router<Object> hopeless = router(FailureKind.TIMEOUT, FailureKind.BAD_REQUEST)
                .listener(RouterMetrics.of(registry, "hopeless"))
                .build();
        assertThat(catchThrowable(() -> hopeless.call(call, new Saying()))).isInstanceOf(RoutingException.class);
    }

    private double counted(String name, String... tags) {
        return registry.get(name).tags(tags).counter().count();
    }

    @Test
    void counts_decisions_failovers_cool_downs_and_spend_by_candidate() {
        aDay();
        assertThat(counted("waybill.decisions", "router", "main", "candidate", "cheap"))
                .isEqualTo(1);
        assertThat(counted("waybill.failovers", "router", "main", "candidate", "cheap", "failure", "rate_limited"))
                .isEqualTo(1);
        assertThat(counted("waybill.cooldowns", "router", "main", "candidate", "cheap", "failure", "rate_limited"))
                .isEqualTo(1);
        assertThat(counted("waybill.spend", "router", "main", "candidate", "dear", "basis", "exact"))
                .as("2 answers of 1,000 tokens at $5 and 200 at $20 a million")
                .isEqualTo(2 * (1_000 * 5 + 200 * 20) / 1e6);
        assertThat(counted("waybill.spend", "router", "hopeless", "candidate", "cheap", "basis", "held"))
                .as("a timeout may have been charged")
                .isPositive();
        assertThat(registry.get("waybill.calls")
                        .tags("router", "hopeless", "outcome", "bad_request")
                        .timer()
                        .count())
                .isEqualTo(1);
    }

    @Test
    void shows_what_is_in_flight_what_cools_down_and_what_is_left_of_a_budget() {
        aDay();
        assertThat(registry.get("waybill.cooling")
                        .tags("candidate", "cheap")
                        .gauge()
                        .value())
                .isEqualTo(1);
        assertThat(registry.get("waybill.cooling")
                        .tags("candidate", "dear")
                        .gauge()
                        .value())
                .isZero();
        assertThat(registry.get("waybill.in.flight")
                        .tags("candidate", "dear")
                        .gauge()
                        .value())
                .isZero();
        assertThat(registry.get("waybill.budget.left")
                        .tags("cap", "$5 in 24 h")
                        .gauge()
                        .value())
                .isEqualTo(5 - 0.018);
    }

    @Test
    void times_and_counts_models_under_the_names_of_opentelemetry() {
        aDay();
        assertThat(registry.get("gen_ai.client.token.usage")
                        .tags("router", "main", "gen_ai.request.model", "dear", "gen_ai.token.type", "output")
                        .summary()
                        .totalAmount())
                .isEqualTo(400);
        assertThat(registry.get("gen_ai.client.operation.duration")
                        .tags("router", "main", "gen_ai.request.model", "cheap", "error.type", "rate_limited")
                        .timer()
                        .count())
                .isEqualTo(1);
    }

    @Test
    void leaves_the_names_of_opentelemetry_to_models_that_measure_themselves() {
        Router<Object> router = router("hello", "hello")
                .listener(RouterMetrics.of(registry, "main").withoutGenAi())
                .build();
        router.call(Call.of(Features.of(SECRET)), new Saying());
        assertThat(registry.getMeters())
                .isNotEmpty()
                .noneMatch(meter -> meter.getId().getName().startsWith("gen_ai"));
    }

    @Test
    void carries_no_text_of_a_prompt_or_an_error_and_few_labels() {
        aDay();
        assertThat(registry.scrape()).doesNotContain(SECRET);
        Set<String> keys = registry.getMeters().stream()
                .flatMap(meter -> meter.getId().getTags().stream())
                .map(tag -> tag.getKey())
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(keys)
                .containsExactly(
                        "basis",
                        "candidate",
                        "cap",
                        "error.type",
                        "failure",
                        "gen_ai.operation.name",
                        "gen_ai.provider.name",
                        "gen_ai.request.model",
                        "gen_ai.response.model",
                        "gen_ai.token.type",
                        "lead",
                        "outcome",
                        "router");
    }

    @Test
    void every_metric_that_the_dashboard_asks_for_is_in_a_scrape() throws Exception {
        aDay();
        String scrape = registry.scrape();
        JsonNode dashboard = new ObjectMapper().readTree(Files.readString(Path.of("..", "dashboards", "waybill.json")));
        List<String> asked = new ArrayList<>();
        Pattern metric = Pattern.compile("\\b(?:waybill|gen_ai)_[a-z_]+(?=\\{)");
        for (JsonNode panel : dashboard.get("panels")) {
            for (JsonNode target : panel.get("targets")) {
                Matcher names = metric.matcher(target.get("expr").asText());
                assertThat(names.find()).as(panel.get("title").asText()).isTrue();
                asked.add(names.group());
                assertThat(scrape)
                        .as(panel.get("title").asText())
                        .containsPattern("(?m)^" + names.group() + "\\{.*router=");
            }
        }
        Set<String> scraped = registry.getMeters().stream()
                .map(meter -> meter.getId().getName().replace('.', '_'))
                .collect(Collectors.toSet());
        assertThat(scraped).as("and the dashboard shows every meter").allMatch(name -> asked.stream()
                .anyMatch(query -> query.startsWith(name)));
    }

    @Test
    void a_routed_call_is_one_observation_with_an_event_for_each_attempt() {
        TestObservationRegistry observations = TestObservationRegistry.create();
        RoutingListener listener = RouterObservations.of(observations);
        Router<Object> router =
                router(FailureKind.RATE_LIMITED, "hello").listener(listener).build();
        router.call(Call.of(Features.of(SECRET)), new Saying());
        TestObservationRegistryAssert.assertThat(observations)
                .hasSingleObservationThat()
                .hasNameEqualTo("waybill.route")
                .hasBeenStarted()
                .hasBeenStopped()
                .hasLowCardinalityKeyValue("waybill.candidate", "dear")
                .hasLowCardinalityKeyValue("gen_ai.response.model", "dear")
                .hasLowCardinalityKeyValue("waybill.outcome", "answered")
                .hasHighCardinalityKeyValue("gen_ai.usage.output_tokens", "200")
                .hasHighCardinalityKeyValue("waybill.cost.usd", "0.009");
    }
}
