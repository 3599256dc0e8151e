package waybill.routing;

import java.math.BigDecimal;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The V at which traffic like the recent spends a budget. Keeps, of each of the last {@value #REMEMBERED} calls, what it
 * would have been expected to cost at every V: worth is linear in V, so that is a few steps. Every
 * {@value #SOLVED_EVERY} calls V becomes the highest at which the expected spend meets the target. Expectations are
 * corrected by what calls really came to; the target is the budget, and with it what all calls so far left of it or took
 * too much, spread over the next {@value #MADE_GOOD_IN} calls. So the mean converges on the budget with an error that
 * shrinks with the number of calls, and where a budget lies between two steps V goes to and fro across the step, which
 * mixes the two. No more than {@value #CARRIED} calls' worth is ever carried over. Safe for use by many threads.
 */
final class Pace {

    static final int REMEMBERED = 500;
    static final int MADE_GOOD_IN = 50;
    static final int SOLVED_EVERY = 10;
    static final int CARRIED = 100;

    /** Calls before which the objective's own V holds. */
    static final int FIRST_SOLVED_AT = 20;

    /** A budget that is never used up does not make an answer worth more than this. */
    private static final double MOST = Objective.best().value();

    private final double budget;
    private final Deque<Past> recent = new ArrayDeque<>();
    private double spent;
    private double expected;
    private double owed;
    private long calls;
    private volatile double value = Double.NaN;

    /** A budget in dollars per 1,000 calls. */
    Pace(BigDecimal usdPerThousand) {
        this.budget = usdPerThousand.movePointLeft(3).doubleValue();
    }

    /** The V to use now; null while too few calls were seen. */
    @Nullable
    Double value() {
        double now = value;
        return Double.isNaN(now) ? null : now;
    }

    /**
     * Remembers a call.
     *
     * @param governed whether its V came from here, so that another would have been used at another V
     */
    synchronized void add(Plan plan, Cost cost, boolean governed) {
        Choice first = plan.first().orElse(null);
        if (first == null) {
            return;
        }
        double likely = spend(first);
        List<Step> steps = governed && plan.lead().byWorth() ? steps(plan) : List.of(new Step(0, likely));
        Past past = new Past(steps, likely, cost.usd().doubleValue());
        recent.addLast(past);
        spent += past.spent;
        expected += past.expected;
        owed = Math.max(-CARRIED * budget, Math.min(CARRIED * budget, owed + budget - past.spent));
        if (recent.size() > REMEMBERED) {
            Past oldest = recent.removeFirst();
            spent -= oldest.spent;
            expected -= oldest.expected;
        }
        if (++calls >= FIRST_SOLVED_AT && calls % SOLVED_EVERY == 0) {
            value = solved();
        }
    }

    /** The highest V at which the remembered calls, made again, are expected to meet the target. */
    private double solved() {
        int n = recent.size();
        double bias = expected > 0 ? Math.max(0.2, Math.min(5, spent / expected)) : 1;
        double target = Math.max(0, budget + owed / MADE_GOOD_IN) * n / bias;
        List<double[]> changes = new ArrayList<>();
        double sum = 0;
        for (Past past : recent) {
            double before = 0;
            for (Step step : past.steps) {
                if (step.from == 0) {
                    sum += step.usd;
                } else {
                    changes.add(new double[] {step.from, step.usd - before});
                }
                before = step.usd;
            }
        }
        changes.sort(Comparator.comparingDouble(change -> change[0]));
        double from = 0;
        double best = 0;
        boolean meets = sum <= target;
        for (double[] change : changes) {
            if (meets) {
                best = (from + change[0]) / 2;
            }
            from = change[0];
            sum += change[1];
            meets = sum <= target;
        }
        return meets ? MOST : Math.min(MOST, best);
    }

    /** Who would come first at which V, and what that would be expected to cost: the upper envelope of the lines of worth. */
    private static List<Step> steps(Plan plan) {
        double value = plan.call().objective().value();
        List<Line> lines = new ArrayList<>();
        for (Choice choice : plan.choices()) {
            if (!choice.fallBack()) {
                double slope =
                        (1 - choice.worth().failChance()) * choice.prediction().good();
                lines.add(new Line(slope, choice.worth().total() - value * slope, spend(choice)));
            }
        }
        Line now = lines.stream()
                .max(Comparator.comparingDouble(Line::atNothing).thenComparingDouble(Line::slope))
                .orElseThrow();
        List<Step> steps = new ArrayList<>();
        double from = 0;
        while (now != null) {
            steps.add(new Step(from, now.usd));
            Line next = null;
            double at = Double.POSITIVE_INFINITY;
            for (Line line : lines) {
                if (line.slope <= now.slope) {
                    continue;
                }
                double crossing = (now.atNothing - line.atNothing) / (line.slope - now.slope);
                if (crossing < at || (crossing == at && next != null && line.slope > next.slope)) {
                    at = crossing;
                    next = line;
                }
            }
            from = Math.max(at, Double.MIN_VALUE);
            now = next;
        }
        return List.copyOf(steps);
    }

    private static double spend(Choice choice) {
        return (1 - choice.worth().failChance()) * choice.worth().price();
    }

    /** A candidate's worth over V. */
    private record Line(double slope, double atNothing, double usd) {}

    /** What a call is expected to cost from this V up. */
    private record Step(double from, double usd) {}

    /** A call that was made. */
    private record Past(List<Step> steps, double expected, double spent) {}
}
