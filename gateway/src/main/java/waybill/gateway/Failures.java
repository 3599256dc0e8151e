package waybill.gateway;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.langchain4j.exception.ContentFilteredException;
import dev.langchain4j.exception.HttpException;
import dev.langchain4j.exception.TimeoutException;
import dev.langchain4j.exception.UnsupportedFeatureException;
import java.io.IOException;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import waybill.routing.Failure;
import waybill.routing.FailureKind;
import waybill.routing.Plan;
import waybill.routing.RoutingException;

/**
 * From what a provider did to what our caller is told. A failure that the caller can mend keeps the provider's words; one
 * that only we can mend (our key, our account, our configuration) keeps none.
 */
final class Failures {

    private static final int MAX_WORDS = 500;
    private static final ObjectMapper JSON = new ObjectMapper();

    private Failures() {}

    /** A provider's refusal, with the time that it asks for; null for every other failure. Made for a router's builder. */
    static @Nullable Failure refusal(Throwable thrown) {
        for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
            if (cause instanceof UpstreamStatusException refused) {
                return Failure.of(byStatus(refused.statusCode(), refused.getMessage()), thrown)
                        .withRetryAfter(refused.retryAfter());
            }
        }
        return null;
    }

    private static Failure classify(Throwable thrown) {
        Failure refusal = refusal(thrown);
        if (refusal != null) {
            return refusal;
        }
        for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
            FailureKind kind = kind(cause);
            if (kind != null) {
                return Failure.of(kind, thrown);
            }
        }
        return Failure.of(FailureKind.MALFORMED, thrown);
    }

    private static @Nullable FailureKind kind(Throwable cause) {
        if (cause instanceof ContentFilteredException) {
            return FailureKind.CONTENT_REFUSED;
        }
        if (cause instanceof TimeoutException || cause instanceof HttpTimeoutException) {
            return FailureKind.TIMEOUT;
        }
        if (cause instanceof UnsupportedFeatureException) {
            return FailureKind.UNSUPPORTED_PARAMETER;
        }
        if (cause instanceof JsonProcessingException) {
            return FailureKind.MALFORMED; // an IOException too, so it is looked at first
        }
        return cause instanceof IOException ? FailureKind.CONNECT : null;
    }

    /** The types of an exception and its causes, for the log; messages stay out of it, for they may quote a prompt. */
    static String types(Throwable thrown) {
        StringBuilder types = new StringBuilder(thrown.getClass().getSimpleName());
        Throwable cause = thrown.getCause();
        for (int i = 0; cause != null && i < 10; i++) {
            types.append(" < ").append(cause.getClass().getSimpleName());
            cause = cause.getCause();
        }
        return types.toString();
    }

    /** What the caller is told of this exception. */
    static ApiError tell(Throwable thrown) {
        if (thrown instanceof ApiException known) {
            return known.error();
        }
        if (thrown instanceof RoutingException routing) {
            return tellRouting(routing);
        }
        return tell(classify(thrown));
    }

    private static ApiError tellRouting(RoutingException routing) {
        FailureKind last = routing.kind().orElse(null);
        if (last != null) {
            Throwable thrown = routing.getCause() == null ? routing : routing.getCause();
            for (Throwable later : routing.getSuppressed()) {
                thrown = later;
            }
            Failure refusal = refusal(thrown);
            return tell(refusal == null ? Failure.of(last, thrown) : refusal);
        }
        Plan plan = routing.receipt().plan();
        return plan.choices().isEmpty()
                ? ApiError.of(
                        400, ApiError.INVALID_REQUEST, "no_eligible_model", "No model can serve this: " + plan.why())
                : ApiError.of(503, ApiError.UPSTREAM, "no_model_available", "No model could be tried in time.")
                        .retryAfter("1");
    }

    private static ApiError tell(Failure failure) {
        String words = words(failure.cause());
        return switch (failure.kind()) {
            case RATE_LIMITED ->
                error(429, "rate_limit_error", "rate_limit_exceeded", "The provider takes no more requests now.")
                        .retryAfter(seconds(failure.retryAfter(), 1));
            case OVERLOADED ->
                error(503, ApiError.UPSTREAM, "upstream_overloaded", "The provider is overloaded.")
                        .retryAfter(seconds(failure.retryAfter(), 2));
            case QUOTA_EXHAUSTED ->
                error(503, ApiError.UPSTREAM, "upstream_quota", "This gateway has no credit left at the provider.");
            case AUTHENTICATION ->
                error(
                        502,
                        ApiError.UPSTREAM,
                        "upstream_authentication",
                        "The provider does not accept this gateway's key.");
            case MODEL_MISSING ->
                error(
                        502,
                        ApiError.UPSTREAM,
                        "upstream_model_missing",
                        "The provider does not know the model behind this id.");
            case TIMEOUT -> error(504, ApiError.UPSTREAM, "upstream_timeout", "The provider did not answer in time.");
            case CONNECT ->
                error(502, ApiError.UPSTREAM, "upstream_unreachable", "The provider cannot be reached, or broke off.");
            case MALFORMED ->
                error(502, ApiError.UPSTREAM, "upstream_malformed", "The provider's answer could not be used.");
            case CONTEXT_EXCEEDED -> error(400, ApiError.INVALID_REQUEST, "context_length_exceeded", words);
            case CONTENT_REFUSED -> error(400, ApiError.INVALID_REQUEST, "content_filter", words);
            case UNSUPPORTED_PARAMETER -> error(400, ApiError.INVALID_REQUEST, "unsupported_parameter", words);
            case BAD_REQUEST -> error(400, ApiError.INVALID_REQUEST, "invalid_value", words);
            case CANCELLED -> error(499, ApiError.INVALID_REQUEST, "cancelled", "The caller went away.");
            case ANSWER_REJECTED ->
                error(502, ApiError.UPSTREAM, "upstream_rejected", "The provider's answer did not pass the check.");
            case SERVER_ERROR, OVERTAKEN, PAYMENT_REFUSED, PAYMENT_UNKNOWN, PAID_BUT_FAILED ->
                error(502, ApiError.UPSTREAM, "upstream_failed", "The provider failed.");
        };
    }

    private static ApiError error(int status, String type, String code, String message) {
        return ApiError.of(status, type, code, message);
    }

    private static FailureKind byStatus(int status, @Nullable String body) {
        String text = body == null ? "" : body.toLowerCase(Locale.ROOT);
        if (status == 429) {
            return text.contains("insufficient_quota") ? FailureKind.QUOTA_EXHAUSTED : FailureKind.RATE_LIMITED;
        }
        if (status == 503 || status == 529) {
            return FailureKind.OVERLOADED;
        }
        if (status == 408 || status == 504) {
            return FailureKind.TIMEOUT;
        }
        if (status == 401 || status == 403) {
            return FailureKind.AUTHENTICATION;
        }
        if (status == 402) {
            return FailureKind.QUOTA_EXHAUSTED;
        }
        if (status == 404) {
            return FailureKind.MODEL_MISSING;
        }
        if (status >= 400 && status < 500) {
            if (text.contains("context_length") || text.contains("context length") || status == 413) {
                return FailureKind.CONTEXT_EXCEEDED;
            }
            if (text.contains("content_filter") || text.contains("content management policy")) {
                return FailureKind.CONTENT_REFUSED;
            }
            if (text.contains("unsupported_parameter") || text.contains("unsupported_value")) {
                return FailureKind.UNSUPPORTED_PARAMETER;
            }
            return FailureKind.BAD_REQUEST;
        }
        return FailureKind.SERVER_ERROR;
    }

    /** The provider's own sentence, one line of printable text; only for failures that the caller can mend. */
    private static String words(Throwable thrown) {
        String text = "The provider refused the request.";
        for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
            if (cause instanceof HttpException refused && refused.getMessage() != null) {
                text = message(refused.getMessage());
            }
        }
        StringBuilder out = new StringBuilder();
        text.codePoints()
                .limit(MAX_WORDS)
                .map(c -> Character.isISOControl(c) ? ' ' : c)
                .forEach(out::appendCodePoint);
        return out.toString();
    }

    private static String message(String body) {
        try {
            JsonNode message = JSON.readTree(body).path("error").path("message");
            return message.isTextual() ? message.textValue() : "The provider refused the request.";
        } catch (JsonProcessingException e) {
            return "The provider refused the request.";
        }
    }

    private static String seconds(@Nullable Duration delay, long least) {
        return Long.toString(
                delay == null ? least : Math.max(least, delay.plusMillis(999).toSeconds()));
    }
}
