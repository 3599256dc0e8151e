package waybill.langchain4j;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import waybill.testing.Answer;
import waybill.testing.ModelRequest;
import waybill.testing.Script;
import waybill.testing.ToolCall;

/** A model that plays every scene of LangChain4j's kits: it knows Berlin, Munich's weather, a cat and a pair of dice. */
final class KitScript implements Script {

    private static final ToolCall WEATHER = new ToolCall("call_weather", "getWeather", "{\"city\":\"Munich\"}");
    private static final ToolCall TIME_IN_FRANCE = new ToolCall("call_time", "getTime", "{\"country\":\"France\"}");
    private static final ToolCall TIME = new ToolCall("call_now", "get_current_time", "{}");

    @Override
    public Answer answer(ModelRequest request) {
        List<String> results = request.toolResults();
        if (!request.toolNames().isEmpty() && results.isEmpty()) {
            List<ToolCall> calls = calls(request);
            if (!calls.isEmpty()) {
                return Answer.toolCalls(calls).usage(10, 5);
            }
        }
        return limited(request, results.isEmpty() ? said(request) : reported(request, results));
    }

    private static List<ToolCall> calls(ModelRequest request) {
        String asked = request.lastUserText();
        List<ToolCall> calls = new ArrayList<>();
        if (asked.contains("Munich") && request.toolNames().contains("getWeather")) {
            calls.add(WEATHER);
        }
        if (asked.contains("France")) {
            calls.add(TIME_IN_FRANCE);
        }
        if (asked.contains("get_current_time")) {
            calls.add(TIME);
        }
        if (request.toolNames().contains("add")) {
            calls.add(new ToolCall("call_add", "add", "{\"a\":2,\"b\":2}"));
        }
        return calls;
    }

    private static String reported(ModelRequest request, List<String> results) {
        return wantsJson(request) ? "{\"weather\": \"sunny\"}" : "Here it is: " + String.join(" and ", results) + ".";
    }

    private static boolean wantsJson(ModelRequest request) {
        return request.json().get("response_format") instanceof Map<?, ?> format
                && String.valueOf(format.get("type")).startsWith("json");
    }

    private static String said(ModelRequest request) {
        String asked = request.lastUserText();
        if (wantsJson(request)) {
            return "{\"city\": \"Berlin\"}";
        }
        if (request.body().contains("image_url")) {
            return asked.contains("both") ? "I see a cat, and dice." : "I see a cat.";
        }
        if (asked.contains("love you")) {
            return "Ich liebe dich";
        }
        if (asked.contains("favorite color")) {
            return "It is green.";
        }
        if (asked.contains("Hello World")) {
            return "Hello World";
        }
        if (asked.contains("long story")) {
            return "Once upon a time there was an elephant. ".repeat(50);
        }
        return "The capital of Germany is Berlin, and 2 + 2 is 4, as everybody knows.";
    }

    /** Within the limit of tokens and before the stop sequences that the request sets. */
    private static Answer limited(ModelRequest request, String whole) {
        String text = whole;
        if (request.json().get("stop") instanceof List<?> stops) {
            for (Object stop : stops) {
                int at = text.indexOf(String.valueOf(stop));
                text = at < 0 ? text : text.substring(0, at);
            }
        }
        int limit = request.number("max_completion_tokens")
                .or(() -> request.number("max_tokens"))
                .map(BigDecimal::intValue)
                .orElse(Integer.MAX_VALUE);
        String[] words = text.split("(?<=\\s)");
        if (words.length <= limit) {
            return Answer.text(text).usage(20, words.length);
        }
        String cut = String.join("", List.of(words).subList(0, limit)).stripTrailing();
        return Answer.text(cut).finishReason("length").usage(20, limit);
    }
}
