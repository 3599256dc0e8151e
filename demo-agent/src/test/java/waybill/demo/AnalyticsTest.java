package waybill.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AnalyticsTest {
    @ParameterizedTest
    @CsvSource({"1, 0", "1.25, -0.006192", "1.5, -0.020204", "2, -0.057191", "3, -0.133975", "4, -0.2", "5, -0.254644"})
    void impermanent_loss_has_its_published_values(double ratio, double loss) {
        assertThat(Analytics.impermanentLoss(ratio)).isEqualTo(loss, within(5e-7));
        assertThat(Analytics.impermanentLoss(1 / ratio)).isEqualTo(loss, within(5e-7));
    }

    @Test
    void impermanent_loss_is_what_the_pool_has_less_than_the_holder() {
        Random random = new Random(7);
        for (int i = 0; i < 1000; i++) {
            double ratio = Math.exp(random.nextGaussian());
            // one ether and one dollar each worth 1; the pool keeps x y = 1, and its price is y / x
            double pool = 2 * Math.sqrt(ratio);
            double held = 1 + ratio;
            assertThat(Analytics.impermanentLoss(ratio))
                    .as("seed 7, ratio %s", ratio)
                    .isEqualTo(pool / held - 1, within(1e-12))
                    .isLessThanOrEqualTo(0);
        }
    }

    @Test
    void the_ratio_of_a_loss_gives_that_loss_again() {
        for (double loss : new double[] {-0.001, -0.01, -0.05, -0.2, -0.9}) {
            double ratio = Analytics.ratioOfImpermanentLoss(loss);
            assertThat(ratio).isGreaterThan(1);
            assertThat(Analytics.impermanentLoss(ratio)).isEqualTo(loss, within(1e-12));
            assertThat(Analytics.impermanentLoss(1 / ratio)).isEqualTo(loss, within(1e-12));
        }
        assertThatIllegalArgumentException().isThrownBy(() -> Analytics.ratioOfImpermanentLoss(0.1));
        assertThatIllegalArgumentException().isThrownBy(() -> Analytics.impermanentLoss(0));
    }

    @Test
    void a_hundred_known_losses_have_their_known_quantiles() {
        double[] returns =
                IntStream.rangeClosed(1, 100).mapToDouble(i -> -i / 100.0).toArray();
        LossAtRisk risk = Analytics.lossAtRisk(returns);
        assertThat(risk.historical95()).isEqualTo(0.95, within(1e-12));
        assertThat(risk.historical99()).isEqualTo(0.99, within(1e-12));
        assertThat(risk.historicalTail95()).isEqualTo(0.975, within(1e-12)); // mean of 0.95 … 1.00
        assertThat(risk.historicalTail99()).isEqualTo(0.995, within(1e-12));
        assertThat(risk.samples()).isEqualTo(100);
    }

    @Test
    void a_normal_sample_has_the_normal_quantiles_both_ways() {
        Random random = new Random(11);
        double[] returns = IntStream.range(0, 200_000)
                .mapToDouble(i -> 0.001 + 0.02 * random.nextGaussian())
                .toArray();
        LossAtRisk risk = Analytics.lossAtRisk(returns);
        assertThat(risk.parametric95()).isEqualTo(1.644854 * 0.02 - 0.001, within(3e-4));
        assertThat(risk.parametric99()).isEqualTo(2.326348 * 0.02 - 0.001, within(3e-4));
        assertThat(risk.parametricTail95()).isEqualTo(2.062713 * 0.02 - 0.001, within(3e-4));
        assertThat(risk.parametricTail99()).isEqualTo(2.665214 * 0.02 - 0.001, within(3e-4));
        assertThat(risk.historical95()).isEqualTo(risk.parametric95(), within(4e-4));
        assertThat(risk.historical99()).isEqualTo(risk.parametric99(), within(8e-4));
        assertThat(risk.historicalTail99()).isEqualTo(risk.parametricTail99(), within(1e-3));
    }

    @Test
    void risk_grows_with_confidence_and_the_tail_lies_beyond_the_quantile() {
        Random random = new Random(3);
        for (int run = 0; run < 200; run++) {
            double[] returns =
                    random.doubles(20 + random.nextInt(300), -0.2, 0.2).toArray();
            LossAtRisk risk = Analytics.lossAtRisk(returns);
            assertThat(risk.historical99()).as("seed 3, run %s", run).isGreaterThanOrEqualTo(risk.historical95());
            assertThat(risk.historicalTail95()).isGreaterThanOrEqualTo(risk.historical95());
            assertThat(risk.historicalTail99()).isGreaterThanOrEqualTo(risk.historical99());
            assertThat(risk.parametricTail95()).isGreaterThan(risk.parametric95());
            assertThat(Arrays.stream(returns).min().orElseThrow()).isLessThanOrEqualTo(-risk.historical99());
        }
        assertThatIllegalArgumentException().isThrownBy(() -> Analytics.lossAtRisk(new double[19]));
    }

    @Test
    void drawdown_is_measured_from_the_highest_price_so_far() {
        double[] underwater = Analytics.underwater(new double[] {100, 120, 90, 108, 130, 117});
        assertThat(underwater).containsExactly(new double[] {0, 0, -0.25, -0.1, 0, -0.1}, within(1e-12));
    }

    @Test
    void volatility_of_equal_steps_is_the_step_times_the_root_of_the_year() {
        double[] prices = IntStream.range(0, 50)
                .mapToDouble(i -> i % 2 == 0 ? 100 : 100 * Math.exp(0.001))
                .toArray();
        assertThat(Analytics.realisedVolatility(prices, 105_120)).isEqualTo(0.001 * Math.sqrt(105_120), within(1e-12));
    }

    @Test
    void volatility_does_not_depend_on_the_unit_of_the_price() {
        double[] prices = BarSeries.recorded().closes();
        double[] cents = Arrays.stream(prices).map(p -> p * 100).toArray();
        assertThat(Analytics.realisedVolatility(cents, 365))
                .isEqualTo(Analytics.realisedVolatility(prices, 365), within(1e-12));
    }

    @Test
    void changes_multiply_up_to_the_change_of_the_whole() {
        double[] prices = BarSeries.recorded().closes();
        double product = 1;
        for (double change : Analytics.changes(prices, 1)) {
            product *= 1 + change;
        }
        assertThat(product - 1).isEqualTo(Analytics.change(prices, prices.length - 1), within(1e-12));
        assertThatIllegalArgumentException().isThrownBy(() -> Analytics.change(prices, prices.length));
        assertThatIllegalArgumentException().isThrownBy(() -> Analytics.changes(prices, 0));
    }

    @Test
    void average_true_range_counts_the_gap_to_the_close_before() {
        List<Bar> bars = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            double base = i % 2 == 0 ? 100 : 110; // every bar is 2 wide, and 9 away from the close before
            bars.add(new Bar(Instant.ofEpochSecond(300L * i), base, base + 1, base - 1, base, 1));
        }
        BarSeries series = new BarSeries("steps", "here", Duration.ofMinutes(5), bars);
        assertThat(Analytics.averageTrueRange(series, 3)).isEqualTo(11, within(1e-12));
        assertThatIllegalArgumentException().isThrownBy(() -> Analytics.averageTrueRange(series, 10));
    }
}
