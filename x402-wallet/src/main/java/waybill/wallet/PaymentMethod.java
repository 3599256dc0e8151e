package waybill.wallet;

import waybill.x402.Authorization;
import waybill.x402.Permit2Exact;
import waybill.x402.Permit2Upto;

/** How a payment is authorised, as the ledger remembers it. */
public enum PaymentMethod {
    /** {@code exact} by EIP-3009: the token itself takes the signature. */
    EIP3009,
    /** {@code exact} through Permit2. */
    PERMIT2,
    /** {@code upto}, through Permit2: the amount is a ceiling. */
    UPTO;

    /** How this authorisation is one. */
    static PaymentMethod of(Authorization authorization) {
        if (authorization instanceof Permit2Exact) {
            return PERMIT2;
        }
        return authorization instanceof Permit2Upto ? UPTO : EIP3009;
    }

    /** True when Permit2 moves the token, so that its owner has to have approved Permit2. */
    boolean needsAllowance() {
        return this != EIP3009;
    }
}
