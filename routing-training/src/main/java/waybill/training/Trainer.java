package waybill.training;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.IntToDoubleFunction;
import waybill.routing.learned.Weights;
import waybill.routing.learned.Wording;

/**
 * Learns weights from outcomes. The same examples and settings give the same bytes on every JVM, whatever the number of
 * threads: nothing is random, and every sum has a fixed order.
 *
 * <p>Five ridge regressions on the hashed words and the signals (kind of prompt, outcomes of all models at once, answer
 * lengths, familiarity, general difficulty), each cut to a low rank; then, for every model, its chance by kind and its
 * loadings, and the lines from which models that were never seen get theirs.
 */
public final class Trainer {

    private static final double SHARED_BY_MODELS = 0.3;
    private static final double SHARED_BY_DOMAINS = 0.5;
    private static final double LENGTH_SHARED_BY_MODELS = 0.6;
    private static final double FAMILIARITY_RIDGE = 3;
    private static final double UNSURE = 0.45;
    private static final double SURE = 0.75;
    private static final double DIFFICULTY_RIDGE = 5;

    private final Tasks tasks;
    private final TrainerSettings settings;
    private final Consumer<String> progress;
    private final Design design;
    private final Subspace subspace;
    private final List<int[]> groups;
    private final RidgeSolver solver;
    private final Weights.Parts parts = new Weights.Parts();
    private final List<double[]> wordColumns = new ArrayList<>();
    private final List<double[]> signalColumns = new ArrayList<>();
    private final List<Double> biases = new ArrayList<>();

    private Trainer(TrainingTexts texts, TrainerSettings settings, Consumer<String> progress) {
        this.tasks = texts.tasks;
        this.settings = settings;
        this.progress = progress;
        this.design = texts.design;
        this.subspace = texts.subspace;
        this.groups = texts.groups;
        this.solver = texts.solver;
    }

    /** Learns from these examples, telling each step to {@code progress}. */
    public static Weights train(List<Example> examples, TrainerSettings settings, Consumer<String> progress) {
        return train(new TrainingTexts(examples, settings, progress), settings, progress);
    }

    static Weights train(TrainingTexts texts, TrainerSettings settings, Consumer<String> progress) {
        return new Trainer(texts, settings, progress).train();
    }

    private Weights train() {
        parts.bits = settings.bits();
        parts.domains = tasks.domains;
        parts.kinds = tasks.kinds;
        parts.kindDomain = tasks.kindDomain;
        parts.idf = design.idf;
        parts.signalMean = design.signalMean;
        parts.signalSpread = design.signalSpread;
        learnKinds();
        double[] outcomes = tasks.table(Outcome::score);
        double[][] loadings = learnDemands(outcomes);
        double[] lengths = tasks.table(o -> StrictMath.log1p(o.outputTokens()));
        double[][] lengthLoadings = learnLengths(lengths);
        learnFamiliarity();
        learnDifficulty(outcomes);
        quantise();
        progress.accept("abilities of " + tasks.models.size() + " models");
        new AbilityTable(tasks, settings, parts).fill(outcomes, lengths, loadings, lengthLoadings);
        return new Weights(parts);
    }

    private void learnKinds() {
        progress.accept("kinds of prompt");
        int n = tasks.kinds.size();
        double[] share = new double[n];
        for (int kind : tasks.kindOf) {
            share[kind] += 1.0 / design.rows;
        }
        double[] target = new double[design.rows * n];
        for (int i = 0; i < design.rows; i++) {
            for (int k = 0; k < n; k++) {
                target[i * n + k] = (tasks.kindOf[i] == k ? 1 : 0) - share[k];
            }
        }
        double[] s = solver.solve(
                target, n, everywhere(n), null, signalWeights(settings.kindSignalWeight()), settings.kindRidge());
        int rank = Math.min(settings.kindRank(), n);
        double[] axes = axes(s, allRows(), identity(n), rank);
        addColumns(s, identity(n), axes, rank);
        parts.kindRank = rank;
        parts.kindMatrix = new float[n * rank];
        parts.kindBias = new float[n];
        parts.sure =
                new float[] {(float) (UNSURE * settings.kindSharpness()), (float) (SURE * settings.kindSharpness())};
        for (int k = 0; k < n; k++) {
            parts.kindBias[k] = (float) (settings.kindSharpness() * share[k]);
            for (int r = 0; r < rank; r++) {
                parts.kindMatrix[k * rank + r] = (float) (settings.kindSharpness() * axes[k * rank + r]);
            }
        }
        kindShares(share);
    }

    private void kindShares(double[] share) {
        int n = share.length;
        double[] ofDomain = new double[tasks.domains.size()];
        for (int k = 0; k < n; k++) {
            ofDomain[tasks.kindDomain[k]] += share[k];
        }
        parts.kindShare = new float[n];
        parts.kindAnywhere = new float[n];
        for (int k = 0; k < n; k++) {
            parts.kindShare[k] = (float) (share[k] / ofDomain[tasks.kindDomain[k]]);
            parts.kindAnywhere[k] = parts.kindShare[k] / ofDomain.length;
        }
    }

