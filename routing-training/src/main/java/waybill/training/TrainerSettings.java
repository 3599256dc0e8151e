package waybill.training;

import java.util.Map;

/**
 * The choices of a training run. Selected by cross-validation on the training split; docs/decisions says what lost.
 *
 * @param bits logarithm of the number of hash buckets
 * @param subspace directions of the words within which everything is learned
 * @param kindRank columns from which the kind of a prompt is read
 * @param demandRank most demand columns of one domain
 * @param lengthRank most answer length columns of one domain
 * @param kindSharpness how sharply kinds are told apart
 * @param kindRidge shrinkage of the kind scores
 * @param ridge shrinkage of the outcome and answer length coefficients
 * @param signalWeight weight of all signals beside the words, for outcomes and lengths
 * @param kindSignalWeight the same for the kinds
 * @param byKind by domain, how far a model's chance depends on the kind rather than on the demands; 0.3 unless given
 * @param topicTrust by domain, how far demands are believed; 0.7 unless given
 * @param kindTrust how far a kind's own chances are believed; the rest is the domain's
 * @param ownTrust how far a model's own averages are believed; the rest is what its general ability says
 * @param pastTrust how far general ability rests on outcomes; the rest is the price tier
 * @param pseudoExamples what a model's average over its domain weighs beside its outcomes in one kind
 * @param difficultySlope what one standard deviation of general difficulty takes from the log odds of an unfamiliar
 *     prompt
 * @param familiarShare quantile of held-out texts of the data's own kind above which a text counts as familiar
 * @param margin standard deviations of ability that a model of unknown accuracy is marked down by
 */
public record TrainerSettings(
        int bits,
        int subspace,
        int kindRank,
        int demandRank,
        int lengthRank,
        double kindSharpness,
        double kindRidge,
        double ridge,
        double signalWeight,
        double kindSignalWeight,
        Map<String, Double> byKind,
        Map<String, Double> topicTrust,
        double kindTrust,
        double ownTrust,
        double pastTrust,
        double pseudoExamples,
        double difficultySlope,
        double familiarShare,
        double margin) {

    public TrainerSettings {
        byKind = Map.copyOf(byKind);
        topicTrust = Map.copyOf(topicTrust);
    }

    /** The settings of the shipped weights. */
    public static TrainerSettings shipped() {
        return new TrainerSettings(
                14,
                300,
                40,
                4,
                3,
                16,
                0.3,
                8,
                0.5,
                1,
                Map.of("knowledge", 0.4, "expert", 0.3, "arithmetic", 0.0, "mathematics", 0.0, "tools", 0.6),
                Map.of("arithmetic", 0.07, "mathematics", 0.07),
                0.8,
                0.8,
                0.6,
                20,
                0.5,
                0.05,
                0.5);
    }

    double byKind(String domain) {
        return byKind.getOrDefault(domain, 0.3);
    }

    double topicTrust(String domain) {
        return topicTrust.getOrDefault(domain, 0.7);
    }
}
