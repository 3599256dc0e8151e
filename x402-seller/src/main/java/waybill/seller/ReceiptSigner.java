package waybill.seller;

import waybill.x402.OfferClaim;
import waybill.x402.OfferReceipt;
import waybill.x402.ReceiptClaim;

/**
 * Signs what this seller says: its offers, and receipts for what was paid ({@code offer-receipt}). A seller has no key that
 * could pay; whoever wants receipts brings one for them, such as {@link JwsReceiptSigner}, or a service that holds one. Called
 * for every bill; thread-safe. What it throws leaves the bill or the answer unsigned, and stops no sale.
 */
public interface ReceiptSigner {
    /** The signature under an offer. */
    OfferReceipt.Proof sign(OfferClaim offer);

    /** The signature under a receipt. */
    OfferReceipt.Proof sign(ReceiptClaim receipt);
}