    /** Loadings of each task on the demand columns of its domain. */
    private double[][] learnDemands(double[] outcomes) {
        progress.accept("what makes prompts hard, from " + tasks.count() + " pairs of domain and model");
        List<Integer> domains = new ArrayList<>();
        double[][] loadings = learnLowRank(outcomes, SHARED_BY_MODELS, settings.demandRank(), domains);
        parts.demandDomain = domains.stream().mapToInt(Integer::intValue).toArray();
        return loadings;
    }

    private double[][] learnLengths(double[] lengths) {
        progress.accept("lengths of answers");
        List<Integer> domains = new ArrayList<>();
        double[][] loadings = learnLowRank(lengths, LENGTH_SHARED_BY_MODELS, settings.lengthRank(), domains);
        parts.lengthDomain = domains.stream().mapToInt(Integer::intValue).toArray();
        return loadings;
    }

    private double[][] learnLowRank(double[] table, double sharedByModels, int mostRank, List<Integer> domains) {
        int n = tasks.count();
        double[] mean = Tasks.means(table, n);
        double[] target = new double[table.length];
        for (int i = 0; i < table.length; i++) {
            target[i] = table[i] - mean[i % n];
        }
        double[][] present = new double[n][groups.size()];
        for (int t = 0; t < n; t++) {
            for (int g = 0; g < groups.size(); g++) {
                present[t][g] = Double.isNaN(table[groups.get(g)[0] * n + t]) ? 0 : 1;
            }
        }
        double[] sharing = tasks.sharing(sharedByModels, SHARED_BY_DOMAINS);
        double[] s =
                solver.solve(target, n, present, sharing, signalWeights(settings.signalWeight()), settings.ridge());
        double[][] loadings = new double[n][];
        for (int d = 0; d < tasks.domains.size(); d++) {
            int[] own = tasks.of(d);
            int rank = Math.min(mostRank, own.length);
            double[] axes = axes(s, rowsOf(d), own, rank);
            addColumns(s, own, axes, rank);
            for (int t = 0; t < own.length; t++) {
                loadings[own[t]] = Arrays.copyOfRange(axes, t * rank, (t + 1) * rank);
            }
            for (int r = 0; r < rank; r++) {
                domains.add(d);
            }
        }
        return loadings;
    }

    /**
     * How much a text resembles the training texts, from words alone. What is usual is measured on texts held out, by
     * domain.
     */
    private void learnFamiliarity() {
        progress.accept("familiarity");
        double[] none = new double[Wording.SIGNALS];
        double[] ones = new double[design.rows];
        Arrays.fill(ones, 1);
        double[] held = new double[design.rows];
        RidgeSolver halves = new RidgeSolver(subspace, design, List.of(half(0), half(1)));
        for (int fold = 0; fold < 2; fold++) {
            double[][] other = {{fold, 1 - fold}};
            double[] s = halves.solve(ones, 1, other, null, none, FAMILIARITY_RIDGE / 2);
            for (int row : half(fold)) {
                held[row] = halves.value(s, 0, row);
            }
        }
        double[] s = solver.solve(ones, 1, everywhere(1), null, none, FAMILIARITY_RIDGE);
        addColumns(s, new int[] {0}, new double[] {1}, 1);
        parts.familiar = new float[tasks.domains.size()];
        for (int d = 0; d < parts.familiar.length; d++) {
            double[] usual =
                    Arrays.stream(rowsOf(d)).mapToDouble(i -> held[i]).sorted().toArray();
            parts.familiar[d] = (float) usual[(int) (settings.familiarShare() * usual.length)];
        }
    }

    /** Texts of one half; the same text is always in the same half. */
    private int[] half(int which) {
        return Arrays.stream(allRows())
                .filter(i -> Math.floorMod(tasks.examples.get(i).text().hashCode(), 2) == which)
                .toArray();
    }

    /**
     * How hard a text looks, whatever it is about: the mean outcome over models, all domains weighing the same. Where
     * the text is unlike any other that is a poor guess alone, so words of reasoning and plain length count as much.
     */
    private void learnDifficulty(double[] outcomes) {
        progress.accept("general difficulty");
        int n = tasks.count();
        double[] mean = new double[design.rows];
        double[] domainMean = new double[tasks.domains.size()];
        double[] domainRows = new double[tasks.domains.size()];
        for (int i = 0; i < design.rows; i++) {
            double[] seen = Arrays.stream(outcomes, i * n, (i + 1) * n)
                    .filter(score -> !Double.isNaN(score))
                    .toArray();
            mean[i] = Arrays.stream(seen).average().orElseThrow();
            domainMean[tasks.domainOf[i]] += mean[i];
            domainRows[tasks.domainOf[i]]++;
        }
        double middle = 0;
        for (int d = 0; d < domainMean.length; d++) {
            middle += domainMean[d] / domainRows[d] / domainMean.length;
        }
        double[] target = new double[design.rows];
        for (int i = 0; i < design.rows; i++) {
            target[i] = middle - mean[i];
        }
        double[][] weight = new double[1][groups.size()];
        for (int g = 0; g < groups.size(); g++) {
            weight[0][g] = 1000 / domainRows[tasks.domainOf[groups.get(g)[0]]];
        }
        double[] learned = solver.solve(target, 1, weight, null, signalWeights(1), DIFFICULTY_RIDGE);
        double[] all = new double[solver.width];
        for (double[] guess :
                List.of(learned, ofSignals(KeywordScore::weight), ofSignals(s -> s == KeywordScore.LENGTH ? 1 : 0))) {
            Design.axpy(1 / centreAndSpread(guess, weight[0])[1], guess, 0, all, 0, all.length);
        }
        double[] usual = centreAndSpread(all, weight[0]);
        addColumns(all, new int[] {0}, new double[] {1 / usual[1]}, 1);
        biases.set(biases.size() - 1, -usual[0] / usual[1]);
        parts.difficultySlope = (float) settings.difficultySlope();
    }

