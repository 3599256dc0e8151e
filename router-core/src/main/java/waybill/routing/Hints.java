package waybill.routing;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What one call asks beyond its prompt. Every part left out falls back to the router's own setting.
 *
 * @param objective the objective of this call; null for the router's
 * @param costCeiling the most that all attempts together may cost, in dollars; null for the router's
 * @param deadline the time for all attempts together; null for the router's. A blocking attempt is interrupted when it
 *     is over, and one that does not heed the interrupt runs to its client's own timeout
 * @param session the conversation this call belongs to, so that it can stay with its model; null when there is none
 * @param allowed names of the candidates that may serve; empty allows all
 */
public record Hints(
        @Nullable Objective objective,
        @Nullable BigDecimal costCeiling,
        @Nullable Duration deadline,
        @Nullable String session,
        Set<String> allowed) {

    /** Asks for nothing. */
    public static final Hints NONE = new Hints(null, null, null, null, Set.of());

    public Hints {
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
        return new Hints(wanted, costCeiling, deadline, session, allowed);
    }

    /** The same with a ceiling in dollars on everything that this call may cost. */
    public Hints withCostCeiling(String usd) {
        return new Hints(objective, new BigDecimal(usd), deadline, session, allowed);
    }

    /** The same with a time limit for the whole call. */
    public Hints withDeadline(Duration time) {
        return new Hints(objective, costCeiling, time, session, allowed);
    }

    /** The same as part of a conversation. */
    public Hints withSession(String id) {
        return new Hints(objective, costCeiling, deadline, id, allowed);
    }

    /** The same, letting only these candidates serve. */
    public Hints withAllowed(String... names) {
        return new Hints(objective, costCeiling, deadline, session, Set.of(names));
    }

    /** These hints, with every part left out taken from {@code defaults}. */
    public Hints orElse(Hints defaults) {
        return new Hints(
                objective == null ? defaults.objective : objective,
                costCeiling == null ? defaults.costCeiling : costCeiling,
                deadline == null ? defaults.deadline : deadline,
                session == null ? defaults.session : session,
                allowed.isEmpty() ? defaults.allowed : allowed);
    }
}
