package waybill.training;

import java.util.SplittableRandom;

/**
 * The few hundred leading directions of the words of all texts (latent semantic analysis), by subspace iteration from a
 * fixed start. Everything else is learned within it: what it leaves out is mostly noise of rare words.
 */
final class Subspace {

    private static final long START = 20261101;
    private static final int ITERATIONS = 3;
    private static final int SPARE = 10;
    private static final int BLOCK = 16;

    final int rank;
    private final Design design;
    private final double[] directions;
    private final double[] coordinates;

    Subspace(Design design, int wanted) {
        this.design = design;
        int wide = Math.min(wanted + SPARE, Math.min(design.rows, design.buckets));
        this.rank = Math.min(wanted, wide);
        double[] basis = start(design.buckets * wide);
        double[] image = design.words(design.times(basis, wide), wide);
        for (int i = 1; i < ITERATIONS; i++) {
            orthonormalise(image, design.buckets, wide, 1);
            image = design.words(design.times(image, wide), wide);
        }
        orthonormalise(image, design.buckets, wide, 2);
        double[] rows = design.times(image, wide);
        double[] axes = SymmetricEigen.leading(gram(rows, design.rows, wide), wide, rank);
        this.directions = times(image, design.buckets, wide, axes, rank);
        this.coordinates = times(rows, design.rows, wide, axes, rank);
    }

    /** Coordinates of the texts, a row of {@link #rank} for each. */
    double[] coordinates() {
        return coordinates;
    }

    /** Word coefficients, a number for each bucket, of a linear function of the coordinates. */
    double[] words(double[] coefficients) {
        double[] out = new double[design.buckets];
        Design.each(design.buckets, b -> {
            double sum = 0;
            for (int r = 0; r < rank; r++) {
                sum += directions[b * rank + r] * coefficients[r];
            }
            out[b] = sum;
        });
        return out;
    }

    /** Uniform numbers around 0: only whole-number arithmetic and one division, so the same on every JVM. */
    private static double[] start(int n) {
        SplittableRandom random = new SplittableRandom(START);
        double[] out = new double[n];
        for (int i = 0; i < n; i++) {
            out[i] = (random.nextLong() >> 11) * 0x1.0p-52;
        }
        return out;
    }

    /** Makes the columns orthonormal, by their Gram matrix's Cholesky factor; a second pass for accuracy. */
    private static void orthonormalise(double[] a, int rows, int columns, int passes) {
        for (int pass = 0; pass < passes; pass++) {
            double[] g = gram(a, rows, columns);
            double trace = 0;
            for (int c = 0; c < columns; c++) {
                trace += g[c * columns + c];
            }
            for (int c = 0; c < columns; c++) {
                g[c * columns + c] += 1e-13 * trace;
            }
            cholesky(g, columns);
            Design.each(rows, row -> forward(g, columns, a, row * columns));
        }
    }

    /** Solves {@code x Lt = a} for one row in place. */
    private static void forward(double[] l, int n, double[] a, int at) {
        for (int c = 0; c < n; c++) {
            double sum = a[at + c];
            for (int k = 0; k < c; k++) {
                sum -= l[c * n + k] * a[at + k];
            }
            a[at + c] = sum / l[c * n + c];
        }
    }

    private static void cholesky(double[] a, int n) {
        for (int c = 0; c < n; c++) {
            double diagonal = a[c * n + c];
            for (int k = 0; k < c; k++) {
                diagonal -= a[c * n + k] * a[c * n + k];
            }
            double root = Math.sqrt(Math.max(diagonal, 1e-300));
            a[c * n + c] = root;
            for (int r = c + 1; r < n; r++) {
                double sum = a[r * n + c];
                for (int k = 0; k < c; k++) {
                    sum -= a[r * n + k] * a[c * n + k];
                }
                a[r * n + c] = sum / root;
            }
        }
    }

    /** {@code At A}, each entry summed over the rows in order; a block of columns at a time, to read the rows less often. */
    static double[] gram(double[] a, int rows, int columns) {
        double[] g = new double[columns * columns];
        Design.each((columns + BLOCK - 1) / BLOCK, block -> {
            int end = Math.min(columns, (block + 1) * BLOCK);
            for (int row = 0; row < rows; row++) {
                for (int c = block * BLOCK; c < end; c++) {
                    double by = a[row * columns + c];
                    if (by != 0) {
                        Design.axpy(by, a, row * columns + c, g, c * columns + c, columns - c);
                    }
                }
            }
        });
        for (int r = 0; r < columns; r++) {
            for (int c = 0; c < r; c++) {
                g[r * columns + c] = g[c * columns + r];
            }
        }
        return g;
    }

    private static double[] times(double[] a, int rows, int inner, double[] b, int columns) {
        double[] out = new double[rows * columns];
        Design.each(rows, row -> {
            for (int k = 0; k < inner; k++) {
                Design.axpy(a[row * inner + k], b, k * columns, out, row * columns, columns);
            }
        });
        return out;
    }
}
