package waybill.routing;

/**
 * What choosing a candidate is expected to be worth, in dollars, term by term. The terms are predictions; charged and
 * capped amounts are exact decimals elsewhere.
 *
 * @param value V * P, the value of the answer
 * @param price E[price], the expected charge
 * @param failChance e, the candidate's present chance of failing
 * @param seconds E[seconds]
 * @param time T * E[seconds]
 * @param risk e * failCost, where a failure costs the objective's amount and the price of an answer elsewhere
 * @param switching switchCost: the prompt cache thrown away and the hand-off; 0 for the incumbent
 */
public record Worth(
        double value, double price, double failChance, double seconds, double time, double risk, double switching) {

    /** {@code gain - charge - time - risk - switching}. */
    public double total() {
        return (1 - failChance) * (value - price) - time - risk - switching;
    }

    /** {@code (1-e) * V * P}: what the answer is worth, should there be one. */
    public double gain() {
        return (1 - failChance) * value;
    }

    /** {@code (1-e) * E[price]}: what is paid for it, should there be one. */
    public double charge() {
        return (1 - failChance) * price;
    }
}
