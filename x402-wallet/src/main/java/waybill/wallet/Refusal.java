package waybill.wallet;

import org.jspecify.annotations.Nullable;

/** Leaves the steps of a payment early, before anything is signed. Never leaves this package. */
final class Refusal extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final PaymentCode code;
    private final String sentence;
    private final transient @Nullable PaymentRecord recorded; // null when the ledger has no line of it yet

    Refusal(PaymentCode code, String sentence) {
        this(code, sentence, null, null);
    }

    private Refusal(PaymentCode code, String sentence, @Nullable PaymentRecord recorded, @Nullable Throwable cause) {
        super(sentence, cause, false, false);
        this.code = code;
        this.sentence = sentence;
        this.recorded = recorded;
    }

    /** A refusal that the ledger has written down already. */
    static Refusal recorded(PaymentRecord denied) {
        PaymentCode code = denied.code() == null ? PaymentCode.LEDGER_UNAVAILABLE : denied.code();
        return new Refusal(code, String.valueOf(denied.reason()), denied, null);
    }

    /** Nothing was signed, or not kept; the reservation is {@code voided}. */
    static Refusal unsigned(PaymentCode code, String sentence, PaymentRecord voided, @Nullable Throwable cause) {
        return new Refusal(code, sentence, voided, cause);
    }

    /** Goes on unless the decision is a no. */
    static void unless(Decision decision) {
        if (decision instanceof Decision.Denied denied) {
            throw new Refusal(denied.code(), denied.message());
        }
    }

    PaymentCode code() {
        return code;
    }

    String sentence() {
        return sentence;
    }

    @Nullable
    PaymentRecord recorded() {
        return recorded;
    }
}
