package waybill.springai;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.prompt.Prompt;
import waybill.routing.Signal;

/**
 * Compares an answer with the output schema of its prompt: whole, JSON, and of the schema's shape. Words of a schema that
 * it does not know (references, alternatives, bounds) are taken to be followed.
 */
final class FormatCheck {

    private FormatCheck() {}

    static @Nullable String complaint(Prompt prompt, ChatResponse response) {
        String reason = Responses.finishReason(response);
        if (AnswerCheck.byEnd(reason) != Signal.SOUND) {
            return "the answer ended early: " + reason;
        }
        String schema = AnswerCheck.schema(prompt.getOptions());
        if (schema == null || schema.isBlank() || !Responses.toolCalls(response).isEmpty()) {
            return null;
        }
        Optional<ReadJson.Value> answer = ReadJson.of(Responses.text(response));
        if (answer.isEmpty()) {
            return "the answer is not JSON";
        }
        Object asked = ReadJson.of(schema).map(ReadJson.Value::value).orElse(null);
        return complaint("the answer", asked, answer.get().value());
    }

    /** Whether a value is an object with the properties that a schema requires, if it asks for an object. */
    static boolean hasRequired(@Nullable Object schema, @Nullable Object value) {
        if (!(schema instanceof Map<?, ?> asked) || !types(asked).equals(List.of("object"))) {
            return true;
        }
        return value instanceof Map<?, ?> fields && fields.keySet().containsAll(list(asked.get("required")));
    }

    private static @Nullable String complaint(String where, @Nullable Object schema, @Nullable Object value) {
        if (!(schema instanceof Map<?, ?> asked)) {
            return null;
        }
        List<?> types = types(asked);
        if (!types.isEmpty() && types.stream().noneMatch(type -> isA(type, value))) {
            return where + " is not " + words(types);
        }
        if (asked.get("enum") instanceof List<?> choices && !choices.contains(value)) {
            return where + " is not one of " + choices;
        }
        if (value instanceof Map<?, ?> fields) {
            return properties(where, asked, fields);
        }
        return value instanceof List<?> items ? items(where, asked.get("items"), items) : null;
    }

    private static @Nullable String properties(String where, Map<?, ?> schema, Map<?, ?> fields) {
        for (Object name : list(schema.get("required"))) {
            if (!fields.containsKey(name)) {
                return where + " lacks \"" + name + "\"";
            }
        }
        if (!(schema.get("properties") instanceof Map<?, ?> properties)) {
            return null;
        }
        for (Map.Entry<?, ?> property : properties.entrySet()) {
            if (fields.containsKey(property.getKey())) {
                String complaint =
                        complaint(where + "." + property.getKey(), property.getValue(), fields.get(property.getKey()));
                if (complaint != null) {
                    return complaint;
                }
            }
        }
        return null;
    }

    private static @Nullable String items(String where, @Nullable Object schema, List<?> items) {
        for (int i = 0; i < items.size(); i++) {
            String complaint = complaint(where + "[" + i + "]", schema, items.get(i));
            if (complaint != null) {
                return complaint;
            }
        }
        return null;
    }

    /** A schema's type may be one, several, or left out. */
    private static List<?> types(Map<?, ?> schema) {
        Object type = schema.get("type");
        return type instanceof String one ? List.of(one) : list(type);
    }

    private static List<?> list(@Nullable Object value) {
        return value instanceof List<?> values ? values : List.of();
    }

    private static boolean isA(Object type, @Nullable Object value) {
        return switch (String.valueOf(type)) {
            case "object" -> value instanceof Map;
            case "array" -> value instanceof List;
            case "string" -> value instanceof String;
            case "boolean" -> value instanceof Boolean;
            case "number" -> value instanceof Number;
            case "integer" ->
                value instanceof Number number && number.doubleValue() == StrictMath.rint(number.doubleValue());
            case "null" -> value == null;
            default -> true;
        };
    }

    private static String words(List<?> types) {
        return types.size() > 1
                ? "one of " + types
                : switch (String.valueOf(types.get(0))) {
                    case "object", "array", "integer" -> "an " + types.get(0);
                    case "boolean" -> "true or false";
                    case "null" -> "null";
                    default -> "a " + types.get(0);
                };
    }
}
