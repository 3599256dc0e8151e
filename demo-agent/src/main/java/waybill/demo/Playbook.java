package waybill.demo;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Three ways to have spent the recorded window with the same capital, each with the level that would prove it wrong.
 * None of them is advice.
 *
 * @param plays the first one is the baseline: do nothing
 * @param exposure the ether, in dollars, whose worst hour of a hundred costs the risk budget
 * @param breakEvenVolume the volume in dollars that the pool had to trade to make up its impermanent loss
 */
record Playbook(List<Play> plays, double exposure, double breakEvenVolume, List<Fact> levels) {
    static final double CAPITAL = 10_000;
    static final double RISK_BUDGET = 0.01;
    private static final double LOSS_TO_LEAVE = -0.01;
    private static final Duration TREND = Duration.ofHours(6);

    /**
     * One way to have spent the window.
     *
     * @param result the return over the window after costs
     * @param drawdown the deepest fall on the way
     * @param switches how often it traded
     */
    record Play(String name, String idea, String invalidation, double result, double drawdown, int switches) {}

    Playbook {
        plays = List.copyOf(plays);
        levels = List.copyOf(levels);
    }

    /** Plays the three over the window, paying the pool's fee for each switch. */
    static Playbook from(MarketFacts market, ConstantProductPool pool) {
        double[] closes = market.series().closes();
        double fee = pool.feePerMille() / 1000.0;
        double ratio = closes[closes.length - 1] / closes[0];
        double[] held = Arrays.stream(closes).map(c -> (1 + c / closes[0]) / 2).toArray();
        double[] provided =
                Arrays.stream(closes).map(c -> Math.sqrt(c / closes[0])).toArray();
        int mean = market.series().barsIn(TREND);
        Trend trend = Trend.over(closes, mean, fee);
        double leave = Analytics.ratioOfImpermanentLoss(LOSS_TO_LEAVE);
        double up = market.price() * leave;
        double down = market.price() / leave;
        double average = average(closes, closes.length - mean, closes.length);
        List<Play> plays = List.of(
                new Play(
                        "Do nothing",
                        "half ether, half dollars, never touched",
                        "none: it is the baseline that the others must beat",
                        held[held.length - 1] - 1,
                        deepest(held),
                        0),
                new Play(
                        "Provide liquidity",
                        "the same halves in the pool, fees not counted",
                        "leave when the price passes " + Figures.dollars(down) + " or " + Figures.dollars(up)
                                + ", where the impermanent loss reaches " + Figures.percent(LOSS_TO_LEAVE, 0),
                        provided[provided.length - 1] - 1,
                        deepest(provided),
                        0),
                new Play(
                        "Follow the trend",
                        "ether while the close is above its mean of 6 h, else dollars",
                        "out below the mean, now at " + Figures.dollars(average),
                        trend.value[closes.length - 1] - 1,
                        deepest(trend.value),
                        trend.switches));
        double lost = held[held.length - 1] - Math.sqrt(ratio);
        double exposure = CAPITAL * RISK_BUDGET / market.hourly().historicalTail99();
        List<Fact> levels = List.of(
                new Fact("Capital of each play", Figures.dollars(CAPITAL)),
                new Fact("Risk budget of one hour", Figures.percent(RISK_BUDGET, 0)),
                new Fact("Ether exposure that keeps the budget", Figures.dollars(exposure)),
                new Fact("Impermanent loss over the window", Figures.percent(Analytics.impermanentLoss(ratio))),
                new Fact(
                        "Pool volume that makes up for it",
                        Figures.dollars(lost * pool.value().doubleValue() / fee)),
                new Fact("Upper price to leave the pool", Figures.dollars(up)),
                new Fact("Lower price to leave the pool", Figures.dollars(down)),
                new Fact("Mean of 6 h now", Figures.dollars(average)));
        return new Playbook(plays, exposure, lost * pool.value().doubleValue() / fee, levels);
    }

    /** The facts that compare the plays. */
    List<Fact> facts() {
        List<Fact> facts = new ArrayList<>();
        for (Play play : plays) {
            facts.add(new Fact(play.name() + ", result", Figures.percent(play.result())));
            facts.add(new Fact(play.name() + ", deepest fall", Figures.percent(play.drawdown())));
            facts.add(new Fact(play.name() + ", switches", Integer.toString(play.switches())));
            facts.add(new Fact(play.name() + ", invalidation", play.invalidation()));
        }
        facts.addAll(levels);
        return List.copyOf(facts);
    }

    private static double deepest(double[] values) {
        return Arrays.stream(Analytics.underwater(values)).min().orElseThrow();
    }

    private static double average(double[] values, int from, int to) {
        return Arrays.stream(values, from, to).average().orElseThrow();
    }

    /** The value of one dollar that is in ether whenever the last close was above its mean. */
    private static final class Trend {
        private final double[] value;
        private final int switches;

        private Trend(double[] value, int switches) {
            this.value = value;
            this.switches = switches;
        }

        static Trend over(double[] closes, int mean, double fee) {
            double[] value = new double[closes.length];
            value[0] = 1;
            boolean inEther = false;
            int switches = 0;
            for (int i = 1; i < closes.length; i++) {
                // decided on the close before, so that nothing is known in advance
                boolean want = i > mean && closes[i - 1] > average(closes, i - mean, i);
                double paid = want == inEther ? 1 : 1 - fee;
                switches += want == inEther ? 0 : 1;
                inEther = want;
                value[i] = value[i - 1] * paid * (inEther ? closes[i] / closes[i - 1] : 1);
            }
            return new Trend(value, switches);
        }
    }
}
