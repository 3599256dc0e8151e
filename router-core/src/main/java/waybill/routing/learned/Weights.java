package waybill.routing.learned;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The numbers that were learned: they turn a {@link Wording} into a {@link PromptDemand} and hold the abilities of the
 * models whose outcomes were seen. Immutable; reading a prompt is a pure function with the same result on every JVM.
 *
 * <p>Every hashed word and word pair adds a row of eight-bit weights to a few dozen columns. The columns say which
 * kind of prompt this is, what within its domain makes it harder and for whom, how long answers get, how familiar the
 * wording is, and how hard it looks in general.
 */
public final class Weights {

    private static final float IDF_STEP = 1 / 20f;
    private static final int SIGNAL_CLIP = 3;
    private static final int MOST_HARDER = 3;

    private final Parts p;
    private final int kindColumns;
    private final int demandColumns;
    private final int lengthColumns;
    private final int columns;
    private final float[][] grams;
    private final float[][] signals;
    private final float[][] kindsByColumn;

    /** Takes the parts as they are, without a copy; nobody may change them afterwards. */
    public Weights(Parts parts) {
        this.p = parts;
        this.kindColumns = parts.kindRank;
        this.demandColumns = parts.demandDomain.length;
        this.lengthColumns = parts.lengthDomain.length;
        this.columns = kindColumns + demandColumns + lengthColumns + 2;
        require(parts.idf.length == 1 << parts.bits, "idf");
        require(parts.gramWeights.length == parts.idf.length * columns, "gramWeights");
        require(parts.scale.length == columns && parts.bias.length == columns, "scale and bias");
        require(parts.sure.length == 2, "sure");
        require(parts.signalWeights.length == Wording.SIGNALS * columns, "signalWeights");
        require(parts.kindDomain.length == parts.kinds.size(), "kindDomain");
        require(parts.kindMatrix.length == parts.kinds.size() * kindColumns, "kindMatrix");
        this.grams = new float[parts.idf.length][columns];
        for (int i = 0; i < parts.gramWeights.length; i++) {
            grams[i / columns][i % columns] = parts.gramWeights[i];
        }
        this.signals = rows(parts.signalWeights, columns);
        this.kindsByColumn = transposed(parts.kindMatrix, kindColumns);
    }

    /** What this prompt demands. */
    public PromptDemand read(Wording wording) {
        float[] z = project(wording);
        float[] kinds = kindScores(z);
        float[] domains = domainScores(kinds);
        double sureness = ramp(largest(domains), p.sure[0], p.sure[1]);
        shares(kinds, domains);
        double enough = 0;
        for (int d = 0; d < domains.length; d++) {
            enough += domains[d] * p.familiar[d];
        }
        double familiarity = Math.min(sureness, ramp(z[columns - 2], enough / 2, enough));
        Arrays.fill(domains, 0);
        for (int k = 0; k < kinds.length; k++) {
            kinds[k] = (float) (familiarity * kinds[k] + (1 - familiarity) * p.kindAnywhere[k]);
            domains[p.kindDomain[k]] += kinds[k];
        }
        float[] demands = new float[demandColumns];
        for (int i = 0; i < demandColumns; i++) {
            demands[i] = (float) (z[kindColumns + i] * domains[p.demandDomain[i]] * familiarity);
        }
        float[] lengths = new float[lengthColumns];
        for (int i = 0; i < lengthColumns; i++) {
            lengths[i] = (float) (z[kindColumns + demandColumns + i] * domains[p.lengthDomain[i]] * familiarity);
        }
        double harder = p.difficultySlope * (1 - familiarity) * z[columns - 1];
        return new PromptDemand(
                kinds,
                demands,
                lengths,
                p.usualLength,
                familiarity,
                StrictMath.exp(-Math.max(-MOST_HARDER, Math.min(MOST_HARDER, harder))));
    }

    /** The ability of this model if its outcomes were seen, else null. */
    public @Nullable Ability find(String model) {
        return p.models.get(model);
    }

    /**
     * The ability of a model, complete: as learned in the domains where its outcomes were seen; elsewhere from these
     * accuracies, else from its outcomes in other domains, else from its price less a safety margin.
     *
     * @param model its name; null when it has none that could have been seen
     * @param accuracy share of good answers by area, such as "maths" or "MMLU-Pro"; may be empty
     * @param usdPerMillion blended price, three parts input and one part output; NaN when unknown
     */
    public Ability ability(@Nullable String model, Map<String, Double> accuracy, double usdPerMillion) {
        Ability seen = model == null ? null : find(model);
        return seen != null && accuracy.isEmpty() ? seen : new UnseenAbility(p).of(seen, accuracy, usdPerMillion);
    }

    /** Names of the models whose outcomes were seen, sorted. */
    public List<String> models() {
        return List.copyOf(p.models.keySet());
    }

    /** The kinds of prompt that are told apart. */
    public List<String> kinds() {
        return p.kinds;
    }

    /** The domains that the kinds belong to. */
    public List<String> domains() {
        return p.domains;
    }

    /** The domain that a kind belongs to. */
    public int domainOf(int kind) {
        return p.kindDomain[kind];
    }

