package waybill.training;

/**
 * How one model answered one prompt.
 *
 * @param score 1 for a good answer, 0 for a bad one, or a share in between
 * @param outputTokens length of the answer
 * @param usd what it cost, in dollars
 */
public record Outcome(double score, double outputTokens, double usd) {}
