package waybill.routing;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Who would serve a call, in order, and who would not, and why. A pure function of the call and one snapshot.
 * {@link #toString()} is a table in dollars, {@link #why()} one line.
 *
 * @param call what was asked
 * @param choices the eligible, best first; behind them those that cool down after a failure and may be asked when all
 *     others have failed too
 * @param excluded the others, in the order of declaration, each with its reason
 * @param at the moment of the snapshot
 * @param lead why the first choice is the first
 * @param draw the lot that was drawn to explore, whoever it put first; null when none was
 */
public record Plan(
        Call call, List<Choice> choices, List<Exclusion> excluded, Instant at, Lead lead, @Nullable Draw draw) {

    public Plan {
        choices = List.copyOf(choices);
        excluded = List.copyOf(excluded);
    }

    /** A plan as the ranker made it. */
    public Plan(Call call, List<Choice> choices, List<Exclusion> excluded, Instant at) {
        this(call, choices, excluded, at, Lead.RANKED);
    }

    /** A plan that nothing was drawn for. */
    public Plan(Call call, List<Choice> choices, List<Exclusion> excluded, Instant at, Lead lead) {
        this(call, choices, excluded, at, lead, null);
    }

    Plan drawn(List<Choice> order, Lead why, Draw lot) {
        return new Plan(call, order, excluded, at, why, lot);
    }

    /** The first choice; empty when no candidate is eligible. */
    public Optional<Choice> first() {
        return choices.isEmpty() ? Optional.empty() : Optional.of(choices.get(0));
    }

    /**
     * The nearest V and T at which another would come first, V before T and upwards before downwards; empty when the
     * first choice does not hang on them.
     */
    public List<Boundary> boundaries() {
        return Boundary.of(this);
    }

    /** One line: who comes first and why; or, for an empty plan, which rule emptied it and what would lift it. */
    public String why() {
        return PlanText.why(this);
    }

    /** The plan as a table in dollars. */
    @Override
    public String toString() {
        return PlanText.table(this);
    }
}
