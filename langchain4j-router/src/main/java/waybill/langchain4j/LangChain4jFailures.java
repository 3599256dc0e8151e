package waybill.langchain4j;

import dev.langchain4j.exception.AuthenticationException;
import dev.langchain4j.exception.ContentFilteredException;
import dev.langchain4j.exception.HttpException;
import dev.langchain4j.exception.InternalServerException;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.JsonException;
import dev.langchain4j.exception.ModelNotFoundException;
import dev.langchain4j.exception.RateLimitException;
import dev.langchain4j.exception.TimeoutException;
import dev.langchain4j.exception.UnresolvedModelServerException;
import dev.langchain4j.exception.UnsupportedFeatureException;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import waybill.routing.Failure;
import waybill.routing.FailureClassifier;
import waybill.routing.FailureKind;
import waybill.routing.ProviderFailures;

/**
 * The one place where LangChain4j's exceptions become failure kinds. Looks through the whole cause chain, because the
 * status and the provider's words sit at its end.
 */
final class LangChain4jFailures implements FailureClassifier {

    @Override
    public Failure classify(Throwable thrown) {
        List<Throwable> chain = ProviderFailures.chain(thrown);
        for (Throwable link : chain) {
            if (link instanceof HttpException http) {
                String words = http.getMessage();
                Duration told = http instanceof RefusedException refused ? refused.retryAfter() : null;
                return Failure.of(ProviderFailures.byStatus(http.statusCode(), words), thrown)
                        .withRetryAfter(told == null ? ProviderFailures.retryAfter(words) : told);
            }
        }
        for (int i = chain.size() - 1; i >= 0; i--) {
            FailureKind kind = byType(chain.get(i));
            if (kind != null) {
                String words = chain.get(i).getMessage();
                return Failure.of(kind, thrown)
                        .withRetryAfter(kind.passing() ? ProviderFailures.retryAfter(words) : null);
            }
        }
        if (chain.stream().anyMatch(LangChain4jFailures::isUnreadable)) {
            return Failure.of(FailureKind.MALFORMED, thrown);
        }
        FailureKind said = ProviderFailures.byWords(thrown.getMessage());
        return Failure.of(said == null ? FailureKind.SERVER_ERROR : said, thrown)
                .withRetryAfter(ProviderFailures.retryAfter(thrown.getMessage()));
    }

    private static @Nullable FailureKind byType(Throwable link) {
        FailureKind onTheWay = ProviderFailures.byTransport(link);
        if (onTheWay != null) return onTheWay;
        FailureKind said = ProviderFailures.byWords(link.getMessage());
        if (link instanceof RateLimitException)
            return said == FailureKind.QUOTA_EXHAUSTED ? said : FailureKind.RATE_LIMITED;
        if (link instanceof AuthenticationException) return FailureKind.AUTHENTICATION;
        if (link instanceof ModelNotFoundException) return FailureKind.MODEL_MISSING;
        if (link instanceof UnresolvedModelServerException) return FailureKind.CONNECT;
        if (link instanceof ContentFilteredException) return FailureKind.CONTENT_REFUSED;
        if (link instanceof UnsupportedFeatureException) return FailureKind.UNSUPPORTED_PARAMETER;
        if (link instanceof InvalidRequestException) return said == null ? FailureKind.BAD_REQUEST : said;
        if (link instanceof TimeoutException) return FailureKind.TIMEOUT;
        if (link instanceof InternalServerException) return serverError(link, said);
        return null;
    }

    /** LangChain4j reports an answer without choices as a server error. */
    private static FailureKind serverError(Throwable link, @Nullable FailureKind said) {
        String message = link.getMessage();
        if (message != null && message.contains("no choices")) {
            return FailureKind.MALFORMED;
        }
        return said == FailureKind.OVERLOADED ? FailureKind.OVERLOADED : FailureKind.SERVER_ERROR;
    }

    private static boolean isUnreadable(Throwable link) {
        return ProviderFailures.unreadable(link)
                || link instanceof JsonException
                || link instanceof MalformedAnswerException;
    }
}
