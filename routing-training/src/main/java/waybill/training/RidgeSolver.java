package waybill.training;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Ridge regression of many targets at once on the coordinates of the texts and their signals. A target may be missing
 * on some groups of texts; related targets share what they learn through a kernel. Solved by conjugate gradients with
 * sums in a fixed order.
 */
final class RidgeSolver {

    private static final int MAX_STEPS = 200;
    private static final double TOLERANCE = 1e-5;

    final int width;
    private final int ofWords;
    private final double[] inputs;
    private final List<int[]> groups;
    private final double[][] grams;

    /**
     * @param subspace coordinates of the texts
     * @param design their signals
     * @param groups disjoint groups of texts; a target is present or missing on a whole group
     */
    RidgeSolver(Subspace subspace, Design design, List<int[]> groups) {
        this.ofWords = subspace.rank;
        int ofSignals = design.signals.length / design.rows;
        this.width = ofWords + ofSignals;
        this.inputs = new double[design.rows * width];
        for (int i = 0; i < design.rows; i++) {
            System.arraycopy(subspace.coordinates(), i * ofWords, inputs, i * width, ofWords);
            for (int s = 0; s < ofSignals; s++) {
                inputs[i * width + ofWords + s] = design.signals[i * ofSignals + s];
            }
        }
        this.groups = groups;
        this.grams = groups.stream().map(this::gram).toArray(double[][]::new);
    }

    /**
     * Coefficients, {@code result[target * width + input]}.
     *
     * @param target residuals by text, then target; read only where present
     * @param columns number of targets
     * @param present by target, then group: 0 where missing, else the weight of its texts
     * @param sharing kernel of the targets; null when they share nothing
     * @param signalWeight weight of each signal beside the words; 0 leaves it out
     * @param ridge strength of the shrinkage
     */
    double[] solve(
            double[] target,
            int columns,
            double[][] present,
            double @Nullable [] sharing,
            double[] signalWeight,
            double ridge) {
        double[] precision = sharing == null ? null : inverse(sharing, columns);
        double[][] gram = new double[columns][];
        double[] right = new double[columns * width];
        double[] scale = new double[width];
        for (int j = 0; j < width; j++) {
            scale[j] = j < ofWords ? 1 : signalWeight[j - ofWords];
        }
        for (int t = 0; t < columns; t++) {
            gram[t] = weighted(present, t, gram);
        }
        Design.each(columns, t -> {
            for (int g = 0; g < groups.size(); g++) {
                if (present[t][g] != 0) {
                    for (int row : groups.get(g)) {
                        Design.axpy(
                                present[t][g] * target[row * columns + t],
                                inputs,
                                row * width,
                                right,
                                t * width,
                                width);
                    }
                }
            }
            for (int j = 0; j < width; j++) {
                right[t * width + j] *= scale[j];
            }
        });
        double[] scaled = descend(right, columns, gram, precision, scale, ridge);
        for (int i = 0; i < scaled.length; i++) {
            scaled[i] *= scale[i % width];
        }
        return scaled;
    }

    /** Value of the linear function of one target for one text. */
    double value(double[] coefficients, int target, int row) {
        double sum = 0;
        for (int j = 0; j < width; j++) {
            sum += inputs[row * width + j] * coefficients[target * width + j];
        }
        return sum;
    }

    /** The part of a function's coefficients that belongs to the words. */
    double[] ofWords(double[] coefficients) {
        return Arrays.copyOfRange(coefficients, 0, ofWords);
    }

    /** The part of a function's coefficients that belongs to the signals. */
    double[] ofSignals(double[] coefficients) {
        return Arrays.copyOfRange(coefficients, ofWords, width);
    }

    private double[] weighted(double[][] present, int t, double[][] before) {
        for (int s = 0; s < t; s++) {
            if (Arrays.equals(present[s], present[t])) {
                return before[s];
            }
        }
        double[] sum = new double[width * width];
        for (int g = 0; g < groups.size(); g++) {
            if (present[t][g] != 0) {
                Design.axpy(present[t][g], grams[g], 0, sum, 0, sum.length);
            }
        }
        return sum;
    }

    private double[] descend(
            double[] right, int columns, double[][] gram, double @Nullable [] precision, double[] scale, double ridge) {
        double[] x = new double[right.length];
        double[] r = right.clone();
        double[] condition = new double[right.length];
        for (int t = 0; t < columns; t++) {
            double own = precision == null ? 1 : precision[t * columns + t];
            for (int j = 0; j < width; j++) {
                condition[t * width + j] = 1 / (gram[t][j * width + j] * scale[j] * scale[j] + ridge * own);
            }
        }
        double[] z = product(r, condition);
        double[] p = z.clone();
        double left = dot(r, z);
        double enough = left * TOLERANCE * TOLERANCE;
        for (int step = 0; step < MAX_STEPS && left > enough; step++) {
            double[] q = apply(p, columns, gram, precision, scale, ridge);
            double length = left / dot(p, q);
            Design.axpy(length, p, 0, x, 0, x.length);
            Design.axpy(-length, q, 0, r, 0, r.length);
            z = product(r, condition);
            double now = dot(r, z);
            double keep = now / left;
            left = now;
            for (int i = 0; i < p.length; i++) {
                p[i] = z[i] + keep * p[i];
            }
        }
        return x;
    }

    private double[] apply(
            double[] p, int columns, double[][] gram, double @Nullable [] precision, double[] scale, double ridge) {
        double[] out = new double[p.length];
        Design.each(columns, t -> {
            double[] scaled = new double[width];
            for (int j = 0; j < width; j++) {
                scaled[j] = p[t * width + j] * scale[j];
            }
            for (int j = 0; j < width; j++) {
                double sum = 0;
                for (int k = 0; k < width; k++) {
                    sum += gram[t][j * width + k] * scaled[k];
                }
                out[t * width + j] = sum * scale[j];
            }
            for (int s = 0; s < columns; s++) {
                double by = precision == null ? (s == t ? 1 : 0) : precision[t * columns + s];
                if (by != 0) {
                    Design.axpy(ridge * by, p, s * width, out, t * width, width);
                }
            }
        });
        return out;
    }

    private double[] gram(int[] rows) {
        double[] own = new double[rows.length * width];
        for (int i = 0; i < rows.length; i++) {
            System.arraycopy(inputs, rows[i] * width, own, i * width, width);
        }
        return Subspace.gram(own, rows.length, width);
    }

    private static double[] product(double[] a, double[] b) {
        double[] out = new double[a.length];
        for (int i = 0; i < a.length; i++) {
            out[i] = a[i] * b[i];
        }
        return out;
    }

    private static double dot(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }

    /** Inverse of a small positive definite matrix, by elimination. */
    private static double[] inverse(double[] matrix, int n) {
        double[] a = matrix.clone();
        double[] out = new double[n * n];
        for (int i = 0; i < n; i++) {
            out[i * n + i] = 1;
        }
        for (int p = 0; p < n; p++) {
            double by = 1 / a[p * n + p];
            for (int c = 0; c < n; c++) {
                a[p * n + c] *= by;
                out[p * n + c] *= by;
            }
            for (int r = 0; r < n; r++) {
                double factor = a[r * n + p];
                if (r != p && factor != 0) {
                    Design.axpy(-factor, a, p * n, a, r * n, n);
                    Design.axpy(-factor, out, p * n, out, r * n, n);
                }
            }
        }
        return out;
    }
}
