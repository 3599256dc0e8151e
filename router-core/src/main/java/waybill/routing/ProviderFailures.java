package waybill.routing;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CancellationException;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * What every binding's classifier shares: how a provider's status, words and headers, and the exceptions of the JDK's own
 * clients, are read as failure kinds. The words are those that providers documented or were seen to send by November
 * 2026; text is looked at in its first 8,000 characters only.
 */
public final class ProviderFailures {

    /** The longest delay that is believed; a provider that asks for more is not waited for. */
    private static final Duration LONGEST = Duration.ofDays(1);

    private static final int LONGEST_TEXT = 8_000;
    private static final int DEEPEST = 20;

    private static final List<String> CONTEXT = List.of(
            "context_length_exceeded",
            "maximum context length",
            "context window",
            "context length",
            "prompt is too long",
            "input is too long",
            "too many tokens",
            "exceeds the maximum number of tokens",
            "request too large for model");
    private static final List<String> QUOTA = List.of(
            "insufficient_quota",
            "exceeded your current quota",
            "billing",
            "credit balance",
            "insufficient credits",
            "insufficient balance");
    private static final List<String> FILTER = List.of(
            "content_filter",
            "content_policy",
            "content policy",
            "safety system",
            "responsibleai",
            "moderation and your input was flagged");
    private static final List<String> PARAMETER = List.of(
            "unsupported_parameter",
            "unsupported parameter",
            "unsupported_value",
            "unsupported value",
            "unknown parameter",
            "unrecognized request argument");
    private static final List<String> MISSING = List.of(
            "model_not_found",
            "no such model",
            "unknown model",
            "auto routing is not enabled",
            "provider routing is not configured");
    private static final List<String> BUSY = List.of("overloaded", "no capacity", "over capacity", "server is busy");
    private static final List<String> LIMITED = List.of("rate_limit", "rate limit", "too many requests");
    private static final List<String> DELAYS = List.of(
            "try again in ",
            "retry in ",
            "retry after ",
            "retry_after_seconds",
            "retry_after",
            "retry-after",
            "retrydelay");

    private ProviderFailures() {}

    /** The exception and its causes, outermost first, at most 20 of them. */
    public static List<Throwable> chain(Throwable thrown) {
        List<Throwable> chain = new ArrayList<>();
        for (Throwable link = thrown; link != null && chain.size() < DEEPEST; link = link.getCause()) {
            chain.add(link);
        }
        return chain;
    }

    /** The kind that an HTTP status tells, with the words of the answer where the status says too little. */
    public static FailureKind byStatus(int status, @Nullable String words) {
        FailureKind said = byWords(words);
        return switch (status) {
            case 401 -> said == FailureKind.QUOTA_EXHAUSTED ? said : FailureKind.AUTHENTICATION;
            case 403 ->
                said == FailureKind.QUOTA_EXHAUSTED || said == FailureKind.CONTENT_REFUSED
                        ? said
                        : FailureKind.AUTHENTICATION;
            case 402 -> FailureKind.QUOTA_EXHAUSTED;
            case 404 -> FailureKind.MODEL_MISSING;
            case 408, 504 -> FailureKind.TIMEOUT;
            case 409, 503, 529 -> FailureKind.OVERLOADED;
            case 413 -> FailureKind.CONTEXT_EXCEEDED;
            // Who says when to come back speaks of a rate, though Groq names its billing page and Google a quota.
            case 429 ->
                said == FailureKind.QUOTA_EXHAUSTED && retryAfter(words) == null ? said : FailureKind.RATE_LIMITED;
            default -> {
                if (status >= 500) {
                    yield said == FailureKind.OVERLOADED ? said : FailureKind.SERVER_ERROR;
                }
                yield said == null ? FailureKind.BAD_REQUEST : said;
            }
        };
    }

    /** The kind that a provider's words tell; null when they tell none. */
    public static @Nullable FailureKind byWords(@Nullable String words) {
        String text = bounded(words);
        if (says(text, CONTEXT)) return FailureKind.CONTEXT_EXCEEDED;
        if (says(text, QUOTA)) return FailureKind.QUOTA_EXHAUSTED;
        if (says(text, FILTER)) return FailureKind.CONTENT_REFUSED;
        if (says(text, PARAMETER)) return FailureKind.UNSUPPORTED_PARAMETER;
        if (says(text, MISSING)) return FailureKind.MODEL_MISSING;
        if (says(text, LIMITED)) return FailureKind.RATE_LIMITED;
        if (says(text, BUSY)) return FailureKind.OVERLOADED;
        return null;
    }

    /** The kind of an exception of the JDK's clients and executors, looking at this one alone; null for others. */
    public static @Nullable FailureKind byTransport(Throwable link) {
        if (link instanceof InterruptedException || link instanceof CancellationException) return FailureKind.CANCELLED;
        if (link instanceof HttpConnectTimeoutException
                || link instanceof ConnectException
                || link instanceof UnknownHostException
                || link instanceof NoRouteToHostException
                || link instanceof UnresolvedAddressException) return FailureKind.CONNECT;
        if (link instanceof SocketTimeoutException timeout) {
            // OkHttp tells a connect timeout from a read timeout in words alone.
            return bounded(timeout.getMessage()).contains("connect") ? FailureKind.CONNECT : FailureKind.TIMEOUT;
        }
        if (link instanceof InterruptedIOException interrupted) {
            // OkHttp again: its own time limit says "timeout", an interrupted thread "interrupted".
            return bounded(interrupted.getMessage()).contains("interrupt")
                    ? FailureKind.CANCELLED
                    : FailureKind.TIMEOUT;
        }
        return link instanceof HttpTimeoutException ? FailureKind.TIMEOUT : null;
    }

