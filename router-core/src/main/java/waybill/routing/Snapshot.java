package waybill.routing;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Everything besides the call that a plan depends on, frozen: the same call and the same snapshot give the same plan.
 *
 * @param standings every candidate, in the order of declaration
 * @param at the moment
 * @param seed what decides between candidates that are nearly equal
 * @param budgetValue V as solved from the router's budget, in dollars; null without a budget, or before there was
 *     traffic to solve it on
 * @param spent what the router's spend caps have seen
 */
public record Snapshot(
        List<Standing> standings, Instant at, long seed, @Nullable Double budgetValue, List<SpendCap.Used> spent) {

    public Snapshot {
        standings = List.copyOf(standings);
        spent = List.copyOf(spent);
    }

    /** A snapshot of a router without budget or caps. */
    public Snapshot(List<Standing> standings, Instant at) {
        this(standings, at, 0, null, List.of());
    }

    /** The same moment with these standings. */
    public Snapshot withStandings(List<Standing> other) {
        return new Snapshot(other, at, seed, budgetValue, spent);
    }

    /** The standing of the named candidate. */
    public Optional<Standing> of(String name) {
        for (Standing standing : standings) {
            if (standing.name().equals(name)) {
                return Optional.of(standing);
            }
        }
        return Optional.empty();
    }
}
