package waybill.seller;

import java.lang.System.Logger.Level;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import waybill.x402.ApprovalSponsoring;
import waybill.x402.Bazaar;
import waybill.x402.Eip2612Sponsoring;
import waybill.x402.Offer;
import waybill.x402.OfferReceipt;
import waybill.x402.PaymentIdentifier;
import waybill.x402.PaymentPayload;
import waybill.x402.PaymentRequired;
import waybill.x402.SignInChallenge;
import waybill.x402.TransferMethod;

/**
 * Writes bills: a quote for each price tag, and the extensions that this seller and its facilitator understand. Thread-safe.
 */
final class Bills {
    private static final System.Logger LOG = System.getLogger(Bills.class.getName());
    private static final Set<String> SPONSORING = Set.of(Eip2612Sponsoring.KEY, ApprovalSponsoring.KEY);

    private final Quotes quotes;
    private final Facilitator facilitator;

    private final Visits visits;
    private final Receipts receipts;

    Bills(Quotes quotes, Facilitator facilitator, Visits visits, Receipts receipts) {
        this.quotes = quotes;
        this.facilitator = facilitator;
        this.visits = visits;
        this.receipts = receipts;
    }

    /** The bill of a request; {@code code} says why it is sent. */
    PaymentRequired bill(PricedRequest request, String code, Instant now) {
        String fingerprint = request.fingerprint();
        List<Offer> offers = request.tags().stream()
                .map(tag -> quotes.issue(tag, fingerprint, now))
                .toList();
        return new PaymentRequired(code, request.resource(), offers, extensions(request, offers, now));
    }

    private Map<String, @Nullable Object> extensions(PricedRequest request, List<Offer> offers, Instant now) {
        Map<String, @Nullable Object> extensions = new LinkedHashMap<>();
        extensions.put(PaymentIdentifier.KEY, PaymentIdentifier.declaration(false));
        List<Offer> permit2 = offers.stream()
                .filter(offer -> offer.method() == TransferMethod.PERMIT2)
                .toList();
        if (!permit2.isEmpty()) {
            List<String> understood = understood();
            boolean permits = permit2.stream().anyMatch(offer -> offer.extraText("name") != null);
            if (permits && understood.contains(Eip2612Sponsoring.KEY)) {
                extensions.put(Eip2612Sponsoring.KEY, Eip2612Sponsoring.declaration());
            }
            if (understood.contains(ApprovalSponsoring.KEY)) {
                extensions.put(ApprovalSponsoring.KEY, ApprovalSponsoring.declaration());
            }
        }
        Bazaar listing = request.listing();
        if (listing != null) {
            extensions.put(Bazaar.KEY, listing.declaration());
        }
        Map<String, @Nullable Object> challenge = visits.challenge(request, now);
        if (challenge != null) {
            extensions.put(SignInChallenge.KEY, challenge);
        }
        Map<String, @Nullable Object> signed =
                receipts.offers(offers, request.resource().url(), quotes.end(now));
        if (signed != null) {
            extensions.put(OfferReceipt.KEY, signed);
        }
        return extensions;
    }

    private List<String> understood() {
        try {
            return facilitator.supported().extensions();
        } catch (RuntimeException e) {
            LOG.log(Level.WARNING, "what the facilitator supports is not known; nothing is sponsored", e);
            return List.of();
        }
    }

    /** The extensions that the facilitator needs to settle: approvals as the buyer sent them, the listing as we say it. */
    Map<String, @Nullable Object> forSettlement(PricedRequest request, PaymentPayload payment) {
        Map<String, @Nullable Object> kept = new LinkedHashMap<>(payment.extensions());
        kept.keySet().retainAll(SPONSORING);
        Bazaar listing = request.listing();
        if (listing != null) {
            kept.put(Bazaar.KEY, listing.declaration());
        }
        return kept;
    }
}
