package waybill.seller;

import java.lang.System.Logger.Level;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import waybill.seller.Asking.Outcome;
import waybill.x402.MalformedWireException;
import waybill.x402.SettlementResponse;
import waybill.x402.StreamOutcome;

/**
 * Takes claims from RUNNING to their end: writes down what is about to be asked, asks, and writes down what came of it.
 * Thread-safe; what settles blocks on the facilitator.
 */
final class Settling {
    private static final System.Logger LOG = System.getLogger(Settling.class.getName());
    private static final int BATCH = 100;

    private final ClaimStore store;
    private final Asking asking;
    private final Replies replies;
    private final InFlight inFlight;
    private final GateSettings settings;
    private final Clock clock;

    Settling(ClaimStore store, Asking asking, Replies replies, InFlight inFlight, GateSettings settings, Clock clock) {
        this.store = store;
        this.asking = asking;
        this.replies = replies;
        this.inFlight = inFlight;
        this.settings = settings;
        this.clock = clock;
    }

    // --- what an Admitted does ---

    /** Settles a running claim; {@code answer} is null when the handler has not run yet. */
    Settlement settle(PricedRequest request, Claim claim, @Nullable Answer answer) {
        if (!store.settling(claim.key(), answer, keepUntil())) {
            return new Settlement.Withheld(replies.notKnown(null));
        }
        return ended(request, claim, answer == null ? Claim.State.PAID : Claim.State.ANSWERED);
    }

    /** Settles a running metered claim for what was used; {@code released} when the answer has gone out already. */
    Settlement settleMetered(
            PricedRequest request, Claim claim, StreamOutcome used, boolean released, @Nullable Answer answer) {
        if (used.amount().signum() == 0) {
            store.release(claim.key(), Claim.State.RUNNING);
            return notCharged();
        }
        if (!store.settlingMetered(claim.key(), used, released, answer, keepUntil())) {
            return new Settlement.Withheld(replies.notKnown(null));
        }
        return ended(request, present(claim.key()), Claim.State.ANSWERED);
    }

    private Settlement ended(PricedRequest request, Claim claim, Claim.State next) {
        Outcome outcome = asking.settle(claim, false);
        if (outcome instanceof Outcome.Paid paid) {
            return recorded(claim, paid.response(), next)
                    ? replies.settled(paid.response())
                    : new Settlement.Withheld(replies.notKnown(null));
        }
        return new Settlement.Withheld(refused(request, claim, outcome));
    }

    private boolean recorded(Claim claim, SettlementResponse response, Claim.State next) {
        try {
            return store.settled(claim.key(), response, next, keepUntil());
        } catch (ClaimStoreException e) {
            // The money has moved and the claim says SETTLING: the answer is due, and asking again will find the same.
            LOG.log(Level.ERROR, "paid, but not written down: " + claim.key(), e);
            return true;
        }
    }

    /** What is said of a settlement that did not come about, or is not known to have. */
    Admission.Declined refused(PricedRequest request, Claim claim, Outcome outcome) {
        String key = claim.key();
        if (claim.metered() != null && (released(claim) || outcome instanceof Outcome.Unknown)) {
            LOG.log(Level.ERROR, "delivered by use, and not known to be settled; its payer gets nothing more: " + key);
            store.lost(key);
        }
        if (outcome instanceof Outcome.Failed failed && !released(claim)) {
            if (!store.release(key, Claim.State.SETTLING)) {
                return replies.notKnown(null); // another instance has taken it over, and may know better
            }
            String reason = failed.response().errorReason();
            String message = failed.response().errorMessage();
            return replies.bill(
                    request,
                    reason == null ? "unexpected_settle_error" : reason,
                    message == null ? "the payment could not be settled; nothing was charged" : message,
                    failed.response());
        }
        SettlementResponse pending = outcome instanceof Outcome.Unknown unknown ? unknown.response() : null;
        store.note(key, pending);
        return replies.notKnown(pending);
    }

