package waybill.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;

class ConsoleTest {
    private final Report report = ReportFixture.report("Calm.", List.of());

    @Test
    void a_call_tells_choice_reason_price_and_transaction() {
        String text = told(false, 0);
        assertThat(text)
                .contains("1  headline  sim-swift (simulated)  $0.0005")
                .contains("why     sim-swift is worth $0.0081 here")
                .contains("paid    0.0005 USDC, tx 0x" + "5e".repeat(32));
    }

    @Test
    void what_failed_and_what_was_refused_stand_before_the_answer() {
        String text = told(false, 2);
        assertThat(text)
                .containsSubsequence(
                        "failed  sim-oracle: payment refused",
                        "denied  0.02 USDC: the wallet signed nothing",
                        "failed  sim-steady: overloaded (503)",
                        "held    0.0005 USDC: signed, unknown",
                        "paid    0.006 USDC, tx 0x");
    }

    @Test
    void colours_come_only_when_wanted() {
        assertThat(told(true, 0)).contains("\u001b[");
        assertThat(told(false, 0)).doesNotContain("\u001b");
    }

    @Test
    void foreign_text_cannot_repaint_the_terminal() {
        StringWriter out = new StringWriter();
        new Console(new PrintWriter(out), false).bad("evil \u001b[2J\rtext\u202E here");
        assertThat(out.toString())
                .contains("evil")
                .doesNotContain("\u001b")
                .doesNotContain("\r")
                .doesNotContain("\u202E");
    }

    @Test
    void long_reasons_wrap_between_words() {
        assertThat(told(false, 2).lines())
                .allSatisfy(line -> assertThat(line.length()).isLessThanOrEqualTo(113));
    }

    private String told(boolean colour, int call) {
        StringWriter out = new StringWriter();
        new Console(new PrintWriter(out), colour).call(report.calls().get(call), true);
        return out.toString();
    }
}
