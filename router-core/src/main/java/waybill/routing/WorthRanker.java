package waybill.routing;

import java.math.BigDecimal;
import java.util.List;
import java.util.Optional;

/**
 * Orders by {@code (1-e) * (V*P - E[price]) - T*E[seconds] - e*failCost - switchCost}; the first place goes to the best
 * of those that lie on the cost-quality {@link Hull}, and of the others each keeps its place as a fall-back. What it
 * remembers it could work out again: it is a pure function, for use by many threads.
 *
 * <p>A failure costs the objective's own amount and the price of the answer that must then be bought elsewhere, taken
 * as this candidate's. Without the second part a flaky candidate would look cheaper than a sound one at the same price,
 * because it is so seldom paid.
 */
final class WorthRanker implements Ranker {

    /**
     * What an unknown price is taken as: the dearest list price of a chat model that was found, $150 and $600 per
     * million. It does not depend on the others in the pool, so that one more candidate moves nobody's worth.
     */
    static final Price ASSUMED_DEAREST = Price.perMillion("150", "600");

    /** Answers after which the measured seconds weigh as much as the declared speed. */
    private static final double EVIDENCE = 2;

    private static final Features TYPICAL = Features.of("");

    private final Predictor predictor;
    private final boolean wholePool;
    private final ByProfile<Facts> facts;

    /**
     * @param wholePool lets those off the hull come first too
     */
    WorthRanker(Predictor predictor, boolean wholePool) {
        this.predictor = predictor;
        this.wholePool = wholePool;
        Demand typical = predictor.read(TYPICAL);
        this.facts = new ByProfile<>(profile -> Facts.of(profile, typical));
    }

    /**
     * What a profile says whatever the prompt.
     *
     * @param usual the chance of a good answer to a typical prompt, before outcomes of one's own
     * @param speed as declared, or as its price suggests
     */
    private record Facts(double usual, Speed speed) {

        static Facts of(Profile profile, Demand typical) {
            Speed declared = profile.speed();
            return new Facts(
                    typical.metBy(profile).good(), declared == null ? Speed.assumed(profile.price()) : declared);
        }
    }

    @Override
    public List<Choice> rank(Call call, Snapshot snapshot, List<Standing> eligible) {
        Demand demand = predictor.read(call.features());
        Objective objective = call.objective();
        Leaving leaving = Leaving.of(call, objective, snapshot);
        int size = eligible.size();
        Prediction[] predictions = new Prediction[size];
        Worth[] worths = new Worth[size];
        for (int i = 0; i < size; i++) {
            Standing standing = eligible.get(i);
            predictions[i] = demand.metBy(standing.profile()).movedBy(standing.belief());
            worths[i] = worth(call, objective, standing, predictions[i], leaving.costTo(standing));
        }
        boolean[] off = wholePool ? new boolean[size] : offHull(eligible, predictions, worths);
        Choice[] choices = new Choice[size];
        int placed = 0;
        int lead = -1;
        for (int i : order(call, eligible, predictions, worths)) {
            Standing standing = eligible.get(i);
            // An incumbent stays in the running: whether to leave it is what the switch cost decides.
            boolean aside = off[i] && !standing.name().equals(call.incumbent());
            lead = lead < 0 && !aside ? placed : lead;
            choices[placed++] = new Choice(
                    standing.name(),
                    worths[i],
                    predictions[i],
                    standing.profile().price(),
                    CostBound.of(call.features(), standing.profile()),
                    null,
                    aside ? Aside.OFF_HULL : Aside.NO);
        }
        putFirst(choices, lead);
        return List.of(choices);
    }

    private Worth worth(Call call, Objective objective, Standing standing, Prediction prediction, double switching) {
        double price = expectedPrice(standing.profile().price(), call.features(), prediction);
        double seconds = seconds(standing, prediction);
        return new Worth(
                objective.value() * prediction.good(),
                price,
                standing.failChance(),
                seconds,
                objective.second() * seconds,
                standing.failChance() * (objective.failCost() + price),
                switching);
    }

