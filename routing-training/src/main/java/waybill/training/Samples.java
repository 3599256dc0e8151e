package waybill.training;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/** Bootstrap samples over prompts with a fixed seed, so that every measure is taken on the same ones. */
final class Samples {

    private Samples() {}

    /** How often each prompt is drawn, for each sample. */
    static List<int[]> of(int prompts, int draws) {
        SplittableRandom random = new SplittableRandom(7);
        List<int[]> samples = new ArrayList<>();
        for (int s = 0; s < draws; s++) {
            int[] times = new int[prompts];
            for (int i = 0; i < prompts; i++) {
                times[random.nextInt(prompts)]++;
            }
            samples.add(times);
        }
        return samples;
    }

    /** A quantile of these values; NaN when there are none. */
    static double quantile(double[] values, double q) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted.length == 0 ? Double.NaN : sorted[(int) Math.min(sorted.length - 1.0, q * sorted.length)];
    }
}
