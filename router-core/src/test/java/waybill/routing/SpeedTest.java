package waybill.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class SpeedTest {

    @Test
    void a_dearer_model_is_assumed_to_be_slower() {
        Speed before = Speed.assumed(Price.perMillion("0.05", "0.05"));
        for (String usd : new String[] {"0.3", "1", "4", "15", "40"}) {
            Speed speed = Speed.assumed(Price.perMillion(usd, usd));
            assertThat(speed.firstTokenMillis()).isGreaterThan(before.firstTokenMillis());
            assertThat(speed.tokensPerSecond()).isLessThan(before.tokensPerSecond());
            before = speed;
        }
    }

    @Test
    void a_dollar_a_million_tokens_stands_for_what_was_measured() {
        Speed speed = Speed.assumed(Price.perMillion("1", "1"));
        assertThat(speed.firstTokenMillis()).isEqualTo(545);
        assertThat(speed.seconds(656)).isCloseTo(10.5, within(0.1));
    }

    @Test
    void prices_beyond_those_measured_and_unknown_ones_say_nothing_more() {
        assertThat(Speed.assumed(Price.perMillion("1000", "1000")))
                .isEqualTo(Speed.assumed(Price.perMillion("50", "50")));
        assertThat(Speed.assumed(Price.perMillion("0", "0")))
                .isEqualTo(Speed.assumed(Price.perMillion("0.05", "0.05")));
        assertThat(Speed.assumed(Price.unknown())).isEqualTo(Speed.ASSUMED);
    }
}
