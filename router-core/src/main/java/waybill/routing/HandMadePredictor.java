package waybill.routing;

import java.math.BigDecimal;

/**
 * A first, hand-made estimate: the model's accuracy, moved down for hard prompts and up for easy ones on the logit
 * scale. A model without outcomes gets the usual accuracy of its price tier less {@link #MARGIN}.
 */
final class HandMadePredictor implements Predictor {

    /** What a model of unknown accuracy is marked down by. */
    static final double MARGIN = 0.05;

    private static final BigDecimal MILLION = BigDecimal.valueOf(1_000_000);

    @Override
    public Demand read(Features features) {
        double difficulty = difficulty(features);
        int answer = answerTokens(features);
        return profile -> {
            Quality quality = profile.quality();
            double accuracy = quality != null ? quality.accuracy() : tier(profile.price()) - MARGIN;
            double good = 1 / (1 + Math.exp(difficulty - Math.log(accuracy / (1 - accuracy))));
            int output = profile.outputTokens() == 0 ? answer : Math.min(answer, profile.outputTokens());
            return new Prediction(good, output, quality != null ? quality.toString() : assumed(profile.price()));
        };
    }

    /** In logits: 0 for a middling prompt, about -1 for a trivial one, about 2 for a hard one. */
    static double difficulty(Features features) {
        TextSignals text = features.text();
        double d = -0.6;
        d += 0.25 * Math.min(4, text.reasoningCues());
        d += 0.25 * Math.min(3, text.mathCues());
        d += Math.min(0.5, 0.05 * text.codeMarks());
        d += 0.12 * Math.log1p(features.inputTokens() / 50.0);
        d += features.needs().tools() > 0 ? 0.2 : 0;
        d += features.needs().jsonSchema() ? 0.1 : 0;
        d -= 0.2 * Math.min(2, text.shortCues());
        return Math.max(-1, Math.min(2, d));
    }

    static int answerTokens(Features features) {
        TextSignals text = features.text();
        int tokens = 250;
        if (features.needs().tools() > 0 || features.needs().jsonSchema()) {
            tokens = 150;
        }
        tokens += 150 * Math.min(3, text.reasoningCues() + text.mathCues());
        tokens += text.codeMarks() > 3 ? 300 : 0;
        tokens += 600 * Math.min(2, text.longCues());
        tokens = text.shortCues() > 0 ? tokens / 2 : tokens;
        return features.askedOutputTokens() == 0 ? tokens : Math.min(tokens, features.askedOutputTokens());
    }

    /** The usual accuracy of models of this price, blended three parts input to one part output. */
    private static double tier(Price price) {
        double blended = price.known() ? blended(price) : 0;
        if (blended < 0.3) {
            return 0.55;
        }
        if (blended < 1) {
            return 0.62;
        }
        if (blended < 4) {
            return 0.70;
        }
        return blended < 12 ? 0.76 : 0.80;
    }

    /** Dollars per million tokens, three parts input to one part output; NaN when the price is unknown. */
    static double blended(Price price) {
        if (price instanceof Price.PerToken tokens) {
            return (3 * tokens.input().doubleValue() + tokens.output().doubleValue()) / 4;
        }
        return price instanceof Price.PerCall call
                ? call.usd().multiply(MILLION).doubleValue() / 1500
                : Double.NaN;
    }

    private static String assumed(Price price) {
        return "no outcomes known for this model; price tier " + tier(price) + " less " + MARGIN;
    }
}