    /** What was said when the claim was paid. */
    Settlement settledBefore(Claim claim) {
        SettlementResponse response = claim.settlement();
        if (response == null) {
            throw new ClaimStoreException("a paid claim has no settlement: " + claim.key());
        }
        return replies.settled(response);
    }

    void checkpoint(Claim claim, StreamOutcome running) {
        if (!store.checkpoint(claim.key(), running)) {
            throw new ClaimStoreException("a running claim vanished");
        }
    }

    /** Notes that a paid claim has its answer; false when another instance has taken the claim over. */
    boolean delivered(Claim claim, @Nullable Answer answer) {
        return store.answered(claim.key(), answer, keepUntil());
    }

    /** What is said of a paid claim that another instance has taken over: its answer is the one that goes out. */
    Settlement takenOver() {
        return new Settlement.Withheld(replies.notKnown(null));
    }

    void failedAfterPayment(Claim claim) {
        store.credit(claim.key(), keepUntil());
    }

    void failedBeforePayment(Claim claim) {
        store.release(claim.key(), Claim.State.RUNNING); // and no later state: then somebody has been asked to settle
    }

    /** The request of {@code claim} is over: the next one with its payment may take it up. */
    void over(Claim claim) {
        inFlight.end(claim.payment());
    }

    Settlement notCharged() {
        return replies.notCharged();
    }

    Settlement notRecorded() {
        return new Settlement.Withheld(replies.unavailable(
                "store_unavailable", "the payment cannot be recorded now; send the same request again later"));
    }

    // --- what was left open ---

    /** As {@link PaymentGate#reconcile()} says. */
    int reconcile() {
        store.recover();
        int ended = 0;
        List<ClaimStore.Unsettled> batch = store.settling("", BATCH);
        while (!batch.isEmpty()) {
            for (ClaimStore.Unsettled claim : batch) {
                if (inFlight.begin(claim.payment())) { // else its own request is at it
                    try {
                        ended +=
                                store.hold(claim.key()).filter(this::reconciled).isPresent() ? 1 : 0;
                    } catch (MalformedWireException e) {
                        LOG.log(Level.ERROR, "a claim that cannot be read; the others go on: " + claim.key(), e);
                    } finally {
                        inFlight.end(claim.payment());
                    }
                }
            }
            batch = store.settling(batch.get(batch.size() - 1).key(), BATCH);
        }
        return ended;
    }

    /** Brings a claim to its end whose request is gone; false when it is not there yet. */
    boolean reconciled(Claim claim) {
        Claim.Metered used = claim.metered();
        if (claim.paid()) {
            return false; // somebody has been quicker
        }
        if (claim.state() == Claim.State.RUNNING && used != null) { // its request broke off after something was let go
            if (!store.settlingMetered(claim.key(), used.outcome(), true, null, keepUntil())) {
                return false;
            }
            store.lost(claim.key());
        }
        Outcome outcome = asking.settle(claim, true);
        if (outcome instanceof Outcome.Paid paid) {
            Claim.State next = claim.answer() == null && used == null ? Claim.State.CREDIT : Claim.State.ANSWERED;
            return store.settled(claim.key(), paid.response(), next, keepUntil());
        }
        if (outcome instanceof Outcome.Failed failed && released(claim)) {
            LOG.log(
                    Level.WARNING,
                    "delivered, and not settled: " + failed.response().errorReason());
            store.note(claim.key(), null);
            return false;
        }
        if (outcome instanceof Outcome.Failed) {
            return store.release(claim.key(), Claim.State.SETTLING);
        }
        store.note(claim.key(), ((Outcome.Unknown) outcome).response());
        return false;
    }

    /** Whether something of {@code claim} went out, or may have, before it was paid. */
    static boolean released(Claim claim) {
        return claim.metered() != null && (claim.metered().released() || claim.state() == Claim.State.RUNNING);
    }

    /** The claim under a key that has one. */
    Claim present(String key) {
        return store.find(key).orElseThrow(() -> new ClaimStoreException("a claim vanished"));
    }

    /** Until when an answer of now is kept. */
    Instant keepUntil() {
        return clock.instant().plus(settings.keepAnswer());
    }
}
