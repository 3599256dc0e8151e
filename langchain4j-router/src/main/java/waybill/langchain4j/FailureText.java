package waybill.langchain4j;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import waybill.routing.FailureKind;

/** Reads what a provider says in words, where its status code says too little. */
final class FailureText {

    private static final List<String> CONTEXT = List.of(
            "context_length_exceeded",
            "maximum context length",
            "context window",
            "prompt is too long",
            "input is too long",
            "too many tokens",
            "exceeds the maximum number of tokens");
    private static final List<String> QUOTA = List.of(
            "insufficient_quota", "exceeded your current quota", "billing", "credit balance", "insufficient credits");
    private static final List<String> FILTER =
            List.of("content_filter", "content_policy", "content policy", "safety system", "responsibleai");
    private static final List<String> PARAMETER = List.of(
            "unsupported_parameter",
            "unsupported parameter",
            "unsupported_value",
            "unsupported value",
            "unknown parameter",
            "unrecognized request argument");
    private static final List<String> MISSING = List.of("model_not_found", "no such model", "unknown model");
    private static final List<String> BUSY = List.of("overloaded", "no capacity", "over capacity", "server is busy");
    private static final List<String> LIMITED = List.of("rate_limit", "rate limit", "too many requests");

    private final String text;

    FailureText(@Nullable String message) {
        String bounded = message == null ? "" : message.length() > 8_000 ? message.substring(0, 8_000) : message;
        this.text = bounded.toLowerCase(Locale.ROOT);
    }

    /** The kind that the words tell, or null when they tell none. */
    @Nullable
    FailureKind kind() {
        if (says(CONTEXT)) return FailureKind.CONTEXT_EXCEEDED;
        if (says(QUOTA)) return FailureKind.QUOTA_EXHAUSTED;
        if (says(FILTER)) return FailureKind.CONTENT_REFUSED;
        if (says(PARAMETER)) return FailureKind.UNSUPPORTED_PARAMETER;
        if (says(MISSING)) return FailureKind.MODEL_MISSING;
        if (says(LIMITED)) return FailureKind.RATE_LIMITED;
        if (says(BUSY)) return FailureKind.OVERLOADED;
        return null;
    }

    boolean quota() {
        return says(QUOTA);
    }

    /** The delay in "try again in 1.5s", "retry after 20 seconds" or "retryDelay": "17s"; null when there is none. */
    @Nullable
    Duration retryAfter() {
        for (String lead : List.of("try again in ", "retry after ", "retry_after", "retry-after", "retrydelay")) {
            int at = text.indexOf(lead);
            if (at >= 0) {
                return delay(at + lead.length());
            }
        }
        return null;
    }

    private @Nullable Duration delay(int from) {
        int start = from;
        while (start < text.length() && start < from + 6 && !isNumber(text.charAt(start))) {
            start++;
        }
        int end = start;
        while (end < text.length() && end - start < 12 && isNumber(text.charAt(end))) {
            end++;
        }
        double number;
        try {
            number = Double.parseDouble(text.substring(start, end));
        } catch (NumberFormatException notANumber) {
            return null;
        }
        String unit = text.substring(end, Math.min(text.length(), end + 8)).strip();
        double millis = unit.startsWith("ms") || unit.startsWith("milli")
                ? number
                : unit.startsWith("m") ? number * 60_000 : number * 1_000;
        return millis < 0 || millis > 86_400_000 ? null : Duration.ofMillis(Math.round(millis));
    }

    private static boolean isNumber(char c) {
        return (c >= '0' && c <= '9') || c == '.';
    }

    private boolean says(List<String> words) {
        return words.stream().anyMatch(text::contains);
    }
}
