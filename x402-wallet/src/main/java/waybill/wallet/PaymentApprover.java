package waybill.wallet;

/**
 * Asks a person. It may block; the wallet stops waiting after the policy's approval timeout and takes silence as no.
 */
@FunctionalInterface
public interface PaymentApprover {
    /**
     * Whether a person agrees to this payment.
     *
     * @param paymentId the ledger's id, for whoever keeps track
     * @throws InterruptedException when the wallet has stopped waiting
     */
    boolean approves(String paymentId, Quote quote) throws InterruptedException;
}
