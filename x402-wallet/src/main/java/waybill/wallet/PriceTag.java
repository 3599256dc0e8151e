package waybill.wallet;

import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import waybill.x402.Amount;

/**
 * What a seller was seen to charge for one call. A stranger's claim: good for comparing sellers before anything is sent,
 * and never leave to pay. The bill confirms it, and the policy decides.
 *
 * @param seller whose price it is
 * @param item what is charged for: the id that the seller's list of models gives, or the path of a resource, without its
 *     query
 * @param amount of one call, above zero, in a token of our own table
 * @param source who said it
 * @param seenAt when
 */
public record PriceTag(Origin seller, String item, Amount amount, Source source, Instant seenAt) {
    /** The longest item that is kept, in characters. */
    public static final int MAX_ITEM_CHARS = 300;

    /** Who said what something costs. */
    public enum Source {
        /** The seller's own list of models. */
        MODELS,
        /** A list of services, which is somebody else's. */
        DISCOVERY,
        /** The seller's bill for a call. */
        BILL;

        /** Whether the word is the seller's own; a list's gives way to it. */
        public boolean isSellers() {
            return this != DISCOVERY;
        }
    }

    public PriceTag {
        if (item.isBlank() || item.length() > MAX_ITEM_CHARS) {
            throw new IllegalArgumentException(
                    "an item has 1 to " + MAX_ITEM_CHARS + " characters, not " + item.length() + ", and is not blank");
        }
        if (amount.isZero()) {
            throw new IllegalArgumentException("a price of nothing says nothing; what costs is above zero");
        }
    }

    /** The price in dollars; one token of our table is taken as one dollar. */
    public BigDecimal usd() {
        return Dollars.of(amount);
    }

    /** How long ago it was seen; zero when the clock has gone back since. */
    public Duration age(Instant now) {
        Duration age = Duration.between(seenAt, now);
        return age.isNegative() ? Duration.ZERO : age;
    }
}
