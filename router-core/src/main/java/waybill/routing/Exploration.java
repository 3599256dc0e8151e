package waybill.routing;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;

/**
 * Lets another candidate than the best come first for a small share of calls, to learn of it. Never in a tool round or
 * in a conversation that somebody already answers, never one that cools down, and never one whose attempt could cost
 * more than a set price. A pure function of the plan and the snapshot's seed.
 *
 * @param share of the calls that may be explored; 0 for none, at most 0.1
 * @param dearest the most in dollars that an explored attempt may cost at its longest
 */
public record Exploration(double share, BigDecimal dearest) {

    /** Explores nothing. */
    public static final Exploration NONE = new Exploration(0, BigDecimal.ZERO);

    private static final double MOST = 0.1;

    public Exploration {
        if (!(share >= 0 && share <= MOST)) {
            throw new IllegalArgumentException("a share of " + share
                    + " of the calls cannot be explored: 0.01 to 0.02 is usual, " + MOST + " the most");
        }
        if (dearest.signum() < 0) {
            throw new IllegalArgumentException("dearest is " + dearest + ", it cannot be negative");
        }
    }

    /** This share of the calls, on attempts of at most this many dollars. */
    public static Exploration of(double share, String dearestUsd) {
        return new Exploration(share, new BigDecimal(dearestUsd));
    }

    /** The plan with its draw, which may put another first. */
    Plan of(Plan plan, long seed) {
        if (share == 0 || plan.choices().size() < 2 || !mayBeExplored(plan)) {
            return plan;
        }
        Choice best = plan.choices().get(0);
        List<Choice> among = new ArrayList<>();
        for (Choice choice : plan.choices()) {
            if (!choice.equals(best) && mayBeTried(choice)) {
                among.add(choice);
            }
        }
        if (among.isEmpty()) {
            return plan;
        }
        Draw draw = new Draw(
                share, best.candidate(), among.stream().map(Choice::candidate).toList());
        long lot = mixed(seed ^ 0x6578706c6f7265L);
        if ((lot >>> 11) * 0x1p-53 >= share) {
            return plan.drawn(plan.choices(), plan.lead(), draw);
        }
        Choice tried = among.get((int) Long.remainderUnsigned(mixed(lot), among.size()));
        List<Choice> choices = new ArrayList<>(plan.choices());
        choices.remove(tried);
        choices.add(0, tried);
        return plan.drawn(choices, Lead.EXPLORATION, draw);
    }

    private static boolean mayBeExplored(Plan plan) {
        return plan.lead() != Lead.LAST_RESORT
                && plan.call().incumbent() == null
                && !plan.call().features().conversation().toolRound();
    }

    private boolean mayBeTried(Choice choice) {
        BigDecimal most = choice.maxCost();
        return choice.aside() != Aside.COOLING
                && choice.notBefore() == null
                && most != null
                && most.compareTo(dearest) <= 0;
    }

    /** One step of splitmix64: the same on every JVM. */
    private static long mixed(long seed) {
        long z = seed + 0x9e3779b97f4a7c15L;
        z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31);
    }
}
