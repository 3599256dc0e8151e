package waybill.demo;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The report for programs. Money is text in dollars or USDC, so that no reader rounds it. */
final class JsonReport {
    private final Report report;

    JsonReport(Report report) {
        this.report = report;
    }

    /** The whole document. */
    String text() {
        try {
            return new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT).writeValueAsString(document()) + "\n";
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("The report cannot be written as JSON: " + e.getMessage(), e);
        }
    }

    private Map<String, @Nullable Object> document() {
        Map<String, @Nullable Object> all = new LinkedHashMap<>();
        all.put("written", report.written().toString());
        all.put("tookMillis", report.took().toMillis());
        all.put("simulatedModels", report.simulated());
        all.put("dataset", dataset(report.market().series()));
        all.put(
                "pool",
                Map.of(
                        "address",
                        report.pool().address(),
                        "chainId",
                        report.pool().chainId()));
        Map<String, @Nullable Object> facts = new LinkedHashMap<>();
        facts.put("market", facts(report.market().market()));
        facts.put("risk", facts(report.market().risk()));
        facts.put("pool", facts(report.pool().facts()));
        facts.put("plays", facts(report.playbook().facts()));
        all.put("facts", facts);
        all.put("sections", report.sections().stream().map(JsonReport::section).toList());
        RiskRating rating = report.rating();
        all.put("rating", rating == null ? null : rating(rating));
        all.put("calls", report.calls().stream().map(JsonReport::call).toList());
        all.put("spending", spending(report.spending()));
        Report.Balances balances = report.balances();
        all.put("balances", balances == null ? null : balances(balances));
        all.put("disclaimer", Report.DISCLAIMER);
        return all;
    }

    private static Map<String, @Nullable Object> dataset(BarSeries series) {
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        map.put("kind", "recorded");
        map.put("name", series.name());
        map.put("source", series.source());
        map.put("start", series.start().toString());
        map.put("end", series.last().end().toString());
        map.put("bars", series.bars().size());
        return map;
    }

    private static Map<String, String> facts(List<Fact> facts) {
        Map<String, String> map = new LinkedHashMap<>();
        facts.forEach(fact -> map.put(fact.label(), fact.value()));
        return map;
    }

    private static Map<String, @Nullable Object> section(Report.Section section) {
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        map.put("id", section.id());
        map.put("title", section.title());
        map.put("text", section.text());
        map.put("numbersNotComputed", section.unknownNumbers());
        return map;
    }

    private static Map<String, @Nullable Object> rating(RiskRating rating) {
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        map.put("level", rating.level().name());
        map.put("drivers", rating.drivers());
        map.put("watch", rating.watch());
        return map;
    }

    private static Map<String, @Nullable Object> call(ModelCall call) {
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        map.put("number", call.number());
        map.put("section", call.section());
        map.put("at", call.at().toString());
        map.put("tookMillis", call.took().toMillis());
        map.put("model", call.model());
        map.put("why", call.why());
        map.put("inputTokens", call.inputTokens());
        map.put("outputTokens", call.outputTokens());
        map.put("paid", call.paid().toPlainString());
        map.put("billed", call.billed().toPlainString());
        map.put("plan", call.plan().stream().map(JsonReport::choice).toList());
        map.put(
                "excluded",
                call.excluded().stream()
                        .map(e -> Map.of("candidate", e.candidate(), "reason", e.reason()))
                        .toList());
        map.put("attempts", call.attempts().stream().map(JsonReport::attempt).toList());
        return map;
    }

    private static Map<String, @Nullable Object> choice(ModelCall.Choice choice) {
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        map.put("candidate", choice.candidate());
        map.put("worth", choice.worth());
        map.put("answersWell", choice.answersWell());
        map.put("price", choice.price());
        map.put("seconds", choice.seconds());
        return map;
    }

    private static Map<String, @Nullable Object> attempt(ModelCall.Attempt attempt) {
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        map.put("candidate", attempt.candidate());
        map.put("answered", attempt.answered());
        map.put("outcome", attempt.outcome());
        map.put("tookMillis", attempt.took().toMillis());
        ModelCall.Payment payment = attempt.payment();
        map.put("payment", payment == null ? null : payment(payment));
        return map;
    }

    private static Map<String, @Nullable Object> payment(ModelCall.Payment payment) {
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        map.put("id", payment.id());
        map.put("state", payment.state());
        map.put("amount", payment.amount().toPlainString());
        map.put("token", payment.token());
        map.put("transaction", payment.transaction());
        map.put("reason", payment.reason());
        return map;
    }

    private static Map<String, @Nullable Object> spending(Report.Spending spending) {
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        map.put("settled", spending.settled().toPlainString());
        map.put("held", spending.held().toPlainString());
        map.put("released", spending.released().toPlainString());
        map.put("billed", spending.billed().toPlainString());
        BigDecimal budget = spending.budget();
        map.put("budget", budget == null ? null : budget.toPlainString());
        return map;
    }

    private Map<String, @Nullable Object> balances(Report.Balances balances) {
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        map.put("buyer", balances.buyer());
        map.put("buyerBefore", balances.buyerBefore().toPlainString());
        map.put("buyerAfter", balances.buyerAfter().toPlainString());
        map.put("seller", balances.seller());
        map.put("sellerBefore", balances.sellerBefore().toPlainString());
        map.put("sellerAfter", balances.sellerAfter().toPlainString());
        map.put("agreesWithLedger", balances.agreesWith(report.spending().settled()));
        return map;
    }
}
