package waybill.wallet;

import org.jspecify.annotations.Nullable;
import waybill.x402.Amount;

/** One move of a payment after it was reserved. */
public sealed interface Step {
    /** The state that it leads to. */
    PaymentState to();

    /** The payment is signed; {@code header} is what will be sent, to the last byte. */
    record Signed(String header) implements Step {
        @Override
        public PaymentState to() {
            return PaymentState.SIGNED;
        }

        /** Without the header, which opens the payment to whoever reads it. */
        @Override
        public String toString() {
            return "Signed";
        }
    }

    /** The payment is about to be sent, for the first time or again. */
    record Sent() implements Step {
        @Override
        public PaymentState to() {
            return PaymentState.SENT;
        }
    }

    /** The seller says that {@code transaction} is on its way. */
    record Pending(@Nullable String transaction, String reason) implements Step {
        @Override
        public PaymentState to() {
            return PaymentState.PENDING;
        }
    }

    /** Nobody knows how it ended, for {@code reason}. */
    record Unknown(String reason) implements Step {
        @Override
        public PaymentState to() {
            return PaymentState.UNKNOWN;
        }
    }

    /** The seller says no, for {@code reason}. */
    record Rejected(String reason) implements Step {
        @Override
        public PaymentState to() {
            return PaymentState.REJECTED;
        }
    }

    /**
     * Paid.
     *
     * @param transaction its hash
     * @param confirmed when the chain has shown it
     * @param charged what was taken, where that is less than what was held; null for all of it
     */
    record Settled(String transaction, boolean confirmed, @Nullable Amount charged) implements Step {
        /** Paid in full. */
        public Settled(String transaction, boolean confirmed) {
            this(transaction, confirmed, null);
        }

        @Override
        public PaymentState to() {
            return PaymentState.SETTLED;
        }
    }

    /** The amount is free again, for {@code reason}. */
    record Voided(String reason) implements Step {
        @Override
        public PaymentState to() {
            return PaymentState.VOID;
        }
    }
}
