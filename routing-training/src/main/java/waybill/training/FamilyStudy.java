package waybill.training;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;
import java.util.function.Consumer;
import waybill.routing.learned.Weights;

/**
 * How weights do on a family of prompts that they have never seen: each family in turn is left out of training and then
 * measured on, beside the best mix of single models in hindsight, prompt length and the keyword score.
 */
public final class FamilyStudy {

    private FamilyStudy() {}

    /**
     * One family left out.
     *
     * @param family its name
     * @param prompts how many were measured on
     * @param measure what was measured
     * @param zero what no skill is
     * @param router the weights, above no skill
     * @param low lower end of that interval
     * @param high upper end of that interval
     * @param length prompt length, above no skill
     * @param keywords the keyword score, above no skill
     */
    public record Line(
            String family,
            int prompts,
            String measure,
            double zero,
            double router,
            double low,
            double high,
            double length,
            double keywords) {}

    /**
     * Trains once for each family.
     *
     * @param only families to leave out, by name; all when empty
     */
    public static List<Line> lines(
            List<Example> train,
            List<Example> dev,
            TrainerSettings settings,
            List<String> only,
            int draws,
            Consumer<String> progress) {
        List<Example> all = new ArrayList<>(train);
        all.addAll(dev);
        List<String> families = new ArrayList<>(
                new TreeSet<>(train.stream().map(Example::family).toList()));
        if (!only.isEmpty()) {
            families.retainAll(only);
        }
        List<Line> lines = new ArrayList<>();
        for (String family : families) {
            progress.accept("without " + family + ", " + (families.indexOf(family) + 1) + " of " + families.size());
            List<Example> rest =
                    train.stream().filter(e -> !e.family().equals(family)).toList();
            List<Example> own =
                    all.stream().filter(e -> e.family().equals(family)).toList();
            Weights weights = Trainer.train(rest, settings, step -> {});
            lines.addAll(measured(family, own, new Evaluation(weights, rest, own, draws).unseen()));
        }
        return lines;
    }

    private static List<Line> measured(String family, List<Example> own, List<Evaluation.Line> of) {
        List<Line> lines = new ArrayList<>();
        for (Evaluation.Line line : of) {
            if (line.router().equals("waybill")) {
                double zero = line.set().endsWith("0.5") ? 0.5 : 0;
                String set = line.set().substring(0, line.set().indexOf(','));
                int prompts =
                        (int) own.stream().filter(e -> e.set().equals(set)).count();
                lines.add(new Line(
                        family,
                        prompts,
                        line.set(),
                        zero,
                        line.value() - zero,
                        line.low() - zero,
                        line.high() - zero,
                        value(of, line.set(), "prompt length") - zero,
                        value(of, line.set(), "keyword score") - zero));
            }
        }
        return lines;
    }

    private static double value(List<Evaluation.Line> lines, String set, String router) {
        return lines.stream()
                .filter(l -> l.set().equals(set) && l.router().equals(router))
                .mapToDouble(Evaluation.Line::value)
                .findFirst()
                .orElseThrow();
    }

    /** The lines as a table for people. */
    public static String table(List<Line> lines) {
        StringBuilder out = new StringBuilder(String.format(
                Locale.ROOT,
                "%-26s %-24s %7s  %8s  %-18s %8s %9s%n",
                "family left out",
                "above no skill by",
                "prompts",
                "waybill",
                "95 %",
                "length",
                "keywords"));
        for (Line line : lines) {
            out.append(String.format(
                    Locale.ROOT,
                    "%-26s %-24s %7d  %+8.4f  %+7.4f to %+7.4f %+8.4f %+9.4f%n",
                    line.family(),
                    line.measure(),
                    line.prompts(),
                    line.router(),
                    line.low(),
                    line.high(),
                    line.length(),
                    line.keywords()));
        }
        return out.toString();
    }
}
