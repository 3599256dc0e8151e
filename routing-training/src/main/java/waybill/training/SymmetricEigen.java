package waybill.training;

/** Eigenvectors of a small symmetric matrix by cyclic Jacobi rotations, in a fixed order. */
final class SymmetricEigen {

    private static final int SWEEPS = 60;

    private SymmetricEigen() {}

    /** The {@code rank} leading eigenvectors as columns: {@code result[row * rank + column]}. Each points to a positive sum. */
    static double[] leading(double[] matrix, int n, int rank) {
        double[] a = matrix.clone();
        double[] v = new double[n * n];
        for (int i = 0; i < n; i++) {
            v[i * n + i] = 1;
        }
        for (int sweep = 0; sweep < SWEEPS; sweep++) {
            double off = 0;
            for (int p = 0; p < n; p++) {
                for (int q = p + 1; q < n; q++) {
                    off += a[p * n + q] * a[p * n + q];
                }
            }
            if (off < 1e-22) {
                break;
            }
            for (int p = 0; p < n; p++) {
                for (int q = p + 1; q < n; q++) {
                    rotate(a, v, n, p, q);
                }
            }
        }
        return sorted(a, v, n, rank);
    }

    private static void rotate(double[] a, double[] v, int n, int p, int q) {
        double apq = a[p * n + q];
        if (Math.abs(apq) < 1e-300) {
            return;
        }
        double theta = (a[q * n + q] - a[p * n + p]) / (2 * apq);
        double t = Math.signum(theta == 0 ? 1 : theta) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
        double c = 1 / Math.sqrt(t * t + 1);
        double s = t * c;
        for (int k = 0; k < n; k++) {
            double akp = a[k * n + p];
            double akq = a[k * n + q];
            a[k * n + p] = c * akp - s * akq;
            a[k * n + q] = s * akp + c * akq;
        }
        for (int k = 0; k < n; k++) {
            double apk = a[p * n + k];
            double aqk = a[q * n + k];
            a[p * n + k] = c * apk - s * aqk;
            a[q * n + k] = s * apk + c * aqk;
            double vkp = v[k * n + p];
            double vkq = v[k * n + q];
            v[k * n + p] = c * vkp - s * vkq;
            v[k * n + q] = s * vkp + c * vkq;
        }
    }

    private static double[] sorted(double[] a, double[] v, int n, int rank) {
        boolean[] taken = new boolean[n];
        double[] out = new double[n * rank];
        for (int r = 0; r < rank; r++) {
            int best = -1;
            for (int i = 0; i < n; i++) {
                if (!taken[i] && (best < 0 || a[i * n + i] > a[best * n + best])) {
                    best = i;
                }
            }
            taken[best] = true;
            double sum = 0;
            for (int i = 0; i < n; i++) {
                sum += v[i * n + best];
            }
            for (int i = 0; i < n; i++) {
                out[i * rank + r] = sum < 0 ? -v[i * n + best] : v[i * n + best];
            }
        }
        return out;
    }
}
