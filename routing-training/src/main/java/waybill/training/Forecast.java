package waybill.training;

import java.util.List;
import waybill.routing.learned.Ability;
import waybill.routing.learned.PromptDemand;
import waybill.routing.learned.Weights;
import waybill.routing.learned.Wording;

/** What weights expect of each model for each prompt: chances and dollars. */
final class Forecast {

    final double[][] chance;
    final double[][] usd;
    final double[] familiarity;

    /** Of models whose outcomes the weights have seen. */
    Forecast(Weights weights, List<Example> prompts, List<String> models) {
        this(prompts, models.stream().map(m -> ability(weights, m)).toList(), weights);
    }

    /** Of models of these abilities. */
    Forecast(List<Example> prompts, List<Ability> abilities, Weights weights) {
        chance = new double[prompts.size()][abilities.size()];
        usd = new double[prompts.size()][abilities.size()];
        familiarity = new double[prompts.size()];
        for (int i = 0; i < prompts.size(); i++) {
            Example prompt = prompts.get(i);
            PromptDemand demand = weights.read(Wording.of(prompt.text(), prompt.tools()));
            familiarity[i] = demand.familiarity();
            for (int m = 0; m < abilities.size(); m++) {
                Ability ability = abilities.get(m);
                chance[i][m] = demand.good(ability);
                usd[i][m] = (prompt.inputTokens() * ability.inputPrice()
                                + demand.outputTokens(ability) * ability.outputPrice())
                        / 1e6;
            }
        }
    }

    /** What is chosen for each prompt as the value of a good answer rises, a list of choices for each value. */
    List<int[]> sweep() {
        return QualityMetrics.sweep(chance, usd);
    }

    private static Ability ability(Weights weights, String model) {
        Ability ability = weights.find(model);
        if (ability == null) {
            throw new IllegalArgumentException("the weights have seen no outcome of " + model);
        }
        return ability;
    }
}
