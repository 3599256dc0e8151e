package waybill.demo;

import java.util.Arrays;

/** The formulas of the report, on plain numbers. Returns are fractions: 0.01 is one per cent. */
final class Analytics {
    /** Standard normal quantiles at 95 % and 99 %. */
    private static final double Z95 = 1.6448536269514722;

    private static final double Z99 = 2.3263478740408408;

    private Analytics() {}

    /** The simple return over the last {@code steps} steps: p[n] / p[n - steps] - 1. */
    static double change(double[] prices, int steps) {
        if (steps < 1 || steps >= prices.length) {
            throw new IllegalArgumentException(
                    "A return over " + steps + " steps needs more than the " + prices.length + " prices there are.");
        }
        return prices[prices.length - 1] / prices[prices.length - 1 - steps] - 1;
    }

    /** Simple returns over {@code steps} steps, one for each price that has a price that far before it. */
    static double[] changes(double[] prices, int steps) {
        if (steps < 1 || steps >= prices.length) {
            throw new IllegalArgumentException(
                    "Returns over " + steps + " steps need more than the " + prices.length + " prices there are.");
        }
        double[] changes = new double[prices.length - steps];
        Arrays.setAll(changes, i -> prices[i + steps] / prices[i] - 1);
        return changes;
    }

    /** Realised volatility a year: sqrt(mean of squared log returns x steps a year), no mean subtracted. */
    static double realisedVolatility(double[] prices, double stepsPerYear) {
        double sum = 0;
        for (int i = 1; i < prices.length; i++) {
            double r = Math.log(prices[i] / prices[i - 1]);
            sum += r * r;
        }
        return Math.sqrt(sum / (prices.length - 1) * stepsPerYear);
    }

    /** The distance of each price under the highest price so far: 0, or a negative fraction. */
    static double[] underwater(double[] prices) {
        double[] depth = new double[prices.length];
        double peak = 0;
        for (int i = 0; i < prices.length; i++) {
            peak = Math.max(peak, prices[i]);
            depth[i] = prices[i] / peak - 1;
        }
        return depth;
    }

    /**
     * Wilder's average true range: the mean of the first {@code period} true ranges, then smoothed by 1 / period.
     *
     * @return in the unit of the prices
     */
    static double averageTrueRange(BarSeries series, int period) {
        int n = series.bars().size();
        if (n <= period) {
            throw new IllegalArgumentException("An average over " + period + " bars needs more than " + n + " bars.");
        }
        double atr = 0;
        for (int i = 1; i < n; i++) {
            Bar bar = series.bars().get(i);
            double before = series.bars().get(i - 1).close();
            double range = Math.max(bar.high(), before) - Math.min(bar.low(), before);
            atr = i <= period ? atr + range / period : atr + (range - atr) / period;
        }
        return atr;
    }

    /**
     * What a 50/50 pool of constant product loses against holding, when the price has changed by a factor: 2 sqrt(r) /
     * (1 + r) - 1.
     *
     * @return 0 or a negative fraction
     */
    static double impermanentLoss(double priceRatio) {
        if (!(priceRatio > 0) || !Double.isFinite(priceRatio)) {
            throw new IllegalArgumentException("A price ratio is above 0; this one is " + priceRatio + ".");
        }
        return 2 * Math.sqrt(priceRatio) / (1 + priceRatio) - 1;
    }

    /**
     * The price ratio above 1 at which the impermanent loss reaches {@code loss}; its reciprocal is the one below 1.
     *
     * @param loss a negative fraction above -1
     */
    static double ratioOfImpermanentLoss(double loss) {
        if (!(loss < 0) || loss <= -1) {
            throw new IllegalArgumentException("An impermanent loss lies between -1 and 0; this one is " + loss + ".");
        }
        double kept = 1 + loss;
        double root = (1 + Math.sqrt(1 - kept * kept)) / kept;
        return root * root;
    }

    /** Loss measures of returns, as positive fractions of the value held. */
    static LossAtRisk lossAtRisk(double[] returns) {
        if (returns.length < 20) {
            throw new IllegalArgumentException(
                    "A 95 % quantile needs at least 20 returns; there are " + returns.length + ".");
        }
        double[] losses = Arrays.stream(returns).map(r -> -r).sorted().toArray();
        double mean = Arrays.stream(returns).average().orElseThrow();
        double variance =
                Arrays.stream(returns).map(r -> (r - mean) * (r - mean)).sum() / (returns.length - 1);
        double sigma = Math.sqrt(variance);
        return new LossAtRisk(
                quantile(losses, 95),
                quantile(losses, 99),
                tailMean(losses, 95),
                tailMean(losses, 99),
                Z95 * sigma - mean,
                Z99 * sigma - mean,
                density(Z95) / 0.05 * sigma - mean,
                density(Z99) / 0.01 * sigma - mean,
                returns.length);
    }

    /** The smallest loss that at least {@code percent} of all losses do not exceed. */
    private static double quantile(double[] sortedLosses, int percent) {
        return sortedLosses[rank(sortedLosses.length, percent)];
    }

    /** The mean of the losses from that quantile on. */
    private static double tailMean(double[] sortedLosses, int percent) {
        return Arrays.stream(sortedLosses, rank(sortedLosses.length, percent), sortedLosses.length)
                .average()
                .orElseThrow();
    }

    private static int rank(int n, int percent) {
        return (n * percent + 99) / 100 - 1; // ceil(n x percent / 100), counted from 0
    }

    private static double density(double z) {
        return Math.exp(-z * z / 2) / Math.sqrt(2 * Math.PI);
    }
}
