package waybill.wallet;

/**
 * Why a payment was refused, or how it failed. The text is stable: callers may store and compare it. It is what
 * {@link #toString()} gives.
 */
public enum PaymentCode {
    /** The price is above what one payment may cost. */
    PER_PAYMENT_CAP("per_payment_cap"),
    /** The price does not fit what is left of a rolling window. */
    CUMULATIVE_CAP("cumulative_cap"),
    /** Too many payments within a minute. */
    VELOCITY("velocity"),
    /** The host is not one that the policy names. */
    HOST_NOT_ALLOWED("host_not_allowed"),
    /** The request would travel unencrypted to another machine. */
    INSECURE_TRANSPORT("insecure_transport"),
    /** The payee is not one that may be paid there. */
    PAYEE_NOT_ALLOWED("payee_not_allowed"),
    /** The payee is not the one that was paid at this place before. */
    PAYEE_CHANGED("payee_changed"),
    /** The chain is not one that the policy allows. */
    NETWORK_NOT_ALLOWED("network_not_allowed"),
    /** The token is not in our table, or the offer contradicts the table. */
    ASSET_NOT_ALLOWED("asset_not_allowed"),
    /** The way of paying is one that this wallet does not speak. */
    SCHEME_NOT_ALLOWED("scheme_not_allowed"),
    /** The amount is not a plain positive integer of atomic units. */
    AMOUNT_UNPARSEABLE("amount_unparseable"),
    /** The bill is for a resource on another host than the request. */
    RESOURCE_MISMATCH("resource_mismatch"),
    /** Two offers of the bill ask the same for the same, and nothing says which of them is right. */
    OFFER_AMBIGUOUS("offer_ambiguous"),
    /** What is asked now is not what was quoted or planned. */
    QUOTE_DRIFT("quote_drift"),
    /** The quote is older than it may be. */
    QUOTE_EXPIRED("quote_expired"),
    /** The quote was paid or refused before. */
    QUOTE_USED("quote_used"),
    /** The bill cannot be read: not base64, not JSON, a field missing. */
    BILL_MALFORMED("bill_malformed"),
    /** The bill is longer than what is read. */
    BILL_TOO_LARGE("bill_too_large"),
    /** The request cannot be repeated with a payment, because its body is too long or can be read only once. */
    BODY_NOT_REPEATABLE("body_not_repeatable"),
    /** A person has to say yes first. */
    APPROVAL_REQUIRED("approval_required"),
    /** A person was asked and said no, or did not answer in time. */
    APPROVAL_DENIED("approval_denied"),
    /** A person has frozen the wallet. */
    KILL_SWITCH("kill_switch"),
    /** The account does not hold enough of the token. */
    INSUFFICIENT_FUNDS("insufficient_funds"),
    /** Permit2 may not take the sum, and no approval is sent along. */
    ALLOWANCE_MISSING("allowance_missing"),
    /** The ledger cannot be written, or does not add up. */
    LEDGER_UNAVAILABLE("ledger_unavailable"),
    /** The same request has a payment that has not ended. */
    DUPLICATE_PAYMENT("duplicate_payment"),
    /** The signer refused or failed; nothing was sent. */
    SIGNER_REFUSED("signer_refused"),
    /** The seller did not take the payment. The amount stays held until it can no longer be collected. */
    PAYMENT_REJECTED("payment_rejected"),
    /** Nobody knows whether the payment went through. The amount stays held. */
    OUTCOME_UNKNOWN("outcome_unknown"),
    /** Paid, but the answer did not arrive whole. */
    ANSWER_LOST("answer_lost");

    private final String text;

    PaymentCode(String text) {
        this.text = text;
    }

    /** True when a signed payment has left this process, so that money is held or gone. */
    public boolean afterSending() {
        return this == PAYMENT_REJECTED || this == OUTCOME_UNKNOWN || this == ANSWER_LOST;
    }

    /** The stable text, such as {@code per_payment_cap}. */
    @Override
    public String toString() {
        return text;
    }

    static PaymentCode parse(String text) {
        for (PaymentCode code : values()) {
            if (code.text.equals(text)) {
                return code;
            }
        }
        throw new IllegalArgumentException("no payment code: " + text);
    }
}
