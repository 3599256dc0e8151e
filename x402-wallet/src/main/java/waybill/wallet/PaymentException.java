package waybill.wallet;

import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A 402 was not paid, or the end of a payment is not known. An {@link IOException}, so that it travels through every
 * user of {@code java.net.http}; it stands in the cause chain of whatever they throw. Its message never holds a key, a
 * signature or a payment header.
 */
public final class PaymentException extends IOException {
    private static final long serialVersionUID = 1L;

    private final PaymentCode code;
    private final @Nullable String paymentId;

    PaymentException(PaymentCode code, @Nullable String paymentId, String message, @Nullable Throwable cause) {
        super(code + ": " + message + (paymentId == null ? "" : " [payment " + paymentId + "]"), cause);
        this.code = code;
        this.paymentId = paymentId;
    }

    /** Why, as a stable code. */
    public PaymentCode code() {
        return code;
    }

    /** The ledger's id of the payment or of the recorded denial; empty when nothing could be recorded. */
    public Optional<String> paymentId() {
        return Optional.ofNullable(paymentId);
    }
}
