package waybill.training;

import java.util.Arrays;
import java.util.TreeMap;
import waybill.routing.learned.Ability;
import waybill.routing.learned.Weights;

/**
 * Fills in what each model can do, and the lines that give a model its numbers where none of its outcomes were seen:
 * log odds by kind as a line in general ability, loadings as a line in general ability.
 */
final class AbilityTable {

    private static final int ROUNDS = 30;
    private static final double SLOPE_PRIOR = 3;
    private static final double LOADING_PRIOR = 3;
    private static final double EDGE = 0.02;

    private final Tasks tasks;
    private final TrainerSettings settings;
    private final Weights.Parts parts;
    private final int kinds;
    private final int models;
    private final double[][] good;
    private final double[][] length;
    private final boolean[][] seen;
    private final double[] ability;
    private final double[] hedged;

    AbilityTable(Tasks tasks, TrainerSettings settings, Weights.Parts parts) {
        this.tasks = tasks;
        this.settings = settings;
        this.parts = parts;
        this.kinds = tasks.kinds.size();
        this.models = tasks.models.size();
        this.good = new double[models][kinds];
        this.length = new double[models][kinds];
        this.seen = new boolean[models][tasks.domains.size()];
        this.ability = new double[models];
        this.hedged = new double[models];
    }

    void fill(double[] outcomes, double[] lengths, double[][] loadings, double[][] lengthLoadings) {
        for (int t = 0; t < tasks.count(); t++) {
            int m = tasks.taskModel[t];
            int d = tasks.taskDomain[t];
            seen[m][d] = true;
            double trust = settings.byKind(tasks.domains.get(d));
            byKind(outcomes, t, settings.pseudoExamples(), trust, good[m]);
            byKind(lengths, t, settings.pseudoExamples(), 1, length[m]);
            correctLengths(lengths, t, length[m]);
        }
        fitLines();
        double[][] price = prices();
        abilityByPrice(price);
        shrink(price);
        loadingLines(loadings);
        usualLengths();
        for (int m = 0; m < models; m++) {
            parts.models.put(tasks.models.get(m), ability(m, loadings, lengthLoadings, price[m]));
        }
    }

    /** Averages by kind, each shrunk towards the average over the domain by that many examples and by {@code trust}. */
    private void byKind(double[] table, int task, double pseudo, double trust, double[] to) {
        int d = tasks.taskDomain[task];
        double[] sum = new double[kinds];
        double[] n = new double[kinds];
        double all = 0;
        double count = 0;
        for (int i = 0; i < tasks.examples.size(); i++) {
            double value = table[i * tasks.count() + task];
            if (!Double.isNaN(value)) {
                sum[tasks.kindOf[i]] += value;
                n[tasks.kindOf[i]]++;
                all += value;
                count++;
            }
        }
        double mean = all / Math.max(1, count);
        for (int k = 0; k < kinds; k++) {
            if (tasks.kindDomain[k] == d) {
                double own = (sum[k] + pseudo * mean) / (n[k] + pseudo);
                to[k] = mean + trust * (own - mean);
            }
        }
    }

    /** Moves logarithms up so that the expected tokens, not their logarithms, are right on average. */
    private void correctLengths(double[] lengths, int task, double[] to) {
        int d = tasks.taskDomain[task];
        double real = 0;
        double assumed = 0;
        for (int i = 0; i < tasks.examples.size(); i++) {
            double value = lengths[i * tasks.count() + task];
            if (!Double.isNaN(value)) {
                real += StrictMath.exp(value) - 1;
                assumed += StrictMath.exp(to[tasks.kindOf[i]]);
            }
        }
        double by = StrictMath.log(Math.max(1, real) / Math.max(1, assumed));
        for (int k = 0; k < kinds; k++) {
            if (tasks.kindDomain[k] == d) {
                to[k] += by;
            }
        }
    }

    /** One general ability for each model, one line for each kind, by alternating least squares on the log odds. */
    private void fitLines() {
        double[] ease = new double[kinds];
        double[] slope = new double[kinds];
        Arrays.fill(slope, 0.7);
        for (int k = 0; k < kinds; k++) {
            double sum = 0;
            int n = 0;
            for (int m = 0; m < models; m++) {
                if (seen[m][tasks.kindDomain[k]]) {
                    sum += logOdds(good[m][k]);
                    n++;
                }
            }
            ease[k] = sum / Math.max(1, n);
        }
        for (int round = 0; round < ROUNDS; round++) {
            fitAbilities(ease, slope);
            fitSlopes(ease, slope);
        }
        parts.kindEase = floats(ease);
        parts.kindSlope = floats(slope);
    }

