package waybill.seller;

import java.math.BigInteger;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import waybill.x402.Address;
import waybill.x402.Amount;
import waybill.x402.Network;
import waybill.x402.Offer;
import waybill.x402.StreamOutcome;
import waybill.x402.TokenUsage;

/**
 * Opens claims under {@code upto}, within what their payer can pay and the seller leaves open. Its state is the claim
 * store's; its locks only keep one payer's claims of this process from getting into each other's way. Thread-safe.
 */
final class MeteredClaims {
    private static final int ROUNDS = 5;

    private final ClaimStore store;
    private final Exposure exposure;
    private final ReentrantLock[] stripes =
            Stream.generate(ReentrantLock::new).limit(64).toArray(ReentrantLock[]::new);

    MeteredClaims(ClaimStore store, Exposure exposure) {
        this.store = store;
        this.exposure = exposure;
    }

    /** Whether a claim was opened. */
    sealed interface Opening {
        /** It was, and counts as open from now on. */
        record Opened() implements Opening {}

        /** Its authorisation is claimed already. */
        record Taken() implements Opening {}

        /** Its payer has too much open, or owes something. */
        record Refused(String code, String message) implements Opening {}
    }

    /** What a claim begins with: nothing used, and its whole ceiling open. */
    static Claim.Metered begun(Offer required, Address payer) {
        return new Claim.Metered(
                String.join("|", required.network(), required.asset(), payer.toString()),
                new StreamOutcome(
                        StreamOutcome.State.RUNNING,
                        StreamOutcome.End.OPEN,
                        TokenUsage.NONE,
                        false,
                        BigInteger.ZERO,
                        new BigInteger(required.amount()),
                        required.network(),
                        required.asset(),
                        ""),
                false,
                false);
    }

    /**
     * Opens {@code claim}. What is open is read before what can be spent: a settlement between the two reads makes the
     * first too large or both too large by as much, so that the sum is never let past the funds; and what others have
     * opened meanwhile makes the store refuse.
     *
     * @throws FacilitatorException when the payer's funds cannot be seen
     */
    Opening open(Claim claim, Claim.Metered metered, Offer required, Address payer) {
        Amount most = exposure.mostOf(required);
        ReentrantLock stripe = stripes[Math.floorMod(metered.scope().hashCode(), stripes.length)];
        stripe.lock();
        try {
            for (int round = 0; round < ROUNDS; round++) {
                ClaimStore.Open seen = store.open(metered.scope());
                if (seen.lost()) {
                    return new Opening.Refused(
                            "settlement_outstanding",
                            "an earlier use of this payer was delivered and is not settled; nothing more is sold to it"
                                    + " until that is known");
                }
                BigInteger open = seen.ceilings().add(metered.outcome().ceiling());
                if (open.compareTo(most.atomic()) > 0) {
                    return new Opening.Refused(
                            "unsettled_exposure",
                            "with this ceiling " + new Amount(most.asset(), open)
                                    + " of this payer would be open; at most " + most + " may be");
                }
                BigInteger funds = exposure.funds()
                        .spendable(Network.parse(required.network()), Address.parse(required.asset()), payer);
                if (open.compareTo(funds) > 0) {
                    return new Opening.Refused(
                            "open_ceilings_exceed_funds",
                            "with this ceiling " + new Amount(most.asset(), open)
                                    + " of this payer would be open, and it"
                                    + " can spend " + new Amount(most.asset(), funds)
                                    + ", by its balance and its approval of Permit2");
                }
                if (store.openMetered(claim, seen)) {
                    return new Opening.Opened();
                }
                if (store.find(claim.key()).isPresent()) {
                    return new Opening.Taken();
                }
            }
            return new Opening.Refused("unsettled_exposure", "this payer opens faster than can be counted; try again");
        } finally {
            stripe.unlock();
        }
    }
}
