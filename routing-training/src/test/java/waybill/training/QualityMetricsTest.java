package waybill.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class QualityMetricsTest {

    private static final double[] GAIN = {1, 0, 0, 1, 0, 0, 0, 0};
    private static final int[] ONCE = {1, 1, 1, 1, 1, 1, 1, 1};

    private static Example prompt(double weakScore, double strongScore) {
        return new Example(
                "p",
                "set",
                "d",
                "d/k",
                "text",
                List.of(),
                10,
                true,
                Map.of("weak", new Outcome(weakScore, 10, 1), "strong", new Outcome(strongScore, 10, 3)));
    }

    private static OutcomeTable table() {
        return new OutcomeTable(List.of(prompt(1, 1), prompt(1, 1), prompt(0, 1), prompt(0, 0)));
    }

    @Test
    void a_score_that_says_nothing_recovers_half() {
        assertThat(QualityMetrics.apgr(new double[8], GAIN, ONCE)).isEqualTo(0.5);
    }

    @Test
    void sending_the_gains_first_recovers_nearly_all() {
        assertThat(QualityMetrics.apgr(GAIN, GAIN, ONCE)).isCloseTo(1 - 2.0 / 8 / 2, within(1e-12));
    }

    @Test
    void a_prompt_that_counts_twice_is_like_two_prompts() {
        double[] twice = {1, 1, 0, 0, 1, 0, 0, 0, 0};
        double[] preference = {3, 3, 2, 2, 1, 1, 1, 0, 0};
        assertThat(QualityMetrics.apgr(
                        new double[] {3, 2, 2, 1, 1, 1, 0, 0},
                        new double[] {1, 0, 0, 1, 0, 0, 0, 0},
                        new int[] {2, 1, 1, 1, 1, 1, 1, 1}))
                .isCloseTo(
                        QualityMetrics.apgr(preference, twice, new int[] {1, 1, 1, 1, 1, 1, 1, 1, 1}), within(1e-12));
    }

    @Test
    void single_models_close_none_of_the_gap_and_the_oracle_all_of_it() {
        OutcomeTable table = table();
        assertThat(QualityMetrics.gapClosed(table, table.singles(), table.once()))
                .isZero();
        assertThat(QualityMetrics.gapClosed(table, table.oracle(), table.once()))
                .isCloseTo(1, within(1e-9));
    }

    @Test
    void the_area_is_that_of_the_hull_by_hand() {
        OutcomeTable table = table();
        assertThat(QualityMetrics.aiq(table, table.singles(), table.once())).isCloseTo(0.625, within(1e-12));
        assertThat(QualityMetrics.aiq(table, table.oracle(), table.once()))
                .isCloseTo((0.25 * 0.625 + 0.75 * 0.75), within(1e-12));
    }
}
