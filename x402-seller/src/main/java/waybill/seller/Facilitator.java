package waybill.seller;

import waybill.x402.Offer;
import waybill.x402.PaymentPayload;
import waybill.x402.SettlementResponse;
import waybill.x402.Supported;
import waybill.x402.VerifyResponse;

/**
 * Checks payments and puts them on a chain, for a seller that holds no key. It is trusted: a seller without a node of
 * its own cannot see through a false "settled". Implementations are thread-safe, and every call ends within a time
 * limit of their own.
 */
public interface Facilitator {

    /**
     * Whether {@code payment} would settle {@code required} now. Moves nothing.
     *
     * @param required the seller's own offer; what the payment says it accepted is not believed
     * @throws FacilitatorException when it cannot be told
     */
    VerifyResponse verify(PaymentPayload payment, Offer required);

    /**
     * Settles {@code payment}, at most once however often it is asked. A transaction that is sent but not yet seen in a block is a {@code settlement_pending} response
     * with its hash.
     *
     * @throws FacilitatorException when the outcome is unknown; the money may have moved
     */
    SettlementResponse settle(PaymentPayload payment, Offer required);

    /**
     * Whether a no to a payment that was handed over before is about that first time too. Who checks a payment anew each
     * time (as the reference facilitators do) says "expired" or "insufficient funds" of one that has long gone through; so
     * false unless it is known. Not relied on where instances share their claims ({@link ClaimStore#shared()}): what was
     * handed over by another instance may have been handed to another facilitator.
     */
    default boolean remembers() {
        return false;
    }

    /** What it can settle, and the accounts that it sends from. */
    Supported supported();
}
