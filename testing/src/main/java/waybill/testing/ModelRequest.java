package waybill.testing;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A request as the server received it: the raw parts, and the fields of a chat completion read from its body. A body that
 * is not a JSON object reads as an empty one.
 */
public final class ModelRequest {

    /**
     * One message of a chat.
     *
     * @param role {@code system}, {@code user}, {@code assistant} or {@code tool}
     * @param text its text, parts joined by line breaks; empty when it has none
     * @param toolCalls the functions an assistant message asks for
     * @param toolCallId the call that a tool message answers; empty otherwise
     */
    public record Message(String role, String text, List<ToolCall> toolCalls, String toolCallId) {

        /** Copies the list. */
        public Message {
            toolCalls = List.copyOf(toolCalls);
        }
    }

    private final String method;
    private final String path;
    private final Map<String, String> headers;
    private final String body;
    private final Map<String, @Nullable Object> json;
    private final CompletableFuture<Outcome> outcome = new CompletableFuture<>();

    ModelRequest(String method, String path, Map<String, String> headers, String body) {
        this.method = method;
        this.path = path;
        this.headers = Map.copyOf(headers);
        this.body = body;
        this.json = objectIn(body);
    }

    /** The HTTP method. */
    public String method() {
        return method;
    }

    /** The path with its query. */
    public String path() {
        return path;
    }

    /** All headers by lower-case name, values of one name joined by a comma. */
    public Map<String, String> headers() {
        return headers;
    }

    /** One header, whatever the case of its name. */
    public Optional<String> header(String name) {
        return Optional.ofNullable(headers.get(name.toLowerCase(Locale.ROOT)));
    }

    /** The body as text. */
    public String body() {
        return body;
    }

    /** The body as plain values: maps, lists, strings, {@code BigDecimal}, booleans and null. */
    public Map<String, @Nullable Object> json() {
        return json;
    }

    /** The model asked for; empty when none is. */
    public String model() {
        return text(json.get("model"));
    }

    /** Whether the answer should be streamed. */
    public boolean stream() {
        return Boolean.TRUE.equals(json.get("stream"));
    }

    /** Whether a stream should end with a usage chunk. */
    public boolean includeUsage() {
        return json.get("stream_options") instanceof Map<?, ?> options
                && Boolean.TRUE.equals(options.get("include_usage"));
    }

    /** A number of the request's top level, such as {@code temperature}. */
    public Optional<BigDecimal> number(String field) {
        return json.get(field) instanceof BigDecimal number ? Optional.of(number) : Optional.empty();
    }

    /** The chat so far. */
    public List<Message> messages() {
        List<Message> messages = new ArrayList<>();
        if (json.get("messages") instanceof List<?> list) {
            for (Object item : list) {
                if (item instanceof Map<?, ?> message) {
                    messages.add(new Message(
                            text(message.get("role")),
                            content(message.get("content")),
                            toolCalls(message.get("tool_calls")),
                            text(message.get("tool_call_id"))));
                }
            }
        }
        return messages;
    }

    /** The text of the last user message; empty when there is none. */
    public String lastUserText() {
        String last = "";
        for (Message message : messages()) {
            if (message.role().equals("user")) {
                last = message.text();
            }
        }
        return last;
    }

    /** The texts of the tool messages since the last user message: what the functions of this round returned. */
    public List<String> toolResults() {
        List<String> results = new ArrayList<>();
        for (Message message : messages()) {
            if (message.role().equals("user")) {
                results.clear();
            } else if (message.role().equals("tool")) {
                results.add(message.text());
            }
        }
        return results;
    }

    /** The names of the functions offered to the model. */
    public List<String> toolNames() {
        List<String> names = new ArrayList<>();
        if (json.get("tools") instanceof List<?> list) {
            for (Object item : list) {
                if (item instanceof Map<?, ?> tool && tool.get("function") instanceof Map<?, ?> function) {
                    names.add(text(function.get("name")));
                }
            }
        }
        return names;
    }

    /** Completes when the answer has ended, with how it ended. */
    public CompletableFuture<Outcome> outcome() {
        return outcome.copy();
    }

    void ended(Outcome how) {
        outcome.complete(how);
    }

    /** The method and the path; never the headers, which hold a key. */
    @Override
    public String toString() {
        return method + " " + path;
    }

    private static Map<String, @Nullable Object> objectIn(String body) {
        Map<String, @Nullable Object> object = new LinkedHashMap<>();
        if (body.isBlank()) {
            return object;
        }
        try {
            if (Json.parse(body) instanceof Map<?, ?> parsed) {
                parsed.forEach((key, value) -> object.put(String.valueOf(key), value));
            }
        } catch (IllegalArgumentException notJson) {
            return object;
        }
        return object;
    }

    private static String content(@Nullable Object content) {
        if (!(content instanceof List<?> parts)) {
            return text(content);
        }
        List<String> texts = new ArrayList<>();
        for (Object part : parts) {
            if (part instanceof Map<?, ?> map && map.get("text") instanceof String text) {
                texts.add(text);
            }
        }
        return String.join("\n", texts);
    }

    private static List<ToolCall> toolCalls(@Nullable Object value) {
        List<ToolCall> calls = new ArrayList<>();
        if (value instanceof List<?> list) {
            for (Object item : list) {
                if (item instanceof Map<?, ?> call && call.get("function") instanceof Map<?, ?> function) {
                    calls.add(new ToolCall(
                            text(call.get("id")), text(function.get("name")), text(function.get("arguments"))));
                }
            }
        }
        return calls;
    }

    private static String text(@Nullable Object value) {
        return value instanceof String text ? text : "";
    }
}
