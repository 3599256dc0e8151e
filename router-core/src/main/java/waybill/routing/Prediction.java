package waybill.routing;

/**
 * What is expected of one candidate for one prompt.
 *
 * @param good P, the chance that it answers well
 * @param outputTokens expected length of the answer
 * @param basis where the chance comes from, for people: "MMLU-Pro 0.71 (2026-05-01)", "no outcomes known for this
 *     model; price tier"
 */
public record Prediction(double good, int outputTokens, String basis) {

    public Prediction {
        if (!(good >= 0 && good <= 1)) {
            throw new IllegalArgumentException("a chance lies between 0 and 1, not " + good);
        }
    }

    /** The same, with the odds of a good answer moved by what outcomes say. */
    Prediction movedBy(Belief belief) {
        return belief.any() ? new Prediction(belief.appliedTo(good), outputTokens, basis + "; " + belief) : this;
    }
}
