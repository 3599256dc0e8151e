package waybill.training;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.TreeMap;
import waybill.routing.Objective;

/**
 * What a log of decisions says of another objective: had it decided who comes first, what would have come of it? Uses the
 * decisions where what it would have done was done, each weighed by one over its chance.
 *
 * <p>Three estimates of dollars per decision (the answers' value less money and time): inverse propensity (IPS),
 * self-normalised (SNIPS), and doubly robust (DR), which starts from what the router predicted and corrects it by what
 * came. Intervals are percentiles of a seeded bootstrap over decisions. A log that seldom or never tried what the
 * objective would do is refused: no estimate is better than a made-up one.
 */
public final class DecisionReplay {

    /** Decisions, weighed, on which an estimate must rest at least. */
    static final double LEAST_SAMPLE = 30;

    /** The share of decisions where the objective would do what could never have happened, at most. */
    static final double MOST_UNSUPPORTED = 0.05;

    private final Objective objective;
    private final int read;
    private final int unknown;
    private final List<Sample> samples = new ArrayList<>();
    private final TreeMap<String, Integer> untried = new TreeMap<>();
    private final int draws;
    private final long seed;

    /** One decision: its weight, its reward, the rewards that were predicted for what was done and for the target. */
    private record Sample(
            double weight, double reward, double done, double target, double quality, double cost, double seconds) {}

    /**
     * An estimate with its interval, in the unit of what is estimated.
     *
     * @param value the estimate
     * @param low the 2.5th percentile
     * @param high the 97.5th percentile
     */
    public record Estimate(double value, double low, double high) {}

    private DecisionReplay(Objective objective, List<Decision> decisions, int draws, long seed) {
        this.objective = objective;
        this.read = decisions.size();
        this.draws = draws;
        this.seed = seed;
        int withoutOutcome = 0;
        for (Decision decision : decisions) {
            if (!decision.known()) {
                withoutOutcome++;
            } else {
                decision.chosenBy(objective).ifPresent(target -> take(decision, target));
            }
        }
        this.unknown = withoutOutcome;
    }

    /**
     * Replays a log, with its older file, against this objective.
     *
     * @param draws bootstrap samples for the intervals
     * @param seed of the bootstrap
     * @throws IOException when it cannot be read, naming the line
     */
    public static DecisionReplay of(Path log, Objective objective, int draws, long seed) throws IOException {
        return of(DecisionFiles.read(log), objective, draws, seed);
    }

    static DecisionReplay of(List<Decision> decisions, Objective objective, int draws, long seed) {
        return new DecisionReplay(objective, decisions, draws, seed);
    }

    private void take(Decision decision, Decision.Option target) {
        if (target.propensity() <= 0) {
            untried.merge(target.name(), 1, Integer::sum);
            return;
        }
        Decision.Option done = decision.option(decision.first()).orElseThrow();
        double weight = done.name().equals(target.name()) ? 1 / target.propensity() : 0;
        samples.add(new Sample(
                weight,
                decision.reward(objective),
                done.expected(objective),
                target.expected(objective),
                decision.quality(),
                decision.cost(),
                decision.seconds()));
    }

    /** Why nothing can be said; empty when the support suffices. */
    public String refusal() {
        int tried = samples.size();
        int never = untried.values().stream().mapToInt(Integer::intValue).sum();
        if (tried + never == 0) {
            return "no decision has a known outcome: give scores with feedback(receiptId, score), then replay";
        }
        if (never > MOST_UNSUPPORTED * (tried + never)) {
            return String.format(
                    Locale.ROOT,
                    "the log never tries what this objective would do in %.1f %% of its decisions (%s); at most %.0f %% may"
                            + " be without support. Explore, or ask for an objective nearer to the logged one",
                    100.0 * never / (tried + never),
                    untried,
                    100 * MOST_UNSUPPORTED);
        }
        double sample = effectiveSample();
        return sample >= LEAST_SAMPLE
                ? ""
                : String.format(
                        Locale.ROOT,
                        "the log did what this objective would do so seldom that an estimate would rest on %.1f decisions;"
                                + " %.0f are the least",
                        sample,
                        LEAST_SAMPLE);
    }

    /** Kish's effective sample size, {@code (sum w)^2 / sum w^2}: equally weighed decisions worth as much. */
    public double effectiveSample() {
        double sum = 0;
        double squares = 0;
        for (Sample sample : samples) {
            sum += sample.weight;
            squares += sample.weight * sample.weight;
        }
        return squares == 0 ? 0 : sum * sum / squares;
    }

