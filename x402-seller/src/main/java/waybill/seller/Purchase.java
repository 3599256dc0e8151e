package waybill.seller;

import org.jspecify.annotations.Nullable;
import waybill.x402.PaymentPayload;
import waybill.x402.SchemePayload.Signed;

/**
 * A payment understood as a purchase of one request.
 *
 * @param payment as it arrived; in version 1 with the offer of ours that it fits
 * @param signed its signed part
 * @param authorisation what was signed, whichever scheme it is of
 * @param hash of its canonical bytes, which tells it from every other payment by the same authorisation
 * @param request fingerprint of the request that it came with
 * @param identifier of the payer and the name that it gave its payment, hashed; null when it gave none
 */
record Purchase(
        PaymentPayload payment,
        Signed signed,
        Authorisation authorisation,
        String hash,
        String request,
        @Nullable String identifier) {

    /** What can be used only once. */
    String key() {
        return authorisation.key();
    }

    /** Without the payment, which opens the request to whoever reads it. */
    @Override
    public String toString() {
        return "Purchase[" + authorisation.key() + "]";
    }
}
