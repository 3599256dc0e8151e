package waybill.springai;

import java.lang.reflect.Method;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import waybill.routing.Failure;
import waybill.routing.FailureClassifier;
import waybill.routing.FailureKind;
import waybill.routing.ProviderFailures;

/**
 * The one place where the exceptions of Spring AI's models become failure kinds. Three families come through: those of
 * the vendors' official SDKs (OpenAI, Anthropic), with a status and headers; Spring's own HTTP clients, likewise; and
 * Spring AI's {@code TransientAiException} and {@code NonTransientAiException}, whose message begins with the status.
 * They are told by name, so that none of them has to be there. Looks through the whole cause chain.
 */
final class SpringAiFailures implements FailureClassifier {

    /** Spring AI's own error handler writes "HTTP 429 - …" or "429 - …". */
    private static final Pattern STATUS_FIRST = Pattern.compile("^(?:HTTP )?([1-5]\\d\\d)\\b");

    /** The number of an error that comes under a status of success. */
    private static final Pattern TOLD = Pattern.compile("\\b(?:code|status)\"?[:=]\\s*\"?([45]\\d\\d)\\b");

    private final InstantSource time;

    SpringAiFailures(InstantSource time) {
        this.time = time;
    }

    @Override
    public Failure classify(Throwable thrown) {
        List<Throwable> chain = ProviderFailures.chain(thrown);
        for (Throwable link : chain) {
            Failure answered = byAnswer(link, thrown);
            if (answered != null) {
                return answered;
            }
        }
        for (int i = chain.size() - 1; i >= 0; i--) {
            FailureKind kind = ProviderFailures.byTransport(chain.get(i));
            if (kind != null) {
                return Failure.of(kind, thrown);
            }
        }
        if (chain.stream().anyMatch(SpringAiFailures::isUnreadable)) {
            return Failure.of(FailureKind.MALFORMED, thrown);
        }
        return byWords(chain, thrown);
    }

    /** The provider answered with a status: read it, its words and its headers. */
    private @Nullable Failure byAnswer(Throwable link, Throwable thrown) {
        Integer status = status(link);
        if (status == null) {
            return null;
        }
        String words = words(link);
        if (status < 300 && link.getClass().getSimpleName().equals("SseException")) {
            Matcher told = TOLD.matcher(words); // an error in the middle of a stream
            status = told.find() ? Integer.valueOf(told.group(1)) : null;
        }
        if (status == null || status < 300 || status > 599) {
            return null;
        }
        Duration said = ProviderFailures.retryAfter(name -> header(link, name), time.instant());
        return Failure.of(ProviderFailures.byStatus(status, words), thrown)
                .withRetryAfter(said != null ? said : ProviderFailures.retryAfter(words));
    }

    private static @Nullable Integer status(Throwable link) {
        Object value = call(link, "statusCode"); // the official SDKs
        if (value == null) {
            value = call(link, "getStatusCode"); // Spring's RestClient and WebClient
        }
        if (value instanceof Number number) {
            return number.intValue();
        }
        if (value != null) {
            return call(value, "value") instanceof Integer code ? code : null;
        }
        if (link.getClass().getName().startsWith("org.springframework.ai.retry.") && link.getMessage() != null) {
            Matcher first = STATUS_FIRST.matcher(link.getMessage());
            return first.find() ? Integer.valueOf(first.group(1)) : null;
        }
        return null;
    }

    private static String words(Throwable link) {
        StringBuilder words = new StringBuilder();
        for (String source : List.of("body", "getResponseBodyAsString")) {
            Object body = call(link, source);
            if (body != null) {
                words.append(body).append('\n');
            }
        }
        return words.append(link.getMessage()).toString();
    }

    /** The SDKs' {@code headers().values(name)}, Spring's {@code getResponseHeaders().getFirst(name)}. */
    private static @Nullable String header(Throwable link, String name) {
        Object headers = call(link, "headers");
        Object first = headers == null ? null : call(headers, "values", name);
        if (first instanceof List<?> values) {
            return values.isEmpty() ? null : String.valueOf(values.get(0));
        }
        headers = call(link, "getResponseHeaders");
        if (headers == null) {
            headers = call(link, "getHeaders");
        }
        return headers != null && call(headers, "getFirst", name) instanceof String value ? value : null;
    }

    private static Failure byWords(List<Throwable> chain, Throwable thrown) {
        for (Throwable link : chain) {
            FailureKind said = ProviderFailures.byWords(link.getMessage());
            if (said != null) {
                return Failure.of(said, thrown)
                        .withRetryAfter(said.passing() ? ProviderFailures.retryAfter(link.getMessage()) : null);
            }
            String type = link.getClass().getSimpleName().toLowerCase(Locale.ROOT);
            if (type.equals("nontransientaiexception") || link instanceof IllegalArgumentException) {
                return Failure.of(FailureKind.BAD_REQUEST, thrown);
            }
        }
        return Failure.of(FailureKind.SERVER_ERROR, thrown);
    }

    /** The SDKs wrap what they could not read or send in exceptions of their own. */
    private static boolean isUnreadable(Throwable link) {
        String type = link.getClass().getSimpleName();
        return ProviderFailures.unreadable(link)
                || link instanceof MalformedAnswerException
                || type.endsWith("InvalidDataException")
                || type.endsWith("IoException")
                || type.endsWith("SseException");
    }

    private static @Nullable Object call(Object target, String method, Object... arguments) {
        try {
            Class<?>[] types = new Class<?>[arguments.length];
            for (int i = 0; i < arguments.length; i++) {
                types[i] = arguments[i].getClass();
            }
            Method found = target.getClass().getMethod(method, types);
            found.setAccessible(true); // a public method of a class that is not
            return found.invoke(target, arguments);
        } catch (ReflectiveOperationException | RuntimeException absent) {
            return null;
        }
    }
}
