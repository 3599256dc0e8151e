package waybill.routing;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What one call asks beyond its prompt. Every part left out falls back to the router's own setting.
 *
 * @param objective the objective of this call; null for the router's
 * @param value V in place of the objective's, in dollars; null leaves it
 * @param second T in place of the objective's, in dollars; null leaves it
 * @param costCeiling the most that all attempts together may cost, in dollars; null for the router's
 * @param deadline the time for all attempts together; null for the router's. A blocking attempt is interrupted when it
 *     is over, and one that does not heed the interrupt runs to its client's own timeout
 * @param session the conversation this call belongs to, so that it can stay with its model; null when there is none
 * @param allowed names of the candidates that may serve; empty allows all. Narrows the router's own list, never replaces
 *     it
 * @param data where prompts may go; holds besides the router's own, never in its place
 */
public record Hints(
        @Nullable Objective objective,
        @Nullable Double value,
        @Nullable Double second,
        @Nullable BigDecimal costCeiling,
        @Nullable Duration deadline,
        @Nullable String session,
        Set<String> allowed,
        DataPolicy data) {

    /** Asks for nothing. */
    public static final Hints NONE = new Hints(null, null, null, null, null, null, Set.of(), DataPolicy.ANY);

    public Hints {
        if (value != null) {
            Objective.requireAmount(value, "value");
        }
        if (second != null) {
            Objective.requireAmount(second, "second");
        }
        if (costCeiling != null && costCeiling.signum() < 0) {
            throw new IllegalArgumentException("costCeiling is " + costCeiling + ", it cannot be negative");
        }
        if (deadline != null && (deadline.isNegative() || deadline.isZero())) {
            throw new IllegalArgumentException("deadline is " + deadline + ", it must be positive");
        }
        allowed = Set.copyOf(allowed);
    }

    /** The same with an objective for this call. */
    public Hints withObjective(Objective wanted) {
        return new Hints(wanted, value, second, costCeiling, deadline, session, allowed, data);
    }

    /** The same with a V of its own: what a good answer to this call is worth, in dollars. */
    public Hints withValue(double usd) {
        return new Hints(objective, usd, second, costCeiling, deadline, session, allowed, data);
    }

    /** The same with a T of its own: what a second of waiting for this call costs, in dollars. */
    public Hints withSecond(double usd) {
        return new Hints(objective, value, usd, costCeiling, deadline, session, allowed, data);
    }

    /** The same with a ceiling in dollars on everything that this call may cost. */
    public Hints withCostCeiling(String usd) {
        return new Hints(objective, value, second, new BigDecimal(usd), deadline, session, allowed, data);
    }

    /** The same with a time limit for the whole call. */
    public Hints withDeadline(Duration time) {
        return new Hints(objective, value, second, costCeiling, time, session, allowed, data);
    }

    /** The same as part of a conversation. */
    public Hints withSession(String id) {
        return new Hints(objective, value, second, costCeiling, deadline, id, allowed, data);
    }

    /** The same, letting only these candidates serve. */
    public Hints withAllowed(String... names) {
        return new Hints(objective, value, second, costCeiling, deadline, session, Set.of(names), data);
    }

    /** The same with this policy for the prompt's data. */
    public Hints withData(DataPolicy policy) {
        return new Hints(objective, value, second, costCeiling, deadline, session, allowed, policy);
    }

    /**
     * These hints, with every part left out taken from {@code defaults}. An objective of one's own brings its own V and
     * T; of data policies both hold.
     */
    public Hints orElse(Hints defaults) {
        boolean own = objective != null;
        return new Hints(
                own ? objective : defaults.objective,
                own || value != null ? value : defaults.value,
                own || second != null ? second : defaults.second,
                costCeiling == null ? defaults.costCeiling : costCeiling,
                deadline == null ? defaults.deadline : deadline,
                session == null ? defaults.session : session,
                allowed.isEmpty() ? defaults.allowed : allowed,
                data.and(defaults.data));
    }

    /** The same with this objective in force, whatever V and T of their own were said. */
    Hints inForce(Objective whole) {
        return new Hints(whole, null, null, costCeiling, deadline, session, allowed, data);
    }

    /** Whether these hints say what a good answer is worth. */
    boolean sayValue() {
        return objective != null || value != null;
    }
}
