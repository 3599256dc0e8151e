package waybill.wallet;

import org.jspecify.annotations.Nullable;

/** What a policy says of a payment. */
public sealed interface Decision {
    /** {@code ALLOW}, {@code APPROVAL} or {@code DENY}. */
    String word();

    /** Why not, or why a person is needed; null when it is allowed. */
    @Nullable
    PaymentCode code();

    /** A sentence: what was asked, the limit, and which property lifts it; empty when it is allowed. */
    String message();

    /** The payment may go on to the ledger, which checks the limits that depend on what was spent before. */
    record Allowed() implements Decision {
        @Override
        public String word() {
            return "ALLOW";
        }

        @Override
        public @Nullable PaymentCode code() {
            return null;
        }

        @Override
        public String message() {
            return "";
        }
    }

    /**
     * The payment may go on once a person has said yes.
     *
     * @param message what is asked, the threshold, and which property moves it
     */
    record NeedsApproval(String message) implements Decision {
        @Override
        public String word() {
            return "APPROVAL";
        }

        @Override
        public PaymentCode code() {
            return PaymentCode.APPROVAL_REQUIRED;
        }
    }

    /**
     * The payment is refused.
     *
     * @param code stable
     * @param message what was asked, the limit, and which property lifts it
     */
    record Denied(PaymentCode code, String message) implements Decision {
        @Override
        public String word() {
            return "DENY";
        }
    }

    /** The decision without objection. */
    static Decision allowed() {
        return new Allowed();
    }

    /** A refusal. */
    static Decision denied(PaymentCode code, String message) {
        return new Denied(code, message);
    }
}
