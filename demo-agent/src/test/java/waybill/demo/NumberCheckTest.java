package waybill.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NumberCheckTest {
    private final NumberCheck check = new NumberCheck(List.of(
            new Fact("Return 24 h", "-6.75 %"),
            new Fact("Last close", "$1,629.52"),
            new Fact("VaR 95 % of one hour", "1.10 %"),
            new Fact("Time of last close", "15 Mar 2023 18:20 UTC")));

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Over 24 h ether fell 6.75 % to $1,629.52.",
                "A change of -6.75% and of \u22126.75 % are the same; 1629.52 dollars as well.",
                "At 95 % an hour loses no more than 1.1 %.",
                "1. At 18:20 on 15 Mar 2023\n2. nothing else",
                "Two words and no digits.",
                "sim-sage4 wrote this"
            })
    void a_quoted_number_is_known(String text) {
        assertThat(check.unknown(text)).isEmpty();
    }

    @Test
    void an_invented_a_rounded_and_a_turned_number_are_found() {
        assertThat(check.unknown("It fell 7 %, near $1,630, after +6.75 %, and will reach $2,000.50 or 42 points."))
                .containsExactly("7 %", "$1,630", "+6.75 %", "$2,000.50", "42");
    }

    @Test
    void a_known_number_with_another_unit_is_found() {
        assertThat(check.unknown("It costs $6.75, or 1,629.52 %.")).containsExactly("$6.75", "1,629.52 %");
    }

    @Test
    void a_part_of_a_known_number_is_not_known() {
        assertThat(check.unknown("It trades at 629.52 or 1,629 or 1,629.5."))
                .containsExactly("629.52", "1,629", "1,629.5");
    }
}
