package waybill.x402;

import org.jspecify.annotations.Nullable;

/**
 * What a facilitator says of a payment before it is settled: a snapshot, no promise.
 *
 * @param valid whether it would go through now
 * @param reason a code when it would not, or null
 * @param message more words for it, or null
 * @param payer who would pay, or null when that cannot be told
 */
public record VerifyResponse(
        boolean valid, @Nullable String reason, @Nullable String message, @Nullable Address payer) {

    /** A payment that would go through. */
    public static VerifyResponse valid(Address payer) {
        return new VerifyResponse(true, null, null, payer);
    }

    /** A payment that would not, for {@code reason}. */
    public static VerifyResponse invalid(String reason, String message, @Nullable Address payer) {
        return new VerifyResponse(false, reason, message, payer);
    }
}
