package waybill.training;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * The measures of the literature. Two models: APGR (RouteLLM), by trapezoid over every prompt with ties averaged. Many
 * models: AIQ (RouterBench), the area under the non-decreasing convex hull between the cost of the cheapest and of the
 * best single model, and the share of the gap between single models and the oracle that it closes.
 */
final class QualityMetrics {

    private static final int STEPS = 400;
    private static final double LEAST_VALUE = 1e-6;
    private static final double MOST_VALUE = 1e3;

    private QualityMetrics() {}

    /**
     * Average performance gap recovered.
     *
     * @param preference what speaks for the strong model, by prompt; the highest go to it first
     * @param gain score of the strong model less score of the weak one, by prompt
     * @param times how often each prompt counts
     */
    static double apgr(double[] preference, double[] gain, int[] times) {
        int n = gain.length;
        Integer[] order = order(preference);
        double total = 0;
        long all = 0;
        for (int i = 0; i < n; i++) {
            total += times[i] * gain[i];
            all += times[i];
        }
        double area = 0;
        double before = 0;
        int i = 0;
        while (i < n) {
            double after = before;
            long tied = 0;
            int end = i;
            while (end < n && preference[order[end]] == preference[order[i]]) {
                after += times[order[end]] * gain[order[end]];
                tied += times[order[end]];
                end++;
            }
            area += tied * (before + after) / 2;
            before = after;
            i = end;
        }
        return area / all / total;
    }

    private static Integer[] order(double[] preference) {
        Integer[] order = new Integer[preference.length];
        Arrays.setAll(order, i -> i);
        Arrays.sort(order, Comparator.comparingDouble(i -> -preference[i]));
        return order;
    }

    /** A point of average cost and average score. */
    record Point(double cost, double score) {}

    /** AIQ of these policies swept over a set, with the prompts drawn {@code times} each. */
    static double aiq(OutcomeTable table, List<int[]> choices, int[] times) {
        return area(points(table, choices, times), range(table, times));
    }

    /** Share of the gap between single models and the oracle that these choices close. */
    static double gapClosed(OutcomeTable table, List<int[]> choices, int[] times) {
        double zero = aiq(table, table.singles(), times);
        double oracle = aiq(table, table.oracle(), times);
        return (aiq(table, choices, times) - zero) / (oracle - zero);
    }

    /** AIQ of these choices less that of single models. */
    static double aboveZero(OutcomeTable table, List<int[]> choices, int[] times) {
        return aiq(table, choices, times) - aiq(table, table.singles(), times);
    }

    /** AIQ as an average over the logarithm of the cost: a factor of ten matters, not a dollar. */
    static double logAiq(OutcomeTable table, List<int[]> choices, int[] times) {
        List<Point> hull = hull(points(table, choices, times));
        double[] range = range(table, times);
        if (range[1] <= range[0]) {
            return at(hull, range[0]);
        }
        double ratio = StrictMath.log(range[1] / range[0]);
        double sum = 0;
        for (int step = 0; step < STEPS; step++) {
            sum += at(hull, range[0] * StrictMath.exp(ratio * (step + 0.5) / STEPS));
        }
        return sum / STEPS;
    }

    /** Choices of {@code argmax value * chance - cost} for each prompt, one list for each value of a good answer. */
    static List<int[]> sweep(double[][] chance, double[][] cost) {
        List<int[]> all = new ArrayList<>();
        for (int step = 0; step <= STEPS + 1; step++) {
            double value = value(step);
            int[] choice = new int[chance.length];
            for (int i = 0; i < choice.length; i++) {
                choice[i] = choice(chance[i], cost[i], value);
            }
            if (all.isEmpty() || !Arrays.equals(all.get(all.size() - 1), choice)) {
                all.add(choice);
            }
        }
        return all;
    }

    private static double value(int step) {
        if (step == 0) {
            return 0;
        }
        double range = StrictMath.log(MOST_VALUE / LEAST_VALUE);
        return step > STEPS ? 1e9 : LEAST_VALUE * StrictMath.exp(range * (step - 1) / (STEPS - 1));
    }

    /** The model with the greatest worth; the first of equals. */
    static int choice(double[] chance, double[] cost, double value) {
        int best = 0;
        for (int m = 1; m < chance.length; m++) {
            best = value * chance[m] - cost[m] > value * chance[best] - cost[best] ? m : best;
        }
        return best;
    }

    /** Average cost of the cheapest and of the best single model. */
    private static double[] range(OutcomeTable table, int[] times) {
        List<Point> singles = points(table, table.singles(), times);
        double cheapest = singles.stream().mapToDouble(Point::cost).min().orElseThrow();
        Point best =
                singles.stream().max(Comparator.comparingDouble(Point::score)).orElseThrow();
        return new double[] {cheapest, best.cost};
    }

    private static List<Point> points(OutcomeTable table, List<int[]> choices, int[] times) {
        List<Point> points = new ArrayList<>(choices.size());
        for (int[] choice : choices) {
            double cost = 0;
            double score = 0;
            long n = 0;
            for (int i = 0; i < choice.length; i++) {
                cost += times[i] * table.cost(i, choice[i]);
                score += times[i] * table.score(i, choice[i]);
                n += times[i];
            }
            points.add(new Point(cost / n, score / n));
        }
        return points;
    }

    /** Area under the non-decreasing convex hull of the points, as an average over the range of costs. */
    static double area(List<Point> points, double[] range) {
        List<Point> hull = hull(points);
        if (range[1] <= range[0]) {
            return at(hull, range[0]);
        }
        List<Double> costs = new ArrayList<>(List.of(range[0], range[1]));
        hull.stream()
                .mapToDouble(Point::cost)
                .filter(c -> c > range[0] && c < range[1])
                .forEach(costs::add);
        costs.sort(null);
        double area = 0;
        for (int i = 1; i < costs.size(); i++) {
            area += (costs.get(i) - costs.get(i - 1)) * (at(hull, costs.get(i)) + at(hull, costs.get(i - 1))) / 2;
        }
        return area / (range[1] - range[0]);
    }

    private static List<Point> hull(List<Point> points) {
        List<Point> sorted = new ArrayList<>(points);
        sorted.sort(Comparator.comparingDouble(Point::cost).thenComparingDouble(Point::score));
        List<Point> hull = new ArrayList<>();
        for (Point p : sorted) {
            if (!hull.isEmpty() && p.score <= hull.get(hull.size() - 1).score) {
                continue;
            }
            if (!hull.isEmpty() && p.cost == hull.get(hull.size() - 1).cost) {
                hull.remove(hull.size() - 1);
            }
            while (hull.size() >= 2 && !turnsDown(hull.get(hull.size() - 2), hull.get(hull.size() - 1), p)) {
                hull.remove(hull.size() - 1);
            }
            hull.add(p);
        }
        return hull;
    }

    private static boolean turnsDown(Point a, Point b, Point c) {
        return (b.score - a.score) * (c.cost - b.cost) > (c.score - b.score) * (b.cost - a.cost);
    }

    private static double at(List<Point> hull, double cost) {
        Point before = hull.get(0);
        for (Point p : hull) {
            if (p.cost >= cost) {
                return p.cost == before.cost
                        ? p.score
                        : before.score
                                + (p.score - before.score) * Math.max(0, cost - before.cost) / (p.cost - before.cost);
            }
            before = p;
        }
        return before.score;
    }
}
