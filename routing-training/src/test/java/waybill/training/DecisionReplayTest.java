package waybill.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import waybill.routing.Objective;

class DecisionReplayTest {

    private static final Objective CHEAP = Objective.cheapest();
    private static final Objective RICH = Objective.balanced().withValue(1).withSecond(0);

    @TempDir
    Path folder;

    /**
     * A log that puts the cheap model first and explores the dear one. The dear one answers well in 90 % of all cases, the
     * cheap one in 60 % of the easy ones and in 20 % of the hard ones; the router predicts something else.
     */
    private static List<Decision> log(int decisions, double share, Random random) {
        List<Decision> log = new ArrayList<>();
        for (int i = 0; i < decisions; i++) {
            boolean hard = random.nextBoolean();
            boolean dear = random.nextDouble() < share;
            double chance = dear ? 0.9 : hard ? 0.2 : 0.6;
            double cost = dear ? 0.02 : 0.001;
            log.add(new Decision(
                    "r" + i,
                    dear ? "dear" : "cheap",
                    dear ? "dear" : "cheap",
                    cost,
                    1,
                    List.of(option("cheap", hard ? 0.5 : 0.7, 0.001, 1 - share), option("dear", 0.75, 0.02, share)),
                    random.nextDouble() < chance ? 1.0 : 0.0));
        }
        return log;
    }

    private static Decision.Option option(String name, double good, double price, double propensity) {
        return new Decision.Option(name, good, price, 0, 1, 0, false, propensity);
    }

    @Test
    void finds_what_would_have_come_of_another_objective() {
        DecisionReplay replay = DecisionReplay.of(log(20_000, 0.1, new Random(1)), RICH, 300, 7);
        double truth = 0.9 - 0.02; // V is $1 and the dear model always comes first
        assertThat(replay.refusal()).isEmpty();
        for (DecisionReplay.Estimate estimate : List.of(replay.ips(), replay.snips(), replay.doublyRobust())) {
            assertThat(estimate.value()).isCloseTo(truth, within(0.05));
            assertThat(estimate.low()).isLessThan(truth);
            assertThat(estimate.high()).isGreaterThan(truth);
        }
        assertThat(replay.quality().value()).isCloseTo(0.9, within(0.02));
        assertThat(replay.cost().value()).isCloseTo(0.02, within(1e-9));
        assertThat(replay.logged()).isCloseTo(0.1 * truth + 0.9 * (0.4 - 0.001), within(0.02));
        assertThat(replay.effectiveSample()).isBetween(1800.0, 2200.0);
    }

    @Test
    void an_objective_that_mixes_models_by_prompt_is_estimated_too() {
        Objective between = RICH.withValue(0.15); // dear where cheap is predicted to do badly: 0.15 * 0.25 > 0.019
        DecisionReplay replay = DecisionReplay.of(log(40_000, 0.2, new Random(2)), between, 200, 7);
        double truth = 0.5 * (0.15 * 0.9 - 0.02) + 0.5 * (0.15 * 0.6 - 0.001);
        assertThat(replay.doublyRobust().value()).isCloseTo(truth, within(0.004));
        assertThat(replay.snips().value()).isCloseTo(truth, within(0.004));
    }

    @Test
    void intervals_hold_the_truth_about_as_often_as_they_say() {
        int held = 0;
        int logs = 150;
        for (int i = 0; i < logs; i++) {
            DecisionReplay replay = DecisionReplay.of(log(800, 0.3, new Random(100 + i)), RICH, 200, i);
            DecisionReplay.Estimate estimate = replay.doublyRobust();
            held += estimate.low() <= 0.88 && 0.88 <= estimate.high() ? 1 : 0;
        }
        assertThat(held / (double) logs).isBetween(0.88, 1.0);
    }

    @Test
    void replaying_the_logged_objective_gives_what_was_logged_where_nothing_was_explored() {
        List<Decision> log = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            log.add(new Decision(
                    "r" + i,
                    "cheap",
                    "cheap",
                    0.001,
                    1,
                    List.of(option("cheap", 0.6, 0.001, 1), option("dear", 0.9, 0.02, 0)),
                    i % 2 == 0 ? 1.0 : 0.0));
        }
        DecisionReplay same = DecisionReplay.of(log, CHEAP, 100, 1);
        assertThat(same.refusal()).isEmpty();
        assertThat(same.snips().value()).isCloseTo(same.logged(), within(1e-12));
        assertThat(same.quality().value()).isEqualTo(0.5);

        DecisionReplay other = DecisionReplay.of(log, RICH, 100, 1);
        assertThat(other.refusal()).contains("never tries", "100.0 %", "{dear=200}");
    }

    @Test
    void refuses_where_the_support_is_thin() {
        assertThat(DecisionReplay.of(log(500, 0.02, new Random(4)), RICH, 100, 1)
                        .refusal())
                .contains("30 are the least");
        assertThat(DecisionReplay.of(List.of(), RICH, 100, 1).refusal()).contains("no decision has a known outcome");
    }

    @Test
    void decisions_without_a_score_are_left_out_and_failures_count_as_bad() {
        List<Decision> log = new ArrayList<>(log(2000, 0.5, new Random(5)));
        log.replaceAll(d -> new Decision(d.id(), d.first(), d.answered(), d.cost(), 1, d.choices(), null));
        assertThat(DecisionReplay.of(log, RICH, 50, 1).refusal()).contains("no decision has a known outcome");
        log.replaceAll(d -> new Decision(d.id(), d.first(), null, 0, 1, d.choices(), null));
        assertThat(DecisionReplay.of(log, RICH, 50, 1).quality().value()).isZero();
    }

    @Test
    void reads_what_the_log_writes() throws IOException {
        Path file = folder.resolve("log");
        String decision =
                """
                {"v":1,"id":"%s","at":"2026-11-01T00:00:00Z","objective":"cheapest","value":0.0,"second":0.0,"fail_cost":0.002,\
                "first":"a","lead":"RANKED","answered":"a","cost":0.001,"seconds":0.5,"choices":[{"name":"a","p":0.8,\
                "price":0.001,"fail":0.01,"seconds":5.1,"switching":0.0,"tokens":250,"aside":false,"propensity":0.98}]}
                """;
        Files.writeString(
                file.resolveSibling("log.1"), decision.formatted("r1") + "{\"v\":1,\"id\":\"r1\",\"score\":0.5}\n");
        Files.writeString(
                file,
                decision.formatted("r2")
                        + "{\"v\":1,\"id\":\"r2\",\"score\":1.0}\n{\"v\":1,\"id\":\"r2\",\"score\":0.0}\n"
                        + decision.formatted("r3").substring(0, 60));
        List<Decision> read = DecisionFiles.read(file);
        assertThat(read).extracting(Decision::id).containsExactly("r1", "r2");
        assertThat(read).extracting(Decision::score).containsExactly(0.5, 1.0);
        assertThat(read.get(0).choices())
                .containsExactly(new Decision.Option("a", 0.8, 0.001, 0.01, 5.1, 0, false, 0.98));

        Files.writeString(file, "{\"v\":1}\n" + decision.formatted("r4"));
        assertThatThrownBy(() -> DecisionFiles.read(file))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("log, line 1 is no decision");
    }
}