    /**
     * The projection of a wording onto all columns, before kinds and familiarity are read off; the trainer's view.
     */
    float[] project(Wording wording) {
        float[] z = p.bias.clone();
        int size = wording.size();
        float[] values = new float[size];
        float[][] rows = new float[size][];
        int used = 0;
        double norm = 0;
        for (int i = 0; i < size; i++) {
            int bucket = bucket(wording.gram(i), p.bits);
            float value = value(wording.count(i), p.idf[bucket]);
            if (value != 0) {
                norm += (double) value * value;
                values[used] = value;
                rows[used++] = grams[bucket];
            }
        }
        float[] sum = new float[columns];
        addRows(rows, values, used, sum);
        float by = norm == 0 ? 0 : (float) (1 / Math.sqrt(norm));
        for (int c = 0; c < columns; c++) {
            z[c] += sum[c] * by * p.scale[c];
        }
        boolean tools = wording.signal(Wording.TEXT_SIGNALS) != 0;
        int read = tools ? Wording.SIGNALS : Wording.TEXT_SIGNALS;
        float[] standard = new float[read];
        for (int s = 0; s < read; s++) {
            standard[s] = standard(wording.signal(s), p.signalMean[s], p.signalSpread[s]);
        }
        addRows(signals, standard, read, z);
        return z;
    }

    /** Adds these rows, each times its value and in this order, to the sums of their columns. */
    private static void addRows(float[][] rows, float[] values, int size, float[] sums) {
        int i = 0;
        for (; i + 4 <= size; i += 4) {
            addFour(rows, values, i, sums);
        }
        for (; i < size; i++) {
            add(rows[i], values[i], sums);
        }
    }

    /**
     * The inner loop of everything, by itself and over arrays of one length, so that the compiler makes it one of vector
     * instructions. Four rows are added in one go but one after the other, so that not a bit differs.
     */
    private static void addFour(float[][] rows, float[] values, int first, float[] sums) {
        float va = values[first];
        float vb = values[first + 1];
        float vc = values[first + 2];
        float vd = values[first + 3];
        float[] a = rows[first];
        float[] b = rows[first + 1];
        float[] c = rows[first + 2];
        float[] d = rows[first + 3];
        for (int i = 0; i < sums.length; i++) {
            sums[i] = sums[i] + va * a[i] + vb * b[i] + vc * c[i] + vd * d[i];
        }
    }

    private static void add(float[] row, float value, float[] sums) {
        for (int i = 0; i < sums.length; i++) {
            sums[i] += value * row[i];
        }
    }

    /** Where a hash falls. */
    public static int bucket(int hash, int bits) {
        return (hash * 0x9e3779b1) >>> (32 - bits);
    }

    /** The weight of a word that occurs this often, before the row is brought to length 1. */
    public static float value(int count, byte idf) {
        return DAMPED[count] * (idf & 0xff) * IDF_STEP;
    }

    /** The nearest step to an inverse document frequency. */
    public static byte idfStep(double idf) {
        return (byte) Math.max(0, Math.min(255, Math.round(idf / IDF_STEP)));
    }

    /** A signal on the scale of the training texts, bounded. */
    public static float standard(float signal, float mean, float spread) {
        return Math.max(-SIGNAL_CLIP, Math.min(SIGNAL_CLIP, (signal - mean) / spread));
    }

    private static final float[] DAMPED = new float[128];

    static {
        for (int i = 1; i < DAMPED.length; i++) {
            DAMPED[i] = (float) (1 + StrictMath.log(i));
        }
    }

    private float[] kindScores(float[] z) {
        float[] score = p.kindBias.clone();
        addRows(kindsByColumn, z, kindColumns, score);
        return score;
    }

    private static float[][] rows(float[] table, int width) {
        float[][] rows = new float[table.length / width][];
        for (int r = 0; r < rows.length; r++) {
            rows[r] = Arrays.copyOfRange(table, r * width, (r + 1) * width);
        }
        return rows;
    }

    private static float[][] transposed(float[] matrix, int columns) {
        float[][] turned = new float[columns][matrix.length / columns];
        for (int i = 0; i < matrix.length; i++) {
            turned[i % columns][i / columns] = matrix[i];
        }
        return turned;
    }

    /**
     * A domain's score is the sum of its kinds', so that a domain of many rare kinds gets no more than its due. All
     * scores add up to about the sharpness: the largest says how sure it is that a prompt belongs to any one domain.
     */
    private float[] domainScores(float[] kinds) {
        float[] domains = new float[p.domains.size()];
        for (int k = 0; k < kinds.length; k++) {
            domains[p.kindDomain[k]] += kinds[k];
        }
        return domains;
    }

    /** Turns scores of kinds and of domains into shares. */
    private void shares(float[] kinds, float[] domains) {
        float[] top = new float[domains.length];
        float[] total = new float[domains.length];
        Arrays.fill(top, Float.NEGATIVE_INFINITY);
        for (int k = 0; k < kinds.length; k++) {
            int d = p.kindDomain[k];
            top[d] = Math.max(top[d], kinds[k]);
        }
        softmax(domains);
        for (int k = 0; k < kinds.length; k++) {
            int d = p.kindDomain[k];
            kinds[k] = exp(kinds[k] - top[d]);
            total[d] += kinds[k];
        }
        for (int k = 0; k < kinds.length; k++) {
            int d = p.kindDomain[k];
            kinds[k] *= domains[d] / total[d];
        }
    }

