package waybill.routing;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Who would serve a call, in order, and who would not, and why. A pure function of the call and one snapshot.
 * {@link #toString()} is a table in dollars, {@link #why()} one line.
 *
 * @param call what was asked
 * @param choices the eligible, best first
 * @param excluded the others, in the order of declaration, each with its reason
 * @param at the moment of the snapshot
 */
public record Plan(Call call, List<Choice> choices, List<Exclusion> excluded, Instant at) {

    public Plan {
        choices = List.copyOf(choices);
        excluded = List.copyOf(excluded);
    }

    /** The first choice; empty when no candidate is eligible. */
    public Optional<Choice> first() {
        return choices.stream().findFirst();
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
