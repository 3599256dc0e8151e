package waybill.routing;

/**
 * Reads the demand of a prompt, once per prompt. It predicts and does not decide: who is then chosen is the ranker's
 * affair. Must be a pure function and safe for use by many threads.
 */
@FunctionalInterface
public interface Predictor {

    /** The demand of this prompt. */
    Demand read(Features features);

    /** A first estimate from hand-made features; nothing in it is learned. */
    static Predictor handMade() {
        return new HandMadePredictor();
    }
}
