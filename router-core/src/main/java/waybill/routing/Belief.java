package waybill.routing;

import java.time.Duration;
import java.time.Instant;

/**
 * What outcomes of one's own say about one candidate, beyond its profile: by how much its chances of a good answer lie
 * above or below the prediction, as a shift of their log odds, and on how much evidence. Immutable.
 *
 * <p>A Gaussian belief around 0, "as predicted", which is worth {@code prior} observations before any outcome is seen.
 * Each outcome is one Bayesian step of logistic regression. Weights count observations: an outcome predicted at one half
 * counts as one, an outcome that was nearly certain counts for little, {@code 4 p (1 - p)}.
 *
 * @param shift the mean, in log odds; 0 without evidence
 * @param weight observations that the evidence is worth; fades as it ages
 * @param prior observations that "as predicted" is worth; above 0
 * @param outcomes how many outcomes were seen, faded or not
 * @param asOf when the weight held; older evidence than that is worth less
 */
public record Belief(double shift, double weight, double prior, long outcomes, Instant asOf) {

    /**
     * What a prediction is worth that rests on a measured accuracy. A published overall accuracy was measured to be worth
     * 20 to 100 scored prompts, and with a weaker prior new models were worse than none.
     */
    public static final double PRIOR_MEASURED = 100;

    /** What a prediction is worth that rests on the price alone. */
    public static final double PRIOR_UNMEASURED = 50;

    /** No evidence: the prediction stands. */
    public static final Belief NONE = prior(PRIOR_MEASURED);

    /** The information of an outcome predicted at one half, of which one observation has the weight of one. */
    private static final double INFORMATION_OF_ONE = 0.25;

    public Belief {
        if (!(Math.abs(shift) <= 20) || !(weight >= 0) || !(prior > 0) || Double.isInfinite(weight + prior)) {
            throw new IllegalArgumentException(
                    "a belief shifts log odds by at most 20 either way, on a weight from 0 up"
                            + " and a prior above 0; not by " + shift + " on " + weight + " and " + prior);
        }
        if (outcomes < 0) {
            throw new IllegalArgumentException("outcomes is " + outcomes + ", it cannot be negative");
        }
    }

    /** No evidence on a model of this profile. */
    public static Belief of(Profile profile) {
        return prior(profile.quality() == null ? PRIOR_UNMEASURED : PRIOR_MEASURED);
    }

    /** No evidence, with a prediction worth this many observations. */
    public static Belief prior(double observations) {
        return new Belief(0, 0, observations, 0, Instant.EPOCH);
    }

    /** Whether there is any evidence. */
    public boolean any() {
        return outcomes > 0 && weight > 0;
    }

    /** The chance of a good answer that was predicted without this belief, moved by it. */
    public double appliedTo(double chance) {
        if (shift == 0 || chance <= 0 || chance >= 1) {
            return chance;
        }
        double odds = chance / (1 - chance) * StrictMath.exp(shift);
        return odds / (1 + odds);
    }

    /** The standard deviation of the shift, in log odds. */
    public double deviation() {
        return 1 / Math.sqrt((prior + weight) * INFORMATION_OF_ONE);
    }

    /**
     * The belief after one more outcome.
     *
     * @param predicted the chance of a good answer as predicted without any belief, above 0 and below 1
     * @param score how good the answer was, from 0 to 1
     * @param at when; an outcome older than the belief counts as if it came now
     */
    public Belief after(double predicted, double score, Instant at) {
        if (!(predicted > 0 && predicted < 1) || !(score >= 0 && score <= 1)) {
            throw new IllegalArgumentException(
                    "an outcome has a prediction between 0 and 1 and a score from 0 to 1, not " + predicted + " and "
                            + score);
        }
        double expected = appliedTo(predicted);
        return stepped(score - expected, expected * (1 - expected), 1, at);
    }

    /**
     * One Bayesian step.
     *
     * @param gradient of the log likelihood by the shift
     * @param information its expected curvature; negative to take a step back
     * @param more outcomes that it counts as
     */
    Belief stepped(double gradient, double information, int more, Instant at) {
        double heavier = Math.max(0, weight + information / INFORMATION_OF_ONE);
        double moved = shift + gradient / ((prior + heavier) * INFORMATION_OF_ONE);
        return new Belief(bounded(moved), heavier, prior, outcomes + more, at.isAfter(asOf) ? at : asOf);
    }

    /** The belief at this moment when evidence halves in weight in {@code halfLife}; a moment before its own changes nothing. */
    public Belief faded(Instant now, Duration halfLife) {
        if (weight == 0 || !now.isAfter(asOf)) {
            return this;
        }
        double halves = Duration.between(asOf, now).toMillis() / (double) halfLife.toMillis();
        double left = weight * StrictMath.pow(0.5, halves);
        double mean = shift * (prior + weight) * left / (weight * (prior + left));
        return new Belief(mean, left, prior, outcomes, now);
    }

    /** What it says, in words: {@code "odds x0.74 on 81 observations"}, those that the evidence is worth;
     * empty while it says nothing. */
    @Override
    public String toString() {
        double factor = Math.round(StrictMath.exp(shift) * 100) / 100.0;
        if (!any() || factor == 1) {
            return "";
        }
        String worth = weight < 10 ? "" + Math.round(weight * 10) / 10.0 : "" + Math.round(weight);
        return "odds x" + factor + " on " + worth + " observations";
    }

    private static double bounded(double logOdds) {
        return Math.max(-20, Math.min(20, logOdds));
    }
}
