package waybill.routing;

/**
 * A candidate that a plan leaves out.
 *
 * @param candidate its name
 * @param verdict which rule, why, and what would lift it
 */
public record Exclusion(String candidate, Verdict.Excluded verdict) {}
