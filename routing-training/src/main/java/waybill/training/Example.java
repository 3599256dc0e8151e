package waybill.training;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import waybill.routing.learned.ToolText;

/**
 * One prompt with the outcomes of several models.
 *
 * @param id its name in the data
 * @param set the data set, within which models are compared
 * @param domain what it is about in the broadest sense; kinds of one domain share their demands
 * @param kind the topic or task within the domain
 * @param text the prompt
 * @param tools the tools offered with it
 * @param inputTokens tokens of the prompt
 * @param comparable whether it counts in published comparisons
 * @param outcomes by model, sorted by name
 */
public record Example(
        String id,
        String set,
        String domain,
        String kind,
        String text,
        List<ToolText> tools,
        double inputTokens,
        boolean comparable,
        Map<String, Outcome> outcomes) {

    public Example {
        tools = List.copyOf(tools);
        outcomes = new TreeMap<>(outcomes);
    }

    /** The outcome of this model, which must be there. */
    public Outcome outcome(String model) {
        Outcome outcome = outcomes.get(model);
        if (outcome == null) {
            throw new IllegalArgumentException(id + " has no outcome of " + model + ", only of " + outcomes.keySet());
        }
        return outcome;
    }

    /** What is left out together when it is asked how the weights do on something new: a kind, or all topics of a quiz. */
    public String family() {
        return domain.equals("knowledge") ? domain : kind;
    }

    /** The same without the outcomes of these models. */
    Example without(Set<String> models) {
        TreeMap<String, Outcome> rest = new TreeMap<>(outcomes);
        rest.keySet().removeAll(models);
        return new Example(id, set, domain, kind, text, tools, inputTokens, comparable, rest);
    }

    /** The same outcomes for another wording of the prompt. */
    public Example withText(String other) {
        return new Example(id, set, domain, kind, other, tools, inputTokens, comparable, outcomes);
    }
}
