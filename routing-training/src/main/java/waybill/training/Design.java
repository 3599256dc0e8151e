package waybill.training;

import java.util.List;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import waybill.routing.learned.Weights;
import waybill.routing.learned.Wording;

/**
 * The texts as a matrix: a sparse row of hashed words brought to length 1, and a dense row of signals. Products are
 * computed row by row, each row by one thread in a fixed order, so they do not depend on the number of threads.
 */
final class Design {

    final int rows;
    final int buckets;
    final byte[] idf;
    final float[] signalMean = new float[Wording.SIGNALS];
    final float[] signalSpread = new float[Wording.SIGNALS];
    final float[] signals;

    private final int[] start;
    private final int[] bucket;
    private final float[] value;
    private final int[] bucketStart;
    private final int[] bucketRow;
    private final float[] bucketValue;

    Design(List<Wording> texts, int bits) {
        rows = texts.size();
        buckets = 1 << bits;
        start = new int[rows + 1];
        for (int i = 0; i < rows; i++) {
            start[i + 1] = start[i] + texts.get(i).size();
        }
        bucket = new int[start[rows]];
        value = new float[start[rows]];
        int[] documents = new int[buckets];
        for (int i = 0; i < rows; i++) {
            Wording text = texts.get(i);
            for (int j = 0; j < text.size(); j++) {
                int at = Weights.bucket(text.gram(j), bits);
                bucket[start[i] + j] = at;
                documents[at]++;
            }
        }
        idf = new byte[buckets];
        for (int b = 0; b < buckets; b++) {
            idf[b] = documents[b] < 2 ? 0 : Weights.idfStep(StrictMath.log((1.0 + rows) / (1.0 + documents[b])) + 1);
        }
        for (int i = 0; i < rows; i++) {
            double norm = 0;
            for (int j = start[i]; j < start[i + 1]; j++) {
                value[j] = Weights.value(texts.get(i).count(j - start[i]), idf[bucket[j]]);
                norm += (double) value[j] * value[j];
            }
            float by = norm == 0 ? 0 : (float) (1 / Math.sqrt(norm));
            for (int j = start[i]; j < start[i + 1]; j++) {
                value[j] *= by;
            }
        }
        signals = standardise(texts);
        bucketStart = new int[buckets + 1];
        for (int at : bucket) {
            bucketStart[at + 1]++;
        }
        for (int b = 0; b < buckets; b++) {
            bucketStart[b + 1] += bucketStart[b];
        }
        bucketRow = new int[bucket.length];
        bucketValue = new float[bucket.length];
        int[] next = bucketStart.clone();
        for (int i = 0; i < rows; i++) {
            for (int j = start[i]; j < start[i + 1]; j++) {
                int to = next[bucket[j]]++;
                bucketRow[to] = i;
                bucketValue[to] = value[j];
            }
        }
    }

    /** Text signals are scaled over all texts, tool signals over those with tools and 0 elsewhere. */
    private float[] standardise(List<Wording> texts) {
        float[] all = new float[rows * Wording.SIGNALS];
        for (int s = 0; s < Wording.SIGNALS; s++) {
            boolean ofTools = s >= Wording.TEXT_SIGNALS;
            double sum = 0;
            double squares = 0;
            int n = 0;
            for (Wording text : texts) {
                if (!ofTools || text.signal(Wording.TEXT_SIGNALS) != 0) {
                    sum += text.signal(s);
                    squares += (double) text.signal(s) * text.signal(s);
                    n++;
                }
            }
            double mean = n == 0 ? 0 : sum / n;
            double variance = n == 0 ? 1 : squares / n - mean * mean;
            signalMean[s] = s == Wording.TEXT_SIGNALS ? 0 : (float) mean;
            signalSpread[s] = s == Wording.TEXT_SIGNALS ? 1 : (float) Math.sqrt(Math.max(1e-6, variance));
            for (int i = 0; i < rows; i++) {
                Wording text = texts.get(i);
                if (!ofTools || text.signal(Wording.TEXT_SIGNALS) != 0) {
                    all[i * Wording.SIGNALS + s] = Weights.standard(text.signal(s), signalMean[s], signalSpread[s]);
                }
            }
        }
        return all;
    }

    /** Rows times word coefficients, a matrix with a row for each bucket. */
    double[] times(double[] words, int columns) {
        double[] out = new double[rows * columns];
        each(rows, i -> {
            for (int j = start[i]; j < start[i + 1]; j++) {
                axpy(value[j], words, bucket[j] * columns, out, i * columns, columns);
            }
        });
        return out;
    }

    /** Word coefficients of {@code Xt a}. */
    double[] words(double[] a, int columns) {
        double[] out = new double[buckets * columns];
        each(buckets, b -> {
            for (int j = bucketStart[b]; j < bucketStart[b + 1]; j++) {
                axpy(bucketValue[j], a, bucketRow[j] * columns, out, b * columns, columns);
            }
        });
        return out;
    }

    static void axpy(double by, double[] x, int from, double[] y, int to, int n) {
        for (int c = 0; c < n; c++) {
            y[to + c] += by * x[from + c];
        }
    }

    static void each(int n, IntConsumer work) {
        IntStream.range(0, n).parallel().forEach(work);
    }
}
