package waybill.routing;

/**
 * A response with its receipt.
 *
 * @param response what the candidate answered
 * @param candidate who answered
 * @param receipt what was planned, tried and spent
 * @param <M> the framework's model
 * @param <R> its response
 */
public record Answered<M, R>(R response, Candidate<M> candidate, Receipt receipt) {}
