package waybill.routing;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Orders by {@code (1-e) * (V*P - E[price]) - T*E[seconds] - e*failCost - switchCost}.
 *
 * <p>A failure costs the objective's own amount and the price of the answer that must then be bought elsewhere, taken
 * as this candidate's. Without the second part a flaky candidate would look cheaper than a sound one at the same price,
 * because it is so seldom paid.
 */
final class WorthRanker implements Ranker {

    /** Taken for an unknown price when no candidate's price is known: dearer than most that are on sale. */
    static final Price ASSUMED_DEAREST = Price.perMillion("15", "75");

    /** Answers after which the measured seconds weigh as much as the declared speed. */
    private static final double EVIDENCE = 5;

    private final Predictor predictor;

    WorthRanker(Predictor predictor) {
        this.predictor = predictor;
    }

    @Override
    public List<Choice> rank(Call call, Snapshot snapshot, List<Standing> eligible) {
        Demand demand = predictor.read(call.features());
        double dearest = dearest(call, demand, eligible);
        double leaving = leavingCost(call, snapshot);
        List<Choice> choices = new ArrayList<>(eligible.size());
        for (Standing standing : eligible) {
            Prediction prediction = demand.metBy(standing.profile(), standing.belief());
            Worth worth = worth(call, standing, prediction, dearest, leaving);
            BigDecimal bound = CostBound.of(call.features(), standing.profile());
            choices.add(new Choice(
                    standing.name(), worth, prediction, standing.profile().price(), bound, null));
        }
        choices.sort(order(call));
        return choices;
    }

    private static Worth worth(
            Call call, Standing standing, Prediction prediction, double dearest, double leavingCost) {
        Objective objective = call.objective();
        double price = expectedPrice(standing.profile().price(), call.features(), prediction, dearest);
        double seconds = seconds(standing, prediction);
        return new Worth(
                objective.value() * prediction.good(),
                price,
                standing.failChance(),
                seconds,
                objective.second() * seconds,
                standing.failChance() * (objective.failCost() + price),
                standing.name().equals(call.incumbent()) ? 0 : leavingCost);
    }

    private static Comparator<Choice> order(Call call) {
        return Comparator.<Choice>comparingDouble(c -> -c.worth().total())
                .thenComparing(c -> !c.candidate().equals(call.incumbent()))
                .thenComparingDouble(c -> -c.prediction().good());
    }

    private static double expectedPrice(Price price, Features features, Prediction prediction, double ifUnknown) {
        Optional<BigDecimal> charge = price.charge(Usage.of(features.inputTokens(), prediction.outputTokens()));
        return charge.map(BigDecimal::doubleValue).orElse(ifUnknown);
    }

    /** An unknown price is taken as the dearest in the pool, so that it never looks like a bargain. */
    private static double dearest(Call call, Demand demand, List<Standing> eligible) {
        if (eligible.stream().allMatch(s -> s.profile().price().known())) {
            return 0; // nobody asks
        }
        double dearest = 0;
        for (Standing standing : eligible) {
            Prediction prediction = demand.metBy(standing.profile(), standing.belief());
            dearest = Math.max(dearest, expectedPrice(standing.profile().price(), call.features(), prediction, 0));
        }
        if (dearest > 0) {
            return dearest;
        }
        Prediction prediction = demand.metBy(Profile.of(ASSUMED_DEAREST));
        return expectedPrice(ASSUMED_DEAREST, call.features(), prediction, 0);
    }

    /** What leaving the incumbent costs: its prompt cache, and the hand-off. Nothing when there is no incumbent to leave. */
    private static double leavingCost(Call call, Snapshot snapshot) {
        String name = call.incumbent();
        Optional<Standing> incumbent = name == null ? Optional.empty() : snapshot.of(name);
        if (incumbent.isEmpty()) {
            return 0;
        }
        double cache = 0;
        if (incumbent.get().profile().price() instanceof Price.PerToken tokens && tokens.cachedInput() != null) {
            BigDecimal saved = tokens.input().subtract(tokens.cachedInput()).max(BigDecimal.ZERO);
            cache = saved.doubleValue() * call.features().conversation().historyTokens() / 1e6;
        }
        return cache + call.objective().handOff();
    }

    private static double seconds(Standing standing, Prediction prediction) {
        Speed declared = standing.profile().speed();
        double prior = (declared == null ? Speed.ASSUMED : declared).seconds(prediction.outputTokens());
        double weight = standing.answers() / (standing.answers() + EVIDENCE);
        return weight * standing.seconds() + (1 - weight) * prior;
    }
}
