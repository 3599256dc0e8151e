package waybill.facilitator;

import java.util.List;
import waybill.x402.Offer;
import waybill.x402.PaymentPayload;
import waybill.x402.Supported;

/**
 * One scheme's side at the facilitator: it reads a payment against the seller's offer, and what comes out checks and
 * settles itself. Implementations are thread-safe. A new one is named in {@link LocalFacilitator}, and nowhere else.
 */
interface Scheme {

    /** What a seller is told of it: scheme, network, and what has to be in its offers. */
    Supported.Kind kind();

    /** The extensions that it understands, by key. */
    default List<String> extensions() {
        return List.of();
    }

    /** True when {@code payment} for {@code required} is this scheme's to read, right or wrong. */
    boolean reads(PaymentPayload payment, Offer required);

    /**
     * What the payment and the offer say, before any chain or clock is asked.
     *
     * @param settling true when {@code required} names what to settle, which may be less than what was offered
     * @throws Refused when they do not agree
     */
    Terms terms(PaymentPayload payment, Offer required, boolean settling) throws Refused;
}
