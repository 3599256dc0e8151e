package waybill.routing;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A number of dollars at which a plan's first choice would give way to another. Worth is linear in V and in T:
 * {@code worth = V * (1-e)P - T * seconds - k}, where {@code k = (1-e) * price + e * failCost + switchCost}. So two
 * candidates change places at {@code V = (k2 - k1 + T (s2 - s1)) / (a2 - a1)} with {@code a = (1-e)P}, and likewise
 * for T; the nearest such place on each side is where the choice changes. Those that only serve when others fail do not
 * compete. A change of T would also move the hull, which is taken here as it stands.
 *
 * @param term which number moves while all others stay
 * @param above whether the other leads above this amount; else it leads below
 * @param usd the amount, V in dollars per good answer or T in dollars per second
 * @param candidate who would lead
 */
public record Boundary(Term term, boolean above, double usd, String candidate) {

    /** The numbers of an objective that a boundary can lie in. */
    public enum Term {
        /** V, what a good answer is worth. */
        VALUE("V", "per answer"),
        /** T, what a second costs. */
        SECOND("T", "per second");

        private final String symbol;
        private final String unit;

        Term(String symbol, String unit) {
            this.symbol = symbol;
            this.unit = unit;
        }

        /** V or T. */
        public String symbol() {
            return symbol;
        }
    }

    static List<Boundary> of(Plan plan) {
        if (!plan.lead().byWorth() || plan.choices().size() < 2) {
            return List.of();
        }
        Objective objective = plan.call().objective();
        List<Boundary> boundaries = new ArrayList<>();
        for (Term term : Term.values()) {
            double now = term == Term.VALUE ? objective.value() : objective.second();
            for (boolean above : new boolean[] {true, false}) {
                Boundary nearest = nearest(plan, term, now, above);
                if (nearest != null) {
                    boundaries.add(nearest);
                }
            }
        }
        return List.copyOf(boundaries);
    }

    private static @Nullable Boundary nearest(Plan plan, Term term, double now, boolean above) {
        Choice first = plan.choices().get(0);
        Boundary nearest = null;
        for (Choice other : plan.choices()) {
            double steeper = slope(other, term) - slope(first, term);
            boolean gains = above ? steeper > 0 : steeper < 0;
            if (other.fallBack() || !gains) {
                continue;
            }
            double lead = first.worth().total() - other.worth().total();
            double at = now + lead / steeper;
            if (lead < 0 || at < 0) {
                continue; // put there by another ranker, or only an amount below nothing would do
            }
            if (nearest == null || (above ? at < nearest.usd : at > nearest.usd)) {
                nearest = new Boundary(term, above, at, other.candidate());
            }
        }
        return nearest;
    }

    /** By how much a candidate's worth grows with a dollar more of V or of T. */
    private static double slope(Choice choice, Term term) {
        return term == Term.VALUE
                ? (1 - choice.worth().failChance()) * choice.prediction().good()
                : -choice.worth().seconds();
    }

    /** "example-thinker above V = $0.004 per answer". */
    @Override
    public String toString() {
        return candidate + (above ? " above " : " below ") + term.symbol + " = " + Dollars.about(usd) + " " + term.unit;
    }
}
