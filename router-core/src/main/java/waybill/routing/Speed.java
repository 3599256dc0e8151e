package waybill.routing;

/**
 * How fast a model is expected to answer, before it has been measured.
 *
 * @param firstTokenMillis time to the first token
 * @param tokensPerSecond output rate after that
 */
public record Speed(long firstTokenMillis, double tokensPerSecond) {

    /** Assumed where nothing is known: 1 s to the first token, 60 tokens a second. */
    public static final Speed ASSUMED = new Speed(1000, 60);

    public Speed {
        if (firstTokenMillis < 0 || !(tokensPerSecond > 0)) {
            throw new IllegalArgumentException(
                    "not a speed: " + firstTokenMillis + " ms to the first token, " + tokensPerSecond + " tokens/s");
        }
    }

    /** Seconds for an answer of this many tokens. */
    public double seconds(int outputTokens) {
        return firstTokenMillis / 1000.0 + outputTokens / tokensPerSecond;
    }
}
