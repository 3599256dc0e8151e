package waybill.wallet;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import waybill.x402.Headers;

/** W20. Runs after every other class of the module: see {@link LastOfAll}. */
class SecretsInLogTest {
    @TempDir
    Path folder;

    @Test
    void w20_the_log_of_the_whole_suite_holds_no_key_passphrase_signature_or_payment() {
        assertThat(LogWatch.OF_THE_SUITE.found()).isEmpty();
    }

    @Test
    void w20_what_is_printed_or_logged_is_read() {
        long before = LogWatch.OF_THE_SUITE.lines();
        System.out.println("a line");
        System.err.println("another");
        Logger.getLogger("waybill.wallet").fine("a third");
        assertThat(LogWatch.OF_THE_SUITE.lines()).isGreaterThanOrEqualTo(before + 3);
    }

    @Test
    void w20_a_secret_would_be_found() throws Exception {
        try (ScriptedSeller seller = ScriptedSeller.selling("0.01", "x");
                Fixture fixture = Fixture.open(folder, seller)) {
            assertThat(fixture.get(seller.uri("/")).body()).isEqualTo("x");
            ScriptedSeller.Request paid = seller.paidRequests().get(0);
            for (String secret : new String[] {
                paid.header(Headers.PAYMENT_SIGNATURE),
                paid.exact().signature(),
                paid.exact().signature().substring(2),
                Fixture.KEY,
                "correct horse \u00fc"
            }) {
                LogWatch watch = new LogWatch();
                try (PrintStream out = new PrintStream(
                        watch.reading("a stream", new ByteArrayOutputStream()), true, StandardCharsets.UTF_8)) {
                    out.println("sending {PAYMENT=[" + secret + "]} to nobody");
                }
                assertThat(watch.found()).hasSize(1);
                assertThat(watch.found().get(0)).doesNotContain(String.valueOf(secret));
            }
            LogWatch watch = new LogWatch();
            watch.read("a bill", String.valueOf(seller.requests().get(0)));
            assertThat(watch.found()).isEmpty();
        }
    }
}
