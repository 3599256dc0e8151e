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
import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;
import waybill.routing.Failure;
import waybill.routing.FailureClassifier;
import waybill.routing.FailureKind;

/**
 * The one place where LangChain4j's exceptions become failure kinds. Looks through the whole cause chain, because the
 * status and the provider's words sit at its end.
 */
final class LangChain4jFailures implements FailureClassifier {

    private static final int DEEPEST = 20;

    @Override
    public Failure classify(Throwable thrown) {
        List<Throwable> chain = chain(thrown);
        for (Throwable link : chain) {
            if (link instanceof HttpException http) {
                FailureText text = new FailureText(http.getMessage());
                return Failure.of(byStatus(http.statusCode(), text), thrown).withRetryAfter(text.retryAfter());
            }
        }
        for (int i = chain.size() - 1; i >= 0; i--) {
            FailureKind kind = byType(chain.get(i));
            if (kind != null) {
                FailureText text = new FailureText(chain.get(i).getMessage());
                return Failure.of(kind, thrown).withRetryAfter(kind.passing() ? text.retryAfter() : null);
            }
        }
        if (chain.stream().anyMatch(LangChain4jFailures::isUnreadable)) {
            return Failure.of(FailureKind.MALFORMED, thrown);
        }
        FailureText text = new FailureText(thrown.getMessage());
        FailureKind said = text.kind();
        return Failure.of(said == null ? FailureKind.SERVER_ERROR : said, thrown)
                .withRetryAfter(text.retryAfter());
    }

    private static List<Throwable> chain(Throwable thrown) {
        List<Throwable> chain = new ArrayList<>();
        for (Throwable link = thrown; link != null && chain.size() < DEEPEST; link = link.getCause()) {
            chain.add(link);
        }
        return chain;
    }

    static FailureKind byStatus(int status, FailureText text) {
        FailureKind said = text.kind();
        return switch (status) {
            case 401, 403 -> said == FailureKind.QUOTA_EXHAUSTED ? said : FailureKind.AUTHENTICATION;
            case 402 -> FailureKind.QUOTA_EXHAUSTED;
            case 404 -> FailureKind.MODEL_MISSING;
            case 408, 504 -> FailureKind.TIMEOUT;
            case 409, 503, 529 -> FailureKind.OVERLOADED;
            case 413 -> FailureKind.CONTEXT_EXCEEDED;
            case 429 -> text.quota() ? FailureKind.QUOTA_EXHAUSTED : FailureKind.RATE_LIMITED;
            default -> {
                if (status >= 500) {
                    yield said == FailureKind.OVERLOADED ? said : FailureKind.SERVER_ERROR;
                }
                yield said == null ? FailureKind.BAD_REQUEST : said;
            }
        };
    }

    private static @Nullable FailureKind byType(Throwable link) {
        if (link instanceof InterruptedException || link instanceof CancellationException) return FailureKind.CANCELLED;
        FailureKind onTheWay = byTransport(link);
        if (onTheWay != null) return onTheWay;
        FailureText text = new FailureText(link.getMessage());
        if (link instanceof RateLimitException)
            return text.quota() ? FailureKind.QUOTA_EXHAUSTED : FailureKind.RATE_LIMITED;
        if (link instanceof AuthenticationException) return FailureKind.AUTHENTICATION;
        if (link instanceof ModelNotFoundException) return FailureKind.MODEL_MISSING;
        if (link instanceof UnresolvedModelServerException) return FailureKind.CONNECT;
        if (link instanceof ContentFilteredException) return FailureKind.CONTENT_REFUSED;
        if (link instanceof UnsupportedFeatureException) return FailureKind.UNSUPPORTED_PARAMETER;
        if (link instanceof InvalidRequestException) return text.kind() == null ? FailureKind.BAD_REQUEST : text.kind();
        if (link instanceof TimeoutException) return FailureKind.TIMEOUT;
        if (link instanceof InternalServerException) return serverError(link, text);
        return null;
    }

    private static @Nullable FailureKind byTransport(Throwable link) {
        if (link instanceof HttpConnectTimeoutException
                || link instanceof ConnectException
                || link instanceof UnknownHostException
                || link instanceof NoRouteToHostException
                || link instanceof UnresolvedAddressException) return FailureKind.CONNECT;
        if (link instanceof HttpTimeoutException || link instanceof SocketTimeoutException) return FailureKind.TIMEOUT;
        return null;
    }

    /** LangChain4j reports an answer without choices as a server error. */
    private static FailureKind serverError(Throwable link, FailureText text) {
        String message = link.getMessage();
        if (message != null && message.contains("no choices")) {
            return FailureKind.MALFORMED;
        }
        return text.kind() == FailureKind.OVERLOADED ? FailureKind.OVERLOADED : FailureKind.SERVER_ERROR;
    }

    /**
     * The provider was reached, and what came back could not be read to its end: a lost connection, or what parsing code
     * throws. JSON libraries are recognised by name, because none of them is ours.
     */
    private static boolean isUnreadable(Throwable link) {
        String type = link.getClass().getName();
        return link instanceof IOException
                || link instanceof JsonException
                || link instanceof MalformedAnswerException
                || link instanceof NullPointerException
                || link instanceof IndexOutOfBoundsException
                || type.startsWith("com.fasterxml.jackson.")
                || type.startsWith("tools.jackson.")
                || type.startsWith("com.google.gson.");
    }
}
