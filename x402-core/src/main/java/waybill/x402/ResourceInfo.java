package waybill.x402;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is for sale, in the seller's words. Its text is data of a stranger: show it fenced and cut.
 *
 * @param url where it is
 * @param description what it is, or null
 * @param mimeType of the answer, or null
 */
public record ResourceInfo(String url, @Nullable String description, @Nullable String mimeType) {

    static ResourceInfo read(JsonObject json) {
        return new ResourceInfo(
                json.string("url"), json.optionalString("description"), json.optionalString("mimeType"));
    }

    Map<String, @Nullable Object> json() {
        Map<String, @Nullable Object> out = new LinkedHashMap<>();
        out.put("url", url);
        if (description != null) {
            out.put("description", description);
        }
        if (mimeType != null) {
            out.put("mimeType", mimeType);
        }
        return out;
    }
}