    /** Dollars per decision by inverse propensity; without bias, widest interval. */
    public Estimate ips() {
        return estimate((weights, drawn) -> weighed(drawn, Sample::reward) / drawn.length);
    }

    /** Dollars per decision, self-normalised. */
    public Estimate snips() {
        return estimate((weights, drawn) -> weighed(drawn, Sample::reward) / weights);
    }

    /** Dollars per decision, doubly robust. */
    public Estimate doublyRobust() {
        return estimate((weights, drawn) -> {
            double sum = 0;
            for (Sample sample : drawn) {
                sum += sample.target + sample.weight * (sample.reward - sample.done);
            }
            return sum / drawn.length;
        });
    }

    /** Share of good answers, self-normalised. */
    public Estimate quality() {
        return estimate((weights, drawn) -> weighed(drawn, Sample::quality) / weights);
    }

    /** Dollars spent per decision, self-normalised. */
    public Estimate cost() {
        return estimate((weights, drawn) -> weighed(drawn, Sample::cost) / weights);
    }

    /** Seconds per decision, self-normalised. */
    public Estimate seconds() {
        return estimate((weights, drawn) -> weighed(drawn, Sample::seconds) / weights);
    }

    /** What came of the decisions as they were made: dollars per decision at this objective's value. */
    public double logged() {
        return samples.stream().mapToDouble(Sample::reward).average().orElse(0);
    }

    /** The table for people; not to be asked for when there is a {@link #refusal}. */
    public String table() {
        String row = "%-34s %12s   %12s to %12s%n";
        StringBuilder text = new StringBuilder(String.format(
                Locale.ROOT,
                "objective %s (V $%s, T $%s): %d decisions, %d without a known outcome, %d never tried;"
                        + " effective sample %.0f%n",
                objective.name(),
                plain(objective.value()),
                plain(objective.second()),
                read,
                unknown,
                untried.values().stream().mapToInt(Integer::intValue).sum(),
                effectiveSample()));
        text.append(String.format(Locale.ROOT, row, "per decision", "estimate", "95 % from", ""));
        text.append(String.format(Locale.ROOT, row, "as logged, $", plain(logged()), "", ""));
        append(text, row, "inverse propensity (IPS), $", ips());
        append(text, row, "self-normalised (SNIPS), $", snips());
        append(text, row, "doubly robust (DR), $", doublyRobust());
        append(text, row, "good answers (SNIPS), share", quality());
        append(text, row, "spent (SNIPS), $", cost());
        append(text, row, "time (SNIPS), s", seconds());
        return text.toString();
    }

    private static void append(StringBuilder text, String row, String name, Estimate estimate) {
        text.append(String.format(
                Locale.ROOT, row, name, plain(estimate.value), plain(estimate.low), plain(estimate.high)));
    }

    private static String plain(double value) {
        return String.format(Locale.ROOT, "%.6f", value);
    }

    private interface Statistic {
        double of(double weights, Sample... drawn);
    }

    private interface Part {
        double of(Sample sample);
    }

    private static double weighed(Sample[] drawn, Part part) {
        double sum = 0;
        for (Sample sample : drawn) {
            sum += sample.weight * part.of(sample);
        }
        return sum;
    }

    private Estimate estimate(Statistic statistic) {
        Sample[] all = samples.toArray(Sample[]::new);
        double value = statistic.of(weights(all), all);
        SplittableRandom random = new SplittableRandom(seed);
        double[] drawn = new double[draws];
        int kept = 0;
        Sample[] some = new Sample[all.length];
        for (int i = 0; i < draws; i++) {
            for (int j = 0; j < some.length; j++) {
                some[j] = all[random.nextInt(all.length)];
            }
            double weights = weights(some);
            if (weights > 0) {
                drawn[kept++] = statistic.of(weights, some);
            }
        }
        double[] sorted = Arrays.copyOf(drawn, kept);
        Arrays.sort(sorted);
        return new Estimate(value, sorted[(int) (0.025 * (kept - 1))], sorted[(int) Math.ceil(0.975 * (kept - 1))]);
    }

    private static double weights(Sample... drawn) {
        double sum = 0;
        for (Sample sample : drawn) {
            sum += sample.weight;
        }
        return sum;
    }
}
