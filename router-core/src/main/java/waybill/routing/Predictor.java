package waybill.routing;

import waybill.routing.learned.Weights;

/**
 * Reads the demand of a prompt, once per prompt. It predicts and does not decide: who is then chosen is the ranker's
 * affair. Must be a pure function and safe for use by many threads.
 */
@FunctionalInterface
public interface Predictor {

    /** The demand of this prompt. */
    Demand read(Features features);

    /** What was learned from published outcomes. See docs/model-card.md for data and limits. */
    static Predictor learned() {
        return new LearnedPredictor(Weights.shipped());
    }

    /** A first estimate from hand-made features; nothing in it is learned. */
    static Predictor handMade() {
        return new HandMadePredictor();
    }
}
