package waybill.routing;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

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
    private final Demand typical;
    private final Map<String, Usual> usual = new ConcurrentHashMap<>();

    /**
     * @param wholePool lets those off the hull come first too
     */
    WorthRanker(Predictor predictor, boolean wholePool) {
        this.predictor = predictor;
        this.wholePool = wholePool;
        this.typical = predictor.read(TYPICAL);
    }

    @Override
    public List<Choice> rank(Call call, Snapshot snapshot, List<Standing> eligible) {
        Demand demand = predictor.read(call.features());
        Leaving leaving = Leaving.of(call, snapshot);
        List<Choice> choices = new ArrayList<>(eligible.size());
        for (Standing standing : eligible) {
            Profile profile = standing.profile();
            Prediction prediction = demand.metBy(profile, standing.belief());
            Worth worth = worth(call, standing, prediction, leaving.costTo(standing));
            BigDecimal bound = CostBound.of(call.features(), profile);
            choices.add(new Choice(standing.name(), worth, prediction, profile.price(), bound, null));
        }
        if (!wholePool) {
            markOffHull(call, eligible, choices);
        }
        choices.sort(order(call));
        leadByHull(choices);
        return choices;
    }

    private static Worth worth(Call call, Standing standing, Prediction prediction, double switching) {
        Objective objective = call.objective();
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

    /** An incumbent stays in the running: whether to leave it is what the switch cost decides. */
    private void markOffHull(Call call, List<Standing> eligible, List<Choice> choices) {
        int size = choices.size();
        double[] costs = new double[size];
        double[] usually = new double[size];
        double[] here = new double[size];
        for (int i = 0; i < size; i++) {
            Worth worth = choices.get(i).worth();
            double sound = 1 - worth.failChance();
            Standing standing = eligible.get(i);
            costs[i] = sound * worth.price() + worth.time() + worth.risk();
            usually[i] = sound * usual(standing);
            here[i] = sound * choices.get(i).prediction().good();
        }
        boolean[] off = Hull.off(costs, usually, here);
        for (int i = 0; i < size; i++) {
            if (off[i] && !choices.get(i).candidate().equals(call.incumbent())) {
                choices.set(i, choices.get(i).setAside(Aside.OFF_HULL));
            }
        }
    }

    /** P on a typical prompt, worked out again only when the candidate's profile or belief is another. */
    private double usual(Standing standing) {
        Usual known = usual.get(standing.name());
        if (known == null || !known.isOf(standing)) {
            double good = typical.metBy(standing.profile(), standing.belief()).good();
            known = new Usual(standing.profile(), standing.belief(), good);
            usual.put(standing.name(), known);
        }
        return known.good;
    }

    /** How a profile and a belief do on a typical prompt. */
    private record Usual(Profile profile, Belief belief, double good) {

        @SuppressWarnings("ReferenceEquality") // the same objects, in every snapshot, until one is replaced
        boolean isOf(Standing standing) {
            return profile == standing.profile() && belief == standing.belief();
        }
    }

    private static void leadByHull(List<Choice> ordered) {
        for (int i = 0; i < ordered.size(); i++) {
            if (!ordered.get(i).fallBack()) {
                ordered.add(0, ordered.remove(i));
                return;
            }
        }
    }

    private static Comparator<Choice> order(Call call) {
        return Comparator.<Choice>comparingDouble(c -> -c.worth().total())
                .thenComparing(c -> !c.candidate().equals(call.incumbent()))
                .thenComparingDouble(c -> -c.prediction().good());
    }

    private static double expectedPrice(Price price, Features features, Prediction prediction) {
        Usage usage = Usage.of(features.inputTokens(), prediction.outputTokens());
        Optional<BigDecimal> charge = price.charge(usage);
        return charge.or(() -> ASSUMED_DEAREST.charge(usage)).orElseThrow().doubleValue();
    }

    private static double seconds(Standing standing, Prediction prediction) {
        Speed declared = standing.profile().speed();
        double prior = (declared == null ? Speed.assumed(standing.profile().price()) : declared)
                .seconds(prediction.outputTokens());
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

        static Leaving of(Call call, Snapshot snapshot) {
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
            return new Leaving(
                    incumbent.get().name(), history, cache + call.objective().handOff());
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
