package waybill.wallet;

/**
 * Where a payment stands. It only moves forward along {@link #mayBecome}; each step is an event of the ledger.
 */
public enum PaymentState {
    /** An offer was understood. Nothing is held. */
    QUOTED,
    /** A person has been asked. Nothing is held. */
    AWAITING_APPROVAL,
    /** The amount is held and the whole authorisation is on disk; nothing is signed. */
    RESERVED,
    /** The signed payment is on disk; nothing has been sent. */
    SIGNED,
    /** The payment is on its way or has been sent, and no answer has been read. */
    SENT,
    /** The seller says that the transaction is on its way. Still held. */
    PENDING,
    /** Nobody knows. Still held. */
    UNKNOWN,
    /** The seller says no. Still held, because the seller could collect all the same. */
    REJECTED,
    /** Paid: claimed by a well-formed settlement response, or confirmed by the chain. */
    SETTLED,
    /** Proven never to be collected, never signed, or released by a person. Nothing is held. */
    VOID,
    /** Refused by the policy. Nothing was held or signed. */
    DENIED;

    /** True while the amount counts against every limit because it may still be collected. */
    public boolean holds() {
        return switch (this) {
            case RESERVED, SIGNED, SENT, PENDING, UNKNOWN, REJECTED -> true;
            case QUOTED, AWAITING_APPROVAL, SETTLED, VOID, DENIED -> false;
        };
    }

    /** True when a call has ended without knowing the end of its payment. */
    public boolean unresolved() {
        return this == PENDING || this == UNKNOWN || this == REJECTED;
    }

    /** True when a payment in this state may move to {@code next}. */
    public boolean mayBecome(PaymentState next) {
        return switch (this) {
            case QUOTED -> next == AWAITING_APPROVAL || next == RESERVED || next == DENIED;
            case AWAITING_APPROVAL -> next == RESERVED || next == DENIED;
            case RESERVED -> next == SIGNED || next == VOID;
            case SIGNED -> next == SENT || next == UNKNOWN;
            case SENT -> next.unresolved() || next == SETTLED;
            case PENDING, UNKNOWN, REJECTED -> next == SENT || next.unresolved() || next == SETTLED || next == VOID;
            case SETTLED, VOID, DENIED -> false;
        };
    }
}
