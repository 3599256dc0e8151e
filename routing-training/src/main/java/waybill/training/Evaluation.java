package waybill.training;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;
import waybill.routing.learned.Weights;

/**
 * Measures weights on outcomes they have not seen, always beside the simple scores, the zero router, the known category
 * and the oracle, with 95 % intervals by bootstrap over prompts. Differences are paired: the same prompts are drawn for
 * both.
 */
public final class Evaluation {

    private static final String STRONG = "gpt-4-1106-preview";
    private static final String WEAK = "mixtral-8x7b-instruct";
    private static final int QUANTILES = 40;
    private static final double PSEUDO_EXAMPLES = 20;

    private final Weights weights;
    private final List<Example> train;
    private final List<Example> test;
    private final int draws;
    private final @Nullable Weights others;

    /**
     * @param weights what is measured
     * @param train what the weights have seen, from which the references take averages
     * @param test what is measured on
     * @param draws bootstrap samples
     */
    public Evaluation(Weights weights, List<Example> train, List<Example> test, int draws) {
        this(weights, train, test, draws, null);
    }

    /**
     * @param weights what is measured
     * @param train what the weights have seen, from which the references take averages
     * @param test what is measured on
     * @param draws bootstrap samples
     * @param others weights that get a line of their own, such as those that are to be replaced; null for none
     */
    public Evaluation(Weights weights, List<Example> train, List<Example> test, int draws, @Nullable Weights others) {
        this.weights = weights;
        this.others = others;
        this.train = train;
        this.test = test;
        this.draws = draws;
    }

    /**
     * One router on one set.
     *
     * @param set name of the set and measure
     * @param router name of the router
     * @param value the measure
     * @param low lower end of its interval
     * @param high upper end of its interval
     * @param ahead the measured weights less this router
     * @param aheadLow lower end of that difference's interval
     * @param aheadHigh upper end of that difference's interval
     */
    public record Line(
            String set,
            String router,
            double value,
            double low,
            double high,
            double ahead,
            double aheadLow,
            double aheadHigh) {}

    /** A measure that depends on how often each prompt is drawn. */
    private interface Measure {
        double of(int[] times);
    }

    /** What choices are worth on a set: the share of the gap closed, or AIQ above the zero router. */
    private interface Scale {
        double of(OutcomeTable table, List<int[]> choices, int[] times);
    }

    /** All lines, set by set. */
    public List<Line> lines() {
        List<Line> lines = new ArrayList<>();
        lines.addAll(twoModels("RouteLLM MMLU, APGR", "knowledge"));
        lines.addAll(twoModels("RouteLLM GSM8K, APGR", "arithmetic"));
        lines.addAll(manyModels("MMLU-Pro, gap closed", "mmlupro", QualityMetrics::gapClosed));
        lines.addAll(manyModels("ZeroEval, gap closed", "zeroeval", QualityMetrics::gapClosed));
        lines.addAll(manyModels("BFCL, gap closed", "bfcl", QualityMetrics::gapClosed));
        return lines;
    }

    /**
     * Lines of a family that the weights have not seen, which is all that is measured on: AIQ above the zero router, or
     * APGR above chance where there are two models.
     */
    List<Line> unseen() {
        List<Line> lines = new ArrayList<>();
        TreeSet<String> sets = new TreeSet<>(test.stream().map(Example::set).toList());
        for (String set : sets) {
            List<Example> own = test.stream().filter(e -> e.set().equals(set)).toList();
            lines.addAll(
                    own.get(0).outcomes().keySet().equals(Set.of(STRONG, WEAK))
                            ? twoModels(set + ", APGR - 0.5", own.get(0).domain())
                            : manyModels(set + ", AIQ", set, QualityMetrics::aboveZero));
        }
        return lines;
    }

    /** The lines as a table for people. */
    public static String table(List<Line> lines) {
        StringBuilder out = new StringBuilder();
        String set = "";
        for (Line line : lines) {
            if (!line.set().equals(set)) {
                set = line.set();
                out.append(String.format(
                        Locale.ROOT, "%n%-28s %8s  %-18s %s%n", set, "value", "95 %", "waybill ahead by"));
            }
            String ahead = line.router().equals("waybill")
                    ? ""
                    : String.format(
                            Locale.ROOT, "%+.3f  (%+.3f to %+.3f)", line.ahead(), line.aheadLow(), line.aheadHigh());
            out.append(String.format(
                            Locale.ROOT,
                            "  %-26s %8.3f  %6.3f to %6.3f   %s",
                            line.router(),
                            line.value(),
                            line.low(),
                            line.high(),
                            ahead)
                    .stripTrailing());
            out.append(System.lineSeparator());
        }
        return out.toString();
    }

    private List<Line> twoModels(String name, String domain) {
        List<Example> prompts = test.stream()
                .filter(e -> e.set().equals("routellm") && e.domain().equals(domain) && e.comparable())
                .toList();
        if (prompts.isEmpty()) {
            return List.of();
        }
        double[] gain = prompts.stream()
                .mapToDouble(e -> e.outcome(STRONG).score() - e.outcome(WEAK).score())
                .toArray();
        double[][] byKind = categories(prompts, List.of(STRONG, WEAK));
        TreeMap<String, Measure> routers = new TreeMap<>();
        routers.put("1 random", times -> 0.5);
        routers.put("2 prompt length", apgr(score(prompts, KeywordScore::length), gain));
        routers.put("3 keyword score", apgr(score(prompts, KeywordScore::keywords), gain));
        routers.put("4 category known", apgr(lead(byKind), gain));
        routers.put("5 waybill", apgr(lead(new Forecast(weights, prompts, List.of(STRONG, WEAK)).chance), gain));
        if (others != null) {
            routers.put(
                    "6 other weights", apgr(lead(new Forecast(others, prompts, List.of(STRONG, WEAK)).chance), gain));
        }
        routers.put("7 oracle", apgr(gain, gain));
        return lines(name, routers, prompts.size());
    }

