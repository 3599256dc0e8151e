package waybill.routing;

import java.lang.reflect.Method;
import org.jspecify.annotations.Nullable;

/**
 * Recognises the one exception in which a router and a wallet meet, without knowing the wallet: an exception named
 * {@code waybill.wallet.PaymentException} anywhere in the cause chain, whose public {@code code()} says what happened.
 *
 * <p>{@code outcome_unknown} and {@code payment_rejected} leave money held: payment unknown. {@code answer_lost} is paid
 * but failed. Every other code means that nothing was sent: payment refused. A code that cannot be read counts as
 * payment unknown, because that is the dearest mistake to make the other way. Other wallets pass a
 * {@link FailureClassifier} of their own.
 */
public final class PaymentFailures {

    private static final String WALLETS_EXCEPTION = "waybill.wallet.PaymentException";
    private static final int DEEPEST = 20;

    private PaymentFailures() {}

    /** Classifies by the wallet's exception in the cause chain; knows nothing else. */
    public static FailureClassifier byName() {
        return PaymentFailures::classify;
    }

    private static @Nullable Failure classify(Throwable thrown) {
        Throwable link = thrown;
        for (int depth = 0; link != null && depth < DEEPEST; depth++) {
            if (link.getClass().getName().equals(WALLETS_EXCEPTION)) {
                return Failure.of(kind(code(link)), link);
            }
            link = link.getCause();
        }
        return null;
    }

    static FailureKind kind(String code) {
        return switch (code) {
            case "", "outcome_unknown", "payment_rejected" -> FailureKind.PAYMENT_UNKNOWN;
            case "answer_lost" -> FailureKind.PAID_BUT_FAILED;
            default -> FailureKind.PAYMENT_REFUSED;
        };
    }

    private static String code(Throwable exception) {
        try {
            Method code = exception.getClass().getMethod("code");
            return String.valueOf(code.invoke(exception));
        } catch (ReflectiveOperationException unreadable) {
            return "";
        }
    }
}
