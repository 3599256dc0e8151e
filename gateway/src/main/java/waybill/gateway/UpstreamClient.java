package waybill.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.langchain4j.exception.TimeoutException;
import dev.langchain4j.http.client.HttpClient;
import dev.langchain4j.http.client.HttpClientBuilder;
import dev.langchain4j.http.client.HttpRequest;
import dev.langchain4j.http.client.SuccessfulHttpResponse;
import dev.langchain4j.http.client.sse.ServerSentEventListener;
import dev.langchain4j.http.client.sse.ServerSentEventParser;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * LangChain4j's HTTP client over the JDK's, for providers that are not trusted to behave: an answer is bounded in size, a
 * plain one in time, a stream in silence, and the {@code Retry-After} of a refusal is not lost. Follows no redirect.
 * Thread-safe.
 */
final class UpstreamClient implements HttpClient {

    private static final int MAX_ANSWER = 16 * 1024 * 1024;
    private static final int MAX_ERROR = 64 * 1024;

    private final java.net.http.HttpClient jdk;
    private final Duration timeout;
    private final ScheduledExecutorService timer;
    private final Executor readers;
    private final InstantSource clock;

    /**
     * A client over this JDK client.
     *
     * @param timeout the longest wait for a plain answer, for the head of a stream, and between two pieces of it
     * @param timer only starts and ends waits
     * @param readers where streams are read; each holds a thread until it ends, however slow its reader
     */
    UpstreamClient(
            java.net.http.HttpClient jdk,
            Duration timeout,
            ScheduledExecutorService timer,
            Executor readers,
            InstantSource clock) {
        this.jdk = jdk;
        this.timeout = timeout;
        this.timer = timer;
        this.readers = readers;
        this.clock = clock;
    }

    /** A builder that always gives this client; its own timeouts hold, whatever it is told. */
    HttpClientBuilder asBuilder() {
        return new Fixed(this);
    }

    @Override
    public SuccessfulHttpResponse execute(HttpRequest request) {
        CompletableFuture<HttpResponse<InputStream>> exchange =
                jdk.sendAsync(jdkRequest(request), BodyHandlers.ofInputStream());
        CompletableFuture<Void> expired = new CompletableFuture<>();
        ScheduledFuture<?> deadline = timer.schedule(
                () -> {
                    expired.complete(null);
                    exchange.cancel(true);
                    var unused = exchange.thenAccept(late -> close(late.body()));
                },
                timeout.toMillis(),
                TimeUnit.MILLISECONDS);
        try {
            HttpResponse<InputStream> response = exchange.get();
            try (InputStream body = response.body()) {
                refuse(response, body);
                byte[] bytes = body.readNBytes(MAX_ANSWER + 1);
                if (bytes.length > MAX_ANSWER) {
                    throw new IOException("The answer is longer than " + MAX_ANSWER + " bytes.");
                }
                if (expired.isDone()) {
                    throw new HttpTimeoutException("deadline");
                }
                return successful(response, bytes);
            }
        } catch (InterruptedException e) {
            exchange.cancel(true);
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted while waiting for the provider.", e);
        } catch (ExecutionException | java.util.concurrent.CancellationException e) {
            throw failure(expired.isDone(), e.getCause() == null ? e : e.getCause());
        } catch (IOException e) {
            throw failure(expired.isDone(), e);
        } finally {
            deadline.cancel(false);
        }
    }

    @Override
    public void execute(HttpRequest request, ServerSentEventParser parser, ServerSentEventListener listener) {
        var unused = jdk.sendAsync(jdkRequest(request), BodyHandlers.ofInputStream())
                .thenAcceptAsync(
                        response -> {
                            try (InputStream body = new Watched(response.body())) {
                                refuse(response, body);
                                listener.onOpen(successful(response, new byte[0]));
                                parser.parse(body, listener);
                                listener.onClose();
                            } catch (IOException e) {
                                throw new CompletionException(e);
                            }
                        },
                        readers)
                .whenComplete((nothing, thrown) -> {
                    if (thrown != null) {
                        Throwable cause = thrown instanceof CompletionException && thrown.getCause() != null
                                ? thrown.getCause()
                                : thrown;
                        listener.onError(cause instanceof RuntimeException ? cause : failure(false, cause));
                    }
                });
    }

