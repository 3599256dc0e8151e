package waybill.langchain4j;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.output.FinishReason;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import waybill.routing.Signal;

/**
 * What can be seen of an answer by itself, cheaply: why it ended, whether tool calls name offered tools with arguments
 * that are JSON objects, and whether text that was to follow a schema is JSON with the required properties. Types inside
 * are not looked at.
 */
final class AnswerCheck {

    private AnswerCheck() {}

    static Signal of(ChatRequest request, ChatResponse response) {
        FinishReason reason = response.metadata().finishReason();
        if (reason == FinishReason.CONTENT_FILTER) {
            return Signal.REFUSED;
        }
        if (reason == FinishReason.LENGTH) {
            return Signal.TRUNCATED;
        }
        List<ToolExecutionRequest> calls = response.aiMessage().toolExecutionRequests();
        if (!calls.isEmpty()) {
            return callsWell(request.toolSpecifications(), calls) ? Signal.SOUND : Signal.TOOL_CALL_INVALID;
        }
        return followsSchema(request.responseFormat(), response.aiMessage().text())
                ? Signal.SOUND
                : Signal.SCHEMA_MISMATCH;
    }

    private static boolean callsWell(Collection<ToolSpecification> offered, List<ToolExecutionRequest> calls) {
        Set<String> names = offered.stream().map(ToolSpecification::name).collect(Collectors.toSet());
        return calls.stream().allMatch(call -> names.contains(call.name()) && isObject(call.arguments()));
    }

    /** A call without arguments may leave them out. */
    private static boolean isObject(String arguments) {
        return arguments == null
                || arguments.isBlank()
                || JsonShape.of(arguments).isObject();
    }

    private static boolean followsSchema(ResponseFormat format, String text) {
        if (format == null || format.jsonSchema() == null) {
            return true;
        }
        JsonShape shape = JsonShape.of(text == null ? "" : text);
        if (format.jsonSchema().rootElement() instanceof JsonObjectSchema object) {
            return shape.isObject()
                    && (object.required() == null || shape.keys().containsAll(object.required()));
        }
        return shape.wellFormed();
    }
}
