package waybill.routing;

import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/**
 * Tokens that a provider counted for one answer, and what it says that the answer cost.
 *
 * @param inputTokens all input, cached and cache-written parts included
 * @param outputTokens all output, reasoning included
 * @param cachedInputTokens the part of the input that was read from a cache
 * @param cacheWriteTokens the part of the input that was written to a cache
 * @param reasoningTokens the part of the output that was reasoning
 * @param toldUsd dollars; null where the provider says nothing, as most do. It can raise what is counted, never lower it
 */
public record Usage(
        long inputTokens,
        long outputTokens,
        long cachedInputTokens,
        long cacheWriteTokens,
        long reasoningTokens,
        @Nullable BigDecimal toldUsd) {

    /** The most that a provider is believed to have charged for one answer, in dollars. */
    private static final BigDecimal MOST_TOLD = BigDecimal.valueOf(1_000_000);

    /** A usage of which the provider tells no cost. */
    public Usage(
            long inputTokens, long outputTokens, long cachedInputTokens, long cacheWriteTokens, long reasoningTokens) {
        this(inputTokens, outputTokens, cachedInputTokens, cacheWriteTokens, reasoningTokens, null);
    }

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

    /**
     * The same with what the provider says that it cost, in dollars: a number in decimal or scientific notation of at most
     * 30 characters. Anything else, a negative one and one above a million dollars say nothing.
     */
    public Usage told(@Nullable String usd) {
        if (usd == null || usd.length() > 30) {
            return this;
        }
        try {
            BigDecimal told = new BigDecimal(usd);
            return told.signum() < 0 || told.scale() > 40 || told.compareTo(MOST_TOLD) > 0
                    ? this
                    : new Usage(inputTokens, outputTokens, cachedInputTokens, cacheWriteTokens, reasoningTokens, told);
        } catch (NumberFormatException notANumber) {
            return this;
        }
    }
}
