package waybill.routing;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import waybill.routing.learned.Ability;
import waybill.routing.learned.PromptDemand;
import waybill.routing.learned.Weights;

/**
 * Demand and ability as learned from published outcomes. A profile's ability comes from its accuracies by area,
 * with the overall one read as one of the area that its source names, else from its price tier less a margin. On unfamiliar wording the topic fades and
 * difficulty and priors stay; the length of the answer then falls back to the hand-made estimate.
 */
final class LearnedPredictor implements Predictor {

    private static final int MOST_REMEMBERED = 4_096;

    private final Weights weights;
    private final Map<Ground, Ability> abilities = new ConcurrentHashMap<>();
    private final ByProfile<Known> known = new ByProfile<>(profile -> new Known(ability(profile), basis(profile)));

    LearnedPredictor(Weights weights) {
        this.weights = weights;
    }

    /** What an ability is derived from: accuracies by area, or else a blended price; NaN when unknown. */
    private record Ground(Map<String, Double> accuracy, double usdPerMillion) {}

    /** What is known of a profile before any prompt. */
    private record Known(Ability ability, String basis) {}

    @Override
    public Demand read(Features features) {
        PromptDemand demand = weights.read(features.wording());
        int handMade = HandMadePredictor.answerTokens(features);
        return new Read(features, demand, handMade);
    }

    /** One prompt as it was read. */
    private final class Read implements Demand {

        private final Features features;
        private final PromptDemand demand;
        private final int handMade;

        Read(Features features, PromptDemand demand, int handMade) {
            this.features = features;
            this.demand = demand;
            this.handMade = handMade;
        }

        @Override
        public Prediction metBy(Profile profile) {
            Known model = known.of(profile);
            Ability ability = model.ability;
            double good = demand.good(ability);
            double share = demand.familiarity();
            double tokens = share * demand.outputTokens(ability) + (1 - share) * handMade;
            return new Prediction(good, bounded(tokens, features, profile), model.basis);
        }

        @Override
        public String kind() {
            return weights.kinds().get(demand.likeliestKind());
        }
    }

    private Ability ability(Profile profile) {
        Ground ground = ground(profile);
        Ability known = abilities.get(ground);
        if (known != null) {
            return known;
        }
        Ability ability = weights.ability(null, ground.accuracy, ground.usdPerMillion);
        if (abilities.size() < MOST_REMEMBERED) {
            abilities.put(ground, ability);
        }
        return ability;
    }

    private static Ground ground(Profile profile) {
        Quality quality = profile.quality();
        if (quality == null) {
            return new Ground(Map.of(), HandMadePredictor.blended(profile.price()));
        }
        Map<String, Double> accuracy = new TreeMap<>();
        quality.byArea().forEach((area, measured) -> accuracy.put(area, measured.share()));
        Accuracy overall = quality.overall();
        if (overall != null) {
            accuracy.putIfAbsent(overall.source(), overall.share());
        }
        return new Ground(accuracy, Double.NaN);
    }

    private static int bounded(double tokens, Features features, Profile profile) {
        double most = features.askedOutputTokens() == 0 ? tokens : Math.min(tokens, features.askedOutputTokens());
        return (int) Math.max(1, profile.outputTokens() == 0 ? most : Math.min(most, profile.outputTokens()));
    }

    private static String basis(Profile profile) {
        Quality quality = profile.quality();
        return quality != null ? quality.toString() : "no outcomes known for this model; price tier less a margin";
    }
}
