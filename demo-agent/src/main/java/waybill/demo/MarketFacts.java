package waybill.demo;

import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;

/**
 * What the recorded bars say. Fractions are not percentages: 0.01 is one per cent.
 *
 * @param hourly losses over one hour, from all overlapping hours
 */
record MarketFacts(
        BarSeries series,
        double return1h,
        double return24h,
        double returnWindow,
        double volatility,
        double maxDrawdown,
        Instant peakAt,
        Instant troughAt,
        double atr,
        double high,
        double low,
        double volume,
        LossAtRisk hourly) {
    private static final Duration YEAR = Duration.ofDays(365);
    static final int ATR_BARS = 14;

    /** Computes them all. */
    static MarketFacts from(BarSeries series) {
        double[] closes = series.closes();
        double[] underwater = Analytics.underwater(closes);
        int trough = 0;
        for (int i = 0; i < underwater.length; i++) {
            trough = underwater[i] < underwater[trough] ? i : trough;
        }
        int peak = trough;
        while (underwater[peak] < 0) {
            peak--;
        }
        List<Bar> bars = series.bars();
        int hour = series.barsIn(Duration.ofHours(1));
        return new MarketFacts(
                series,
                Analytics.change(closes, hour),
                Analytics.change(closes, series.barsIn(Duration.ofHours(24))),
                Analytics.change(closes, closes.length - 1),
                Analytics.realisedVolatility(closes, series.barsIn(YEAR)),
                underwater[trough],
                bars.get(peak).end(),
                bars.get(trough).end(),
                Analytics.averageTrueRange(series, ATR_BARS),
                bars.stream().mapToDouble(Bar::high).max().orElseThrow(),
                bars.stream().mapToDouble(Bar::low).min().orElseThrow(),
                bars.stream().mapToDouble(Bar::volume).sum(),
                Analytics.lossAtRisk(Analytics.changes(closes, hour)));
    }

    /** The latest close in dollars. */
    double price() {
        return series.last().close();
    }

    /** The facts that describe the market. */
    List<Fact> market() {
        return List.of(
                new Fact("Last close", Figures.dollars(price())),
                new Fact("Time of last close", Figures.time(series.last().end())),
                new Fact("Return 1 h", Figures.percent(return1h)),
                new Fact("Return 24 h", Figures.percent(return24h)),
                new Fact("Return whole window", Figures.percent(returnWindow)),
                new Fact("Highest price", Figures.dollars(high)),
                new Fact("Lowest price", Figures.dollars(low)),
                new Fact("Realised volatility, annualised", Figures.percent(volatility)),
                new Fact("Maximum drawdown", Figures.percent(maxDrawdown)),
                new Fact("Drawdown from", Figures.time(peakAt)),
                new Fact("Drawdown to", Figures.time(troughAt)),
                new Fact("Average true range, 14 bars", Figures.dollars(atr)),
                new Fact("Traded volume", Figures.rounded(volume, 0) + " ETH"));
    }

    /** The facts that describe what can be lost in an hour. */
    List<Fact> risk() {
        return List.of(
                new Fact("VaR 95 % of one hour, historical", Figures.percent(hourly.historical95())),
                new Fact("VaR 99 % of one hour, historical", Figures.percent(hourly.historical99())),
                new Fact("CVaR 95 % of one hour, historical", Figures.percent(hourly.historicalTail95())),
                new Fact("CVaR 99 % of one hour, historical", Figures.percent(hourly.historicalTail99())),
                new Fact("VaR 95 % of one hour, normal", Figures.percent(hourly.parametric95())),
                new Fact("VaR 99 % of one hour, normal", Figures.percent(hourly.parametric99())),
                new Fact("CVaR 95 % of one hour, normal", Figures.percent(hourly.parametricTail95())),
                new Fact("CVaR 99 % of one hour, normal", Figures.percent(hourly.parametricTail99())),
                new Fact("Overlapping one-hour returns used", Integer.toString(hourly.samples())),
                new Fact("Maximum drawdown", Figures.percent(maxDrawdown)));
    }

    /** The return of each overlapping hour. */
    double[] hourlyReturns() {
        return Analytics.changes(series.closes(), series.barsIn(Duration.ofHours(1)));
    }

    /** The drawdown at each bar. */
    double[] underwater() {
        return Analytics.underwater(series.closes());
    }

    @Override
    public String toString() {
        return "MarketFacts" + Arrays.asList(market().toArray());
    }
}
