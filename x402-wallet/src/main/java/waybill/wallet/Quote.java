package waybill.wallet;

import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import waybill.x402.Address;
import waybill.x402.Amount;
import waybill.x402.Offer;
import waybill.x402.ResourceInfo;

/**
 * An offer understood: what one request would cost, whom it would pay, what the policy says of it now, and why this offer
 * and no other of the bill. Nothing is held or promised by it. It can be paid once, within {@link #OPEN_FOR}.
 *
 * @param id the ledger's id of the payment, should it be made
 * @param fingerprint of the call that it was asked for
 * @param method of the request
 * @param url of the request
 * @param amount in a token of our own table
 * @param payTo who would be paid
 * @param offer as the seller wrote it
 * @param resource what is for sale, in the words of a stranger
 * @param decision of the policy; the ledger's limits are checked again when the payment is made
 * @param why this offer was chosen, a sentence
 * @param passed the offers that were not chosen
 * @param quotedAt when the offer was read
 * @param paidBy how the payment would be authorised; under {@link PaymentMethod#UPTO} the amount is a ceiling
 * @param version of the protocol that the seller speaks, 1 or 2
 * @param extensions of the bill, as the seller wrote them
 */
public record Quote(
        String id,
        String fingerprint,
        String method,
        URI url,
        Amount amount,
        Address payTo,
        Offer offer,
        ResourceInfo resource,
        Decision decision,
        String why,
        List<Passed> passed,
        Instant quotedAt,
        PaymentMethod paidBy,
        int version,
        Map<String, @Nullable Object> extensions) {
    /** How long a quote may be paid. */
    public static final Duration OPEN_FOR = Duration.ofSeconds(60);

    /**
     * An offer of the same bill that was not chosen.
     *
     * @param offer the offer in a few words: scheme, amount and network as the seller wrote them, cut
     * @param reason why not
     */
    public record Passed(String offer, String reason) {}

    public Quote {
        passed = List.copyOf(passed);
        extensions = Collections.unmodifiableMap(new LinkedHashMap<>(extensions));
    }

    /** Where the request goes. */
    public Origin origin() {
        return Origin.of(url);
    }

    /** When it can no longer be paid. */
    public Instant expiresAt() {
        return quotedAt.plus(OPEN_FOR);
    }

    /** True when it can no longer be paid. */
    public boolean expiredAt(Instant now) {
        return !now.isBefore(expiresAt());
    }
}
