package waybill.wallet;

/** What a policy says of a payment. */
public sealed interface Decision {
    /** The payment may go on to the ledger, which checks the limits that depend on what was spent before. */
    record Allowed() implements Decision {}

    /**
     * The payment may go on once a person has said yes.
     *
     * @param message what is asked, the threshold, and which property moves it
     */
    record NeedsApproval(String message) implements Decision {}

    /**
     * The payment is refused.
     *
     * @param code stable
     * @param message what was asked, the limit, and which property lifts it
     */
    record Denied(PaymentCode code, String message) implements Decision {}

    /** The decision without objection. */
    static Decision allowed() {
        return new Allowed();
    }

    /** A refusal. */
    static Decision denied(PaymentCode code, String message) {
        return new Denied(code, message);
    }
}
