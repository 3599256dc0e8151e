package waybill.seller;

import java.util.Optional;
import waybill.seller.Asking.Outcome;

/**
 * Answers a payment whose authorisation is claimed already: with the kept answer, with the work that its first request
 * left, or with a word why not. Whatever it says, it is no new bill, unless the payment is known to have failed.
 * Thread-safe.
 */
final class Returning {
    private final ClaimStore store;
    private final Asking asking;
    private final Settling settling;
    private final Replies replies;
    private final InFlight inFlight;

    Returning(ClaimStore store, Asking asking, Settling settling, Replies replies, InFlight inFlight) {
        this.store = store;
        this.asking = asking;
        this.settling = settling;
        this.replies = replies;
        this.inFlight = inFlight;
    }

    /** What a payment that came before is told. */
    Admission again(PricedRequest request, Purchase purchase, Claim claim) {
        if (!claim.payment().equals(purchase.hash())) {
            return replies.conflict(
                    "authorization_already_used", "this authorisation came before in another payment; sign a new one");
        }
        if (!claim.request().equals(purchase.request())) {
            return replies.conflict(
                    "payment_for_another_request",
                    "this payment belongs to a request with another method, path or body");
        }
        return switch (claim.state()) {
            case ANSWERED, USED -> over(request, claim);
            case RUNNING, SETTLING, PAID, CREDIT ->
                inFlight.owned(purchase.hash(), () -> takenUp(request, claim.key()), replies::inProgress);
        };
    }

    /** A claim that no request of this process is working on; another instance's may be. */
    private Admission takenUp(PricedRequest request, String key) {
        Optional<Claim> found = store.hold(key); // it may have moved while we came to own it
        if (found.isEmpty()) {
            return replies.inProgress();
        }
        Claim claim = found.get();
        return switch (claim.state()) {
            case ANSWERED, USED -> over(request, claim);
            case SETTLING -> resolved(request, claim);
            case CREDIT -> resumed(request, claim);
            case PAID -> { // its request broke off without a word
                settling.failedAfterPayment(claim);
                yield resumed(request, claim);
            }
            case RUNNING -> { // likewise, and nothing was asked of the facilitator: the next try verifies anew
                if (Settling.released(claim)) {
                    settling.reconciled(claim);
                } else {
                    settling.failedBeforePayment(claim);
                }
                yield replies.inProgress();
            }
        };
    }

    private Admission over(PricedRequest request, Claim claim) {
        if (claim.state() == Claim.State.USED) {
            return replies.used(claim);
        }
        return request.version1() ? replies.answered(claim) : replies.kept(claim);
    }

    private Admission resumed(PricedRequest request, Claim claim) {
        return store.resume(claim.key()) ? admitted(request, claim.key()) : replies.inProgress();
    }

    /** Asks the facilitator again about a settlement whose end was never written down. */
    private Admission resolved(PricedRequest request, Claim claim) {
        Outcome outcome = asking.settle(claim, true);
        if (!(outcome instanceof Outcome.Paid paid)) {
            return settling.refused(request, claim, outcome);
        }
        boolean answered = claim.answer() != null || claim.metered() != null;
        Claim.State next = answered ? Claim.State.ANSWERED : Claim.State.PAID;
        if (!store.settled(claim.key(), paid.response(), next, settling.keepUntil())) {
            return replies.notKnown(null);
        }
        return answered ? replies.kept(settling.present(claim.key())) : admitted(request, claim.key());
    }

    private Admitted admitted(PricedRequest request, String key) {
        Claim paid = settling.present(key);
        return new Admitted(settling, request, paid, Authorisation.payer(key), null);
    }
}
