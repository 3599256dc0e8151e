package waybill.routing;

/**
 * How fast a model is expected to answer, before it has been measured.
 *
 * @param firstTokenMillis time to the first token
 * @param tokensPerSecond output rate after that
 */
public record Speed(long firstTokenMillis, double tokensPerSecond) {

    /** Assumed where not even a price is known: 1 s to the first token, 60 tokens a second. */
    public static final Speed ASSUMED = new Speed(1000, 60);

    private static final double CHEAPEST = 0.05;
    private static final double DEAREST = 50;

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

    /**
     * Assumed where nobody has measured: what models of this price usually take, {@link #ASSUMED} where the price is
     * unknown. Fitted on 10,816 tool calls to 16 models whose latency and tokens were measured (BFCL, August 2024): a line
     * in tokens for each model, then both of its numbers as a power of the blended price. A dollar a million tokens stands
     * for 0.55 s and 66 tokens a second, ten dollars for 0.94 s and 45.
     */
    static Speed assumed(Price price) {
        double blended = price.known() ? HandMadePredictor.blended(price) : Double.NaN;
        if (Double.isNaN(blended)) {
            return ASSUMED;
        }
        double usd = Math.max(CHEAPEST, Math.min(DEAREST, blended));
        return new Speed(Math.round(545 * StrictMath.pow(usd, 0.235)), 65.6 * StrictMath.pow(usd, -0.162));
    }
}
