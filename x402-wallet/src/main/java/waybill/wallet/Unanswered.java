package waybill.wallet;

import org.jspecify.annotations.Nullable;

/**
 * The payment that an earlier, identical call left behind.
 *
 * @param payment as the ledger has it
 * @param header the very header that was sent; null when it was never signed
 * @param inFlight true while the earlier call is still running
 */
public record Unanswered(PaymentRecord payment, @Nullable String header, boolean inFlight) {
    /** Without the header, which opens the payment to whoever reads it. */
    @Override
    public String toString() {
        return "Unanswered[" + payment + ", inFlight=" + inFlight + "]";
    }
}
