package waybill.demo;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Maps values onto a line of the drawing, from {@code low} at {@code start} to {@code high} at {@code end}. */
record Scale(double low, double high, double start, double end) {
    Scale {
        if (!(low < high)) {
            throw new IllegalArgumentException(
                    "A scale goes from a lower to a higher value, not " + low + " to " + high);
        }
    }

    /** A scale that begins and ends on round numbers around these values. */
    static Scale around(double low, double high, double start, double end) {
        double spread = high > low ? high - low : Math.max(1e-9, Math.abs(high));
        double step = step(spread, 6);
        return new Scale(Math.floor(low / step) * step, Math.ceil((low + spread) / step) * step, start, end);
    }

    double at(double value) {
        return start + (value - low) / (high - low) * (end - start);
    }

    double[] at(double[] values) {
        return Arrays.stream(values).map(this::at).toArray();
    }

    /** Round values on this scale, about so many. */
    List<Double> ticks(int about) {
        double step = step(high - low, about);
        List<Double> ticks = new ArrayList<>();
        for (long i = (long) Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++) {
            ticks.add(i * step);
        }
        return ticks;
    }

    /** How many decimals the labels of these ticks need, when values are multiplied by {@code factor} first. */
    int decimals(int about, double factor) {
        double step = step(high - low, about) * factor;
        int decimals = 0;
        while (decimals < 6 && Math.abs(step - Math.rint(step)) > 1e-6 * Math.max(1, step)) {
            step *= 10;
            decimals++;
        }
        return decimals;
    }

    private static double step(double spread, int about) {
        double raw = spread / about;
        double ten = Math.pow(10, Math.floor(Math.log10(raw)));
        double digit = raw / ten;
        return ten * (digit <= 1 ? 1 : digit <= 2 ? 2 : digit <= 2.5 ? 2.5 : digit <= 5 ? 5 : 10);
    }
}
