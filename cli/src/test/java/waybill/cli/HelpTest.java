package waybill.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HelpTest {

    @Test
    void lists_every_command() {
        Ran ran = Ran.waybill("--help");
        assertThat(ran.exit()).isZero();
        assertThat(ran.out())
                .contains("demo", "gateway", "devnet", "pay", "quote", "wallet", "explain", "train", "eval", "help");
        assertThat(ran.err()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"demo", "gateway", "devnet", "pay", "quote", "wallet", "explain", "train", "eval"})
    void explains_a_command_with_examples_and_exit_codes(String command) {
        Ran ran = Ran.waybill(command, "--help");
        assertThat(ran.exit()).isZero();
        assertThat(ran.out()).contains("Usage: waybill " + command, "Example", "Exit codes:");
        assertThat(Ran.waybill("help", command).out()).isEqualTo(ran.out());
    }

    @Test
    void says_which_version_it_is() {
        Ran ran = Ran.waybill("--version");
        assertThat(ran.exit()).isZero();
        assertThat(ran.out()).matches("waybill \\d+\\.\\d+\\.\\d+\\S* \\(Java \\d+\\)\\R");
    }

    @Test
    void suggests_the_command_that_was_meant() {
        Ran ran = Ran.waybill("walet");
        assertThat(ran.exit()).isEqualTo(Exit.USAGE);
        assertThat(ran.err()).contains("walet").contains("wallet");
        assertThat(ran.out()).isEmpty();
    }

    @Test
    void asks_which_command_when_there_is_none() {
        Ran ran = Ran.waybill();
        assertThat(ran.exit()).isEqualTo(Exit.USAGE);
        assertThat(ran.err()).contains("Which command?");
    }

    @Test
    void names_the_option_that_is_wrong() {
        Ran ran = Ran.waybill("pay", "--max", "1,5", "http://127.0.0.1:1/");
        assertThat(ran.exit()).isEqualTo(Exit.USAGE);
        assertThat(ran.err()).contains("--max", "'1,5' is not a sum of dollars").doesNotContain("\tat ");
    }
}
