package waybill.langchain4j;

import dev.langchain4j.exception.TimeoutException;
import dev.langchain4j.http.client.HttpClient;
import dev.langchain4j.http.client.HttpRequest;
import dev.langchain4j.http.client.SuccessfulHttpResponse;
import dev.langchain4j.http.client.sse.ServerSentEventListener;
import dev.langchain4j.http.client.sse.ServerSentEventParser;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import waybill.routing.Opening;
import waybill.routing.ProviderFailures;

/** What {@link CandidateHttpClientBuilder} builds. Safe for use by many threads. */
final class CandidateHttpClient implements HttpClient {

    private static final int LONGEST_ERROR = 64 * 1024;

    private final java.net.http.HttpClient client;
    private final @Nullable Duration readTimeout;
    private final InstantSource time;

    CandidateHttpClient(java.net.http.HttpClient client, @Nullable Duration readTimeout, InstantSource time) {
        this.client = client;
        this.readTimeout = readTimeout;
        this.time = time;
    }

    @Override
    public SuccessfulHttpResponse execute(HttpRequest request) {
        try {
            HttpResponse<byte[]> response = client.send(translated(request), BodyHandlers.ofByteArray());
            if (!isSuccess(response)) {
                throw refused(response, new String(response.body(), StandardCharsets.UTF_8));
            }
            RefusedException told = ToldError.in(response.body());
            if (told != null) {
                throw told;
            }
            return answer(response).body(response.body()).build();
        } catch (HttpTimeoutException late) {
            throw new TimeoutException(late);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void execute(HttpRequest request, ServerSentEventParser parser, ServerSentEventListener listener) {
        CompletableFuture<HttpResponse<InputStream>> sent =
                client.sendAsync(translated(request), BodyHandlers.ofInputStream());
        Opening.cancelWith(() -> {
            sent.cancel(true);
            var unused = sent.thenAccept(CandidateHttpClient::close);
        });
        // A stream holds its thread until it ends: the JDK's own for this is the common pool, where few have room.
        var unused = sent.whenCompleteAsync(
                (response, error) -> {
                    if (error != null) {
                        listener.onError(cause(error));
                    } else {
                        read(response, parser, listener);
                    }
                },
                Offload.executor());
    }

    private void read(
            HttpResponse<InputStream> response, ServerSentEventParser parser, ServerSentEventListener listener) {
        try (InputStream body = response.body()) {
            if (!isSuccess(response)) {
                listener.onError(refused(response, new String(body.readNBytes(LONGEST_ERROR), StandardCharsets.UTF_8)));
                return;
            }
            ToldError.Listening hearing = new ToldError.Listening(listener, () -> close(response));
            hearing.onOpen(answer(response).build());
            parser.parse(body, hearing);
            hearing.onClose();
        } catch (IOException e) {
            listener.onError(e);
        }
    }

    private static boolean isSuccess(HttpResponse<?> response) {
        return response.statusCode() >= 200 && response.statusCode() < 300;
    }

    private RefusedException refused(HttpResponse<?> response, String body) {
        Duration wait = ProviderFailures.retryAfter(
                name -> response.headers().firstValue(name).orElse(null), time.instant());
        return new RefusedException(response.statusCode(), body, wait);
    }

    private static SuccessfulHttpResponse.Builder answer(HttpResponse<?> response) {
        return SuccessfulHttpResponse.builder()
                .statusCode(response.statusCode())
                .headers(response.headers().map());
    }

    private java.net.http.HttpRequest translated(HttpRequest request) {
        if (!request.formDataFields().isEmpty() || !request.formDataFiles().isEmpty()) {
            throw new UnsupportedOperationException("this client is for chat models, and sends no forms");
        }
        java.net.http.HttpRequest.Builder builder = java.net.http.HttpRequest.newBuilder(URI.create(request.url()));
        for (Map.Entry<String, List<String>> header : request.headers().entrySet()) {
            for (String value : header.getValue()) {
                builder.header(header.getKey(), value);
            }
        }
        builder.method(
                request.method().name(),
                request.body() == null
                        ? java.net.http.HttpRequest.BodyPublishers.noBody()
                        : java.net.http.HttpRequest.BodyPublishers.ofString(request.body()));
        if (readTimeout != null) {
            builder.timeout(readTimeout);
        }
        return builder.build();
    }

    private static Throwable cause(Throwable error) {
        Throwable cause = error instanceof CompletionException && error.getCause() != null ? error.getCause() : error;
        return cause instanceof HttpTimeoutException ? new TimeoutException(cause) : cause;
    }

    private static void close(HttpResponse<InputStream> response) {
        try {
            response.body().close();
        } catch (IOException ignored) {
            // The caller has left; nobody is there to be told.
        }
    }
}
