package waybill.wallet;

import java.math.BigInteger;
import java.time.Instant;
import waybill.x402.JwsProof;
import waybill.x402.MalformedWireException;
import waybill.x402.Offer;
import waybill.x402.OfferClaim;
import waybill.x402.OfferReceipt;
import waybill.x402.PaymentRequired;

/**
 * Holds a bill to the offers that its seller signed ({@code offer-receipt}): what is asked must be what was signed. Who the
 * signer is, the bill cannot say, so a signature allows nothing; a wrong one refuses.
 */
final class SignedOffers {
    private SignedOffers() {}

    /** Refuses a bill that contradicts what is signed in it. */
    static void require(PaymentRequired bill, Instant now) {
        try {
            for (OfferReceipt.SignedOffer signed : OfferReceipt.offers(bill.extensions())) {
                requireAgrees(bill, signed, now);
            }
            for (JwsProof signed : OfferReceipt.jwsOffers(bill.extensions())) {
                requireAgrees(bill, signed, now);
            }
        } catch (MalformedWireException e) {
            throw new Refusal(PaymentCode.BILL_MALFORMED, Words.cut(e.getMessage(), 300));
        }
    }

    private static void requireAgrees(PaymentRequired bill, OfferReceipt.SignedOffer signed, Instant now) {
        int index = signed.acceptIndex();
        boolean points = index >= 0 && index < bill.accepts().size();
        Offer offer = points ? bill.accepts().get(index) : null;
        boolean agrees = offer == null
                ? bill.accepts().stream().anyMatch(signed.claim()::covers)
                : signed.claim().covers(offer);
        if (!agrees || !signed.claim().resourceUrl().equals(bill.resource().url())) {
            throw contradiction();
        }
        if (signed.signer() == null) {
            throw new Refusal(PaymentCode.BILL_MALFORMED, "the signature of an offer in the bill is nobody's");
        }
        requireStillGood(signed.claim(), now);
    }

    /** One whose key nobody here knows says nothing. */
    private static void requireAgrees(PaymentRequired bill, JwsProof signed, Instant now) {
        switch (signed.verdict()) {
            case UNKNOWN_KEY -> {}
            case FORGED ->
                throw new Refusal(PaymentCode.BILL_MALFORMED, "the signature of an offer in the bill is nobody's");
            case SIGNED -> {
                OfferClaim claim = OfferClaim.of(signed);
                if (bill.accepts().stream().noneMatch(claim::covers)
                        || !claim.resourceUrl().equals(bill.resource().url())) {
                    throw contradiction();
                }
                requireStillGood(claim, now);
            }
        }
    }

    private static Refusal contradiction() {
        return new Refusal(PaymentCode.QUOTE_DRIFT, "the bill asks for something else than its seller signed in it");
    }

    private static void requireStillGood(OfferClaim claim, Instant now) {
        if (claim.validUntil().compareTo(BigInteger.valueOf(now.getEpochSecond())) < 0) {
            throw new Refusal(
                    PaymentCode.QUOTE_EXPIRED,
                    "the offers in the bill were signed until " + claim.validUntil() + " (seconds since 1970)");
        }
    }
}
