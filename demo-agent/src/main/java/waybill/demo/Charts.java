package waybill.demo;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/** The report's drawings. */
final class Charts {
    private static final int WIDTH = 960;
    private static final int LEFT = 64;
    private static final int RIGHT = WIDTH - 20;
    private static final int HALF = 470;
    private static final DateTimeFormatter HOUR =
            DateTimeFormatter.ofPattern("HH:mm", Locale.ENGLISH).withZone(ZoneOffset.UTC);
    private static final DateTimeFormatter DAY =
            DateTimeFormatter.ofPattern("d MMM", Locale.ENGLISH).withZone(ZoneOffset.UTC);

    private Charts() {}

    /** The closing price over time, its extremes, and the volume of each quarter of an hour below. */
    static String price(MarketFacts market) {
        BarSeries series = market.series();
        double[] closes = series.closes();
        Svg svg = new Svg(WIDTH, 380, "ETH-USD closing price with volume");
        Scale x = time(series);
        Scale y = Scale.around(market.low(), market.high(), 270, 20);
        for (double tick : y.ticks(5)) {
            gridLine(svg, LEFT, RIGHT, y.at(tick), Figures.dollars(new BigDecimal(tick), 0));
        }
        timeAxis(svg, series, x, 20, 340);
        double[] across = times(series, x);
        svg.area(across, y.at(closes), 270, "fill-price");
        svg.curve(across, y.at(closes), "line-price");
        volume(svg, series, x);
        mark(svg, x.at(seconds(market.peakAt())), y, closeAt(series, market.peakAt()), "peak", -12);
        mark(svg, x.at(seconds(market.troughAt())), y, closeAt(series, market.troughAt()), "trough", 20);
        return svg.toString();
    }

    /** How far each close lies under the highest close before it. */
    static String drawdown(MarketFacts market) {
        BarSeries series = market.series();
        double[] depth = market.underwater();
        Svg svg = new Svg(WIDTH, 230, "Drawdown from the highest close so far");
        Scale x = time(series);
        Scale y = new Scale(Scale.around(market.maxDrawdown(), 0, 0, 1).low(), 0, 190, 20);
        for (double tick : y.ticks(4)) {
            gridLine(svg, LEFT, RIGHT, y.at(tick), Figures.percent(tick, y.decimals(4, 100)));
        }
        timeAxis(svg, series, x, 20, 190);
        double[] across = times(series, x);
        svg.area(across, y.at(depth), y.at(0), "fill-loss");
        svg.curve(across, y.at(depth), "line-loss");
        double deepest = x.at(seconds(market.troughAt()));
        svg.dot(deepest, y.at(market.maxDrawdown()), "dot-loss", Figures.percent(market.maxDrawdown()));
        svg.text(deepest - 10, y.at(market.maxDrawdown()) + 4, "end", "note", Figures.percent(market.maxDrawdown()));
        return svg.toString();
    }

    /** How many hours had which return, with the two historical VaR levels. */
    static String returns(MarketFacts market) {
        double[] returns = market.hourlyReturns();
        double widest = Arrays.stream(returns).map(Math::abs).max().orElseThrow();
        Svg svg = new Svg(HALF, 300, "Distribution of one-hour returns");
        Scale x = new Scale(-widest * 1.02, widest * 1.02, 44, HALF - 16);
        int[] counts = new int[41];
        for (double r : returns) {
            counts[(int) ((r - x.low()) / (x.high() - x.low()) * counts.length)]++;
        }
        Scale y = new Scale(0, Arrays.stream(counts).max().orElseThrow() * 1.08, 250, 30);
        for (double tick : y.ticks(4)) {
            gridLine(svg, 44, HALF - 16, y.at(tick), Figures.rounded(tick, 0));
        }
        double width = (HALF - 60.0) / counts.length;
        for (int i = 0; i < counts.length; i++) {
            double middle = x.low() + (i + 0.5) / counts.length * (x.high() - x.low());
            String style = middle <= -market.hourly().historical95() ? "bar-loss" : "bar-price";
            String tip = counts[i] + " hours near " + Figures.percent(middle);
            svg.rect(44 + i * width + 0.5, y.at(counts[i]), width - 1, 250 - y.at(counts[i]), style, tip);
        }
        for (double tick : x.ticks(5)) {
            svg.text(x.at(tick), 268, "middle", "tick", Figures.percent(tick, 0));
        }
        level(svg, x.at(-market.hourly().historical99()), 30, "VaR 99 %");
        level(svg, x.at(-market.hourly().historical95()), 44, "VaR 95 %");
        svg.text(HALF / 2.0 + 14, 290, "middle", "axis", "return of one hour");
        return svg.toString();
    }

