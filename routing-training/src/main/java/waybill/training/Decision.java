package waybill.training;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import waybill.routing.Objective;

/**
 * One line of a router's decision log, with the score that was given later.
 *
 * @param id of its receipt
 * @param first who came first
 * @param answered who answered; null when nobody did
 * @param cost dollars of all attempts
 * @param seconds of the whole call
 * @param choices who could have come first or served after others
 * @param score how good the answer was, from 0 to 1; null when nobody said
 */
record Decision(
        String id,
        String first,
        @Nullable String answered,
        double cost,
        double seconds,
        List<Option> choices,
        @Nullable Double score) {

    /**
     * One candidate as the router saw it.
     *
     * @param good the chance of a good answer
     * @param price expected dollars
     * @param fail the chance of failing
     * @param seconds expected seconds
     * @param switching what leaving the incumbent costs
     * @param aside whether it served only after others
     * @param propensity the chance that it came first
     */
    record Option(
            String name,
            double good,
            double price,
            double fail,
            double seconds,
            double switching,
            boolean aside,
            double propensity) {

        /** {@code (1-e) * (V*P - E[price]) - T*E[seconds] - e*(failCost + E[price]) - switchCost}, as the router ranks. */
        double worth(Objective objective) {
            return (1 - fail) * (objective.value() * good - price)
                    - objective.second() * seconds
                    - fail * (objective.failCost() + price)
                    - switching;
        }

        /** What is expected to come of it: the answer's value less money and time; comparable with what came. */
        double expected(Objective objective) {
            return (1 - fail) * (objective.value() * good - price) - objective.second() * seconds;
        }
    }

    Decision scored(double given) {
        return new Decision(id, first, answered, cost, seconds, choices, given);
    }

    /** Who comes first by this objective: the router's formula on the router's own predictions; ties keep the order. */
    Optional<Option> chosenBy(Objective objective) {
        Option best = null;
        for (Option option : choices) {
            if (!option.aside && (best == null || option.worth(objective) > best.worth(objective))) {
                best = option;
            }
        }
        return Optional.ofNullable(best);
    }

    Optional<Option> option(String name) {
        return choices.stream().filter(o -> o.name.equals(name)).findFirst();
    }

    /** Whether what came of it is known: somebody scored the answer, or there was none. */
    boolean known() {
        return score != null || answered == null;
    }

    /** What came of it in dollars, at what a good answer is worth. */
    double reward(Objective objective) {
        return objective.value() * quality() - cost - objective.second() * seconds;
    }

    /** The score; 0 when nobody answered. */
    double quality() {
        return score == null ? 0 : score;
    }
}
