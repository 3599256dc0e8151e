package waybill.demo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * The bars of one market, oldest first, without gaps.
 *
 * @param name the data set's own name
 * @param source where the data set was taken from
 * @param step the time between two bars
 */
record BarSeries(String name, String source, Duration step, List<Bar> bars) {
    private static final String RESOURCE = "ETH-USD-PT5M-2023-3-13_2023-3-15.json";
    private static final int MAX_BYTES = 4 << 20;

    BarSeries {
        bars = List.copyOf(bars);
        if (bars.size() < 2) {
            throw new IllegalArgumentException(name + " has " + bars.size() + " bars; at least 2 are needed.");
        }
        for (int i = 1; i < bars.size(); i++) {
            Instant due = bars.get(i - 1).end().plus(step);
            if (!bars.get(i).end().equals(due)) {
                throw new IllegalArgumentException(name + " has a gap: a bar should end " + due + ", the next one ends "
                        + bars.get(i).end() + ".");
            }
        }
    }

    /** The ether prices of 13 to 15 March 2023 in five-minute bars, as they come with ta4j's examples. */
    static BarSeries recorded() {
        try (InputStream in = BarSeries.class.getResourceAsStream("/" + RESOURCE)) {
            if (in == null) {
                throw new IllegalStateException(
                        RESOURCE + " is not on the class path; it comes with org.ta4j:ta4j-examples.");
            }
            return read(in, "org.ta4j:ta4j-examples:0.18, " + RESOURCE);
        } catch (IOException e) {
            throw new IllegalStateException(RESOURCE + " cannot be read: " + e.getMessage(), e);
        }
    }

    /** Reads ta4j's JSON form: a name, and {@code ohlc} objects with {@code endTime} in milliseconds. */
    static BarSeries read(InputStream json, String source) throws IOException {
        byte[] bytes = json.readNBytes(MAX_BYTES + 1);
        if (bytes.length > MAX_BYTES) {
            throw new IOException(source + " is larger than " + MAX_BYTES + " bytes.");
        }
        JsonNode root = new ObjectMapper().readTree(bytes);
        List<Bar> bars = new ArrayList<>();
        for (JsonNode bar : root.path("ohlc")) {
            bars.add(new Bar(
                    Instant.ofEpochMilli(bar.required("endTime").longValue()),
                    bar.required("openPrice").doubleValue(),
                    bar.required("highPrice").doubleValue(),
                    bar.required("lowPrice").doubleValue(),
                    bar.required("closePrice").doubleValue(),
                    bar.required("volume").doubleValue()));
        }
        Duration step = bars.size() < 2
                ? Duration.ZERO
                : Duration.between(bars.get(0).end(), bars.get(1).end());
        return new BarSeries(root.path("name").asText("unnamed"), source, step, bars);
    }

    /** The first bar. */
    Bar first() {
        return bars.get(0);
    }

    /** The latest bar. */
    Bar last() {
        return bars.get(bars.size() - 1);
    }

    /** When the first bar began. */
    Instant start() {
        return first().end().minus(step);
    }

    /** How many bars fill this time. */
    int barsIn(Duration time) {
        return Math.toIntExact(time.dividedBy(step));
    }

    /** The closing prices. */
    double[] closes() {
        return bars.stream().mapToDouble(Bar::close).toArray();
    }
}
