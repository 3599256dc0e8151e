package waybill.routing;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Everything besides the call that a plan depends on, frozen: the same call and the same snapshot give the same plan.
 *
 * @param standings every candidate, in the order of declaration
 * @param at the moment
 */
public record Snapshot(List<Standing> standings, Instant at) {

    public Snapshot {
        standings = List.copyOf(standings);
    }

    /** The standing of the named candidate. */
    public Optional<Standing> of(String name) {
        return standings.stream().filter(s -> s.name().equals(name)).findFirst();
    }
}
