package waybill.routing;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TextSignalsTest {

    @Test
    void counts_what_is_there() {
        TextSignals signals = TextSignals.of("Why does 2+2 equal 4?\nProve it in Java: int x = f(1);");
        assertThat(signals.words()).isEqualTo(10);
        assertThat(signals.lines()).isEqualTo(2);
        assertThat(signals.digits()).isEqualTo(4);
        assertThat(signals.questions()).isEqualTo(1);
        assertThat(signals.reasoningCues()).isEqualTo(2);
        assertThat(signals.codeMarks()).isEqualTo(3);
    }

    @Test
    void finds_cues_at_the_ends_and_in_any_case() {
        assertThat(TextSignals.of("PROVE").reasoningCues()).isEqualTo(1);
        assertThat(TextSignals.of("improve approve proven").reasoningCues()).isZero();
    }

    @Test
    void an_empty_text_has_nothing() {
        assertThat(TextSignals.NONE).isEqualTo(new TextSignals(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0));
    }

    @Test
    void a_very_long_text_is_read_at_its_head_and_tail_only() {
        String middle = "prove ".repeat(20_000);
        TextSignals signals = TextSignals.of(middle);
        assertThat(signals.characters()).isEqualTo(120_000);
        assertThat(signals.tokens()).isEqualTo(20_000);
        assertThat(signals.words()).isBetween(5_300, 5_340);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "'', 0, 0",
        "hello world, 2, 2",
        "internationalization, 2, 5",
        "1234567890, 3, 5",
        "日本語のテキスト, 5, 8",
        "Привет мир, 5, 9"
    })
    void estimates_tokens_of_many_scripts(String text, int least, int most) {
        assertThat(TokenEstimate.of(text)).isBetween(least, most);
    }

    @Test
    void a_hard_prompt_demands_more_than_an_easy_one() {
        Features easy = Features.of("Translate to French: good morning");
        Features hard = Features.of("Prove that the consistency of a distributed ledger needs a quorum; derive the"
                + " probability of a stale read and explain the implications.");
        Profile model = Profile.of(Price.perMillion("1", "2"));
        Predictor predictor = Predictor.handMade();
        Prediction easier = predictor.read(easy).metBy(model);
        Prediction harder = predictor.read(hard).metBy(model);
        assertThat(easier.good()).isGreaterThan(harder.good() + 0.2);
        assertThat(easier.outputTokens()).isLessThan(harder.outputTokens());
    }

    @Test
    void a_model_without_outcomes_is_marked_down_and_the_explanation_says_so() {
        Demand demand = Predictor.handMade().read(Features.of("hello"));
        Profile unmeasured = Profile.of(Price.perMillion("2", "8"));
        Profile measured = unmeasured.withQuality(0.70, "a board", java.time.LocalDate.of(2026, 5, 1));
        assertThat(demand.metBy(unmeasured).good())
                .isLessThan(demand.metBy(measured).good());
        assertThat(demand.metBy(unmeasured).basis())
                .isEqualTo("no outcomes known for this model; price tier 0.7 less 0.05");
        assertThat(demand.metBy(measured).basis()).isEqualTo("0.7 by a board, 2026-05-01");
    }
}
