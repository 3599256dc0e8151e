package waybill.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

class MarketFactsTest {
    private final MarketFacts facts = MarketFacts.from(BarSeries.recorded());

    @Test
    void the_recorded_window_has_its_numbers() {
        // computed apart from this code, from the same file
        assertThat(facts.return1h()).isEqualTo(1629.52 / 1630.21 - 1, within(1e-12));
        assertThat(facts.return24h()).isEqualTo(1629.52 / 1747.5 - 1, within(1e-12));
        assertThat(facts.returnWindow()).isEqualTo(1629.52 / 1672.99 - 1, within(1e-12));
        assertThat(facts.volatility()).isEqualTo(0.8932302915207416, within(1e-9));
        assertThat(facts.maxDrawdown()).isEqualTo(-0.08921880801557203, within(1e-12));
        assertThat(facts.volume()).isEqualTo(191721.4948, within(1e-4));
        assertThat(facts.peakAt()).isBefore(facts.troughAt());
        assertThat(facts.hourly().samples()).isEqualTo(580 - 12);
    }

    @Test
    void the_facts_print_with_their_units() {
        assertThat(facts.market().stream().map(Fact::toString))
                .contains("Last close: $1,629.52", "Return 24 h: -6.75 %", "Maximum drawdown: -8.92 %");
    }

    @Test
    void the_baseline_does_nothing_and_the_pool_ends_behind_it_by_the_impermanent_loss() {
        Playbook playbook = Playbook.from(facts, ConstantProductPoolTest.pool("100", "162952", 3));
        Playbook.Play nothing = playbook.plays().get(0);
        Playbook.Play liquidity = playbook.plays().get(1);
        double ratio = 1629.52 / 1672.99;
        assertThat(nothing.switches()).isZero();
        assertThat(nothing.result()).isEqualTo((1 + ratio) / 2 - 1, within(1e-12));
        assertThat((1 + liquidity.result()) / (1 + nothing.result()) - 1)
                .isEqualTo(Analytics.impermanentLoss(ratio), within(1e-12));
        assertThat(playbook.breakEvenVolume() * 0.003)
                .isEqualTo((nothing.result() - liquidity.result()) * 325904, within(1e-6));
        assertThat(playbook.exposure() * facts.hourly().historicalTail99()).isEqualTo(100, within(1e-9));
    }

    @Test
    void every_play_names_what_would_prove_it_wrong() {
        List<Playbook.Play> plays = Playbook.from(facts, ConstantProductPoolTest.pool("100", "162952", 3))
                .plays();
        assertThat(plays).hasSize(3).allSatisfy(play -> assertThat(play.invalidation())
                .isNotBlank());
        assertThat(plays.get(2).switches()).isPositive();
    }
}
