package waybill.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import waybill.routing.Boundary;
import waybill.routing.Choice;
import waybill.routing.Exclusion;
import waybill.routing.Objective;
import waybill.routing.Plan;
import waybill.routing.Verdict;
import waybill.routing.Worth;

/** A plan as JSON: every term in dollars, predictions as numbers, bounds as decimal strings. */
final class PlanJson {

    private PlanJson() {}

    static Map<String, Object> of(Plan plan) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("at", plan.at().toString());
        json.put("inputTokens", plan.call().features().inputTokens());
        json.put("objective", objective(plan.call().objective()));
        json.put("incumbent", plan.call().incumbent());
        json.put("lead", plan.choices().isEmpty() ? null : plan.lead().name());
        json.put("choices", plan.choices().stream().map(PlanJson::choice).toList());
        json.put("excluded", plan.excluded().stream().map(PlanJson::excluded).toList());
        json.put(
                "boundaries", plan.boundaries().stream().map(PlanJson::boundary).toList());
        json.put("why", plan.why());
        return json;
    }

    private static Map<String, Object> objective(Objective objective) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("name", objective.name());
        json.put("value", objective.value());
        json.put("second", objective.second());
        json.put("failCost", objective.failCost());
        json.put("handOff", objective.handOff());
        return json;
    }

    private static Map<String, Object> choice(Choice choice) {
        Worth worth = choice.worth();
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("candidate", choice.candidate());
        json.put("worth", worth.total());
        json.put("gain", worth.gain());
        json.put("price", worth.charge());
        json.put("time", worth.time());
        json.put("risk", worth.risk());
        json.put("switch", worth.switching());
        json.put("good", choice.prediction().good());
        json.put("basis", choice.prediction().basis());
        json.put("outputTokens", choice.prediction().outputTokens());
        json.put("expectedCharge", worth.price());
        json.put("priceKnown", choice.price().known());
        json.put("maxCost", choice.maxCost() == null ? null : choice.maxCost().toPlainString());
        json.put("seconds", worth.seconds());
        json.put("failChance", worth.failChance());
        json.put("aside", choice.fallBack() ? choice.aside().name() : null);
        json.put(
                "notBefore",
                choice.notBefore() == null ? null : choice.notBefore().toString());
        return json;
    }

    private static Map<String, Object> excluded(Exclusion exclusion) {
        List<Map<String, Object>> verdicts = new ArrayList<>();
        verdicts.add(verdict(exclusion.verdict()));
        exclusion.also().forEach(also -> verdicts.add(verdict(also)));
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("candidate", exclusion.candidate());
        json.put("by", verdicts);
        return json;
    }

    private static Map<String, Object> verdict(Verdict.Excluded no) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("rule", no.rule());
        json.put("reason", no.reason());
        json.put("remedy", no.remedy());
        return json;
    }

    private static Map<String, Object> boundary(Boundary boundary) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("term", boundary.term().symbol());
        json.put("above", boundary.above());
        json.put("usd", boundary.usd());
        json.put("candidate", boundary.candidate());
        return json;
    }
}