    /** Coefficients of a function of the signals alone, given by what one unit of each adds. */
    private double[] ofSignals(IntToDoubleFunction weight) {
        double[] coefficients = new double[solver.width];
        for (int s = 0; s < Wording.TEXT_SIGNALS; s++) {
            coefficients[solver.width - Wording.SIGNALS + s] = weight.applyAsDouble(s) * design.signalSpread[s];
        }
        return coefficients;
    }

    /** Mean and standard deviation of a function over the texts, each text counting as much as its group says. */
    private double[] centreAndSpread(double[] coefficients, double[] weight) {
        double sum = 0;
        double squares = 0;
        double weights = 0;
        for (int g = 0; g < groups.size(); g++) {
            for (int row : groups.get(g)) {
                double fitted = solver.value(coefficients, 0, row);
                sum += weight[g] * fitted;
                squares += weight[g] * fitted * fitted;
                weights += weight[g];
            }
        }
        double centre = sum / weights;
        return new double[] {centre, Math.sqrt(Math.max(1e-12, squares / weights - centre * centre))};
    }

    private double[][] everywhere(int columns) {
        double[][] present = new double[columns][groups.size()];
        for (double[] row : present) {
            Arrays.fill(row, 1);
        }
        return present;
    }

    /** Weights of the signals: all text signals together weigh {@code all}, and so do all tool signals. */
    private static double[] signalWeights(double all) {
        double[] weights = new double[Wording.SIGNALS];
        int tools = Wording.SIGNALS - Wording.TEXT_SIGNALS;
        for (int s = 0; s < weights.length; s++) {
            weights[s] = all / Math.sqrt(s < Wording.TEXT_SIGNALS ? Wording.TEXT_SIGNALS : tools);
        }
        return weights;
    }

    /** The leading directions of the fitted values of these targets over these rows: the best cut to a low rank. */
    private double[] axes(double[] coefficients, int[] rows, int[] own, int rank) {
        int n = own.length;
        double[] fitted = new double[rows.length * n];
        Design.each(rows.length, i -> {
            for (int t = 0; t < n; t++) {
                fitted[i * n + t] = solver.value(coefficients, own[t], rows[i]);
            }
        });
        return SymmetricEigen.leading(Subspace.gram(fitted, rows.length, n), n, rank);
    }

    private void addColumns(double[] coefficients, int[] own, double[] axes, int rank) {
        int width = solver.width;
        for (int r = 0; r < rank; r++) {
            double[] sum = new double[width];
            for (int t = 0; t < own.length; t++) {
                Design.axpy(axes[t * rank + r], coefficients, own[t] * width, sum, 0, width);
            }
            wordColumns.add(subspace.words(solver.ofWords(sum)));
            signalColumns.add(solver.ofSignals(sum));
            biases.add(0.0);
        }
    }

    private void quantise() {
        int columns = wordColumns.size();
        parts.gramWeights = new byte[design.buckets * columns];
        parts.scale = new float[columns];
        parts.bias = new float[columns];
        parts.signalWeights = new float[Wording.SIGNALS * columns];
        for (int c = 0; c < columns; c++) {
            double[] words = wordColumns.get(c);
            double largest = 0;
            for (double w : words) {
                largest = Math.max(largest, Math.abs(w));
            }
            double step = largest == 0 ? 1 : largest / 127;
            parts.scale[c] = (float) step;
            parts.bias[c] = biases.get(c).floatValue();
            for (int b = 0; b < design.buckets; b++) {
                parts.gramWeights[b * columns + c] = (byte) Math.round(words[b] / step);
            }
            for (int s = 0; s < Wording.SIGNALS; s++) {
                parts.signalWeights[s * columns + c] = (float) signalColumns.get(c)[s];
            }
        }
    }

    private int[] allRows() {
        return identity(design.rows);
    }

    private int[] rowsOf(int domain) {
        List<Integer> rows = new ArrayList<>();
        for (int i = 0; i < design.rows; i++) {
            if (tasks.domainOf[i] == domain) {
                rows.add(i);
            }
        }
        return rows.stream().mapToInt(Integer::intValue).toArray();
    }

    private static int[] identity(int n) {
        int[] all = new int[n];
        for (int i = 0; i < n; i++) {
            all[i] = i;
        }
        return all;
    }
}
