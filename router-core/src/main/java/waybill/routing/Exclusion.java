package waybill.routing;

import java.util.List;

/**
 * A candidate that a plan leaves out.
 *
 * @param candidate its name
 * @param verdict the first rule that excluded it, why, and what would lift it
 * @param also what else would exclude it; looked for only in a plan that nobody is left in
 */
public record Exclusion(String candidate, Verdict.Excluded verdict, List<Verdict.Excluded> also) {

    public Exclusion {
        also = List.copyOf(also);
    }

    /** A candidate left out by this rule. */
    public Exclusion(String candidate, Verdict.Excluded verdict) {
        this(candidate, verdict, List.of());
    }
}
