package waybill.routing;

/**
 * What is expected of one candidate for one prompt.
 *
 * @param good P, the chance that it answers well
 * @param outputTokens expected length of the answer
 * @param told where the chance comes from before outcomes of one's own, for people
 * @param unmoved the chance before outcomes of one's own moved it, against which later outcomes are weighed
 * @param belief what those outcomes say
 */
public record Prediction(double good, int outputTokens, String told, double unmoved, Belief belief) {

    public Prediction {
        if (!(good >= 0 && good <= 1) || !(unmoved >= 0 && unmoved <= 1)) {
            throw new IllegalArgumentException("a chance lies between 0 and 1, not " + good + " and " + unmoved);
        }
    }

    /** A prediction that no outcomes of one's own have moved. */
    public Prediction(double good, int outputTokens, String told) {
        this(good, outputTokens, told, good, Belief.NONE);
    }

    /** The same, with the odds of a good answer moved by what outcomes say. */
    Prediction movedBy(Belief outcomes) {
        return outcomes.shift() == 0
                ? this
                : new Prediction(outcomes.appliedTo(good), outputTokens, told, unmoved, outcomes);
    }

    /**
     * Where the chance comes from, for people: "0.71 by MMLU-Pro, 2026-05-01; odds x0.74 on 81 observations", "no
     * outcomes known for this model; price tier less a margin".
     */
    public String basis() {
        String said = belief.toString();
        return said.isEmpty() ? told : told + "; " + said;
    }
}
