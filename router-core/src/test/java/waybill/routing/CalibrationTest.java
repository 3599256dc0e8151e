package waybill.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CalibrationTest {

    private static final Profile PROFILE =
            Profile.of(Price.perCall("0.001")).withQuality(0.7, "a test", LocalDate.of(2026, 1, 1));
    private static final Instant NOW = Instant.parse("2026-11-01T00:00:00Z");

    /** Predicts what the prompt says: "maths 0.4 #17" is of kind maths, and a model of this profile gets it right in 40 %. */
    private static final Predictor TOLD = features -> new Told(features.characters());

    private static final Map<Integer, String> KINDS = new HashMap<>();
    private static final Map<Integer, Double> CHANCES = new HashMap<>();

    private record Told(int length) implements Demand {
        @Override
        public Prediction metBy(Profile profile) {
            return new Prediction(CHANCES.getOrDefault(length, 0.5), 10, "told");
        }

        @Override
        public String kind() {
            return KINDS.getOrDefault(length, "");
        }
    }

    /** A prompt that is told from others by its length. */
    private static String prompt(int number, String kind, double chance) {
        KINDS.put(100 + number, kind);
        CHANCES.put(100 + number, chance);
        return "x".repeat(100 + number);
    }

    private static List<String> pool(int size, Random random) {
        List<String> prompts = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            prompts.add(prompt(i, i % 4 == 0 ? "maths" : "chat", 0.05 + 0.9 * random.nextDouble()));
        }
        return prompts;
    }

    /** A model whose log odds lie this much above what is predicted. */
    private static Scorer<String> simulated(double shift, Random random) {
        return (candidate, prompt) -> {
            double odds = CHANCES.get(prompt.length());
            double log = Math.log(odds / (1 - odds)) + shift;
            return random.nextDouble() < 1 / (1 + Math.exp(-log)) ? 1 : 0;
        };
    }

    private static Router<String> router() {
        return Router.builder(List.of(Candidate.of("new", "model", PROFILE)))
                .predictor(TOLD)
                .time(() -> NOW)
                .build();
    }

    @Test
    void finds_the_ability_of_a_simulated_model() throws InterruptedException {
        Random random = new Random(11);
        List<String> pool = pool(1500, random);
        for (double truth : new double[] {-1.2, 0, 0.8}) {
            Calibration found = router().calibrate("new", pool, 1200, simulated(truth, random));
            assertThat(found.belief().shift()).as("true shift %s", truth).isCloseTo(truth, within(0.25));
            assertThat(found.scored()).isEqualTo(1200);
            assertThat(found.differs()).isEqualTo(truth != 0);
        }
    }

    @Test
    void few_prompts_stay_near_the_prediction() throws InterruptedException {
        Random random = new Random(5);
        List<String> pool = pool(500, random);
        Calibration few = router().calibrate("new", pool, 10, (candidate, prompt) -> 1);
        assertThat(few.belief().shift()).isBetween(0.0, 0.2);
        assertThat(few.differs()).isFalse();
        assertThat(few.statement()).contains("10.0 of 10 answered well", "not enough to show a difference");
    }

    @Test
    void shrinks_on_average_by_what_the_prior_is_worth() throws InterruptedException {
        Random random = new Random(17);
        List<String> pool = pool(300, random);
        double sum = 0;
        int runs = 100;
        for (int i = 0; i < runs; i++) {
            Collections.shuffle(pool, random);
            Calibration found = router().calibrate("new", pool, 100, simulated(1, random));
            assertThat(found.belief().weight()).isBetween(60.0, 100.0);
            sum += found.belief().shift();
        }
        assertThat(sum / runs).as("a true shift of 1, met half way").isBetween(0.4, 0.55);
    }

    @Test
    void evidence_never_weighs_more_than_the_prompts_that_were_answered() throws InterruptedException {
        List<String> one = Collections.nCopies(500, prompt(1, "chat", 0.5));
        Calibration same = router().calibrate("new", one, (candidate, prompt) -> 1);
        assertThat(same.scored()).isEqualTo(1);
        assertThat(same.belief().weight()).isLessThanOrEqualTo(1);

        List<String> pool = pool(40, new Random(1));
        Calibration half = router().calibrate("new", pool, (candidate, prompt) -> {
            if (prompt.length() % 2 == 0) {
                throw new IOException("nobody answers");
            }
            return 1;
        });
        assertThat(half.scored()).isEqualTo(20);
        assertThat(half.unanswered()).isEqualTo(20);
        assertThat(half.belief().outcomes()).isEqualTo(20);
        assertThat(half.statement()).contains("20 prompts went unanswered and count for nothing");
    }

    @Test
    void asks_what_tells_most_from_every_kind() throws InterruptedException {
        List<String> prompts = new ArrayList<>();
        IntStream.range(0, 200).forEach(i -> prompts.add(prompt(i, "chat", i < 100 ? 0.5 : 0.99)));
        IntStream.range(200, 220).forEach(i -> prompts.add(prompt(i, "maths", 0.97)));
        List<Integer> asked = new ArrayList<>();
        router().calibrate("new", prompts, 50, (candidate, prompt) -> {
            asked.add(prompt.length() - 100);
            return 1;
        });
        assertThat(asked).hasSize(50);
        assertThat(asked.stream().filter(i -> i >= 200)).hasSize(20);
        assertThat(asked.stream().filter(i -> i < 200)).allMatch(i -> i < 100);
        assertThat(new HashSet<>(asked)).hasSize(50);
    }

    @Test
    void what_was_found_counts_from_the_next_snapshot_and_can_be_kept(@TempDir Path folder)
            throws InterruptedException {
        Random random = new Random(23);
        Router<String> router = router();
        Calibration found = router.calibrate("new", pool(500, random), simulated(-2, random));
        Snapshot before = router.snapshot();
        router.believe("new", found.belief());
        assertThat(before.standings().get(0).belief()).isEqualTo(Belief.NONE);
        assertThat(router.snapshot().standings().get(0).belief()).isEqualTo(found.belief());
        BeliefFile.save(folder.resolve("beliefs"), router.beliefs());
        assertThat(BeliefFile.load(folder.resolve("beliefs"))).containsExactly(Map.entry("new", found.belief()));
    }

    @Test
    void refuses_what_is_no_calibration() {
        assertThatThrownBy(() -> router().calibrate("new", List.of(), (candidate, prompt) -> 1))
                .hasMessageContaining("needs a prompt");
        assertThatThrownBy(() -> router().calibrate("new", pool(5, new Random(1)), (candidate, prompt) -> 7))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("the scorer gave 7.0");
    }
}
