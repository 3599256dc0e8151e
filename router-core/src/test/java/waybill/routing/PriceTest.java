package waybill.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PriceTest {

    @ParameterizedTest
    @CsvSource({
        "1000000, 0, 0, 0, 0, 2.5",
        "0, 1000000, 0, 0, 0, 10",
        "1, 0, 0, 0, 0, 0.0000025",
        "1000, 500, 400, 0, 0, 0.00700",
        "1000, 500, 400, 100, 0, 0.0070625",
        "1000, 500, 0, 0, 200, 0.0095",
        "1000, 500, 5000, 0, 0, 0.00625"
    })
    void charges_every_kind_of_token_exactly(
            long input, long output, long cached, long written, long reasoning, BigDecimal usd) {
        Price price = Price.perMillion("2.5", "10")
                .withCachedInput("1.25")
                .withCacheWrite("3.125")
                .withReasoning("20");
        Usage usage = new Usage(input, output, cached, written, reasoning);
        assertThat(price.charge(usage))
                .hasValueSatisfying(charged -> assertThat(charged).isEqualByComparingTo(usd));
    }

    @Test
    void special_tokens_cost_as_others_unless_priced_apart() {
        Price price = Price.perMillion("1", "2");
        assertThat(price.charge(new Usage(100, 50, 40, 10, 20))).isEqualTo(price.charge(Usage.of(100, 50)));
    }

    @Test
    void an_unknown_price_charges_nothing_that_could_be_taken_for_zero() {
        assertThat(Price.unknown().charge(Usage.of(1, 1))).isEmpty();
        assertThat(Price.unknown().known()).isFalse();
        assertThat(Price.free().charge(Usage.of(1, 1))).contains(BigDecimal.ZERO);
        assertThat(Price.free().known()).isTrue();
    }

    @Test
    void a_price_cannot_be_negative() {
        assertThatThrownBy(() -> Price.perMillion("-1", "1")).hasMessageContaining("input is -1");
        assertThatThrownBy(() -> Price.perCall("-0.01")).hasMessageContaining("-0.01");
    }

    @Test
    void a_sum_is_as_well_known_as_its_worst_part() {
        Cost exact = Cost.exact(new BigDecimal("0.10"));
        Cost held = new Cost(new BigDecimal("0.02"), Cost.Basis.HELD);
        assertThat(exact.plus(held)).hasToString("at most $0.12");
        assertThat(exact.plus(exact)).hasToString("$0.2");
        assertThat(exact.plus(new Cost(BigDecimal.ZERO, Cost.Basis.UNKNOWN))).hasToString("unknown, at least $0.1");
    }

    @ParameterizedTest
    @CsvSource({"0, $0", "0.00001234, $0.0000123", "-0.5, -$0.5", "12.345, $12.35", "0.05, $0.05", "NaN, unknown"})
    void expectations_are_printed_in_plain_dollars(double usd, String text) {
        assertThat(Dollars.about(usd)).isEqualTo(text);
    }
}
