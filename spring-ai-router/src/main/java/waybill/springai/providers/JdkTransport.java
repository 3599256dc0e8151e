package waybill.springai.providers;

import com.openai.core.RequestOptions;
import com.openai.core.http.Headers;
import com.openai.core.http.HttpClient;
import com.openai.core.http.HttpRequest;
import com.openai.core.http.HttpRequestBody;
import com.openai.core.http.HttpResponse;
import com.openai.errors.OpenAIIoException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.URI;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Carries the official SDK's requests over a client of the JDK. A body is kept in memory, and so is an answer that is
 * waited for, because a thread that waits for the end of it heeds an interrupt and one that reads it does not; another
 * answer is read as it comes. Interrupting who waits, cancelling the future of a request, the stream that it is marked
 * with, or closing its answer leaves the provider.
 */
final class JdkTransport implements HttpClient {

    private final java.net.http.HttpClient client;
    private final Duration within;
    private final Supplier<Map<String, String>> headers;
    private final OpenStreams streams;

    /** Over {@code client}, waiting at most so long for an answer to begin, with headers asked for before each request. */
    JdkTransport(
            java.net.http.HttpClient client,
            Duration within,
            Supplier<Map<String, String>> headers,
            OpenStreams streams) {
        this.client = client;
        this.within = within;
        this.headers = headers;
        this.streams = streams;
    }

    @Override
    public HttpResponse execute(HttpRequest request, RequestOptions options) {
        try {
            java.net.http.HttpResponse<byte[]> whole = client.send(translated(request), BodyHandlers.ofByteArray());
            return new Answer(whole.statusCode(), whole.headers(), new ByteArrayInputStream(whole.body()));
        } catch (IOException e) {
            throw new OpenAIIoException(sentence(e), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new OpenAIIoException("interrupted", new InterruptedIOException("interrupted"));
        }
    }

    @Override
    public CompletableFuture<HttpResponse> executeAsync(HttpRequest request, RequestOptions options) {
        String mark =
                request.headers().values(OpenStreams.MARK).stream().findFirst().orElse(null);
        OpenStreams.Leaving leaving = mark == null ? null : streams.named(mark);
        if (mark != null && leaving == null) {
            return CompletableFuture.failedFuture(new CancellationException("the caller left before it was asked"));
        }
        CompletableFuture<java.net.http.HttpResponse<InputStream>> sent;
        try {
            sent = client.sendAsync(translated(request), BodyHandlers.ofInputStream());
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
        CompletableFuture<HttpResponse> answer = new CompletableFuture<>();
        var unused = sent.whenComplete((response, error) -> {
            if (error != null) {
                Throwable cause =
                        error instanceof CompletionException && error.getCause() != null ? error.getCause() : error;
                answer.completeExceptionally(
                        cause instanceof IOException io ? new OpenAIIoException(sentence(io), io) : cause);
            } else if (!answer.complete(Answer.of(response))) {
                Answer.of(response).close(); // the caller has left
            }
        });
        leaveWhenCancelled(answer, sent);
        if (leaving != null) {
            leaving.by(() -> leave(sent));
        }
        return answer;
    }

    private static void leave(CompletableFuture<java.net.http.HttpResponse<InputStream>> sent) {
        sent.cancel(true);
        var unused = sent.thenAccept(response -> Answer.of(response).close());
    }

    private static void leaveWhenCancelled(CompletableFuture<?> answer, CompletableFuture<?> sent) {
        var unused = answer.whenComplete((response, error) -> {
            if (answer.isCancelled()) {
                sent.cancel(true);
            }
        });
    }

    @Override
    public void close() {
        // the JDK's client ends with its last user
    }

    private java.net.http.HttpRequest translated(HttpRequest request) {
        java.net.http.HttpRequest.Builder builder =
                java.net.http.HttpRequest.newBuilder(URI.create(request.url())).timeout(within);
        for (String name : request.headers().names()) {
            if (name.equalsIgnoreCase(OpenStreams.MARK)) {
                continue; // it is ours
            }
            for (String value : request.headers().values(name)) {
                builder.header(name, value);
            }
        }
        headers.get().forEach(builder::setHeader);
        HttpRequestBody body = request.body();
        if (body == null) {
            return builder.method(request.method().name(), BodyPublishers.noBody())
                    .build();
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        body.writeTo(bytes);
        String type = body.contentType();
        if (type != null) {
            builder.setHeader("Content-Type", type);
        }
        return builder.method(request.method().name(), BodyPublishers.ofByteArray(bytes.toByteArray()))
                .build();
    }

    private static String sentence(IOException e) {
        @Nullable String message = e.getMessage();
        return message == null ? e.getClass().getSimpleName() : message;
    }

    /** An answer of the JDK's client in the SDK's words. */
    private static final class Answer implements HttpResponse {

        private final int status;
        private final Headers headers;
        private final InputStream body;

        static Answer of(java.net.http.HttpResponse<InputStream> response) {
            return new Answer(response.statusCode(), response.headers(), response.body());
        }

        Answer(int status, HttpHeaders headers, InputStream body) {
            this.status = status;
            this.body = body;
            Headers.Builder all = Headers.builder();
            headers.map().forEach((name, values) -> all.put(name, values));
            this.headers = all.build();
        }

        @Override
        public int statusCode() {
            return status;
        }

        @Override
        public Headers headers() {
            return headers;
        }

        @Override
        public InputStream body() {
            return body;
        }

        @Override
        public void close() {
            try {
                body.close();
            } catch (IOException ignored) {
                // it is being dropped
            }
        }
    }
}
