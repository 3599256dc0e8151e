package waybill.routing.learned;

/** What one prompt demands, read once and then met by any number of abilities. Immutable. */
public final class PromptDemand {

    private static final double FLOOR = 0.01;

    private final float[] kinds;
    private final float[] demands;
    private final float[] lengthDemands;
    private final double familiarity;
    private final double oddsFactor;
    private final int usualTokens;

    PromptDemand(
            float[] kinds,
            float[] demands,
            float[] lengthDemands,
            float[] usualLength,
            double familiarity,
            double oddsFactor) {
        this.kinds = kinds;
        this.demands = demands;
        this.lengthDemands = lengthDemands;
        this.familiarity = familiarity;
        this.oddsFactor = oddsFactor;
        this.usualTokens = tokens(met(usualLength));
    }

    /** The chance that a model of this ability answers well, from 0.01 to 0.99. */
    public double good(Ability ability) {
        double prior = met(ability.good);
        double topic = 0;
        for (int i = 0; i < demands.length; i++) {
            topic += demands[i] * ability.loadings[i];
        }
        double chance = prior + topic;
        double bounded = Math.max(FLOOR, Math.min(1 - FLOOR, prior));
        double odds = bounded / (1 - bounded) * oddsFactor;
        chance += odds / (1 + odds) - bounded;
        return Math.max(FLOOR, Math.min(1 - FLOOR, chance));
    }

    /** Expected tokens of the answer of a model of this ability. */
    public int outputTokens(Ability ability) {
        if (ability.usualLength) {
            return usualTokens;
        }
        double log = met(ability.length);
        for (int i = 0; i < lengthDemands.length; i++) {
            log += lengthDemands[i] * ability.lengthLoadings[i];
        }
        return tokens(log);
    }

    private double met(float[] byKind) {
        double sum = 0;
        for (int k = 0; k < kinds.length; k++) {
            sum += kinds[k] * byKind[k];
        }
        return sum;
    }

    private static int tokens(double log) {
        return (int) Math.max(1, Math.round(StrictMath.exp(Math.min(12, log))));
    }

    /** How much the wording resembles what was learned from: 0 not at all, 1 fully. The topic part fades with it. */
    public double familiarity() {
        return familiarity;
    }

    /** By how much the odds of a good answer change for an unfamiliar prompt: below 1 for a hard one, 1 for a familiar one. */
    public double oddsFactor() {
        return oddsFactor;
    }

    /** The share of this demand that is of this kind. */
    public double kind(int kind) {
        return kinds[kind];
    }

    /** The kind that this prompt resembles most. */
    public int likeliestKind() {
        int best = 0;
        for (int k = 1; k < kinds.length; k++) {
            best = kinds[k] > kinds[best] ? k : best;
        }
        return best;
    }
}
