package waybill.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExplorationTest {

    private static final Instant NOW = Instant.parse("2026-11-01T00:00:00Z");
    private static final Call CALL = Call.of(Features.of("hello"));

    @TempDir
    Path folder;

    private final AtomicLong seeds = new AtomicLong(100);
    private final AtomicLong ids = new AtomicLong();

    @Test
    void explores_the_share_that_was_asked_for_evenly() {
        Map<String, Integer> firsts = new HashMap<>();
        Router<String> router = builder().explore(Exploration.of(0.1, "0.01")).build();
        int calls = 20_000;
        for (int i = 0; i < calls; i++) {
            firsts.merge(called(router, CALL).plan().choices().get(0).candidate(), 1, Integer::sum);
        }
        assertThat(firsts.get("a") / (double) calls).isCloseTo(0.9, within(0.01));
        assertThat(firsts.get("b") / (double) calls).isCloseTo(0.05, within(0.01));
        assertThat(firsts.get("c") / (double) calls).isCloseTo(0.05, within(0.01));
        assertThat(firsts).doesNotContainKey("dear");
    }

    @Test
    void says_that_it_explored_and_with_which_chance() {
        Router<String> router = builder().explore(Exploration.of(0.1, "0.01")).build();
        Plan plan = called(router, CALL).plan();
        while (plan.lead() != Lead.EXPLORATION) {
            plan = called(router, CALL).plan();
        }
        Draw draw = plan.draw();
        assertThat(draw).isEqualTo(new Draw(0.1, "a", List.of("b", "c")));
        assertThat(draw.propensity("a") + draw.propensity("b") + draw.propensity("c"))
                .isCloseTo(1, within(1e-12));
        assertThat(draw.propensity("dear")).isZero();
        assertThat(plan.choices()).extracting(Choice::candidate).containsExactlyInAnyOrder("a", "b", "c", "dear");
    }

    @Test
    void the_same_seeds_explore_the_same_calls() {
        assertThat(leads(500)).isEqualTo(leads(500)).contains(Lead.EXPLORATION);
    }

    @Test
    void leaves_alone_what_must_not_change() {
        Router<String> router = builder().explore(Exploration.of(0.1, "0.01")).build();
        Call toolRound = Call.of(Features.of("hello").withConversation(new Conversation(3, 0, 50, true)));
        Call conversation = new Call(Features.of("hello"), Hints.NONE, "b");
        Router<String> off = builder().build();
        for (int i = 0; i < 500; i++) {
            assertThat(called(router, toolRound).plan().draw()).isNull();
            assertThat(called(router, conversation).plan().draw()).isNull();
            assertThat(called(off, CALL).plan().draw()).isNull();
            assertThat(router.plan(CALL).draw())
                    .as("a plan that is not followed")
                    .isNull();
        }
    }

    @Test
    void refuses_to_explore_much() {
        assertThatThrownBy(() -> Exploration.of(0.5, "1")).hasMessageContaining("0.01 to 0.02 is usual");
        assertThatThrownBy(() -> Exploration.of(0.01, "-1")).hasMessageContaining("cannot be negative");
    }

    // The log

    @Test
    void writes_each_decision_without_its_prompt_and_each_score() throws IOException {
        Path file = folder.resolve("decisions.jsonl");
        DecisionLog log = DecisionLog.to(file);
        Router<String> router =
                builder().explore(Exploration.of(0.02, "0.01")).decisionLog(log).build();
        String receipt = called(router, Call.of(Features.of("a secret prompt"))).id();
        router.feedback(receipt, 1);
        router.feedback(receipt, 0);
        List<String> lines = Files.readAllLines(file);
        assertThat(lines).hasSize(2);
        assertThat(lines.get(0))
                .startsWith("{\"v\":1,\"id\":\"r1\",\"at\":\"2026-11-01T00:00:00Z\",\"objective\":\"cheapest\"")
                .contains("\"name\":\"a\"", "\"propensity\":0.98", "\"propensity\":0.01", "\"answered\":\"a\"")
                .contains("\"name\":\"dear\"", "\"propensity\":0.0}")
                .doesNotContain("secret");
        assertThat(lines.get(1)).isEqualTo("{\"v\":1,\"id\":\"r1\",\"score\":1.0}");
        assertThat(log.problem()).isEmpty();
    }

    @Test
    void keeps_the_newest_decisions_within_its_bytes() throws IOException {
        Path file = folder.resolve("decisions.jsonl");
        Router<String> router =
                builder().decisionLog(DecisionLog.to(file, 10_000)).build();
        for (int i = 0; i < 100; i++) {
            called(router, CALL);
        }
        assertThat(Files.size(file)).isLessThanOrEqualTo(10_000);
        assertThat(Files.size(DecisionLog.older(file))).isLessThanOrEqualTo(10_000);
        assertThat(Files.readString(file)).endsWith("}\n").contains("\"id\":\"r100\"");
        assertThat(Files.list(folder)).hasSize(2);
    }

    @Test
    void a_log_that_cannot_be_written_breaks_no_call() throws IOException {
        Path gone = Files.createDirectory(folder.resolve("gone"));
        DecisionLog log = DecisionLog.to(gone.resolve("decisions.jsonl"));
        Router<String> router = builder().decisionLog(log).build();
        Files.delete(gone.resolve("decisions.jsonl"));
        Files.delete(gone);
        assertThat(called(router, CALL).answeredBy()).contains("a");
        assertThat(log.problem())
                .hasValueSatisfying(problem -> assertThat(problem).contains("decisions.jsonl"));
    }

    private List<Lead> leads(int calls) {
        seeds.set(0);
        Router<String> router = builder().explore(Exploration.of(0.1, "0.01")).build();
        List<Lead> leads = new ArrayList<>();
        for (int i = 0; i < calls; i++) {
            leads.add(called(router, CALL).plan().lead());
        }
        return leads;
    }

    private RouterBuilder<String> builder() {
        return Router.builder(List.of(
                        candidate("a", "0.001"),
                        candidate("b", "0.002"),
                        candidate("c", "0.003"),
                        candidate("dear", "0.05")))
                .objective(Objective.cheapest())
                .predictor(Predictor.handMade())
                .seeds(seeds::incrementAndGet)
                .ids(() -> "r" + ids.incrementAndGet())
                .time(() -> NOW);
    }

    private static Candidate<String> candidate(String name, String price) {
        return Candidate.of(
                name, name, Profile.of(Price.perCall(price)).withQuality(0.7, "a test", LocalDate.of(2026, 1, 1)));
    }

    private static Receipt called(Router<String> router, Call call) {
        return router.call(call, new Echo()).receipt();
    }

    /** Answers at once. */
    private static final class Echo implements Host.Blocking<String, String> {
        @Override
        public String attempt(Candidate<String> candidate) {
            return candidate.model();
        }

        @Override
        public Failure classify(Throwable thrown) {
            return Failure.of(FailureKind.SERVER_ERROR, thrown);
        }

        @Override
        public @Nullable Usage usage(String response) {
            return null;
        }
    }
}
