package waybill.seller;

import java.lang.System.Logger.Level;
import java.time.Clock;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import waybill.x402.Address;
import waybill.x402.Offer;
import waybill.x402.PaymentPayload;
import waybill.x402.SettlementResponse;
import waybill.x402.WireFormat;

/** Asks the facilitator to settle a claim, and does not believe an answer that contradicts the claim. Thread-safe. */
final class Asking {
    private static final System.Logger LOG = System.getLogger(Asking.class.getName());
    private static final Duration UNKNOWN_AFTER_END = Duration.ofHours(1);
    private static final Pattern USED = Pattern.compile("(nonce_already_used|permit2_invalid_nonce)$");

    private final Facilitator facilitator;
    private final boolean shared;
    private final Receipts receipts;
    private final Clock clock;

    /**
     * Asks {@code facilitator}.
     *
     * @param shared whether another instance may have asked one of its own before
     */
    Asking(Facilitator facilitator, boolean shared, Receipts receipts, Clock clock) {
        this.facilitator = facilitator;
        this.shared = shared;
        this.receipts = receipts;
        this.clock = clock;
    }

    /** What a facilitator's settle came to. */
    sealed interface Outcome {
        record Paid(SettlementResponse response) implements Outcome {}

        record Failed(SettlementResponse response) implements Outcome {}

        /** Nobody knows yet; the response is there when it names a pending transaction. */
        record Unknown(@Nullable SettlementResponse response) implements Outcome {}
    }

    /**
     * Has {@code claim} settled: a metered one for what was used, any other for its price.
     *
     * @param again whether it may have been asked before, so that a no may come of that time's success
     */
    Outcome settle(Claim claim, boolean again) {
        PaymentPayload payment = WireFormat.paymentPayload(claim.payload());
        Offer offered = payment.accepted(); // ours: it was put there when the claim was made
        Offer required = claim.metered() == null ? offered : charged(offered, claim.metered());
        SettlementResponse response;
        try {
            response = facilitator.settle(payment, required);
        } catch (RuntimeException e) {
            LOG.log(Level.WARNING, "settle: outcome unknown for " + claim.key(), e);
            return new Outcome.Unknown(null);
        }
        if (response.success()) {
            String lie = contradiction(response, Authorisation.payer(claim.key()), required);
            if (lie != null) {
                LOG.log(Level.ERROR, "the facilitator says settled, but " + lie + ": " + claim.key());
                return new Outcome.Unknown(null);
            }
            return new Outcome.Paid(receipts.receipted(cut(response), payment));
        }
        if (response.pending()) {
            return new Outcome.Unknown(cut(response));
        }
        if (again && mayBeAboutTheFirstTime(claim, response)) {
            return new Outcome.Unknown(null); // no ground for a new bill
        }
        return new Outcome.Failed(cut(response));
    }

    /**
     * Whether a no to the second asking may come of the first one's success, whose answer was lost. Used, but by whom? From
     * a facilitator that does not remember, or was not the one that was asked, any no may; some time after the
     * authorisation's end it ends the claim, for then at least nothing more can move.
     */
    private boolean mayBeAboutTheFirstTime(Claim claim, SettlementResponse no) {
        return USED.matcher(String.valueOf(no.errorReason())).find()
                || ((shared || !facilitator.remembers())
                        && clock.instant().isBefore(claim.validBefore().plus(UNKNOWN_AFTER_END)));
    }

    private static Offer charged(Offer offered, Claim.Metered metered) {
        return new Offer(
                offered.scheme(),
                offered.network(),
                metered.outcome().amount().toString(),
                offered.asset(),
                offered.payTo(),
                offered.maxTimeoutSeconds(),
                offered.extra());
    }

    private static @Nullable String contradiction(SettlementResponse response, Address payer, Offer required) {
        if (!response.network().equals(required.network())) return "on another network";
        if (response.payer() == null || !response.payer().equalsIgnoreCase(payer.toString())) {
            return "for another payer";
        }
        if (response.amount() != null && !response.amount().equals(required.amount())) return "of another amount";
        if (!response.transaction().matches("0x[0-9a-fA-F]{64}")) return "without a transaction hash";
        return null;
    }

    /** Only what a buyer needs: no long node messages, no extensions that nobody here has read. */
    private static SettlementResponse cut(SettlementResponse response) {
        return new SettlementResponse(
                response.success(),
                Replies.printable(response.transaction(), 66).toLowerCase(Locale.ROOT),
                Replies.printable(response.network(), 64),
                response.payer() == null ? null : Replies.printable(response.payer(), 42),
                response.errorReason() == null ? null : Replies.printable(response.errorReason(), 100),
                response.errorMessage() == null ? null : Replies.printable(response.errorMessage(), 200),
                response.amount(),
                Map.of());
    }
}
