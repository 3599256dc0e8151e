package waybill.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.micronaut.context.annotation.Bean;
import io.micronaut.context.annotation.Factory;
import io.micronaut.context.annotation.Property;
import io.micronaut.context.annotation.Requires;
import io.micronaut.test.extensions.junit5.annotation.MicronautTest;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import waybill.langchain4j.RoutingChatModel;

@MicronautTest(startApplication = false)
@Property(name = "spec.name", value = "AnalystFactoryTest")
class AnalystFactoryTest {
    @Inject
    private AnalystTools tools;

    @Inject
    private FactBook facts;

    @Inject
    private Analyst analyst;

    @Inject
    private RoutingChatModel router;

    @Inject
    private CallRecorder recorder;

    @Inject
    private Stage stage;

    @Factory
    @Requires(property = "spec.name", value = "AnalystFactoryTest")
    static class Ground {
        @Singleton
        MarketFacts market() {
            return MarketFacts.from(BarSeries.recorded());
        }

        @Singleton
        CallRecorder recorder() {
            return new CallRecorder(call -> {});
        }

        @Singleton
        @Bean(preDestroy = "close")
        Stage stage(MarketFacts market, CallRecorder recorder) throws IOException, InterruptedException {
            return Stage.simulated(market, recorder);
        }
    }

    @Test
    void the_tools_tell_computed_figures() {
        assertThat(tools.marketFacts()).contains("Last close: $1,629.52").contains("Maximum drawdown: -8.92 %");
        assertThat(tools.riskFacts()).contains("VaR 99 % of one hour, historical: ");
        assertThat(tools.playFacts()).contains("Do nothing, result: -1.30 %");
        assertThat(tools.poolFacts())
                .contains("Ether reserve: 400.00 WETH")
                .contains("Pool price: $1,629.52")
                .contains("Swap fee: 0.3 %");
    }

    @Test
    void a_quote_from_the_chain_becomes_a_fact_that_may_be_cited() {
        String line = tools.quoteSale("2.5").lines().findFirst().orElseThrow();
        assertThat(line).startsWith("Sale of 2.5 WETH pays: ");
        assertThat(facts.all().stream().map(Fact::toString)).contains(line);
        assertThat(tools.impermanentLoss(4)).isEqualTo("Impermanent loss at 4.0000 x the price: -20.00 %");
    }

    @Test
    void bad_arguments_are_answered_in_words() {
        assertThat(tools.quoteSale("all of it")).startsWith("Not a number");
        assertThat(tools.quoteSale("0")).contains("above 0");
        assertThat(tools.quoteSale("1000001")).contains("at most 1000000");
        assertThat(tools.quoteSale("0.0000000000000000001")).contains("18 decimals");
        assertThat(tools.quoteSale("9".repeat(100))).startsWith("Not a number");
        assertThat(tools.impermanentLoss(Double.NaN)).contains("between 0.01 and 100");
    }

    @Test
    void the_ai_service_writes_through_the_router_and_pays_for_each_round() {
        recorder.begin(Part.HEADLINE);
        int before = recorder.calls().size();
        String headline = analyst.headline();
        assertThat(headline).contains("$1,629.52");
        assertThat(new NumberCheck(facts.all()).unknown(headline)).isEmpty();
        assertThat(recorder.calls().subList(before, recorder.calls().size()))
                .hasSize(2)
                .allSatisfy(call -> {
                    assertThat(call.section()).isEqualTo("headline");
                    assertThat(call.paid()).isPositive();
                });
    }

    @Test
    void the_price_tags_of_the_gateway_are_the_prices_of_the_candidates() {
        assertThat(stage.candidates()).hasSize(SimulatedModel.ALL.size()).allSatisfy(candidate -> {
            SimulatedModel made = SimulatedModel.ALL.stream()
                    .filter(m -> m.id().equals(candidate.name()))
                    .findFirst()
                    .orElseThrow();
            assertThat(candidate.profile().price()).hasToString("$" + made.price() + " per call");
            assertThat(candidate.name()).startsWith("sim-");
        });
        assertThat(router).isNotNull();
    }
}
