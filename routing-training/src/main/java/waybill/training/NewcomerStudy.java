package waybill.training;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.function.Consumer;
import waybill.routing.learned.Ability;
import waybill.routing.learned.Weights;

/**
 * How weights do with models whose outcomes they have never seen: two models of a set are left out of training, then
 * added with nothing but their accuracy on it and their price, and compared with leaving them out of the pool.
 */
public final class NewcomerStudy {

    /** A cost that no value of an answer makes up for: the model is never chosen. */
    private static final double NEVER = 1e12;

    private NewcomerStudy() {}

    /**
     * Two models left out.
     *
     * @param set the set they belong to
     * @param models the two
     * @param without AIQ of the pool without them
     * @param added what adding them by their accuracy gains
     * @param low lower end of that interval
     * @param high upper end of that interval
     * @param addedLog the same gain in AIQ over the logarithm of the cost
     * @param seen what adding them with all their outcomes gains
     */
    public record Line(
            String set,
            List<String> models,
            double without,
            double added,
            double low,
            double high,
            double addedLog,
            double seen) {}

    /** Trains once for each pair, and once with all models; {@code pairs} pairs of each set, drawn with a fixed seed. */
    public static List<Line> lines(
            List<Example> train,
            List<Example> dev,
            TrainerSettings settings,
            int pairs,
            int draws,
            Consumer<String> progress) {
        progress.accept("with all models");
        Weights full = Trainer.train(train, settings, step -> {});
        List<Line> lines = new ArrayList<>();
        for (String set : new TreeSet<>(dev.stream().map(Example::set).toList())) {
            List<Example> prompts =
                    dev.stream().filter(e -> e.set().equals(set)).toList();
            List<String> models = new ArrayList<>(prompts.get(0).outcomes().keySet());
            if (models.size() < 5) {
                continue;
            }
            SplittableRandom random = new SplittableRandom(11);
            for (int i = 0; i < pairs; i++) {
                int one = random.nextInt(models.size());
                int other = (one + 1 + random.nextInt(models.size() - 1)) % models.size();
                List<String> gone = List.of(models.get(Math.min(one, other)), models.get(Math.max(one, other)));
                progress.accept(set + " without " + String.join(" and ", gone));
                Set<String> both = Set.copyOf(gone);
                Weights rest = Trainer.train(withoutModels(train, both), settings, step -> {});
                lines.add(line(set, prompts, gone, rest, full, train, draws));
            }
        }
        return lines;
    }

    private static List<Example> withoutModels(List<Example> examples, Set<String> models) {
        return examples.stream()
                .map(e -> e.without(models))
                .filter(e -> !e.outcomes().isEmpty())
                .toList();
    }

    private static Line line(
            String set,
            List<Example> prompts,
            List<String> gone,
            Weights rest,
            Weights full,
            List<Example> train,
            int draws) {
        OutcomeTable table = new OutcomeTable(prompts);
        List<Ability> added = new ArrayList<>();
        List<Ability> seen = new ArrayList<>();
        for (String model : table.models) {
            Ability known = known(full, model);
            seen.add(known);
            added.add(
                    gone.contains(model)
                            ? rest.ability(null, Map.of("overall", accuracy(train, set, model)), Double.NaN)
                                    .pricedAt(known.inputPrice(), known.outputPrice())
                            : known(rest, model));
        }
        Forecast newcomers = new Forecast(prompts, added, rest);
        List<int[]> with = QualityMetrics.sweep(newcomers.chance, newcomers.usd);
        for (int i = 0; i < prompts.size(); i++) {
            for (String model : gone) {
                newcomers.usd[i][table.models.indexOf(model)] = NEVER;
            }
        }
        List<int[]> without = QualityMetrics.sweep(newcomers.chance, newcomers.usd);
        Forecast all = new Forecast(prompts, seen, full);
        List<int[]> withSeen = QualityMetrics.sweep(all.chance, all.usd);
        int[] once = table.once();
        double[] gains = new double[draws];
        List<int[]> samples = Samples.of(prompts.size(), draws);
        for (int s = 0; s < draws; s++) {
            gains[s] = QualityMetrics.aiq(table, with, samples.get(s))
                    - QualityMetrics.aiq(table, without, samples.get(s));
        }
        double base = QualityMetrics.aiq(table, without, once);
        return new Line(
                set,
                gone,
                base,
                QualityMetrics.aiq(table, with, once) - base,
                Samples.quantile(gains, 0.025),
                Samples.quantile(gains, 0.975),
                QualityMetrics.logAiq(table, with, once) - QualityMetrics.logAiq(table, without, once),
                QualityMetrics.aiq(table, withSeen, once) - base);
    }

    private static Ability known(Weights weights, String model) {
        Ability ability = weights.find(model);
        if (ability == null) {
            throw new IllegalStateException("the weights have seen no outcome of " + model);
        }
        return ability;
    }

    /** The model's share of good answers on the training examples of the set. */
    private static double accuracy(List<Example> train, String set, String model) {
        return train.stream()
                .filter(e -> e.set().equals(set))
                .mapToDouble(e -> e.outcome(model).score())
                .average()
                .orElseThrow();
    }

    /** The lines as a table for people. */
    public static String table(List<Line> lines) {
        StringBuilder out = new StringBuilder(String.format(
                Locale.ROOT,
                "%-9s %8s  %9s  %-18s %8s %8s  %s%n",
                "set",
                "without",
                "added",
                "95 %",
                "log AIQ",
                "seen",
                "models added by their accuracy"));
        for (Line line : lines) {
            out.append(String.format(
                    Locale.ROOT,
                    "%-9s %8.4f  %+9.4f  %+7.4f to %+7.4f %+8.4f %+8.4f  %s%n",
                    line.set(),
                    line.without(),
                    line.added(),
                    line.low(),
                    line.high(),
                    line.addedLog(),
                    line.seen(),
                    String.join(", ", line.models())));
        }
        return out.toString();
    }
}
