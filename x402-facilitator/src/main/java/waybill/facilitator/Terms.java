package waybill.facilitator;

import java.math.BigInteger;
import java.util.Optional;
import org.web3j.protocol.core.methods.response.TransactionReceipt;
import waybill.x402.Address;

/** A payment whose terms agree with the seller's offer, as its scheme understands it. */
interface Terms {

    /** Who pays. */
    Address payer();

    /** How much moves, in atomic units; zero when there is nothing to settle. */
    BigInteger amount();

    /** The most that may move: under {@code upto} more than {@link #amount()}. */
    default BigInteger ceiling() {
        return amount();
    }

    /** Whether a settlement response names the amount, as it does where that may differ from what was signed. */
    default boolean reportsAmount() {
        return false;
    }

    /**
     * The same payment, moving what was settled of it before: of a ceiling, the first amount asked for holds.
     *
     * @throws Refused when it cannot be read again
     */
    default Terms settling(BigInteger first) throws Refused {
        return this;
    }

    /** What makes it this payment, whatever spelling it came in. */
    String id();

    /** When the authorisation ends, seconds since 1970. */
    BigInteger ends();

    /**
     * Whether payment and offer say the same, without asking a chain or a clock. It is asked before anything is said of a
     * settlement that was found; {@link #check()} holds it too, in the order in which the scheme's causes are named.
     *
     * @throws Refused when they do not
     */
    void agree() throws Refused;

    /**
     * Whether it would go through now: agreement, code, signature, times, and the transfer itself, simulated.
     *
     * @throws Refused when it would not
     */
    void check() throws Refused;

    /**
     * Does what has to happen on the chain first, such as an approval that the payer signed.
     *
     * @throws Refused when that fails for good
     */
    default void prepare() throws Refused {}

    /** The call that moves the money. */
    Call call();

    /** Whether {@code receipt}, of a transaction that went through, shows exactly this transfer. */
    boolean movedBy(TransactionReceipt receipt);

    /** A transaction by which somebody else settled this very payment since {@code fromBlock}. */
    Optional<String> settledElsewhere(BigInteger fromBlock);

    /** The code of a transaction that failed in its block. */
    String failedCode();

    /** The code of a transaction that went through without the transfer. */
    default String mismatchCode() {
        return failedCode();
    }
}