    /**
     * Whether this exception alone says that the provider was reached and what came back could not be read to its end: a
     * lost connection, or what parsing code throws. JSON libraries are recognised by name, because none of them is ours.
     */
    public static boolean unreadable(Throwable link) {
        String type = link.getClass().getName();
        return link instanceof IOException
                || link instanceof NullPointerException
                || link instanceof IndexOutOfBoundsException
                || type.startsWith("com.fasterxml.jackson.")
                || type.startsWith("tools.jackson.")
                || type.startsWith("com.google.gson.");
    }

    /** The delay in "try again in 1.5s", "retry after 20 seconds" or "retryDelay": "17s"; null when there is none. */
    public static @Nullable Duration retryAfter(@Nullable String words) {
        String text = bounded(words);
        for (String lead : DELAYS) {
            int at = text.indexOf(lead);
            if (at >= 0) {
                return delayIn(text, at + lead.length());
            }
        }
        return null;
    }

    /**
     * The delay that the headers of an answer ask for; null when they ask for none or for longer than a day. Read in this
     * order: {@code retry-after-ms}, {@code Retry-After} in seconds or as an HTTP date, {@code x-ratelimit-reset-requests}
     * and {@code x-ratelimit-reset-tokens} (durations such as {@code 1m30s}; the longer of both).
     *
     * @param header the first value of the header of this lower-case name, or null
     * @param now for dates
     */
    public static @Nullable Duration retryAfter(UnaryOperator<@Nullable String> header, Instant now) {
        Duration millis = number(header.apply("retry-after-ms"), 1);
        if (millis != null) {
            return millis;
        }
        String after = header.apply("retry-after");
        if (after != null) {
            Duration seconds = number(after, 1_000);
            return seconds != null ? seconds : until(after, now);
        }
        Duration requests = span(header.apply("x-ratelimit-reset-requests"));
        Duration tokens = span(header.apply("x-ratelimit-reset-tokens"));
        if (requests == null || tokens == null) {
            return requests == null ? tokens : requests;
        }
        return requests.compareTo(tokens) > 0 ? requests : tokens;
    }

    private static String bounded(@Nullable String words) {
        if (words == null) {
            return "";
        }
        String text = words.length() > LONGEST_TEXT ? words.substring(0, LONGEST_TEXT) : words;
        return text.toLowerCase(Locale.ROOT);
    }

    private static boolean says(String text, List<String> phrases) {
        for (String phrase : phrases) {
            if (text.contains(phrase)) {
                return true;
            }
        }
        return false;
    }

    private static @Nullable Duration delayIn(String text, int from) {
        int start = from;
        while (start < text.length() && start < from + 6 && !isNumber(text.charAt(start))) {
            start++;
        }
        int end = start;
        while (end < text.length() && end - start < 12 && isNumber(text.charAt(end))) {
            end++;
        }
        String unit = text.substring(end, Math.min(text.length(), end + 8)).strip();
        int millis = unit.startsWith("ms") || unit.startsWith("milli") ? 1 : unit.startsWith("m") ? 60_000 : 1_000;
        return number(text.substring(start, end), millis);
    }

    private static @Nullable Duration number(@Nullable String text, int millisEach) {
        if (text == null || text.isBlank() || text.length() > 20) {
            return null;
        }
        String digits = text.strip();
        for (int i = 0; i < digits.length(); i++) {
            if (!isNumber(digits.charAt(i))) {
                return null;
            }
        }
        try {
            return believed(Double.parseDouble(digits) * millisEach);
        } catch (NumberFormatException notANumber) {
            return null;
        }
    }

    private static @Nullable Duration until(String date, Instant now) {
        if (date.length() > 40) {
            return null;
        }
        try {
            Instant then = ZonedDateTime.parse(date.strip(), DateTimeFormatter.RFC_1123_DATE_TIME)
                    .toInstant();
            return believed((double) Math.max(0, Duration.between(now, then).toMillis()));
        } catch (DateTimeParseException notADate) {
            return null;
        }
    }

    /** A duration such as "1h2m3.5s" or "20ms"; a bare number is seconds. */
    private static @Nullable Duration span(@Nullable String text) {
        if (text == null || text.isBlank() || text.length() > 30) {
            return null;
        }
        String rest = text.strip().toLowerCase(Locale.ROOT);
        Duration bare = number(rest, 1_000);
        if (bare != null) {
            return bare;
        }
        double millis = 0;
        int at = 0;
        while (at < rest.length()) {
            int end = at;
            while (end < rest.length() && isNumber(rest.charAt(end))) {
                end++;
            }
            int unit = end;
            while (unit < rest.length() && Character.isLetter(rest.charAt(unit))) {
                unit++;
            }
            Double each = millisOf(rest.substring(end, unit));
            Duration part = each == null ? null : number(rest.substring(at, end), 1);
            if (each == null || part == null) {
                return null;
            }
            millis += Double.parseDouble(rest.substring(at, end)) * each;
            at = unit;
        }
        return believed(millis);
    }

    private static @Nullable Double millisOf(String unit) {
        return switch (unit) {
            case "ms" -> 1.0;
            case "s" -> 1_000.0;
            case "m" -> 60_000.0;
            case "h" -> 3_600_000.0;
            default -> null;
        };
    }

    private static @Nullable Duration believed(double millis) {
        return millis >= 0 && millis <= (double) LONGEST.toMillis() ? Duration.ofMillis(Math.round(millis)) : null;
    }

    private static boolean isNumber(char c) {
        return (c >= '0' && c <= '9') || c == '.';
    }
}