    /**
     * Moves chances towards what general ability says of the kind and of the domain, and general ability towards the
     * price tier: among many models the one that looks best is partly the luckiest, and a prompt of a kind never seen is
     * taken for one of the kinds seen.
     */
    private void shrink(double[][] price) {
        for (int m = 0; m < models; m++) {
            double blended = blended(price[m]);
            double past = settings.pastTrust();
            double tier = parts.abilityByPrice[0] + parts.abilityByPrice[1] * StrictMath.log(Math.max(1e-3, blended));
            hedged[m] = blended > 0 ? past * ability[m] + (1 - past) * tier : ability[m];
            double[] ofDomain = new double[tasks.domains.size()];
            for (int k = 0; k < kinds; k++) {
                ofDomain[tasks.kindDomain[k]] += parts.kindShare[k] * line(k, hedged[m]);
            }
            for (int k = 0; k < kinds; k++) {
                int d = tasks.kindDomain[k];
                if (seen[m][d]) {
                    double own = settings.ownTrust();
                    double ofKind = own * good[m][k] + (1 - own) * line(k, hedged[m]);
                    good[m][k] = settings.kindTrust() * ofKind + (1 - settings.kindTrust()) * ofDomain[d];
                }
            }
        }
    }

    private double line(int kind, double general) {
        return chance(parts.kindEase[kind] + parts.kindSlope[kind] * general);
    }

    private static double blended(double[] price) {
        return (3 * price[0] + price[1]) / 4;
    }

    private void fitAbilities(double[] ease, double[] slope) {
        double sum = 0;
        double squares = 0;
        for (int m = 0; m < models; m++) {
            double top = 0;
            double bottom = 0.2;
            for (int k = 0; k < kinds; k++) {
                if (seen[m][tasks.kindDomain[k]]) {
                    double w = parts.kindShare[k];
                    top += w * slope[k] * (logOdds(good[m][k]) - ease[k]);
                    bottom += w * slope[k] * slope[k];
                }
            }
            ability[m] = top / bottom;
            sum += ability[m];
            squares += ability[m] * ability[m];
        }
        double mean = sum / models;
        double spread = Math.sqrt(Math.max(1e-6, squares / models - mean * mean));
        for (int m = 0; m < models; m++) {
            ability[m] = (ability[m] - mean) / spread;
        }
    }

    private void fitSlopes(double[] ease, double[] slope) {
        for (int k = 0; k < kinds; k++) {
            double n = 0;
            double a = 0;
            double y = 0;
            double aa = 0;
            double ay = 0;
            for (int m = 0; m < models; m++) {
                if (seen[m][tasks.kindDomain[k]]) {
                    double odds = logOdds(good[m][k]);
                    n++;
                    a += ability[m];
                    y += odds;
                    aa += ability[m] * ability[m];
                    ay += ability[m] * odds;
                }
            }
            if (n == 0) {
                continue;
            }
            double covariance = ay - a * y / n;
            double variance = aa - a * a / n;
            slope[k] = Math.max(0.1, (covariance + SLOPE_PRIOR * 0.7) / (variance + SLOPE_PRIOR));
            ease[k] = (y - slope[k] * a) / n;
        }
    }

    /** Loadings of a middling model, and what a standard deviation of ability adds; trusted as the settings say. */
    private void loadingLines(double[][] loadings) {
        int columns = parts.demandDomain.length;
        parts.usualLoadings = new float[2 * columns];
        int at = 0;
        for (int d = 0; d < tasks.domains.size(); d++) {
            int[] own = tasks.of(d);
            int rank = own.length == 0 ? 0 : loadings[own[0]].length;
            for (int t : own) {
                double trust = settings.topicTrust(tasks.domains.get(d)) * (1 - settings.byKind(tasks.domains.get(d)));
                for (int r = 0; r < rank; r++) {
                    loadings[t][r] *= trust;
                }
            }
            for (int r = 0; r < rank; r++) {
                double n = own.length;
                double a = 0;
                double y = 0;
                double aa = 0;
                double ay = 0;
                for (int t : own) {
                    double x = ability[tasks.taskModel[t]];
                    a += x;
                    y += loadings[t][r];
                    aa += x * x;
                    ay += x * loadings[t][r];
                }
                double slope = (ay - a * y / n) / (aa - a * a / n + LOADING_PRIOR);
                parts.usualLoadings[at + r] = (float) ((y - slope * a) / n);
                parts.usualLoadings[columns + at + r] = (float) slope;
            }
            at += rank;
        }
    }

