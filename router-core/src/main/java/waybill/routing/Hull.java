package waybill.routing;

import java.util.Arrays;

/**
 * Who lies off the cost-quality hull: on a typical prompt others, or a mixture of two others, do better for the same
 * money, whatever a good answer is worth. Such a candidate can only look best on one prompt by an error of the
 * prediction, which the best of many overrated ones tends to be; unless the prediction sees a clear advantage for it on
 * this very prompt, as for a specialist. V plays no part, so that the same candidates compete at every V.
 */
final class Hull {

    /** What a share of good answers may lie under the hull: measured accuracies of models are hardly known better. */
    static final double MARGIN = 0.02;

    /** By how much a candidate off the hull must beat the others on this prompt to compete all the same. */
    static final double SPECIALIST = 0.05;

    private final double[] cost;
    private final double[] good;
    private int vertices;

    private Hull(int size) {
        this.cost = new double[size];
        this.good = new double[size];
    }

    /**
     * Says of each candidate whether it lies off the hull.
     *
     * @param costs what a call of each costs besides the answer's value: price, time and risk
     * @param typical the share of typical prompts that each answers well, failures counted
     * @param here the chance that each answers this prompt well, failures counted
     */
    static boolean[] off(double[] costs, double[] typical, double[] here) {
        boolean[] off = new boolean[costs.length];
        if (costs.length < 2) {
            return off;
        }
        Hull usual = of(costs, typical, off);
        boolean any = false;
        for (int i = 0; i < costs.length; i++) {
            off[i] = typical[i] < usual.at(costs[i]) - MARGIN;
            any |= off[i];
        }
        if (any) {
            Hull onThisPrompt = of(costs, here, off);
            for (int i = 0; i < costs.length; i++) {
                off[i] = off[i] && here[i] <= onThisPrompt.at(costs[i]) + SPECIALIST;
            }
        }
        return off;
    }

    /** The upper hull, from the cheapest to the best, of those that are not left out. */
    private static Hull of(double[] costs, double[] good, boolean[] leftOut) {
        Hull hull = new Hull(costs.length);
        for (int i : Order.of(costs, good)) {
            if (!leftOut[i]) {
                hull.add(costs[i], good[i]);
            }
        }
        return hull;
    }

    private void add(double itsCost, double itsGood) {
        if (vertices > 0 && itsGood <= good[vertices - 1]) {
            return; // dearer and no better
        }
        while (vertices >= 2 && lastIsUnder(itsCost, itsGood)) {
            vertices--;
        }
        cost[vertices] = itsCost;
        good[vertices++] = itsGood;
    }

    /** Whether the last vertex lies on or under the line from the one before it to this point. */
    private boolean lastIsUnder(double itsCost, double itsGood) {
        int last = vertices - 1;
        double rise = (itsGood - good[last - 1]) * (cost[last] - cost[last - 1]);
        return (good[last] - good[last - 1]) * (itsCost - cost[last - 1]) <= rise;
    }

    /** What this much money buys: nothing under the cheapest, the best at most. */
    private double at(double money) {
        if (vertices == 0 || money < cost[0]) {
            return Double.NEGATIVE_INFINITY;
        }
        int next = Arrays.binarySearch(cost, 0, vertices, money);
        int above = next >= 0 ? next : -next - 1;
        if (next >= 0 || above == vertices) {
            return good[Math.min(above, vertices - 1)];
        }
        double share = (money - cost[above - 1]) / (cost[above] - cost[above - 1]);
        return good[above - 1] + share * (good[above] - good[above - 1]);
    }
}
