package waybill.wallet;

import java.net.URI;
import java.time.Instant;
import waybill.x402.Address;
import waybill.x402.Amount;
import waybill.x402.Offer;
import waybill.x402.ResourceInfo;

/**
 * An offer understood: what one request would cost, whom it would pay, and what the policy says of it now. Nothing is
 * held or promised by it.
 *
 * @param method of the request
 * @param url of the request
 * @param amount in a token of our own table
 * @param payTo who would be paid
 * @param offer as the seller wrote it
 * @param resource what is for sale, in the words of a stranger
 * @param decision of the policy; the ledger's limits are checked again when the payment is made
 * @param quotedAt when the offer was read
 */
public record Quote(
        String method,
        URI url,
        Amount amount,
        Address payTo,
        Offer offer,
        ResourceInfo resource,
        Decision decision,
        Instant quotedAt) {
    /** Where the request goes. */
    public Origin origin() {
        return Origin.of(url);
    }
}
