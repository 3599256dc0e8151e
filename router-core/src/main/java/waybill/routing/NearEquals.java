package waybill.routing;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Spreads load over candidates that are worth nearly the same: two of them are drawn, and the one with less under way
 * comes first, if that is less than the best has. Two random choices keep a crowd from rushing to whoever looked best a
 * moment ago, as taking the least loaded of all would. With nothing under way nothing changes.
 */
final class NearEquals {

    /** What part of an answer's value and price two candidates may differ by: a point of accuracy, which nobody can predict. */
    static final double BAND = 0.01;

    private NearEquals() {}

    /** The candidate to put first in place of the best; empty to leave the order as it is. */
    static Optional<Choice> lighter(Call call, Snapshot snapshot, List<Choice> ranked) {
        List<Choice> near = near(call, ranked);
        if (near.size() < 2) {
            return Optional.empty();
        }
        long draw = mixed(snapshot.seed());
        int one = (int) Long.remainderUnsigned(draw, near.size());
        int other = (int) Long.remainderUnsigned(mixed(draw), near.size() - 1);
        Choice a = near.get(one);
        Choice b = near.get(other < one ? other : other + 1);
        Choice lighter = load(b, snapshot) < load(a, snapshot) ? b : a;
        return load(lighter, snapshot) < load(near.get(0), snapshot) ? Optional.of(lighter) : Optional.empty();
    }

    private static List<Choice> near(Call call, List<Choice> ranked) {
        List<Choice> near = new ArrayList<>();
        Choice best = ranked.get(0);
        double band = BAND * (call.objective().value() + best.worth().price());
        for (Choice choice : ranked) {
            if (!choice.fallBack() && best.worth().total() - choice.worth().total() <= band) {
                near.add(choice);
            }
        }
        return near;
    }

    /** Seconds of work under way. */
    private static double load(Choice choice, Snapshot snapshot) {
        int inFlight = snapshot.of(choice.candidate()).map(Standing::inFlight).orElse(0);
        return inFlight * choice.worth().seconds();
    }

    /** One step of splitmix64: the same on every JVM. */
    private static long mixed(long seed) {
        long z = seed + 0x9e3779b97f4a7c15L;
        z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31);
    }
}
