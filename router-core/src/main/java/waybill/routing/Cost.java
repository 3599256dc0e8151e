package waybill.routing;

import java.math.BigDecimal;

/**
 * What an attempt or a call cost, and how well that is known.
 *
 * @param usd US dollars, exact decimal; with {@link Basis#UNKNOWN} the part that is known
 * @param basis how the amount came about
 */
public record Cost(BigDecimal usd, Basis basis) implements Comparable<Cost> {

    /** How well an amount is known, best first. */
    public enum Basis {
        /** A price per call, or counted tokens times a price. */
        EXACT,
        /** The provider counted nothing; expected tokens times a price. */
        ESTIMATED,
        /** May have been spent and may not; counted in full until somebody knows. */
        HELD,
        /** No price is known; the amount holds only the part that is. */
        UNKNOWN
    }

    /** Nothing was charged. */
    public static final Cost NONE = new Cost(BigDecimal.ZERO, Basis.EXACT);

    public Cost {
        if (usd.signum() < 0) {
            throw new IllegalArgumentException("a cost cannot be negative: " + usd);
        }
    }

    /** An exact cost. */
    public static Cost exact(BigDecimal usd) {
        return new Cost(usd, Basis.EXACT);
    }

    /** The sum, as well known as the less known of the two. */
    public Cost plus(Cost other) {
        return new Cost(usd.add(other.usd), basis.compareTo(other.basis) >= 0 ? basis : other.basis);
    }

    @Override
    public int compareTo(Cost other) {
        return usd.compareTo(other.usd);
    }

    @Override
    public String toString() {
        String amount = Dollars.exact(usd);
        return switch (basis) {
            case EXACT -> amount;
            case ESTIMATED -> "about " + amount;
            case HELD -> "at most " + amount;
            case UNKNOWN -> usd.signum() == 0 ? "unknown" : "unknown, at least " + amount;
        };
    }
}