    /** What a sale into the pool loses against the pool's price, by size. */
    static String impact(PoolFacts facts) {
        double largest = facts.sales().get(facts.sales().size() - 1).ether().doubleValue() * 1.25;
        double[] sizes =
                IntStream.rangeClosed(1, 80).mapToDouble(i -> largest * i / 80).toArray();
        double[] impacts = Arrays.stream(sizes)
                .map(size -> facts.pool().saleImpact(new BigDecimal(size).setScale(9, RoundingMode.HALF_UP)))
                .toArray();
        Svg svg = new Svg(HALF, 300, "Price impact of selling ether into the pool, fee included");
        Scale x = new Scale(0, largest, 56, HALF - 16);
        Scale y = new Scale(Scale.around(impacts[79], 0, 0, 1).low(), 0, 250, 24);
        for (double tick : y.ticks(5)) {
            gridLine(svg, 56, HALF - 16, y.at(tick), Figures.percent(tick, y.decimals(5, 100)));
        }
        for (double tick : x.ticks(5)) {
            svg.text(x.at(tick), 268, "middle", "tick", Figures.rounded(tick, x.decimals(5, 1)));
        }
        svg.area(x.at(sizes), y.at(impacts), y.at(0), "fill-loss");
        svg.curve(x.at(sizes), y.at(impacts), "line-loss");
        for (PoolFacts.Sale sale : facts.sales()) {
            double at = x.at(sale.ether().doubleValue());
            String tip = sale.ether().toPlainString() + " WETH: " + Figures.percent(sale.impact());
            svg.dot(at, y.at(sale.impact()), "dot-loss", tip);
            svg.text(at + 8, y.at(sale.impact()) - 6, "start", "note", Figures.percent(sale.impact()));
        }
        svg.text(HALF / 2.0 + 20, 290, "middle", "axis", "ether sold");
        return svg.toString();
    }

    /** What the pool has lost against holding, by the factor that the price has changed. */
    static String impermanentLoss(double ratioNow) {
        double[] logs =
                IntStream.rangeClosed(0, 160).mapToDouble(i -> (i - 80) / 80.0).toArray();
        double[] ratios = Arrays.stream(logs).map(l -> Math.pow(5, l)).toArray();
        double[] losses = Arrays.stream(ratios).map(Analytics::impermanentLoss).toArray();
        Svg svg = new Svg(HALF, 300, "Impermanent loss by price ratio");
        Scale x = new Scale(-1, 1, 56, HALF - 16);
        Scale y = new Scale(-0.3, 0, 250, 24);
        for (double tick : y.ticks(6)) {
            gridLine(svg, 56, HALF - 16, y.at(tick), Figures.percent(tick, 0));
        }
        for (double ratio : new double[] {0.2, 0.5, 1, 2, 5}) {
            svg.text(x.at(log5(ratio)), 268, "middle", "tick", Figures.rounded(ratio, ratio < 1 ? 1 : 0) + " x");
        }
        svg.area(x.at(logs), y.at(losses), y.at(0), "fill-pool");
        svg.curve(x.at(logs), y.at(losses), "line-pool");
        for (double ratio : new double[] {0.5, 2, 4}) {
            double loss = Analytics.impermanentLoss(ratio);
            svg.dot(x.at(log5(ratio)), y.at(loss), "dot-pool", Figures.percent(loss));
            svg.text(
                    x.at(log5(ratio)) + (ratio < 1 ? 9 : -9),
                    y.at(loss) + 14,
                    ratio < 1 ? "start" : "end",
                    "note",
                    Figures.percent(loss));
        }
        double now = x.at(log5(ratioNow));
        svg.line(now, 24, now, 250, "level");
        svg.text(now, 18, "middle", "note", "this window: " + Figures.percent(Analytics.impermanentLoss(ratioNow), 3));
        svg.text(HALF / 2.0 + 20, 290, "middle", "axis", "price, as a multiple of the price at entry");
        return svg.toString();
    }

