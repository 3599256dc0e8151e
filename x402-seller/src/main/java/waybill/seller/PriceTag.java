package waybill.seller;

import org.jspecify.annotations.Nullable;
import waybill.x402.Address;
import waybill.x402.Amount;
import waybill.x402.Offer;
import waybill.x402.TokenPrice;
import waybill.x402.TokenPrice.Quoted;

/**
 * One way to pay for a route: exactly this amount to this payee, or, under {@code upto}, at most this amount. A route may
 * carry several.
 *
 * @param amount what one request costs, above zero; the ceiling under {@code upto}
 * @param payTo who receives it
 * @param description what is sold, for people, or null
 * @param mimeType of the answer, or null
 * @param maxTimeoutSeconds how long a payment stays good, 10 to 900; it must cover the slowest answer and its settlement
 * @param facilitator under {@code upto} the account that will settle; null makes it {@code exact}
 * @param tokens under {@code upto} the price per token that the ceiling comes from, told to the buyer; or null
 * @param throughPermit2 whether an asset that could move by EIP-3009 is to move through Permit2
 * @param upfront whether the money moves before the handler runs, instead of behind it
 */
public record PriceTag(
        Amount amount,
        Address payTo,
        @Nullable String description,
        @Nullable String mimeType,
        int maxTimeoutSeconds,
        @Nullable Address facilitator,
        @Nullable Quoted tokens,
        boolean throughPermit2,
        boolean upfront) {
    /** In an offer's {@code extra}: when the money moves. Absent, it moves behind the handler. */
    static final String FLOW = "paymentFlow";
    /** The {@link #FLOW} in which it moves before the handler. */
    static final String UPFRONT = "upfront";

    /** How long a payment stays good when nothing else is said. */
    public static final int DEFAULT_TIMEOUT_SECONDS = 300;

    public PriceTag {
        if (amount.isZero()) {
            throw new IllegalArgumentException("a price is above zero; leave a free route out of the gate");
        }
        if (payTo.isZero()) {
            throw new IllegalArgumentException("nobody owns the zero address: name a payee");
        }
        if (maxTimeoutSeconds < 10 || maxTimeoutSeconds > 900) {
            throw new IllegalArgumentException("maxTimeoutSeconds is 10 to 900, not " + maxTimeoutSeconds);
        }
        if (facilitator == null && tokens != null) {
            throw new IllegalArgumentException("a price per token needs a facilitator: it is paid under upto");
        }
        if (facilitator != null && upfront) {
            throw new IllegalArgumentException("what is sold by use cannot be paid before it is used");
        }
    }

    /** A tag of exactly this amount, without words, good for 300 seconds. */
    public static PriceTag of(Amount amount, Address payTo) {
        return new PriceTag(amount, payTo, null, null, DEFAULT_TIMEOUT_SECONDS, null, null, false, false);
    }

    /**
     * A tag of at most this amount, for what is metered.
     *
     * @param facilitator the account that will settle, as {@link PaymentGate#settlingAccount} gives it
     */
    public static PriceTag upto(Amount ceiling, Address payTo, Address facilitator) {
        return new PriceTag(ceiling, payTo, null, null, DEFAULT_TIMEOUT_SECONDS, facilitator, null, true, false);
    }

    /** True under {@code upto}: what was used is charged, and never more than the amount. */
    public boolean metered() {
        return facilitator != null;
    }

    /** This tag with a description and the type of the answer; null leaves one out. */
    public PriceTag described(@Nullable String what, @Nullable String type) {
        return new PriceTag(amount, payTo, what, type, maxTimeoutSeconds, facilitator, tokens, throughPermit2, upfront);
    }

    /** This tag, its payments good for {@code seconds}. */
    public PriceTag lasting(int seconds) {
        return new PriceTag(
                amount, payTo, description, mimeType, seconds, facilitator, tokens, throughPermit2, upfront);
    }

    /**
     * This metered tag, telling the buyer what a token costs.
     *
     * @param promptTokens what the prompt is taken for
     */
    public PriceTag priced(TokenPrice price, long promptTokens) {
        return new PriceTag(
                amount,
                payTo,
                description,
                mimeType,
                maxTimeoutSeconds,
                facilitator,
                new TokenPrice.Quoted(price, promptTokens),
                throughPermit2,
                upfront);
    }

    /** This exact tag, paid through Permit2 whatever the asset could do itself. */
    public PriceTag byPermit2() {
        return new PriceTag(
                amount, payTo, description, mimeType, maxTimeoutSeconds, facilitator, tokens, true, upfront);
    }

    /** This exact tag, settled before the handler runs: nothing is done for a payment that could still be taken back. */
    public PriceTag paidUpfront() {
        return new PriceTag(
                amount, payTo, description, mimeType, maxTimeoutSeconds, facilitator, tokens, throughPermit2, true);
    }

    /** As the wire has it, without a quote. */
    Offer offer() {
        Address account = facilitator;
        if (account == null) {
            Offer exact = throughPermit2
                    ? Offer.exactByPermit2(amount, payTo, maxTimeoutSeconds)
                    : Offer.exact(amount, payTo, maxTimeoutSeconds);
            return upfront ? exact.withExtra(FLOW, UPFRONT) : exact;
        }
        Offer offer = Offer.upto(amount, payTo, account, maxTimeoutSeconds);
        return tokens == null ? offer : tokens.price().in(offer, tokens.promptTokens());
    }
}
