package waybill.springai;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.chat.messages.AssistantMessage.ToolCall;
import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.ai.model.tool.StructuredOutputChatOptions;
import org.springframework.ai.model.tool.ToolCallingChatOptions;
import waybill.routing.Signal;

/**
 * What can be seen of an answer by itself, cheaply: why it ended, whether tool calls name offered tools with arguments
 * that are JSON objects, and whether text that was to follow a schema is JSON with the required properties. Types inside
 * are not looked at.
 */
final class AnswerCheck {

    private AnswerCheck() {}

    /** Of an answer's end, calls and text, by the options that were sent. */
    static Signal of(@Nullable ChatOptions sent, @Nullable String finishReason, List<ToolCall> calls, String text) {
        Signal end = byEnd(finishReason);
        if (end != Signal.SOUND) {
            return end;
        }
        if (!calls.isEmpty()) {
            return callsWell(sent, calls) ? Signal.SOUND : Signal.TOOL_CALL_INVALID;
        }
        return followsSchema(schema(sent), text) ? Signal.SOUND : Signal.SCHEMA_MISMATCH;
    }

    /** Providers name the reasons in their own ways: length, MAX_TOKENS; content_filter, SAFETY, refusal. */
    static Signal byEnd(@Nullable String finishReason) {
        String reason = finishReason == null ? "" : finishReason.toLowerCase(Locale.ROOT);
        if (reason.equals("length") || reason.contains("max_tokens")) {
            return Signal.TRUNCATED;
        }
        boolean refused = reason.contains("filter") || reason.contains("safety") || reason.contains("refusal");
        return refused ? Signal.REFUSED : Signal.SOUND;
    }

    /** The JSON schema that these options ask for, or null. */
    static @Nullable String schema(@Nullable ChatOptions options) {
        return options instanceof StructuredOutputChatOptions structured ? structured.getOutputSchema() : null;
    }

    private static boolean callsWell(@Nullable ChatOptions sent, List<ToolCall> calls) {
        Set<String> names = sent instanceof ToolCallingChatOptions calling && calling.getToolCallbacks() != null
                ? calling.getToolCallbacks().stream()
                        .map(tool -> tool.getToolDefinition().name())
                        .collect(Collectors.toSet())
                : Set.of();
        return calls.stream().allMatch(call -> names.contains(call.name()) && isObject(call.arguments()));
    }

    /** A call without arguments may leave them out. */
    private static boolean isObject(@Nullable String arguments) {
        return arguments == null
                || arguments.isBlank()
                || ReadJson.of(arguments)
                        .filter(read -> read.value() instanceof Map)
                        .isPresent();
    }

    private static boolean followsSchema(@Nullable String schema, String text) {
        if (schema == null || schema.isBlank()) {
            return true;
        }
        return ReadJson.of(text)
                .filter(read -> FormatCheck.hasRequired(
                        ReadJson.of(schema).map(ReadJson.Value::value).orElse(null), read.value()))
                .isPresent();
    }
}
