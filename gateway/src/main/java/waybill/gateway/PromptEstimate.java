package waybill.gateway;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;

/**
 * Takes a prompt for a number of tokens before any model has read it: a token for every four bytes of the JSON of messages,
 * tools and response format, four more a message, and 1,600 for an image, whose data is not counted. Rough, the same for
 * everybody, and told in the bill; the model's own count is charged in its place once it is known.
 */
final class PromptEstimate {

    static final int BYTES_PER_TOKEN = 4;
    static final int TOKENS_PER_MESSAGE = 4;
    static final int TOKENS_PER_IMAGE = 1_600;

    private long bytes;
    private long images;

    private PromptEstimate() {}

    /** The tokens of a chat completion request. */
    static long tokens(JsonNode root) {
        PromptEstimate estimate = new PromptEstimate();
        JsonNode messages = root.path("messages");
        estimate.add(messages);
        estimate.add(root.path("tools"));
        estimate.add(root.path("response_format"));
        return (estimate.bytes + BYTES_PER_TOKEN - 1) / BYTES_PER_TOKEN
                + (long) TOKENS_PER_MESSAGE * messages.size()
                + TOKENS_PER_IMAGE * estimate.images;
    }

    private void add(JsonNode node) {
        if (node.isTextual()) {
            String text = node.textValue();
            if (text.startsWith("data:image/")) {
                images++;
            } else {
                bytes += utf8(text);
            }
        } else if (node.isValueNode()) {
            bytes += node.asText().length();
        } else if (node.isObject()) {
            node.properties().forEach(field -> {
                bytes += utf8(field.getKey());
                add(field.getValue());
            });
        } else {
            node.forEach(this::add);
        }
    }

    private static long utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }
}