    private java.net.http.HttpRequest jdkRequest(HttpRequest request) {
        URI url = URI.create(request.url());
        java.net.http.HttpRequest.Builder builder =
                java.net.http.HttpRequest.newBuilder(url).timeout(timeout);
        if ("http".equals(url.getScheme())) {
            builder.version(java.net.http.HttpClient.Version.HTTP_1_1); // many local servers choke on an upgrade
        }
        request.headers().forEach((name, values) -> values.forEach(value -> builder.header(name, value)));
        String body = request.body();
        builder.method(request.method().name(), body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
        return builder.build();
    }

    private void refuse(HttpResponse<?> response, InputStream body) throws IOException {
        if (response.statusCode() / 100 != 2) {
            throw new UpstreamStatusException(
                    response.statusCode(),
                    new String(body.readNBytes(MAX_ERROR), UTF_8),
                    UpstreamStatusException.parseRetryAfter(
                            response.headers().firstValue("Retry-After").orElse(null), clock.instant()));
        }
    }

    private static SuccessfulHttpResponse successful(HttpResponse<?> response, byte[] body) {
        return SuccessfulHttpResponse.builder()
                .statusCode(response.statusCode())
                .headers(response.headers().map())
                .body(body)
                .build();
    }

    private static RuntimeException failure(boolean expired, Throwable cause) {
        if (expired || cause instanceof HttpTimeoutException) {
            return new TimeoutException("The provider did not answer in time.", cause);
        }
        return cause instanceof RuntimeException unchecked
                ? unchecked
                : new java.io.UncheckedIOException(
                        cause instanceof IOException io ? io : new IOException("The exchange failed.", cause));
    }

    private static void close(InputStream body) {
        try {
            body.close();
        } catch (IOException gone) {
            // it is being dropped
        }
    }

    /** Closes a stream that stays silent for the timeout, or never ends, so that its reader does not wait for ever. */
    private final class Watched extends FilterInputStream {

        private volatile boolean silent;
        private long total;

        Watched(InputStream in) {
            super(in);
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            int count = read(one, 0, 1);
            return count < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            ScheduledFuture<?> alarm = timer.schedule(this::silence, timeout.toMillis(), TimeUnit.MILLISECONDS);
            try {
                int count = in.read(buffer, offset, length);
                if (silent) {
                    throw new HttpTimeoutException("The provider fell silent for " + timeout.toSeconds() + " s.");
                }
                total += count;
                if (total > MAX_ANSWER) {
                    throw new IOException("The stream is longer than " + MAX_ANSWER + " bytes.");
                }
                return count;
            } catch (IOException e) {
                if (silent && !(e instanceof HttpTimeoutException)) {
                    throw new HttpTimeoutException("The provider fell silent for " + timeout.toSeconds() + " s.");
                }
                throw e;
            } finally {
                alarm.cancel(false);
            }
        }

        private void silence() {
            silent = true;
            UpstreamClient.close(in);
        }
    }

    private static final class Fixed implements HttpClientBuilder {

        private final UpstreamClient client;
        private @Nullable Duration connect;
        private @Nullable Duration read;

        Fixed(UpstreamClient client) {
            this.client = client;
        }

        @Override
        public @Nullable Duration connectTimeout() {
            return connect;
        }

        @Override
        public HttpClientBuilder connectTimeout(Duration timeout) {
            connect = timeout;
            return this;
        }

        @Override
        public @Nullable Duration readTimeout() {
            return read;
        }

        @Override
        public HttpClientBuilder readTimeout(Duration timeout) {
            read = timeout;
            return this;
        }

        @Override
        public HttpClient build() {
            return client;
        }
    }
}
