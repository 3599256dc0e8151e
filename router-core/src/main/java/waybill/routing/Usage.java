package waybill.routing;

/**
 * Tokens that a provider counted for one answer.
 *
 * @param inputTokens all input, cached and cache-written parts included
 * @param outputTokens all output, reasoning included
 * @param cachedInputTokens the part of the input that was read from a cache
 * @param cacheWriteTokens the part of the input that was written to a cache
 * @param reasoningTokens the part of the output that was reasoning
 */
public record Usage(
        long inputTokens, long outputTokens, long cachedInputTokens, long cacheWriteTokens, long reasoningTokens) {

    public Usage {
        if (inputTokens < 0
                || outputTokens < 0
                || cachedInputTokens < 0
                || cacheWriteTokens < 0
                || reasoningTokens < 0) {
            throw new IllegalArgumentException("a usage cannot be negative: " + inputTokens + " in, " + outputTokens
                    + " out, " + cachedInputTokens + " cached, " + cacheWriteTokens + " cache write, " + reasoningTokens
                    + " reasoning");
        }
    }

    /** A usage without cached or reasoning tokens. */
    public static Usage of(long inputTokens, long outputTokens) {
        return new Usage(inputTokens, outputTokens, 0, 0, 0);
    }
}