    private static float largest(float[] numbers) {
        float largest = Float.NEGATIVE_INFINITY;
        for (float number : numbers) {
            largest = Math.max(largest, number);
        }
        return largest;
    }

    /** 0 up to {@code none}, 1 from {@code full} on, a straight line between. */
    private static double ramp(double x, double none, double full) {
        return Math.max(0, Math.min(1, (x - none) / (full - none)));
    }

    private static void softmax(float[] scores) {
        float top = largest(scores);
        float total = 0;
        for (int i = 0; i < scores.length; i++) {
            scores[i] = exp(scores[i] - top);
            total += scores[i];
        }
        for (int i = 0; i < scores.length; i++) {
            scores[i] /= total;
        }
    }

    private static float exp(float below) {
        return below < -12 ? 0 : (float) StrictMath.exp(below);
    }

    private static void require(boolean holds, String part) {
        if (!holds) {
            throw new IllegalArgumentException("weights do not fit together: " + part + " has the wrong size");
        }
    }

    /** The weights that are shipped with the router. */
    public static Weights shipped() {
        return WeightsFile.Shipped.WEIGHTS;
    }

    Parts parts() {
        return p;
    }

    /** The numbers that weights are made of. The trainer fills them; see the model card for what each was learned from. */
    public static final class Parts {
        static final int FLOATS = 16;

        /** Logarithm of the number of buckets. */
        public int bits;
        /** Names of the domains. */
        public List<String> domains = List.of();
        /** Names of the kinds of prompt. */
        public List<String> kinds = List.of();
        /** Domain of each kind. */
        public int[] kindDomain = {};
        /** Columns that the kinds are read from. */
        public int kindRank;
        /** Domain of each demand column. */
        public int[] demandDomain = {};
        /** Domain of each answer length column. */
        public int[] lengthDomain = {};
        /** Inverse document frequency of each bucket in steps; 0 for one that is not used. */
        public byte[] idf = {};
        /** Eight-bit weights, a row of columns for each bucket. */
        public byte[] gramWeights = {};
        /** What one step of an eight-bit weight is worth, by column. */
        public float[] scale = {};
        /** Constant of each column. */
        public float[] bias = {};
        /** Middle of each signal. */
        public float[] signalMean = {};
        /** Spread of each signal. */
        public float[] signalSpread = {};
        /** Weights of the signals, a row of columns for each. */
        public float[] signalWeights = {};
        /** Kind scores from kind columns, a row for each kind. */
        public float[] kindMatrix = {};
        /** Constant of each kind's score. */
        public float[] kindBias = {};
        /** Share of each kind where the wording is unfamiliar. */
        public float[] kindAnywhere = {};
        /** Share of each kind within its domain. */
        public float[] kindShare = {};
        /** Log odds of a good answer by a middling model, by kind. */
        public float[] kindEase = {};
        /** What a standard deviation of general ability adds to those log odds, by kind. */
        public float[] kindSlope = {};
        /** Usual loading of each demand column, then what a standard deviation of ability adds to it. */
        public float[] usualLoadings = {};
        /** Usual logarithm of the answer's tokens by kind. */
        public float[] usualLength = {};
        /** General ability by price: constant, per log dollar of the blended price, safety margin. */
        public float[] abilityByPrice = {};
        /** Familiarity column at and above which a wording counts as familiar, by domain; at half of it, not at all. */
        public float[] familiar = {};
        /** Score of the likeliest domain up to which a prompt counts as belonging to none, and from which to one. */
        public float[] sure = {};
        /** What one unit of general difficulty takes from the log odds of an unfamiliar prompt. */
        public float difficultySlope;
        /** Abilities by model name. */
        public final TreeMap<String, Ability> models = new TreeMap<>();

        /** No numbers yet. */
        public Parts() {}

        List<float[]> floats() {
            return Arrays.asList(
                    scale,
                    bias,
                    signalMean,
                    signalSpread,
                    signalWeights,
                    kindMatrix,
                    kindBias,
                    kindAnywhere,
                    kindShare,
                    kindEase,
                    kindSlope,
                    usualLoadings,
                    usualLength,
                    abilityByPrice,
                    familiar,
                    sure);
        }

        void floats(List<float[]> all) {
            scale = all.get(0);
            bias = all.get(1);
            signalMean = all.get(2);
            signalSpread = all.get(3);
            signalWeights = all.get(4);
            kindMatrix = all.get(5);
            kindBias = all.get(6);
            kindAnywhere = all.get(7);
            kindShare = all.get(8);
            kindEase = all.get(9);
            kindSlope = all.get(10);
            usualLoadings = all.get(11);
            usualLength = all.get(12);
            abilityByPrice = all.get(13);
            familiar = all.get(14);
            sure = all.get(15);
        }
    }
}
