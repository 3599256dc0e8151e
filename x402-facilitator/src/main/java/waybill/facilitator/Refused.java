package waybill.facilitator;

import org.jspecify.annotations.Nullable;

/**
 * A payment does not hold: a code of the protocol and a sentence. Not an error, so it carries no stack. The codes are those
 * of the reference packages, which name the same cause differently in a verdict and after a settlement now and then.
 */
final class Refused extends Exception {
    private static final long serialVersionUID = 1L;

    private final String reason;
    private final String sentence;
    private final String settleReason;
    private final boolean spent;

    Refused(String reason, String sentence) {
        this(reason, sentence, reason, false);
    }

    private Refused(String reason, String sentence, String settleReason, boolean spent) {
        super(reason, null, false, false);
        this.reason = reason;
        this.sentence = sentence;
        this.settleReason = settleReason;
        this.spent = spent;
    }

    /** The nonce of the payment was used or cancelled: no later try can succeed. */
    static Refused spent(String reason, String settleReason) {
        return new Refused(reason, "the authorisation was used or cancelled before", settleReason, true);
    }

    /** The same, called {@code settleReason} where a settlement was asked for. */
    Refused whenSettling(String settleReason) {
        return new Refused(reason, sentence, settleReason, spent);
    }

    /** The code of a verdict. */
    String reason() {
        return reason;
    }

    /** The code of a settlement that failed. */
    String settleReason() {
        return settleReason;
    }

    String sentence() {
        return sentence;
    }

    /** Whether the chain shows that the payment's nonce is spent. */
    boolean isSpent() {
        return spent;
    }

    @Override
    public @Nullable String getMessage() {
        return reason + ": " + sentence;
    }
}
