package waybill.x402;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The form that every extension has: {@code {info, schema}} under its key. */
final class Extension {
    private Extension() {}

    /** The {@code info} of an extension, or null when it is not there or is no object. */
    static @Nullable JsonObject info(Map<String, @Nullable Object> extensions, String key) {
        return extensions.get(key) instanceof Map<?, ?> extension && extension.get("info") instanceof Map<?, ?> info
                ? JsonObject.of(info, key + ".info")
                : null;
    }

    static Map<String, @Nullable Object> of(Map<String, ?> info) {
        Map<String, @Nullable Object> extension = new LinkedHashMap<>();
        extension.put("info", info);
        return extension;
    }

    static Map<String, @Nullable Object> of(Map<String, ?> info, Map<String, ?> schema) {
        Map<String, @Nullable Object> extension = of(info);
        extension.put("schema", schema);
        return extension;
    }

    /** A JSON Schema of an object; {@code properties} by name. */
    static Map<String, @Nullable Object> schema(Map<String, ?> properties, List<String> required) {
        Map<String, @Nullable Object> schema = new LinkedHashMap<>();
        schema.put("$schema", "https://json-schema.org/draft/2020-12/schema");
        schema.put("type", "object");
        schema.put("properties", properties);
        schema.put("required", required);
        return schema;
    }
}
