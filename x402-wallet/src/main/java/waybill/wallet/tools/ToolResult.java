package waybill.wallet.tools;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import waybill.x402.Json;

/**
 * What a model is told: plain JSON values. It never holds a key, a signature or a payment header; a stranger's words stand
 * only in objects marked {@code "untrusted": true}.
 *
 * @param isError true when the tool did not do what it was asked; then {@code error} is a stable code and {@code next} one
 *     sentence about what to do
 * @param fields in the order in which they are shown
 */
public record ToolResult(boolean isError, Map<String, @Nullable Object> fields) {
    public ToolResult {
        fields = Collections.unmodifiableMap(new LinkedHashMap<>(fields));
    }

    static ToolResult of(Map<String, @Nullable Object> fields) {
        return new ToolResult(false, fields);
    }

    static ToolResult error(String code, String next) {
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        fields.put("error", code);
        fields.put("next", next);
        return new ToolResult(true, fields);
    }

    ToolResult with(String name, @Nullable Object value) {
        Map<String, @Nullable Object> more = new LinkedHashMap<>(fields);
        more.put(name, value);
        return new ToolResult(isError, more);
    }

    /** The result as JSON text. */
    public String json() {
        return Json.write(fields);
    }
}
