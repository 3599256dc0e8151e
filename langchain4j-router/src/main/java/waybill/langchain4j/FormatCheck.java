package waybill.langchain4j;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.internal.Json;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.request.ResponseFormatType;
import dev.langchain4j.model.chat.request.json.JsonArraySchema;
import dev.langchain4j.model.chat.request.json.JsonBooleanSchema;
import dev.langchain4j.model.chat.request.json.JsonEnumSchema;
import dev.langchain4j.model.chat.request.json.JsonIntegerSchema;
import dev.langchain4j.model.chat.request.json.JsonNumberSchema;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.model.chat.request.json.JsonSchemaElement;
import dev.langchain4j.model.chat.request.json.JsonStringSchema;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.output.FinishReason;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Compares an answer with the format that was asked for: whole, JSON, and of the schema's shape. Kinds of schema that it
 * does not know (references, alternatives) are taken to be followed.
 */
final class FormatCheck {

    private FormatCheck() {}

    static @Nullable String complaint(ChatRequest request, ChatResponse response) {
        FinishReason reason = response.metadata().finishReason();
        if (reason == FinishReason.LENGTH || reason == FinishReason.CONTENT_FILTER) {
            return "the answer ended early: " + reason;
        }
        AiMessage answer = response.aiMessage();
        ResponseFormat format = request.responseFormat();
        if (format == null || format.type() != ResponseFormatType.JSON || answer.hasToolExecutionRequests()) {
            return null;
        }
        Object value;
        try {
            value = Json.fromJson(String.valueOf(answer.text()), Object.class);
        } catch (RuntimeException unreadable) {
            return "the answer is not JSON";
        }
        return format.jsonSchema() == null
                ? null
                : complaint("the answer", format.jsonSchema().rootElement(), value);
    }

    private static @Nullable String complaint(String where, JsonSchemaElement schema, @Nullable Object value) {
        if (schema instanceof JsonObjectSchema object) {
            return value instanceof Map<?, ?> fields ? complaint(where, object, fields) : not(where, "an object");
        }
        if (schema instanceof JsonArraySchema array) {
            return value instanceof List<?> items ? complaint(where, array, items) : not(where, "an array");
        }
        if (schema instanceof JsonEnumSchema choice) {
            return value instanceof String text && choice.enumValues().contains(text)
                    ? null
                    : not(where, "one of " + choice.enumValues());
        }
        if (schema instanceof JsonStringSchema) return value instanceof String ? null : not(where, "a string");
        if (schema instanceof JsonBooleanSchema) return value instanceof Boolean ? null : not(where, "true or false");
        if (schema instanceof JsonNumberSchema) return value instanceof Number ? null : not(where, "a number");
        if (schema instanceof JsonIntegerSchema) return isWhole(value) ? null : not(where, "an integer");
        return null;
    }

    private static @Nullable String complaint(String where, JsonObjectSchema schema, Map<?, ?> fields) {
        for (String name : schema.required() == null ? List.<String>of() : schema.required()) {
            if (!fields.containsKey(name)) {
                return where + " lacks \"" + name + "\"";
            }
        }
        for (Map.Entry<String, JsonSchemaElement> property : schema.properties().entrySet()) {
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

    private static @Nullable String complaint(String where, JsonArraySchema schema, List<?> items) {
        for (int i = 0; i < items.size() && schema.items() != null; i++) {
            String complaint = complaint(where + "[" + i + "]", schema.items(), items.get(i));
            if (complaint != null) {
                return complaint;
            }
        }
        return null;
    }

    private static boolean isWhole(@Nullable Object value) {
        return value instanceof Number number && number.doubleValue() == StrictMath.rint(number.doubleValue());
    }

    private static String not(String where, String wanted) {
        return where + " is not " + wanted;
    }
}