    private boolean[] offHull(List<Standing> eligible, Prediction[] predictions, Worth[] worths) {
        int size = worths.length;
        double[] costs = new double[size];
        double[] usually = new double[size];
        double[] here = new double[size];
        for (int i = 0; i < size; i++) {
            Worth worth = worths[i];
            Standing standing = eligible.get(i);
            double sound = 1 - worth.failChance();
            costs[i] = sound * worth.price() + worth.time() + worth.risk();
            usually[i] = sound * standing.belief().appliedTo(facts.of(standing.profile()).usual);
            here[i] = sound * predictions[i].good();
        }
        return Hull.off(costs, usually, here);
    }

    /** The best by worth first; among equals the incumbent, then who is likelier to answer well. */
    private static int[] order(Call call, List<Standing> eligible, Prediction[] predictions, Worth[] worths) {
        double[] lost = new double[worths.length];
        double[] good = new double[worths.length];
        for (int i = 0; i < worths.length; i++) {
            lost[i] = -worths[i].total();
            boolean incumbent = eligible.get(i).name().equals(call.incumbent());
            good[i] = incumbent ? Double.POSITIVE_INFINITY : predictions[i].good();
        }
        return Order.of(lost, good);
    }

    private static void putFirst(Choice[] choices, int lead) {
        if (lead > 0) {
            Choice first = choices[lead];
            System.arraycopy(choices, 0, choices, 1, lead);
            choices[0] = first;
        }
    }

    private static double expectedPrice(Price price, Features features, Prediction prediction) {
        Usage usage = Usage.of(features.inputTokens(), prediction.outputTokens());
        Price asked = price.known() ? price : ASSUMED_DEAREST;
        return asked.charge(usage).orElseThrow().doubleValue();
    }

    private double seconds(Standing standing, Prediction prediction) {
        double prior = facts.of(standing.profile()).speed.seconds(prediction.outputTokens());
        double weight = standing.answers() / (standing.answers() + EVIDENCE);
        return weight * standing.seconds() + (1 - weight) * prior;
    }

    /**
     * What leaving the incumbent costs: the saving of its prompt cache on what came before, what the next vendor takes
     * for writing that into a cache of its own, and the hand-off. Nothing when there is no incumbent to leave.
     *
     * @param incumbent its name; empty when there is none
     * @param historyTokens what its cache may hold
     * @param lost dollars: the cache it throws away, and the hand-off
     */
    private record Leaving(String incumbent, int historyTokens, double lost) {

        static final Leaving NOBODY = new Leaving("", 0, 0);

        static Leaving of(Call call, Objective objective, Snapshot snapshot) {
            String name = call.incumbent();
            Optional<Standing> incumbent = name == null ? Optional.empty() : snapshot.of(name);
            if (incumbent.isEmpty()) {
                return NOBODY;
            }
            int history = call.features().conversation().historyTokens();
            double cache = 0;
            if (incumbent.get().profile().price() instanceof Price.PerToken tokens && tokens.cachedInput() != null) {
                cache = perMillion(tokens.input().subtract(tokens.cachedInput()), history);
            }
            return new Leaving(incumbent.get().name(), history, cache + objective.handOff());
        }

        double costTo(Standing next) {
            if (incumbent.isEmpty() || next.name().equals(incumbent)) {
                return 0;
            }
            return lost + writing(next.profile().price());
        }

        private double writing(Price price) {
            if (!(price instanceof Price.PerToken tokens) || tokens.cacheWrite() == null) {
                return 0;
            }
            return perMillion(tokens.cacheWrite().subtract(tokens.input()), historyTokens);
        }

        private static double perMillion(BigDecimal rate, int tokens) {
            return rate.max(BigDecimal.ZERO).doubleValue() * tokens / 1e6;
        }
    }
}
