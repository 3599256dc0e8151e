package waybill.seller;

import java.lang.System.Logger.Level;
import java.math.BigInteger;
import java.time.Instant;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import waybill.x402.Address;
import waybill.x402.Offer;
import waybill.x402.StreamOutcome;
import waybill.x402.TokenUsage;

/**
 * A verified payment that has opened this request, and nobody else's. Two ways to go on:
 *
 * <ul>
 *   <li>a plain answer: run the handler, then {@link #settle(Answer)}, and release the answer only when it says so;
 *   <li>a stream: {@link #settleFirst()}, then stream, then {@link #delivered};
 *   <li>a metered stream, under {@code upto}: stream, with {@link #checkpoint} now and then, and
 *       {@link #settleDelivered} at its end, however it ended.
 * </ul>
 *
 * Close it in every case. Closed before it was settled, the claim is given up and the payer may use the payment again;
 * closed after settlement but before delivery, the payer keeps a credit. Thread-safe, though made for one caller.
 */
public final class Admitted implements Admission, AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Admitted.class.getName());

    private enum Stage {
        OPEN,
        PAID,
        ENDED
    }

    private final Settling settling;
    private final PricedRequest request;
    private final Claim claim;
    private final Address payer;
    private final @Nullable Offer offer; // only of what is sold by use
    private Stage stage; // guarded by this
    private @Nullable Settlement first; // guarded by this; what settleFirst said

    Admitted(Settling settling, PricedRequest request, Claim claim, Address payer, @Nullable Offer offer) {
        this.settling = settling;
        this.request = request;
        this.claim = claim;
        this.payer = payer;
        this.offer = offer;
        this.stage = claim.paid() ? Stage.PAID : Stage.OPEN;
    }

    /** Who pays. */
    public Address payer() {
        return payer;
    }

    /**
     * The metered offer that was accepted, as this seller made it; its amount is the ceiling.
     *
     * @throws IllegalStateException when the request is not sold by use
     */
    public Offer offer() {
        if (offer == null) {
            throw new IllegalStateException("this request was sold at a price, not by use");
        }
        return offer;
    }

    /** True under {@code upto}: what was used is charged. */
    public boolean metered() {
        return claim.metered() != null;
    }

    /**
     * Where {@link PaymentGate#outcome} will tell what became of it: 64 hex digits that nobody can guess who has not seen
     * the payment.
     */
    public String outcomeId() {
        return claim.payment();
    }

    /** When the authorisation ends: an answer that comes later cannot be settled. */
    public Instant expires() {
        return claim.validBefore();
    }

    /** True when the money has moved: by an earlier payment whose answer failed, or by {@link #settleFirst()}. */
    public synchronized boolean paid() {
        return stage == Stage.PAID;
    }

    /**
     * Settles before anything is delivered. Only after {@link Settlement.Settled} may the stream start; the host then
     * calls {@link #delivered} at its end.
     */
    public synchronized Settlement settleFirst() {
        if (stage == Stage.PAID) {
            return first != null ? first : settling.settledBefore(claim);
        }
        requireOpen();
        if (metered()) {
            throw new IllegalStateException("what is sold by use is settled after it is delivered");
        }
        Settlement settlement = guarded(() -> settling.settle(request, claim, null));
        if (settlement instanceof Settlement.Settled) {
            stage = Stage.PAID;
            first = settlement;
        } else {
            end();
        }
        return settlement;
    }

    /**
     * Ends a plain request with the handler's answer: settles and says what may be sent. A status of 400 or more is not
     * charged, and the payer may use the same payment again (or keeps the credit, when it was one).
     */
    public synchronized Settlement settle(Answer answer) {
        if (stage == Stage.ENDED) {
            throw new IllegalStateException("this admission has ended");
        }
        Settlement settlement = guarded(() -> settled(answer));
        end();
        return settlement;
    }

    private Settlement settled(Answer answer) {
        if (answer.status() >= 400) {
            giveUp();
            return settling.notCharged();
        }
        if (metered()) { // without a word of what was used, the ceiling was
            return settling.settleMetered(request, claim, used(ceiling()), false, answer);
        }
        if (stage == Stage.OPEN) {
            return settling.settle(request, claim, answer);
        }
        if (!settling.delivered(claim, answer)) {
            return settling.takenOver();
        }
        return first != null ? first : settling.settledBefore(claim);
    }

    /**
     * Ends a plain request that was sold by use: settles what was used, and says what may be sent. A status of 400 or more,
     * and a use of nothing, are not charged.
     *
     * @param used with its amount, at most the ceiling
     */
    public synchronized Settlement settle(Answer answer, StreamOutcome used) {
        requireMetered(used);
        Settlement settlement = guarded(() -> {
            if (answer.status() >= 400) {
                giveUp();
                return settling.notCharged();
            }
            return settling.settleMetered(request, claim, used, false, answer);
        });
        end();
        return settlement;
    }

    /**
     * The same for what is not counted in tokens.
     *
     * @param used atomic units, at most the ceiling
     */
    public Settlement settle(Answer answer, BigInteger used) {
        return settle(answer, used(used));
    }

    /**
     * Notes on disk that this much of a metered stream has reached its reader. Should this process die, that much will be
     * settled, and nothing beyond it.
     *
     * @throws ClaimStoreException when it could not be written
     */
    public synchronized void checkpoint(StreamOutcome running) {
        requireMetered(running);
        settling.checkpoint(claim, running);
    }

    /**
     * Ends a metered stream: settles what was delivered. When that cannot be done now, the payer gets nothing more until
     * it is.
     *
     * @param copy what was delivered, to keep for the payer's re-send, or null
     * @param used with its amount, at most the ceiling
     */
    public synchronized Settlement settleDelivered(@Nullable Answer copy, StreamOutcome used) {
        requireMetered(used);
        Settlement settlement = guarded(() -> settling.settleMetered(request, claim, used, true, copy));
        end();
        return settlement;
    }

    private StreamOutcome used(BigInteger amount) {
        return new StreamOutcome(
                StreamOutcome.State.SETTLING,
                StreamOutcome.End.COMPLETE,
                TokenUsage.NONE,
                false,
                amount,
                ceiling(),
                offer().network(),
                offer().asset(),
                "");
    }

    private BigInteger ceiling() {
        return new BigInteger(offer().amount());
    }

    private void requireMetered(StreamOutcome used) {
        requireOpen();
        if (used.amount().compareTo(ceiling()) > 0) {
            throw new IllegalArgumentException(
                    "used " + used.amount() + ", and the payer signed for at most " + ceiling());
        }
    }

    /**
     * Ends a settled request whose answer went out.
     *
     * @param copy the whole answer to keep for the payer's re-send, or null when it is too large to keep
     */
    public synchronized void delivered(@Nullable Answer copy) {
        if (stage != Stage.PAID) {
            throw new IllegalStateException("nothing is delivered before it is settled");
        }
        try {
            if (!settling.delivered(claim, copy)) {
                LOG.log(
                        Level.WARNING,
                        "delivered, and another instance has taken the claim over meanwhile: " + claim.key());
            }
        } finally {
            end();
        }
    }

    /** Ends it if nothing else has: the claim is given up, or becomes a credit when the money has moved. */
    @Override
    public synchronized void close() {
        if (stage == Stage.ENDED) {
            return;
        }
        try {
            giveUp();
        } finally {
            end();
        }
    }

    private void giveUp() {
        if (stage == Stage.PAID) {
            settling.failedAfterPayment(claim);
        } else {
            settling.failedBeforePayment(claim);
        }
    }

    private void end() {
        stage = Stage.ENDED;
        settling.over(claim);
    }

    private void requireOpen() {
        if (stage != Stage.OPEN) {
            throw new IllegalStateException("this admission has ended");
        }
    }

    /** A store that fails here fails closed: the answer is withheld. */
    private Settlement guarded(Supplier<Settlement> step) {
        try {
            return Replies.inVersionOf(request, step.get());
        } catch (ClaimStoreException e) {
            return settling.notRecorded();
        }
    }

    @Override
    public String toString() {
        return "Admitted[" + payer + "]";
    }
}
