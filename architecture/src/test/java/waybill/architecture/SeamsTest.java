package waybill.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Constructor;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import waybill.routing.Failure;
import waybill.routing.FailureKind;
import waybill.routing.PaymentFailures;
import waybill.wallet.PaymentCode;
import waybill.wallet.PaymentException;

/** Router and wallet meet in one exception, which neither imports of the other; here both are on the class path. */
class SeamsTest {

    @ParameterizedTest
    @EnumSource(PaymentCode.class)
    void every_code_of_the_wallet_means_something_to_the_router(PaymentCode code) throws Exception {
        Failure failure = PaymentFailures.byName().classify(new IOException("wrapped", exception(code)));

        assertThat(failure).isNotNull();
        assertThat(failure.kind()).isEqualTo(expected(code));
        assertThat(failure.kind() == FailureKind.PAYMENT_REFUSED)
                .as("refused means that no payment has left this process")
                .isEqualTo(!code.afterSending());
    }

    private static FailureKind expected(PaymentCode code) {
        return switch (code) {
            case OUTCOME_UNKNOWN, PAYMENT_REJECTED -> FailureKind.PAYMENT_UNKNOWN;
            case ANSWER_LOST -> FailureKind.PAID_BUT_FAILED;
            default -> FailureKind.PAYMENT_REFUSED;
        };
    }

    /** The wallet alone makes these; a test has to reach for the constructor. */
    private static PaymentException exception(PaymentCode code) throws ReflectiveOperationException {
        Constructor<PaymentException> constructor = PaymentException.class.getDeclaredConstructor(
                PaymentCode.class, String.class, String.class, Throwable.class);
        constructor.setAccessible(true);
        return constructor.newInstance(code, null, "why", null);
    }
}
