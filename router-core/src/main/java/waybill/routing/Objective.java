package waybill.routing;

import org.jspecify.annotations.Nullable;

/**
 * What a call is worth to its caller; the numbers of the one formula by which candidates are ordered:
 * {@code worth = (1-e) * (V*P - E[price]) - T*E[seconds] - e*failCost - switchCost}.
 *
 * @param name how plans call it
 * @param value V, what a good answer is worth, in dollars
 * @param second T, what a second of waiting costs, in dollars
 * @param failCost what a failed attempt costs besides the answer that must then be bought elsewhere, in dollars
 * @param handOff what changing the model within a conversation costs besides the lost prompt cache, in dollars
 */
public record Objective(String name, double value, double second, double failCost, double handOff) {

    /** How plans call the objective of a router whose V is solved from a budget. */
    static final String BUDGET = "budget";

    public Objective {
        requireAmount(value, "value");
        requireAmount(second, "second");
        requireAmount(failCost, "failCost");
        requireAmount(handOff, "handOff");
    }

    /** The least money: a good answer is worth nothing extra, a failed attempt costs $0.002. */
    public static Objective cheapest() {
        return new Objective("cheapest", 0, 0, 0.002, 0);
    }

    /** A good answer is worth $0.05, a second $0.0005: ten points of accuracy outweigh half a cent. */
    public static Objective balanced() {
        return new Objective("balanced", 0.05, 0.0005, 0.005, 0.002);
    }

    /** A good answer is worth $10: one point of accuracy outweighs ten cents, and time costs nothing. */
    public static Objective best() {
        return new Objective("best", 10, 0, 0.1, 0.02);
    }

    /** A second costs $0.05, a good answer is worth $0.02. */
    public static Objective fastest() {
        return new Objective("fastest", 0.02, 0.05, 0.05, 0.002);
    }

    /** The same with V as solved from a budget; null keeps its own V, before there was traffic to solve it on. */
    Objective within(@Nullable Double budgetValue) {
        return new Objective(BUDGET, budgetValue == null ? value : budgetValue, second, failCost, handOff);
    }

    /** The same with another V: what a good answer is worth, in dollars. */
    public Objective withValue(double usd) {
        return new Objective(name, usd, second, failCost, handOff);
    }

    /** The same with another T: what a second costs, in dollars. */
    public Objective withSecond(double usd) {
        return new Objective(name, value, usd, failCost, handOff);
    }

    static void requireAmount(double usd, String name) {
        if (!(usd >= 0) || Double.isInfinite(usd)) {
            throw new IllegalArgumentException(name + " is " + usd + ", it must be a number of dollars from 0 up");
        }
    }
}
