package waybill.routing;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A candidate as it stands at one moment: what it is and how it has been doing. Immutable; the router's memory makes a
 * new one for each plan.
 *
 * @param name the candidate
 * @param profile its description
 * @param failChance e, its present chance of failing, between 0 and 1
 * @param seconds mean seconds of its recent answers; 0 when there are none
 * @param answers how many answers that mean rests on; an answer counts half after a minute, so that one that was slow
 *     is tried again
 * @param inFlight attempts under way
 * @param coolDown why and until when it is left alone; null when it is not
 * @param belief what outcomes of one's own say of it beyond its profile
 */
public record Standing(
        String name,
        Profile profile,
        double failChance,
        double seconds,
        double answers,
        int inFlight,
        @Nullable CoolDown coolDown,
        Belief belief) {

    /** The chance of failing that is assumed of a candidate without history. */
    public static final double FAIL_PRIOR = 0.01;

    /** A candidate without history. */
    public static Standing fresh(String name, Profile profile) {
        return new Standing(name, profile, FAIL_PRIOR, 0, 0, 0, null, Belief.NONE);
    }

    /** The same candidate while it cools down. */
    public Standing cooling(CoolDown down) {
        return new Standing(name, profile, failChance, seconds, answers, inFlight, down, belief);
    }

    /** The same candidate with this chance of failing. */
    public Standing withFailChance(double chance) {
        return new Standing(name, profile, chance, seconds, answers, inFlight, coolDown, belief);
    }

    /** The same candidate, believed to be this much better or worse than its profile says. */
    public Standing withBelief(Belief believed) {
        return new Standing(name, profile, failChance, seconds, answers, inFlight, coolDown, believed);
    }

    /**
     * A time during which a candidate is left alone.
     *
     * @param kind the failure that began it
     * @param until when it ends
     * @param firm whether even a last resort must wait for its end
     */
    public record CoolDown(FailureKind kind, Instant until, boolean firm) {}
}
