package waybill.testing;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import waybill.testing.Answer.Body.Completion;

/** Writes a scripted completion in the API's two forms: one JSON document, or the events of a stream. */
final class Completions {

    private static final Pattern TOKEN = Pattern.compile("\\s*\\S+|\\s+$");
    private static final long CREATED = 1_700_000_000L;

    private final String id;
    private final ModelRequest request;
    private final Completion said;
    private final List<String> words;

    Completions(String id, ModelRequest request, Completion said) {
        this.id = id;
        this.request = request;
        this.said = said;
        this.words =
                TOKEN.matcher(said.text()).results().map(MatchResult::group).toList();
    }

    static String models(List<String> names) {
        List<Map<String, Object>> models = new ArrayList<>();
        for (String name : names) {
            Map<String, Object> model = new LinkedHashMap<>();
            model.put("id", name);
            model.put("object", "model");
            model.put("created", CREATED);
            model.put("owned_by", "scripted");
            models.add(model);
        }
        Map<String, Object> list = new LinkedHashMap<>();
        list.put("object", "list");
        list.put("data", models);
        return Json.write(list);
    }

    /** The plain form. */
    String json() {
        Map<String, @Nullable Object> message = new LinkedHashMap<>();
        message.put("role", "assistant");
        message.put("content", said.text().isEmpty() ? null : said.text());
        if (!said.toolCalls().isEmpty()) {
            message.put(
                    "tool_calls",
                    said.toolCalls().stream().map(Completions::toolCall).toList());
        }
        Map<String, @Nullable Object> choice = new LinkedHashMap<>();
        choice.put("index", 0);
        choice.put("message", message);
        choice.put("finish_reason", said.finishReason());
        Map<String, @Nullable Object> document = document("chat.completion");
        document.put("choices", List.of(choice));
        document.put("usage", usage());
        return Json.write(document);
    }

    /** The first event of a stream: the role, and nothing said yet. */
    String opening() {
        Map<String, @Nullable Object> delta = new LinkedHashMap<>();
        delta.put("role", "assistant");
        delta.put("content", "");
        return event(delta, null);
    }

    /** One event per word of the text, then two per tool call: its name, and its arguments. */
    List<String> tokens() {
        List<String> events = new ArrayList<>();
        for (String word : words) {
            events.add(event(Map.of("content", word), null));
        }
        for (int i = 0; i < said.toolCalls().size(); i++) {
            ToolCall call = said.toolCalls().get(i);
            Map<String, Object> opening = toolCall(new ToolCall(call.id(), call.name(), ""));
            opening.put("index", i);
            events.add(event(Map.of("tool_calls", List.of(opening)), null));
            Map<String, Object> arguments = new LinkedHashMap<>();
            arguments.put("index", i);
            arguments.put("function", Map.of("arguments", call.arguments()));
            events.add(event(Map.of("tool_calls", List.of(arguments)), null));
        }
        return events;
    }

    /** The finish reason, the usage when it was asked for, and the end mark. */
    List<String> closing() {
        List<String> events = new ArrayList<>();
        events.add(event(Map.of(), said.finishReason()));
        if (request.includeUsage()) {
            Map<String, @Nullable Object> chunk = document("chat.completion.chunk");
            chunk.put("choices", List.of());
            chunk.put("usage", usage());
            events.add(Json.write(chunk));
        }
        events.add("[DONE]");
        return events;
    }

    private String event(Map<String, ? extends @Nullable Object> delta, @Nullable String finishReason) {
        Map<String, @Nullable Object> choice = new LinkedHashMap<>();
        choice.put("index", 0);
        choice.put("delta", delta);
        choice.put("finish_reason", finishReason);
        Map<String, @Nullable Object> chunk = document("chat.completion.chunk");
        chunk.put("choices", List.of(choice));
        return Json.write(chunk);
    }

    private Map<String, @Nullable Object> document(String kind) {
        Map<String, @Nullable Object> document = new LinkedHashMap<>();
        document.put("id", id);
        document.put("object", kind);
        document.put("created", CREATED);
        document.put("model", request.model());
        document.put("system_fingerprint", "scripted");
        return document;
    }

    private Map<String, @Nullable Object> usage() {
        Usage counts = said.usage();
        if (counts == null) {
            int prompt = request.messages().stream()
                    .mapToInt(message ->
                            (int) TOKEN.matcher(message.text()).results().count())
                    .sum();
            counts = Usage.of(prompt, words.size() + 2 * said.toolCalls().size());
        }
        Map<String, @Nullable Object> usage = new LinkedHashMap<>();
        usage.put("prompt_tokens", counts.promptTokens());
        usage.put("completion_tokens", counts.completionTokens());
        usage.put("total_tokens", counts.promptTokens() + counts.completionTokens());
        usage.put("prompt_tokens_details", Map.of("cached_tokens", counts.cachedTokens()));
        usage.put("completion_tokens_details", Map.of("reasoning_tokens", counts.reasoningTokens()));
        return usage;
    }

    private static Map<String, Object> toolCall(ToolCall call) {
        Map<String, Object> function = new LinkedHashMap<>();
        function.put("name", call.name());
        function.put("arguments", call.arguments());
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("id", call.id());
        map.put("type", "function");
        map.put("function", function);
        return map;
    }
}
