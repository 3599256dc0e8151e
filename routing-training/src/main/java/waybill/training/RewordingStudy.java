package waybill.training;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import waybill.routing.learned.Weights;

/**
 * How often the choice stays the same when a prompt says the same in other words: options renamed, white space changed,
 * a courtesy put before it. Asked at values of a good answer from a tenth of a cent to a dollar.
 */
public final class RewordingStudy {

    private static final double[] VALUES = {0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1};

    private static final Map<String, UnaryOperator<String>> REWORDINGS = new LinkedHashMap<>();

    static {
        REWORDINGS.put(
                "options become choices", t -> t.replace("Options", "Choices").replace("options", "choices"));
        REWORDINGS.put(
                "a heading of choices", t -> t.contains("\nA.") ? t.replaceFirst("\nA\\.", "\nChoices:\nA.") : t);
        REWORDINGS.put("white space changed", t -> t.replace(" ", "  ").replace("\n", "\r\n\r\n") + "\n\n");
        REWORDINGS.put("one line", t -> t.replaceAll("\\s+", " "));
        REWORDINGS.put(
                "courtesies",
                t -> "Hello! I hope you are doing well. Could you please help me with the following question? Thank you"
                        + " very much in advance.\n\n" + t);
        REWORDINGS.put("please", t -> "Please answer the following question carefully. " + t);
        REWORDINGS.put(
                "gratitude",
                t -> "I would really appreciate your assistance with this one, thanks a lot for your time! " + t);
        REWORDINGS.put(
                "a role of its own", t -> "As a seasoned analyst at a large firm, take your time with this. " + t);
    }

    private RewordingStudy() {}

    /**
     * One rewording on one set.
     *
     * @param set the set
     * @param rewording what was changed
     * @param prompts how many prompts
     * @param same share of prompts whose choice stays, on average over the values
     * @param worst the same at the value where it is lowest
     */
    public record Line(String set, String rewording, int prompts, double same, double worst) {}

    /** All rewordings on all sets. */
    public static List<Line> lines(Weights weights, List<Example> prompts) {
        List<Line> lines = new ArrayList<>();
        for (String set : new TreeSet<>(prompts.stream().map(Example::set).toList())) {
            List<Example> own =
                    prompts.stream().filter(e -> e.set().equals(set)).toList();
            List<String> models = List.copyOf(own.get(0).outcomes().keySet());
            Forecast before = new Forecast(weights, own, models);
            REWORDINGS.forEach((name, change) -> {
                List<Example> changed = own.stream()
                        .map(e -> e.withText(change.apply(e.text())))
                        .toList();
                lines.add(line(set, name, before, new Forecast(weights, changed, models)));
            });
        }
        return lines;
    }

    private static Line line(String set, String name, Forecast before, Forecast after) {
        int prompts = before.chance.length;
        double sum = 0;
        double worst = 1;
        for (double value : VALUES) {
            int same = 0;
            for (int i = 0; i < prompts; i++) {
                int was = QualityMetrics.choice(before.chance[i], before.usd[i], value);
                same += QualityMetrics.choice(after.chance[i], after.usd[i], value) == was ? 1 : 0;
            }
            double share = (double) same / prompts;
            sum += share / VALUES.length;
            worst = Math.min(worst, share);
        }
        return new Line(set, name, prompts, sum, worst);
    }

    /** The lines as a table for people. */
    public static String table(List<Line> lines) {
        StringBuilder out = new StringBuilder(String.format(
                Locale.ROOT, "%-10s %-26s %8s %11s %8s%n", "set", "rewording", "prompts", "same choice", "worst"));
        for (Line line : lines) {
            out.append(String.format(
                    Locale.ROOT,
                    "%-10s %-26s %8d %9.1f %% %6.1f %%%n",
                    line.set(),
                    line.rewording(),
                    line.prompts(),
                    100 * line.same(),
                    100 * line.worst()));
        }
        return out.toString();
    }
}
