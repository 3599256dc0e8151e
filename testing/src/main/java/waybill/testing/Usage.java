package waybill.testing;

/**
 * The token counts that an answer reports. Cached tokens are part of the prompt's and reasoning tokens part of the
 * completion's, as providers of this API count them.
 */
public record Usage(int promptTokens, int completionTokens, int cachedTokens, int reasoningTokens) {

    /** Counts without cached or reasoning tokens. */
    public static Usage of(int promptTokens, int completionTokens) {
        return new Usage(promptTokens, completionTokens, 0, 0);
    }
}
