package waybill.seller;

import java.time.Clock;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import waybill.x402.Offer;
import waybill.x402.PaymentIdentifier;
import waybill.x402.PaymentPayload;
import waybill.x402.SchemePayload.Signed;
import waybill.x402.Version1;
import waybill.x402.WireFormat;

/** Understands the payment header of a request, in either version of the protocol. Thread-safe. */
final class PaymentReader {
    private final Quotes quotes;
    private final ClaimStore store;
    private final Clock clock;

    PaymentReader(Quotes quotes, ClaimStore store, Clock clock) {
        this.quotes = quotes;
        this.store = store;
        this.clock = clock;
    }

    /** What a payment header turned out to say. */
    sealed interface Reading {
        /** A purchase; {@code check} tells whether it is of an offer of ours that still holds. */
        record Understood(Purchase purchase, Supplier<Quotes.Check> check) implements Reading {}

        /** Nothing that could be paid with here. */
        record Not(String code, String message) implements Reading {}
    }

    /**
     * Reads the one payment header of {@code request}.
     *
     * @throws waybill.x402.MalformedWireException when it cannot be read
     */
    Reading read(PricedRequest request) {
        return request.version1() ? version1(request) : version2(request);
    }

    private Reading version2(PricedRequest request) {
        PaymentPayload payment = WireFormat.paymentPayload(request.payments().get(0));
        if (!(payment.payload() instanceof Signed signed)) {
            return new Reading.Not(
                    "unsupported_payload_type", "the payment is no authorisation of a known scheme with its signature");
        }
        Offer accepted = payment.accepted();
        Authorisation authorisation = Authorisation.of(accepted, signed);
        if (authorisation == null) {
            return new Reading.Not("no_matching_payment_requirements", "the payment names no EVM network and token");
        }
        Purchase purchase = new Purchase(
                payment,
                signed,
                authorisation,
                authorisation.hash(accepted, signed.signature()),
                request.fingerprint(),
                identifier(payment, authorisation));
        return new Reading.Understood(purchase, () -> quotes.check(accepted, purchase.request(), clock.instant()));
    }

    /** A payer's names are its own: nobody takes them from it. */
    private static @Nullable String identifier(PaymentPayload payment, Authorisation authorisation) {
        PaymentIdentifier named = PaymentIdentifier.in(payment.extensions());
        String id = named == null ? null : named.id();
        return id == null
                ? null
                : Fingerprint.of("identifier", authorisation.payer().toString(), id);
    }

    /**
     * A payment of version 1 does not repeat an offer: it is for the one of ours that it fits, at the price of now; one that
     * fits but for the amount is told that the price has changed. As it carries no quote, whoever reads the chain could
     * repeat it, so its answer is given once.
     */
    private Reading version1(PricedRequest request) {
        Version1.Payment payment = Version1.payment(request.v1Payments().get(0));
        Offer nearly = null;
        for (PriceTag tag : request.tags()) {
            Offer offer = tag.offer();
            if (payment.payload() instanceof Signed signed
                    && Version1.canSay(offer)
                    && offer.scheme().equals(payment.scheme())
                    && offer.network().equals(payment.network())) {
                Authorisation authorisation = Authorisation.of(offer, signed);
                if (authorisation != null
                        && (authorisation.contradicts(offer) == null
                                || store.find(authorisation.key()).isPresent())) {
                    Purchase purchase = new Purchase(
                            new PaymentPayload(offer, signed, null, Map.of()),
                            signed,
                            authorisation,
                            quotes.sealed(
                                    authorisation.key() + signed.signature().toLowerCase(Locale.ROOT)),
                            request.fingerprint(),
                            null);
                    return new Reading.Understood(purchase, () -> new Quotes.Check.Good(offer));
                }
                if (nearly == null
                        && authorisation != null
                        && authorisation.payee().toString().equals(offer.payTo())) {
                    nearly = offer;
                }
            }
        }
        if (nearly != null) {
            return new Reading.Not(
                    "price_changed",
                    "the payment is not of the price, which is now " + nearly.amount()
                            + " atomic units; nothing was charged, and the offers are in this answer");
        }
        return new Reading.Not(
                "no_matching_payment_requirements",
                "the payment fits no offer of this request: payee, amount, network");
    }
}
