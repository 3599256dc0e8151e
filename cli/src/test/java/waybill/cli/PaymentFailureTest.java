package waybill.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpTimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import waybill.wallet.PaymentCode;

class PaymentFailureTest {

    private static final URI URL = URI.create("https://api.example.com/report?token=secret");

    @ParameterizedTest
    @EnumSource(PaymentCode.class)
    void only_codes_of_after_sending_say_that_money_may_have_moved(PaymentCode code) {
        int exit = PaymentFailure.exit(code);
        boolean mayHaveMoved = exit == Exit.UNKNOWN || exit == Exit.NOT_SERVED;
        assertThat(mayHaveMoved).isEqualTo(code.afterSending() || code == PaymentCode.DUPLICATE_PAYMENT);
        assertThat(exit).isNotIn(Exit.OK, Exit.FAILED, Exit.USAGE);
    }

    @Test
    void an_error_before_any_payment_names_the_host_but_not_the_query() {
        assertThat(PaymentFailure.of(new ConnectException(), URL, null))
                .hasMessageContaining("https://api.example.com cannot be reached")
                .hasMessageNotContaining("secret")
                .extracting(Failure::exit)
                .isEqualTo(Exit.UNREACHABLE);
        assertThat(PaymentFailure.of(new HttpTimeoutException("late"), URL, null))
                .hasMessageContaining("--timeout");
        assertThat(PaymentFailure.of(new IOException("HTTP/1.1 header parser received no bytes"), URL, null))
                .hasMessageContaining("nothing was signed")
                .extracting(Failure::exit)
                .isEqualTo(Exit.UNREACHABLE);
    }
}
