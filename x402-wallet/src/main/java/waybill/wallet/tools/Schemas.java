package waybill.wallet.tools;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * JSON schemas of arguments, in the few words that every framework carries unchanged. {@code additionalProperties} is not
 * among them: LangChain4j drops it, so further properties are refused when a tool is called, not by the schema.
 */
final class Schemas {
    private Schemas() {}

    /** An object with these properties. */
    static Map<String, @Nullable Object> object(Map<String, @Nullable Object> properties, String... required) {
        Map<String, @Nullable Object> schema = new LinkedHashMap<>();
        schema.put("type", "object");
        schema.put("properties", properties);
        schema.put("required", List.of(required));
        return schema;
    }

    static Map<String, @Nullable Object> described(String description, Map<String, @Nullable Object> object) {
        Map<String, @Nullable Object> schema = new LinkedHashMap<>(object);
        schema.put("description", description);
        return schema;
    }

    static Map<String, @Nullable Object> text(String description) {
        return kind("string", description);
    }

    static Map<String, @Nullable Object> wholeNumber(String description) {
        return kind("integer", description);
    }

    static Map<String, @Nullable Object> oneOf(String description, List<String> values) {
        Map<String, @Nullable Object> schema = kind("string", description);
        schema.put("enum", values);
        return schema;
    }

    private static Map<String, @Nullable Object> kind(String type, String description) {
        Map<String, @Nullable Object> schema = new LinkedHashMap<>();
        schema.put("type", type);
        schema.put("description", description);
        return schema;
    }
}
