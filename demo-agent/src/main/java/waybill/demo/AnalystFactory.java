package waybill.demo;

import dev.langchain4j.service.AiServices;
import io.micronaut.context.annotation.Factory;
import io.micronaut.context.annotation.Requires;
import jakarta.inject.Singleton;
import java.math.BigDecimal;
import java.util.List;
import waybill.langchain4j.RoutingChatModel;

/**
 * Wires the analyst: facts, tools, router, AI service. Its beans exist only beside a {@link Stage}, so that they stay out
 * of any other application on the same class path.
 */
@Factory
@Requires(beans = Stage.class)
final class AnalystFactory {
    private static final List<BigDecimal> SALES =
            List.of(BigDecimal.ONE, BigDecimal.valueOf(15), BigDecimal.valueOf(50));
    private static final int MOST_TOOL_ROUNDS = 4;

    @Singleton
    FactBook factBook(MarketFacts market, Stage stage) {
        PoolFacts pool = stage.pool().read(SALES);
        return new FactBook(market, pool, Playbook.from(market, pool.pool()));
    }

    @Singleton
    AnalystTools analystTools(FactBook facts, Stage stage) {
        return new AnalystTools(facts, stage.pool());
    }

    @Singleton
    RoutingChatModel routingChatModel(Stage stage, CallRecorder recorder) {
        return RoutingChatModel.builder(stage.candidates()).listener(recorder).build();
    }

    @Singleton
    Analyst analyst(RoutingChatModel router, CallRecorder recorder, AnalystTools tools, Stage stage) {
        boolean schema = stage.candidates().stream().anyMatch(c -> c.profile().jsonSchema());
        return AiServices.builder(Analyst.class)
                .chatModel(new PartModel(router, recorder::part, schema))
                .systemMessageProvider(memory -> Analyst.RULES)
                .tools(tools)
                .maxToolCallingRoundTrips(MOST_TOOL_ROUNDS)
                .build();
    }
}