    private void usualLengths() {
        parts.usualLength = new float[kinds];
        for (int k = 0; k < kinds; k++) {
            double sum = 0;
            int n = 0;
            for (int m = 0; m < models; m++) {
                if (seen[m][tasks.kindDomain[k]]) {
                    sum += length[m][k];
                    n++;
                }
            }
            parts.usualLength[k] = (float) (sum / Math.max(1, n));
        }
    }

    /** Dollars per million input and output tokens of each model, from what its outcomes cost. */
    private double[][] prices() {
        double[][] sums = new double[models][5];
        TreeMap<String, Integer> index = new TreeMap<>();
        for (int m = 0; m < models; m++) {
            index.put(tasks.models.get(m), m);
        }
        for (Example e : tasks.examples) {
            e.outcomes().forEach((model, o) -> {
                double[] s = sums[index.getOrDefault(model, 0)];
                double w = 1 / Math.max(1, e.inputTokens() + o.outputTokens());
                double in = e.inputTokens() * w;
                double out = o.outputTokens() * w;
                double usd = o.usd() * 1e6 * w;
                s[0] += in * in;
                s[1] += in * out;
                s[2] += out * out;
                s[3] += in * usd;
                s[4] += out * usd;
            });
        }
        double[][] price = new double[models][2];
        for (int m = 0; m < models; m++) {
            double[] s = sums[m];
            double det = s[0] * s[2] - s[1] * s[1];
            boolean solvable = det > 1e-9 * s[0] * s[2];
            price[m][0] = Math.max(
                    0, solvable ? (s[3] * s[2] - s[4] * s[1]) / det : (s[3] + s[4]) / (s[0] + s[2] + 2 * s[1]));
            price[m][1] = Math.max(0, solvable ? (s[4] * s[0] - s[3] * s[1]) / det : price[m][0]);
        }
        return price;
    }

    private void abilityByPrice(double[][] price) {
        double n = 0;
        double a = 0;
        double y = 0;
        double aa = 0;
        double ay = 0;
        for (int m = 0; m < models; m++) {
            double blended = blended(price[m]);
            if (blended > 0) {
                double x = StrictMath.log(blended);
                n++;
                a += x;
                y += ability[m];
                aa += x * x;
                ay += x * ability[m];
            }
        }
        double slope = n < 2 ? 0 : (ay - a * y / n) / (aa - a * a / n + 1e-6);
        double constant = n == 0 ? 0 : (y - slope * a) / n;
        parts.abilityByPrice = new float[] {(float) constant, (float) slope, (float) settings.margin()};
    }

    private Ability ability(int m, double[][] loadings, double[][] lengthLoadings, double[] price) {
        float[] chances = new float[kinds];
        float[] logs = new float[kinds];
        for (int k = 0; k < kinds; k++) {
            boolean own = seen[m][tasks.kindDomain[k]];
            chances[k] = (float) (own ? good[m][k] : line(k, hedged[m]));
            logs[k] = own ? (float) length[m][k] : parts.usualLength[k];
        }
        return new Ability(
                chances,
                columns(m, parts.demandDomain, loadings, true),
                logs,
                columns(m, parts.lengthDomain, lengthLoadings, false),
                ability[m],
                seen[m].clone(),
                price[0],
                price[1]);
    }

    private float[] columns(int m, int[] domain, double[][] loadings, boolean usual) {
        float[] out = new float[domain.length];
        int first = 0;
        for (int c = 0; c < out.length; c++) {
            first = c > 0 && domain[c] == domain[c - 1] ? first : c;
            int task = tasks.find(domain[c], tasks.models.get(m));
            if (task >= 0) {
                out[c] = (float) loadings[task][c - first];
            } else if (usual) {
                out[c] = (float) (parts.usualLoadings[c] + parts.usualLoadings[out.length + c] * ability[m]);
            }
        }
        return out;
    }

    private static double logOdds(double p) {
        double bounded = Math.max(EDGE, Math.min(1 - EDGE, p));
        return StrictMath.log(bounded / (1 - bounded));
    }

    private static double chance(double logOdds) {
        return 1 / (1 + StrictMath.exp(-logOdds));
    }

    private static float[] floats(double[] doubles) {
        float[] out = new float[doubles.length];
        for (int i = 0; i < out.length; i++) {
            out[i] = (float) doubles[i];
        }
        return out;
    }
}
