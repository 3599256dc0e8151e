package waybill.routing;

/** What a rule says of one candidate. */
public sealed interface Verdict {

    /** The candidate may serve. */
    Eligible ELIGIBLE = new Eligible();

    /** A refusal by the named rule: why, and what would lift it. */
    static Excluded excluded(String rule, String reason, String remedy) {
        return new Excluded(rule, reason, remedy);
    }

    /** The candidate may serve. */
    record Eligible() implements Verdict {}

    /**
     * The candidate may not serve.
     *
     * @param rule name of the rule, such as "fits context"
     * @param reason why, with the values that were compared
     * @param remedy what would lift it
     */
    record Excluded(String rule, String reason, String remedy) implements Verdict {}
}
