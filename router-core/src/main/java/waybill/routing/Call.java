package waybill.routing;

import org.jspecify.annotations.Nullable;

/**
 * One question to the router: the prompt's features, the caller's hints, and who answered before.
 *
 * @param features facts of the prompt
 * @param hints what the caller asks besides
 * @param incumbent name of the candidate that answered the previous turn; null when there is none
 */
public record Call(Features features, Hints hints, @Nullable String incumbent) {

    /** A call without hints or history. */
    public static Call of(Features features) {
        return new Call(features, Hints.NONE, null);
    }

    /** The objective in force: the hinted one, else {@link Objective#balanced()}; with the hinted V and T in it. */
    public Objective objective() {
        Objective hinted = hints.objective();
        Objective objective = hinted == null ? Objective.balanced() : hinted;
        Double value = hints.value();
        Double second = hints.second();
        objective = value == null ? objective : objective.withValue(value);
        return second == null ? objective : objective.withSecond(second);
    }
}
