package waybill.routing.learned;

import java.util.List;

/**
 * How a prompt is worded: its hashed words and word pairs with their counts, and a row of signals. Immutable.
 *
 * <p>White space, letter case, the words "option" and "choice" and courtesies before the request leave no trace. Of a
 * long text the first 3,000 and the last 1,000 characters are read; the length alone counts it whole. Of the tools,
 * the first 64 are read, and 400 characters of each description.
 */
public final class Wording {

    /** Characters read from the beginning of a long text. */
    public static final int HEAD = 3_000;

    /** Characters read from the end of a long text. */
    public static final int TAIL = 1_000;

    /** Signals of the text; the rest are signals of the tools, all 0 without tools. */
    public static final int TEXT_SIGNALS = 21;

    /** All signals. */
    public static final int SIGNALS = TEXT_SIGNALS + 24;

    /** The wording of nothing. */
    public static final Wording NONE = of("");

    private final int[] grams;
    private final byte[] counts;
    private final float[] signals;

    Wording(int[] grams, byte[] counts, float[] signals) {
        this.grams = grams;
        this.counts = counts;
        this.signals = signals;
    }

    /** Reads a text that offers no tools. */
    public static Wording of(CharSequence text) {
        return of(text, List.of());
    }

    /** Reads a text and the tools offered with it. */
    public static Wording of(CharSequence text, List<ToolText> tools) {
        return new WordingReader(text, tools).read();
    }

    /** Number of distinct hashed words and word pairs. */
    public int size() {
        return grams.length;
    }

    /** The hash of one of them. */
    public int gram(int index) {
        return grams[index];
    }

    /** How often it occurs, at most 127. */
    public int count(int index) {
        return counts[index];
    }

    /** One of the {@link #SIGNALS}, unscaled. */
    public float signal(int index) {
        return signals[index];
    }
}
