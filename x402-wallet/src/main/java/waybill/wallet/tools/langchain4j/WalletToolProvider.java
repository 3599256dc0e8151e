package waybill.wallet.tools.langchain4j;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.invocation.InvocationContext;
import dev.langchain4j.model.chat.request.json.JsonEnumSchema;
import dev.langchain4j.model.chat.request.json.JsonIntegerSchema;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.model.chat.request.json.JsonSchemaElement;
import dev.langchain4j.model.chat.request.json.JsonStringSchema;
import dev.langchain4j.service.tool.ToolExecutionResult;
import dev.langchain4j.service.tool.ToolExecutor;
import dev.langchain4j.service.tool.ToolProvider;
import dev.langchain4j.service.tool.ToolProviderRequest;
import dev.langchain4j.service.tool.ToolProviderResult;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import waybill.wallet.tools.ToolResult;
import waybill.wallet.tools.WalletTool;
import waybill.wallet.tools.WalletTools;

/**
 * The wallet's tools for {@code AiServices.builder(..).toolProvider(..)}. Each call of an AI service is one turn: within it
 * only {@link WalletTools.Builder#paymentsPerTurn} payments may be begun. Thread-safe.
 */
public final class WalletToolProvider implements ToolProvider {
    private final WalletTools tools;

    /** Provides {@code tools}. */
    public WalletToolProvider(WalletTools tools) {
        this.tools = tools;
    }

    @Override
    public ToolProviderResult provideTools(ToolProviderRequest request) {
        ToolProviderResult.Builder provided = ToolProviderResult.builder();
        for (WalletTool tool : tools.turn().all()) {
            provided.add(specification(tool), new Executor(tool));
        }
        return provided.build();
    }

    private record Executor(WalletTool tool) implements ToolExecutor {
        @Override
        public String execute(ToolExecutionRequest request, @Nullable Object memoryId) {
            return call(request).json();
        }

        @Override
        public ToolExecutionResult executeWithContext(ToolExecutionRequest request, InvocationContext context) {
            ToolResult result = call(request);
            return ToolExecutionResult.builder()
                    .isError(result.isError())
                    .resultText(result.json())
                    .build();
        }

        private ToolResult call(ToolExecutionRequest request) {
            return tool.call(request.arguments() == null ? "" : request.arguments());
        }
    }

    static ToolSpecification specification(WalletTool tool) {
        return ToolSpecification.builder()
                .name(tool.name())
                .description(tool.description())
                .parameters(object(tool.schema()))
                .build();
    }

    private static JsonObjectSchema object(Map<?, ?> schema) {
        JsonObjectSchema.Builder object = JsonObjectSchema.builder().required(texts(schema.get("required")));
        if (schema.get("description") instanceof String description) {
            object.description(description);
        }
        if (schema.get("properties") instanceof Map<?, ?> properties) {
            properties.forEach(
                    (name, property) -> object.addProperty(String.valueOf(name), element((Map<?, ?>) property)));
        }
        return object.build();
    }

    private static JsonSchemaElement element(Map<?, ?> schema) {
        String description = String.valueOf(schema.get("description"));
        if (schema.containsKey("enum")) {
            return JsonEnumSchema.builder()
                    .description(description)
                    .enumValues(texts(schema.get("enum")))
                    .build();
        }
        String type = String.valueOf(schema.get("type"));
        return switch (type) {
            case "string" -> JsonStringSchema.builder().description(description).build();
            case "integer" ->
                JsonIntegerSchema.builder().description(description).build();
            case "object" -> object(schema);
            default -> throw new IllegalStateException("no LangChain4j schema for the type " + type);
        };
    }

    private static List<String> texts(@Nullable Object list) {
        return list instanceof List<?> values
                ? values.stream().map(String::valueOf).toList()
                : List.of();
    }
}
