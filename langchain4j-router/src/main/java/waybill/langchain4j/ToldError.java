package waybill.langchain4j;

import dev.langchain4j.http.client.SuccessfulHttpResponse;
import dev.langchain4j.http.client.sse.ServerSentEvent;
import dev.langchain4j.http.client.sse.ServerSentEventContext;
import dev.langchain4j.http.client.sse.ServerSentEventListener;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import waybill.routing.ProviderFailures;

/**
 * Errors that providers tell under a status of success: OpenRouter when the model behind it fails after the status line is
 * out, OpenAI, Groq and Anthropic in the middle of a stream. They are JSON objects with an {@code error} object at the top.
 */
final class ToldError {

    private static final int LONGEST = 64 * 1024;
    private static final Pattern OBJECT = Pattern.compile("\"error\"\\s*:\\s*\\{");
    private static final Pattern CODE = Pattern.compile("\"(?:code|status)\"\\s*:\\s*\"?([45]\\d\\d)\\b");

    /** Taken for an error that gives no number: the provider broke. */
    private static final int NO_CODE = 500;

    private ToldError() {}

    /** The error that this body is; null when it is none. */
    static @Nullable RefusedException in(byte[] body) {
        return body.length > LONGEST ? null : in(new String(body, StandardCharsets.UTF_8));
    }

    /** The error that this text is; null when it is none. Cheap for texts that are none. */
    static @Nullable RefusedException in(@Nullable String text) {
        if (text == null || text.length() > LONGEST || !text.contains("\"error\"")) {
            return null;
        }
        Matcher object = OBJECT.matcher(text);
        if (!object.find() || !JsonShape.of(text.strip()).keys().contains("error")) {
            return null;
        }
        Matcher code = CODE.matcher(text);
        int status = code.find(object.start()) ? Integer.parseInt(code.group(1)) : NO_CODE;
        return new RefusedException(status, text, ProviderFailures.retryAfter(text));
    }

    /** Hears a stream's events and turns the first that is an error into one; what comes after it is not passed on. */
    static final class Listening implements ServerSentEventListener {

        private final ServerSentEventListener listener;
        private final Runnable stop;
        private boolean failed;

        /** Passes on to {@code listener}; {@code stop} ends the reading. */
        Listening(ServerSentEventListener listener, Runnable stop) {
            this.listener = listener;
            this.stop = stop;
        }

        @Override
        public void onOpen(SuccessfulHttpResponse response) {
            listener.onOpen(response);
        }

        @Override
        public void onEvent(ServerSentEvent event) {
            if (!stopsAt(event)) {
                listener.onEvent(event);
            }
        }

        @Override
        public void onEvent(ServerSentEvent event, ServerSentEventContext context) {
            if (!stopsAt(event)) {
                listener.onEvent(event, context);
            }
        }

        private boolean stopsAt(ServerSentEvent event) {
            if (failed) {
                return true;
            }
            RefusedException error = in(event.data());
            if (error == null) {
                return false;
            }
            failed = true;
            listener.onError(error);
            stop.run();
            return true;
        }

        @Override
        public void onError(Throwable error) {
            if (!failed) {
                listener.onError(error);
            }
        }

        @Override
        public void onClose() {
            if (!failed) {
                listener.onClose();
            }
        }
    }
}
