package waybill.seller;

import org.jspecify.annotations.Nullable;
import waybill.x402.Address;
import waybill.x402.Amount;
import waybill.x402.TransferMethod;

/**
 * One way to pay for a route: exactly this amount to this payee. A route may carry several.
 *
 * @param amount what one request costs, above zero, in an asset that moves by EIP-3009
 * @param payTo who receives it
 * @param description what is sold, for people, or null
 * @param mimeType of the answer, or null
 * @param maxTimeoutSeconds how long a payment stays good, 10 to 900; it must cover the slowest answer and its settlement
 */
public record PriceTag(
        Amount amount, Address payTo, @Nullable String description, @Nullable String mimeType, int maxTimeoutSeconds) {
    private static final int DEFAULT_TIMEOUT_SECONDS = 300;

    public PriceTag {
        if (amount.isZero()) {
            throw new IllegalArgumentException("a price is above zero; leave a free route out of the gate");
        }
        if (amount.asset().method() != TransferMethod.EIP3009) {
            throw new IllegalArgumentException(
                    amount.asset() + " does not move by EIP-3009, which is all that is sold for");
        }
        if (payTo.isZero()) {
            throw new IllegalArgumentException("nobody owns the zero address: name a payee");
        }
        if (maxTimeoutSeconds < 10 || maxTimeoutSeconds > 900) {
            throw new IllegalArgumentException("maxTimeoutSeconds is 10 to 900, not " + maxTimeoutSeconds);
        }
    }

    /** A tag without words, good for 300 seconds. */
    public static PriceTag of(Amount amount, Address payTo) {
        return new PriceTag(amount, payTo, null, null, DEFAULT_TIMEOUT_SECONDS);
    }

    /** This tag with a description and the type of the answer. */
    public PriceTag described(String what, String type) {
        return new PriceTag(amount, payTo, what, type, maxTimeoutSeconds);
    }

    /** This tag, its payments good for {@code seconds}. */
    public PriceTag lasting(int seconds) {
        return new PriceTag(amount, payTo, description, mimeType, seconds);
    }
}
