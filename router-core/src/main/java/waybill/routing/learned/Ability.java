package waybill.routing.learned;

/**
 * What a model can do, in numbers that meet a {@link PromptDemand}: how well it answers each kind of prompt, how it
 * reacts to what makes a prompt of a kind harder, and how long it answers. Immutable; belongs to the weights that made
 * it.
 */
public final class Ability {

    final float[] good;
    final float[] loadings;
    final float[] length;
    final float[] lengthLoadings;
    final boolean[] observed;
    final double inputPrice;
    final double outputPrice;
    /** Whether its answers are taken to be as long as usual, because none were seen. */
    final boolean usualLength;

    private final double overall;

    /**
     * Takes the numbers as they are, without a copy.
     *
     * @param good chance of a good answer by kind
     * @param loadings what one unit of each demand does to the chance
     * @param length logarithm of the answer's tokens by kind
     * @param lengthLoadings what one unit of each length demand does to that logarithm
     * @param overall general ability, in standard deviations of the models that were learned from
     * @param observed by domain, whether outcomes of this very model were learned from
     * @param inputPrice dollars per million input tokens when the outcomes were made; NaN when unknown
     * @param outputPrice dollars per million output tokens when the outcomes were made; NaN when unknown
     */
    public Ability(
            float[] good,
            float[] loadings,
            float[] length,
            float[] lengthLoadings,
            double overall,
            boolean[] observed,
            double inputPrice,
            double outputPrice) {
        this(good, loadings, length, lengthLoadings, false, overall, observed, inputPrice, outputPrice);
    }

    private Ability(
            float[] good,
            float[] loadings,
            float[] length,
            float[] lengthLoadings,
            boolean usualLength,
            double overall,
            boolean[] observed,
            double inputPrice,
            double outputPrice) {
        this.good = good;
        this.loadings = loadings;
        this.length = length;
        this.lengthLoadings = lengthLoadings;
        this.usualLength = usualLength;
        this.overall = overall;
        this.observed = observed;
        this.inputPrice = inputPrice;
        this.outputPrice = outputPrice;
    }

    /** General ability, in standard deviations of the models that were learned from; 0 is their middle. */
    public double overall() {
        return overall;
    }

    /** The same at other prices, in dollars per million tokens. */
    public Ability pricedAt(double input, double output) {
        return new Ability(good, loadings, length, lengthLoadings, usualLength, overall, observed, input, output);
    }

    /** The same, whose lengths are the usual ones and whose length loadings are 0: read once for all such models. */
    Ability asLongAsUsual() {
        return new Ability(good, loadings, length, lengthLoadings, true, overall, observed, inputPrice, outputPrice);
    }

    /** Dollars per million input tokens when the outcomes were made; NaN when unknown. */
    public double inputPrice() {
        return inputPrice;
    }

    /** Dollars per million output tokens when the outcomes were made; NaN when unknown. */
    public double outputPrice() {
        return outputPrice;
    }

    /** Whether outcomes of this very model were learned from, in any domain. */
    public boolean known() {
        for (boolean any : observed) {
            if (any) {
                return true;
            }
        }
        return false;
    }

    /** Whether outcomes of this very model in this domain were learned from. */
    public boolean observed(int domain) {
        return observed[domain];
    }

    /** Chance of a good answer to a middling prompt of this kind. */
    public double good(int kind) {
        return good[kind];
    }
}
