package waybill.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.time.Instant;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BeliefTest {

    private static final Instant NOW = Instant.parse("2026-11-01T00:00:00Z");
    private static final Duration MONTH = Duration.ofDays(30);

    @Test
    void no_evidence_leaves_the_prediction_as_it_is() {
        Prediction prediction = new Prediction(0.7, 100, "a board");
        assertThat(prediction.movedBy(Belief.NONE)).isEqualTo(prediction);
        assertThat(Belief.NONE.appliedTo(0.7)).isEqualTo(0.7);
    }

    @Test
    void a_few_outcomes_move_little_and_many_find_the_truth() {
        assertThat(told(0.5, 10).appliedTo(0.8)).isBetween(0.72, 0.8);
        assertThat(told(0.5, 20_000).appliedTo(0.8)).isCloseTo(0.5, within(0.02));
        assertThat(told(0.5, 75).weight()).isBetween(48.0, 75.0);
    }

    @Test
    void the_deviation_narrows_with_the_square_root_of_the_evidence() {
        Belief none = Belief.prior(100);
        assertThat(none.deviation()).isCloseTo(0.2, within(1e-12));
        assertThat(new Belief(0, 300, 100, 300, NOW).deviation()).isCloseTo(0.1, within(1e-12));
    }

    @Test
    void evidence_fades_towards_the_prediction() {
        Belief believed = new Belief(1, 75, 75, 80, NOW);
        Belief later = believed.faded(NOW.plus(MONTH), MONTH);
        assertThat(later.weight()).isCloseTo(37.5, within(1e-9));
        assertThat(later.shift()).isCloseTo(2.0 / 3, within(1e-9));
        assertThat(later.faded(NOW.plus(MONTH.multipliedBy(2)), MONTH))
                .isEqualTo(believed.faded(NOW.plus(MONTH.multipliedBy(2)), MONTH));
        assertThat(believed.faded(NOW.minusSeconds(1), MONTH)).isSameAs(believed);
    }

    @Test
    void says_what_it_rests_on() {
        Prediction moved = new Prediction(0.5, 100, "a board").movedBy(new Belief(-0.301105, 100, 75, 112, NOW));
        assertThat(moved.basis()).isEqualTo("a board; odds x0.74 on 100 observations");
        assertThat(moved.good()).isLessThan(0.5);
    }

    @Test
    void refuses_what_is_no_outcome() {
        assertThatThrownBy(() -> Belief.NONE.after(0.5, 1.5, NOW)).hasMessageContaining("a score from 0 to 1");
        assertThatThrownBy(() -> Belief.NONE.after(1, 1, NOW)).hasMessageContaining("between 0 and 1");
        assertThatThrownBy(() -> Belief.prior(0)).hasMessageContaining("a prior above 0");
    }

    private static Belief told(double truth, int outcomes) {
        Random random = new Random(7);
        Belief belief = Belief.NONE;
        for (int i = 0; i < outcomes; i++) {
            belief = belief.after(0.8, random.nextDouble() < truth ? 1 : 0, NOW);
        }
        return belief;
    }
}
