package waybill.seller;

import java.math.BigInteger;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import waybill.x402.SettlementResponse;
import waybill.x402.StreamOutcome;

/**
 * Where claims live. Every method is atomic, and what it returns is on disk. A store that cannot write throws
 * {@link ClaimStoreException}, and then nothing is sold. Thread-safe.
 *
 * <p>Several instances of a seller may share a store. Who opens a claim, or takes one up, holds it, and moves it on alone.
 * What an instance that is gone was at is put right by opening the store and by {@link #recover}: a claim that ran without
 * having been settled is gone, a paid one that was not answered is a credit, and one that was being settled still is, for
 * the gate to ask again. A metered claim of which something had been let go is to be settled for that much, and lost until
 * it is.
 */
public interface ClaimStore extends AutoCloseable {

    /**
     * What a payer's metered claims leave open.
     *
     * @param ceilings the sum of their ceilings, in atomic units
     * @param lost true when a settlement of one is lost
     */
    record Open(BigInteger ceilings, boolean lost) {}

    /**
     * A claim whose settlement has no end yet; {@link #hold} gives the rest of it.
     *
     * @param key of the claim
     * @param payment the payment's hash
     */
    record Unsettled(String key, String payment) {}

    /**
     * How much is kept for re-sends.
     *
     * @param answerBytes the largest answer that is kept
     * @param totalBytes all kept answers together; the oldest go first. Instances that share a store count what the others
     *     keep once a minute
     */
    record Limits(int answerBytes, long totalBytes) {
        public Limits {
            if (answerBytes < 0 || totalBytes < answerBytes) {
                throw new IllegalArgumentException("the total holds at least one answer of the largest size");
            }
        }

        /** Answers of 1 MiB, 256 MiB in all. */
        public static Limits defaults() {
            return new Limits(1024 * 1024, 256L * 1024 * 1024);
        }
    }

    /**
     * Whether other processes may have these claims open too. What a facilitator says that remembers its own settlements
     * alone is then no ground to end a claim: another instance may have settled it through its own.
     */
    default boolean shared() {
        return false;
    }

    /** The secret of this seller's quotes, made at first opening. */
    QuoteKey quoteKey();

    /** The claim under {@code key}. */
    Optional<Claim> find(String key);

    /**
     * Makes a claim that is under way this instance's to move on.
     *
     * @return the claim as it is now; empty when there is none, or when another instance holds it that lives
     */
    Optional<Claim> hold(String key);

    /** Puts right what instances that are gone were at. A store of one process has nothing of it after it is open. */
    void recover();

    /**
     * Writes a new claim as RUNNING, unless its key or its identifier is taken. When the payer has a credit for the same thing, that credit
     * is used up and the claim starts as PAID.
     *
     * @param ifCredited the settlement to write when a credit pays
     * @return the claim as written, or empty when the key or the identifier is taken
     */
    Optional<Claim> open(Claim claim, SettlementResponse ifCredited);

    /** What the metered claims of a scope leave open: those that run, and those that are being settled. */
    Open open(String scope);

    /**
     * Writes a new metered claim as RUNNING, unless its key or identifier is taken, or its scope has come to leave more open than was
     * {@code seen}, or has lost a settlement.
     *
     * @return false when nothing was written
     */
    boolean openMetered(Claim claim, Open seen);

    /**
     * Notes how much of a running metered claim has been let go: should this process die, that much will be settled.
     * Never less than was noted before.
     *
     * @return false when the claim is not a RUNNING one
     */
    boolean checkpoint(String key, StreamOutcome running);

    /**
     * RUNNING to SETTLING for a metered claim.
     *
     * @param used what is to be settled
     * @param released whether the answer has been let go already
     * @param answer to keep for the payer, or null
     * @return false when the claim is not RUNNING
     */
    boolean settlingMetered(
            String key, StreamOutcome used, boolean released, @Nullable Answer answer, Instant keepUntil);

    /** Marks a metered claim that is SETTLING as lost, until it is settled after all. */
    void lost(String key);

    /** Forgets a metered claim that is SETTLING although its payment has ended before {@code now}; false when there is none. */
    boolean forgive(String payment, Instant now);

    /** The claim of the payment with this hash. */
    Optional<Claim> findByPayment(String payment);

    /**
     * RUNNING to SETTLING. Called before the facilitator is asked.
     *
     * @param answer to keep for the payer, or null when the handler has not run
     * @return false when the claim is not RUNNING
     */
    boolean settling(String key, @Nullable Answer answer, Instant keepUntil);

    /**
     * Notes that a claim stays SETTLING and that nobody is at it any more.
     *
     * @param response what the facilitator said, such as a pending transaction's hash, or null
     */
    void note(String key, @Nullable SettlementResponse response);

    /**
     * SETTLING to {@code next}: ANSWERED, PAID or CREDIT. The payment in wire form is forgotten.
     *
     * @return false when the claim is not SETTLING, or when that transaction has paid for another claim: nothing is written
     */
    boolean settled(String key, SettlementResponse response, Claim.State next, Instant keepUntil);

    /** CREDIT to PAID; false when the claim is no CREDIT. */
    boolean resume(String key);

    /** PAID to ANSWERED, keeping {@code answer} when it is there and small enough; false when the claim is not PAID. */
    boolean answered(String key, @Nullable Answer answer, Instant keepUntil);

    /** PAID to CREDIT: the handler failed after payment. */
    void credit(String key, Instant keepUntil);

    /**
     * Forgets a claim whose payment has not moved and will not: a RUNNING one that is given up, or a SETTLING one with a
     * final no. Does nothing when the claim is no longer {@code from}, or when something was let go for it.
     *
     * @return false when nothing was forgotten: then what becomes of the claim is another's to say
     */
    boolean release(String key, Claim.State from);

    /**
     * Claims being settled, and metered ones whose request may have broken off, that no other instance is at: at most
     * {@code limit} of them in the order of their keys, from behind {@code after} on. Their answers are not read.
     */
    List<Unsettled> settling(String after, int limit);

    /** The claim with this identifier. */
    Optional<Claim> findByIdentifier(String identifier);

    /** Whether a claim with this visit has been paid, and may still be come back to. */
    boolean visited(String visit, Instant now);

    /**
     * Uses a nonce up.
     *
     * @param until how long it is remembered at least
     * @return false when it was used before
     */
    boolean useNonce(String nonce, Instant until);

    /** Forgets answers past their time, and claims that are neither of use nor dangerous to forget. */
    void prune(Instant now);

    @Override
    void close();
}
