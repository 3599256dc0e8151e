package waybill.routing;

/**
 * What is expected of one candidate for one prompt.
 *
 * @param good P, the chance that it answers well
 * @param outputTokens expected length of the answer
 * @param basis where the chance comes from, for people: "MMLU-Pro 0.71 (2026-05-01)", "no outcomes known for this
 *     model; price tier"
 * @param unmoved the chance before outcomes of one's own moved it, against which later outcomes are weighed
 */
public record Prediction(double good, int outputTokens, String basis, double unmoved) {

    public Prediction {
        if (!(good >= 0 && good <= 1) || !(unmoved >= 0 && unmoved <= 1)) {
            throw new IllegalArgumentException("a chance lies between 0 and 1, not " + good + " and " + unmoved);
        }
    }

    /** A prediction that no outcomes of one's own have moved. */
    public Prediction(double good, int outputTokens, String basis) {
        this(good, outputTokens, basis, good);
    }

    /** The same, with the odds of a good answer moved by what outcomes say. */
    Prediction movedBy(Belief belief) {
        String said = belief.toString();
        return new Prediction(
                belief.appliedTo(good), outputTokens, said.isEmpty() ? basis : basis + "; " + said, unmoved);
    }
}
