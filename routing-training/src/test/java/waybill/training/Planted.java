package waybill.training;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/** Outcomes generated from a law that is known, so that what is learned can be compared with it. */
final class Planted {

    static final List<String> TOPICS = List.of("botany", "optics", "trade");
    /** By model, then topic: the chance of a good answer to an easy prompt. */
    static final Map<String, double[]> CHANCE = new TreeMap<>(Map.of(
            "gardener", new double[] {0.95, 0.35, 0.35},
            "physicist", new double[] {0.35, 0.95, 0.35},
            "merchant", new double[] {0.35, 0.35, 0.95},
            "scholar", new double[] {0.90, 0.90, 0.90},
            "novice", new double[] {0.30, 0.30, 0.30}));

    private static final String[][] WORDS = {
        {"leaf", "root", "stem", "petal", "moss", "fern", "seed", "bark"},
        {"lens", "prism", "mirror", "laser", "photon", "beam", "focus", "glass"},
        {"tariff", "price", "market", "barter", "cargo", "customs", "merchant", "invoice"}
    };

    private Planted() {}

    static List<Example> examples(int n, long seed) {
        Random random = new Random(seed);
        List<Example> all = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            int topic = random.nextInt(TOPICS.size());
            boolean hard = random.nextBoolean();
            StringBuilder text = new StringBuilder("Tell us of");
            for (int w = 0; w < 10; w++) {
                text.append(' ').append(WORDS[topic][random.nextInt(WORDS[topic].length)]);
            }
            text.append(hard ? " and derive every detail rigorously" : " in plain words");
            Map<String, Outcome> outcomes = new TreeMap<>();
            CHANCE.forEach((model, chance) -> {
                double p = chance[topic] - (hard && !model.equals("scholar") ? 0.25 : 0);
                double dollars = model.equals("scholar") ? 0.01 : model.equals("novice") ? 0.0005 : 0.002;
                outcomes.put(model, new Outcome(random.nextDouble() < p ? 1 : 0, hard ? 400 : 100, dollars));
            });
            all.add(new Example(
                    "p" + i,
                    "planted",
                    "facts",
                    "facts/" + TOPICS.get(topic),
                    text.toString(),
                    List.of(),
                    20,
                    true,
                    outcomes));
        }
        return all;
    }

    static TrainerSettings settings() {
        return settings(1);
    }

    /** With this trust in a model's own averages. */
    static TrainerSettings settings(double ownTrust) {
        return new TrainerSettings(
                10, 20, 3, 4, 3, 16, 0.3, 1, 0.5, 1, Map.of(), Map.of(), 1, ownTrust, 1, 20, 0.5, 0.05, 0.5);
    }
}
