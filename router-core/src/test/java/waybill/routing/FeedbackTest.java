package waybill.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FeedbackTest {

    private static final Profile MEASURED =
            Profile.of(Price.perCall("0.001")).withQuality(0.8, "a test", LocalDate.of(2026, 1, 1));
    private static final Profile UNMEASURED = Profile.of(Price.perCall("0.001"));

    @TempDir
    Path folder;

    private Instant now = Instant.parse("2026-11-01T00:00:00Z");
    private final AtomicInteger ids = new AtomicInteger();

    // Scores

    @Test
    void a_score_changes_the_next_plan_and_not_the_one_that_was_made() {
        Router<String> router = router("a", "b");
        Plan before = router.plan(Features.of("hello"));
        for (int i = 0; i < 4; i++) {
            assertThat(router.feedback(answered(router), 0)).isEqualTo(Feedback.TAKEN);
        }
        Plan after = router.plan(Features.of("hello"));
        assertThat(good(before, "a")).isEqualTo(good(before, "b"));
        assertThat(good(after, "a")).isLessThan(good(before, "a"));
        assertThat(good(after, "b")).isEqualTo(good(before, "b"));
        assertThat(after.first().orElseThrow().candidate()).isEqualTo("b");
        assertThat(after.choices().get(1).prediction().basis()).contains("a test", "odds x0.8", "observations");
    }

    @Test
    void each_answer_is_scored_once_and_in_time() {
        Router<String> router = router("a");
        assertThat(router.feedback("nobody's", 1)).isEqualTo(Feedback.UNKNOWN);
        String receipt = answered(router);
        assertThat(router.feedback(receipt, 1)).isEqualTo(Feedback.TAKEN);
        Belief once = router.beliefs().get("a");
        assertThat(router.feedback(receipt, 0)).isEqualTo(Feedback.DUPLICATE);
        assertThat(router.beliefs().get("a")).isEqualTo(once);

        String late = answered(router);
        now = now.plus(Duration.ofDays(7)).plusSeconds(1);
        assertThat(router.feedback(late, 1)).isEqualTo(Feedback.LATE);
        assertThat(Feedback.LATE.words()).contains("older than seven days");
        assertThatThrownBy(() -> router.feedback(late, 2)).hasMessageContaining("from 0 (bad) to 1 (good)");
    }

    @Test
    void remembers_so_many_answers_and_no_more() {
        Router<String> router = router("a");
        String first = answered(router);
        for (int i = 0; i < Beliefs.RECEIPTS_REMEMBERED - 1; i++) {
            answered(router);
        }
        assertThat(router.feedback(first, 1)).isEqualTo(Feedback.TAKEN);
        String second = "r2";
        answered(router);
        answered(router);
        assertThat(router.feedback(second, 1)).isEqualTo(Feedback.UNKNOWN);
    }

    @Test
    void scores_find_the_truth_and_weigh_more_against_a_price_than_against_a_measurement() {
        Random truth = new Random(3);
        Router<String> measured = router(MEASURED);
        Router<String> guessed = router(UNMEASURED);
        double prediction = good(measured.plan(Features.of("hello")), "a");
        for (int i = 0; i < 3000; i++) {
            measured.feedback(answered(measured), truth.nextDouble() < 0.5 ? 1 : 0);
        }
        assertThat(prediction).isGreaterThan(0.7);
        assertThat(good(measured.plan(Features.of("hello")), "a")).isCloseTo(0.5, within(0.04));
        guessed.feedback(answered(guessed), 0);
        assertThat(guessed.beliefs().get("a").prior()).isEqualTo(Belief.PRIOR_UNMEASURED);
        assertThat(measured.beliefs().get("a").prior()).isEqualTo(Belief.PRIOR_MEASURED);
    }

    @Test
    void evidence_fades_with_time() {
        Router<String> router = router("a");
        for (int i = 0; i < 100; i++) {
            router.feedback(answered(router), 0);
        }
        double shift = router.beliefs().get("a").shift();
        now = now.plus(Duration.ofDays(300));
        assertThat(shift).isLessThan(-1);
        assertThat(router.beliefs().get("a").shift()).isCloseTo(0, within(0.02));
        assertThat(router.snapshot().standings().get(0).belief())
                .isEqualTo(router.beliefs().get("a"));
    }

    // Signals

    @Test
    void a_sound_answer_says_little_and_an_unsound_one_more() {
        double sound = after(Signal.SOUND);
        assertThat(sound).isBetween(0.0, 0.01);
        for (Signal signal : List.of(Signal.REFUSED, Signal.SCHEMA_MISMATCH, Signal.TOOL_CALL_INVALID)) {
            assertThat(after(signal)).isLessThan(-10 * sound);
        }
        assertThat(after(Signal.TRUNCATED)).isBetween(after(Signal.REFUSED), -5 * sound);
    }

    @Test
    void signals_in_their_assumed_shares_move_nothing() {
        for (double chance : new double[] {0.2, 0.5, 0.9}) {
            double sum = 0;
            double mass = 0;
            for (Signal signal : Signal.values()) {
                double share = signal.among(chance);
                sum += share * signal.gradient(chance);
                mass += share;
            }
            assertThat(mass).isCloseTo(1, within(1e-9));
            assertThat(sum).isCloseTo(0, within(1e-9));
            assertThat(Signal.information(chance)).isBetween(0.0, chance * (1 - chance));
        }
    }

    @Test
    void a_score_takes_the_place_of_a_signal() {
        Router<String> both = router("a");
        String receipt = answered(both);
        both.signal(receipt, Signal.REFUSED);
        both.signal(receipt, Signal.REFUSED);
        assertThat(both.beliefs().get("a").outcomes()).isEqualTo(1);
        both.feedback(receipt, 1);
        both.signal(receipt, Signal.REFUSED);

        Router<String> alone = router("a");
        alone.feedback(answered(alone), 1);
        assertThat(both.beliefs().get("a").shift())
                .isCloseTo(alone.beliefs().get("a").shift(), within(1e-3));
        assertThat(both.beliefs().get("a").outcomes()).isEqualTo(1);
    }

    // The file

    @Test
    void a_router_takes_up_what_another_has_learnt() throws IOException {
        Path file = folder.resolve("beliefs");
        Router<String> router = builder(MEASURED, "a").beliefFile(file).build();
        for (int i = 0; i < 5; i++) {
            router.feedback(answered(router), 0);
        }
        Router<String> next = builder(MEASURED, "a").beliefFile(file).build();
        assertThat(next.beliefs()).isEqualTo(router.beliefs());
        assertThat(Files.list(folder)).containsExactly(file);
    }

    @Test
    void a_file_that_holds_no_beliefs_is_refused_with_its_line() throws IOException {
        Path file = folder.resolve("beliefs");
        Files.writeString(
                file, "waybill beliefs 1\n0.1 1 100 1 2026-11-01T00:00:00Z a\n0.1 -1 100 1 2026-11-01T00:00:00Z b\n");
        assertThatThrownBy(() -> builder(MEASURED, "a").beliefFile(file).build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("beliefs, line 3");
        Files.writeString(file, "something else\n");
        assertThatThrownBy(() -> BeliefFile.load(file)).hasMessageContaining("line 1");
        assertThat(BeliefFile.load(folder.resolve("absent"))).isEmpty();
    }

    private double after(Signal signal) {
        Router<String> router = router("a");
        router.signal(answered(router), signal);
        return router.beliefs().get("a").shift();
    }

    private Router<String> router(String... names) {
        return builder(MEASURED, names).build();
    }

    private Router<String> router(Profile profile) {
        return builder(profile, "a").build();
    }

    private RouterBuilder<String> builder(Profile profile, String... names) {
        return Router.builder(List.of(names).stream()
                        .map(name -> Candidate.of(name, name, profile))
                        .toList())
                .predictor(Predictor.handMade())
                .objective(Objective.best())
                .ids(() -> "r" + ids.incrementAndGet())
                .time(() -> now);
    }

    private static String answered(Router<String> router) {
        return router.call(new Call(Features.of("hello"), Hints.NONE.withAllowed("a"), null), new Echo())
                .receipt()
                .id();
    }

    private static double good(Plan plan, String candidate) {
        return plan.choices().stream()
                .filter(choice -> choice.candidate().equals(candidate))
                .findFirst()
                .orElseThrow()
                .prediction()
                .good();
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
