package waybill.routing;

/**
 * What a host notices of an answer by itself. A signal is weak evidence: a sound answer may be wrong and a truncated one
 * good. How weak is assumed, not measured: the shares of good and of bad answers that look like this.
 */
public enum Signal {
    /** Nothing is wrong with it that the host could notice. */
    SOUND("sound", 0.965, 0.80),
    /** It was cut at its longest length. */
    TRUNCATED("truncated", 0.02, 0.08),
    /** It does not follow the JSON schema that was asked for. */
    SCHEMA_MISMATCH("does not follow the schema", 0.005, 0.04),
    /** It calls a tool that was not offered, or with arguments that are not JSON. */
    TOOL_CALL_INVALID("invalid tool call", 0.005, 0.04),
    /** The model or its provider declined. */
    REFUSED("refused", 0.005, 0.04);

    private final String words;
    private final double amongGood;
    private final double amongBad;

    Signal(String words, double amongGood, double amongBad) {
        this.words = words;
        this.amongGood = amongGood;
        this.amongBad = amongBad;
    }

    /** The signal in words. */
    public String words() {
        return words;
    }

    /** The gradient of this signal's log likelihood by the log odds of a good answer: P(good | signal) - P(good). */
    double gradient(double expected) {
        return expected * amongGood / among(expected) - expected;
    }

    /** What one signal, whichever comes, is expected to tell of the log odds; a known outcome tells {@code p (1 - p)}. */
    static double information(double expected) {
        double sum = 0;
        for (Signal signal : values()) {
            double slope = (signal.amongGood - signal.amongBad) * expected * (1 - expected);
            sum += slope * slope / signal.among(expected);
        }
        return sum;
    }

    /** The share of all answers that look like this where this share of them is good. */
    double among(double expected) {
        return expected * amongGood + (1 - expected) * amongBad;
    }
}