    /** By how much the first model is likelier to answer well than the second. */
    private static double[] lead(double[][] chance) {
        return Arrays.stream(chance).mapToDouble(c -> c[0] - c[1]).toArray();
    }

    private static Measure apgr(double[] preference, double[] gain) {
        return times -> QualityMetrics.apgr(preference, gain, times);
    }

    private List<Line> manyModels(String name, String set, Scale scale) {
        List<Example> prompts = test.stream().filter(e -> e.set().equals(set)).toList();
        if (prompts.isEmpty()) {
            return List.of();
        }
        OutcomeTable table = new OutcomeTable(prompts);
        OutcomeTable known =
                new OutcomeTable(train.stream().filter(e -> e.set().equals(set)).toList(), table.models);
        Forecast forecast = new Forecast(weights, prompts, table.models);
        List<int[]> learned = forecast.sweep();
        List<int[]> byKind = QualityMetrics.sweep(categories(prompts, table.models), forecast.usd);
        List<int[]> byLength = hardestToBest(known, score(prompts, KeywordScore::length));
        List<int[]> byKeywords = hardestToBest(known, score(prompts, KeywordScore::keywords));
        TreeMap<String, Measure> routers = new TreeMap<>();
        routers.put("1 zero router", times -> 0);
        routers.put("2 prompt length", times -> scale.of(table, byLength, times));
        routers.put("3 keyword score", times -> scale.of(table, byKeywords, times));
        routers.put("4 category known", times -> scale.of(table, byKind, times));
        routers.put("5 waybill", times -> scale.of(table, learned, times));
        if (others != null) {
            List<int[]> byOthers = new Forecast(others, prompts, table.models).sweep();
            routers.put("6 other weights", times -> scale.of(table, byOthers, times));
        }
        routers.put("7 oracle", times -> scale.of(table, table.oracle(), times));
        return lines(name, routers, prompts.size());
    }

    private List<Line> lines(String set, Map<String, Measure> routers, int prompts) {
        Measure own = routers.get("5 waybill");
        if (own == null) {
            throw new IllegalStateException("no line for the weights that are measured");
        }
        List<int[]> samples = Samples.of(prompts, draws);
        int[] once = new int[prompts];
        Arrays.fill(once, 1);
        double[] owns = samples.stream().mapToDouble(own::of).toArray();
        List<Line> lines = new ArrayList<>();
        routers.forEach((name, measure) -> {
            double[] values = samples.stream().mapToDouble(measure::of).toArray();
            double[] ahead = new double[values.length];
            for (int i = 0; i < ahead.length; i++) {
                ahead[i] = owns[i] - values[i];
            }
            double value = measure.of(once);
            lines.add(new Line(
                    set,
                    name.substring(2),
                    value,
                    Samples.quantile(values, 0.025),
                    Samples.quantile(values, 0.975),
                    own.of(once) - value,
                    Samples.quantile(ahead, 0.025),
                    Samples.quantile(ahead, 0.975)));
        });
        return lines;
    }

    private static double[] score(List<Example> prompts, ToDoubleFunction<Example> score) {
        return prompts.stream().mapToDouble(score).toArray();
    }

    /** For each other model and each share of prompts: the highest scores go to the best model, the rest to the other. */
    private static List<int[]> hardestToBest(OutcomeTable known, double[] score) {
        double[] quality = known.averageScores();
        double[] cost = known.averageCosts();
        int best = 0;
        for (int m = 1; m < quality.length; m++) {
            best = quality[m] > quality[best] ? m : best;
        }
        double[] sorted = score.clone();
        Arrays.sort(sorted);
        List<int[]> choices = new ArrayList<>();
        for (int m = 0; m < quality.length; m++) {
            if (m != best && cost[m] >= cost[best]) {
                continue;
            }
            for (int q = 0; q <= QUANTILES; q++) {
                double threshold = q == QUANTILES ? Double.MAX_VALUE : sorted[q * sorted.length / QUANTILES];
                int[] choice = new int[score.length];
                for (int i = 0; i < choice.length; i++) {
                    choice[i] = score[i] >= threshold ? best : m;
                }
                choices.add(choice);
            }
        }
        return choices;
    }

    /** The average score by kind on the training examples: what somebody who is told the category could know. */
    private double[][] categories(List<Example> prompts, List<String> models) {
        double[][] chance = new double[prompts.size()][models.size()];
        for (int m = 0; m < models.size(); m++) {
            String model = models.get(m);
            TreeMap<String, double[]> byKind = new TreeMap<>();
            double sum = 0;
            double n = 0;
            for (Example e : train) {
                if (e.set().equals(prompts.get(0).set()) && e.outcomes().containsKey(model)) {
                    double[] s = byKind.computeIfAbsent(e.kind(), k -> new double[2]);
                    s[0] += e.outcome(model).score();
                    s[1]++;
                    sum += e.outcome(model).score();
                    n++;
                }
            }
            for (int i = 0; i < chance.length; i++) {
                double[] s = byKind.getOrDefault(prompts.get(i).kind(), new double[2]);
                chance[i][m] = (s[0] + PSEUDO_EXAMPLES * sum / n) / (s[1] + PSEUDO_EXAMPLES);
            }
        }
        return chance;
    }
}