    /** What each attempt at a call cost, in order; held and refused payments stand out. */
    static String costs(List<ModelCall> calls) {
        List<String> models = calls.stream()
                .flatMap(c -> c.attempts().stream())
                .map(ModelCall.Attempt::candidate)
                .distinct()
                .toList();
        List<Bill> bills = calls.stream()
                .flatMap(c -> c.attempts().stream().map(a -> new Bill(c, a)))
                .toList();
        double highest = bills.stream()
                .map(Bill::price)
                .mapToDouble(BigDecimal::doubleValue)
                .max()
                .orElse(0);
        int row = 24;
        int bottom = 26 + bills.size() * row;
        Svg svg = new Svg(WIDTH, bottom + 24, "Price of each attempt");
        Scale x = Scale.around(0, Math.max(highest, 0.0001), 250, RIGHT - 150.0);
        for (double tick : x.ticks(5)) {
            svg.line(x.at(tick), 22, x.at(tick), bottom, "grid");
            svg.text(x.at(tick), bottom + 16, "middle", "tick", Figures.dollars(new BigDecimal(tick), 4));
        }
        for (int i = 0; i < bills.size(); i++) {
            Bill bill = bills.get(i);
            double y = 26 + i * row;
            int colour = models.indexOf(bill.attempt.candidate()) % 5;
            String style = bill.settled() ? "model" + colour : "unsettled";
            svg.text(4, y + 14, "start", "tick", "#" + bill.call.number() + " " + bill.call.section());
            svg.text(242, y + 14, "end", "note", bill.attempt.candidate());
            double end = x.at(bill.price().doubleValue());
            svg.rect(250, y + 3, Math.max(2, end - 250), row - 8, style, bill.label());
            svg.text(Math.max(252, end) + 6, y + 14, "start", bill.settled() ? "tick" : "tick-loss", bill.label());
        }
        return svg.toString();
    }

    private record Bill(ModelCall call, ModelCall.Attempt attempt) {
        BigDecimal price() {
            ModelCall.Payment payment = attempt.payment();
            return payment == null ? BigDecimal.ZERO : payment.amount();
        }

        boolean settled() {
            ModelCall.Payment payment = attempt.payment();
            return payment != null && payment.settled();
        }

        String label() {
            ModelCall.Payment payment = attempt.payment();
            if (payment == null) {
                return attempt.answered() ? "no x402 payment" : "failed, nothing paid";
            }
            String price = Figures.price(payment.amount());
            return payment.settled() ? price : price + " " + payment.state().toLowerCase(Locale.ROOT);
        }
    }

    private static void volume(Svg svg, BarSeries series, Scale x) {
        int group = 3;
        double[] sums = new double[(series.bars().size() + group - 1) / group];
        for (int i = 0; i < series.bars().size(); i++) {
            sums[i / group] += series.bars().get(i).volume();
        }
        Scale y = new Scale(0, Arrays.stream(sums).max().orElseThrow(), 340, 286);
        double width = (RIGHT - LEFT) / (double) sums.length;
        for (int i = 0; i < sums.length; i++) {
            Instant from = series.start().plus(series.step().multipliedBy((long) i * group));
            String tip = Figures.time(from) + ": " + Figures.rounded(sums[i], 0) + " ETH";
            double left = x.at(seconds(from));
            svg.rect(left, y.at(sums[i]), width - 0.8, 340 - y.at(sums[i]), "bar-volume", tip);
        }
        svg.text(LEFT - 8, 318, "end", "tick", "volume");
    }

    private static void mark(Svg svg, double x, Scale y, double price, String what, int shift) {
        svg.dot(x, y.at(price), "dot-price", what + " " + Figures.dollars(price));
        String anchor = x > RIGHT - 70 ? "end" : x < LEFT + 70 ? "start" : "middle";
        svg.text(x, y.at(price) + shift, anchor, "note", what + " " + Figures.dollars(price));
    }

    private static double closeAt(BarSeries series, Instant end) {
        return series.bars().stream()
                .filter(bar -> bar.end().equals(end))
                .findFirst()
                .orElseThrow()
                .close();
    }

    private static Scale time(BarSeries series) {
        return new Scale(seconds(series.start()), seconds(series.last().end()), LEFT, RIGHT);
    }

    private static double[] times(BarSeries series, Scale x) {
        return series.bars().stream().mapToDouble(b -> x.at(seconds(b.end()))).toArray();
    }

    private static void timeAxis(Svg svg, BarSeries series, Scale x, int top, int bottom) {
        Instant tick = series.start().truncatedTo(ChronoUnit.DAYS);
        for (; tick.isBefore(series.last().end()); tick = tick.plus(6, ChronoUnit.HOURS)) {
            if (!tick.isBefore(series.start().plus(series.step()))) {
                double at = x.at(seconds(tick));
                boolean midnight = tick.equals(tick.truncatedTo(ChronoUnit.DAYS));
                svg.line(at, top, at, bottom, midnight ? "grid-strong" : "grid");
                svg.text(at, bottom + 16, "middle", "tick", midnight ? DAY.format(tick) : HOUR.format(tick));
            }
        }
    }

    private static void gridLine(Svg svg, double left, double right, double y, String label) {
        svg.line(left, y, right, y, "grid");
        svg.text(left - 8, y + 4, "end", "tick", label);
    }

    private static void level(Svg svg, double x, double top, String label) {
        svg.line(x, top, x, 250, "level");
        svg.text(x - 5, top + 4, "end", "note", label);
    }

    private static double seconds(Instant moment) {
        return (double) moment.getEpochSecond();
    }

    private static double log5(double ratio) {
        return Math.log(ratio) / Math.log(5);
    }
}
