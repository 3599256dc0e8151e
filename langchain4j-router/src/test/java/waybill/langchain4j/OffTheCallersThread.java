package waybill.langchain4j;

import dev.langchain4j.http.client.HttpClient;
import dev.langchain4j.http.client.HttpClientBuilder;
import dev.langchain4j.http.client.HttpRequest;
import dev.langchain4j.http.client.SuccessfulHttpResponse;
import dev.langchain4j.http.client.jdk.JdkHttpClient;
import dev.langchain4j.http.client.jdk.JdkHttpClientBuilder;
import dev.langchain4j.http.client.sse.ServerSentEventListener;
import dev.langchain4j.http.client.sse.ServerSentEventParser;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/**
 * LangChain4j's HTTP client as it is when a network lies between: a stream is always heard on another thread than the
 * caller's. On loopback an answer may be there before the client begins to listen, and is then heard on the caller's
 * own; the kits, which forbid that, would fail now and then.
 */
final class OffTheCallersThread implements HttpClientBuilder {

    private final JdkHttpClientBuilder client = JdkHttpClient.builder();

    @Override
    public Duration connectTimeout() {
        return client.connectTimeout();
    }

    @Override
    public HttpClientBuilder connectTimeout(Duration time) {
        client.connectTimeout(time);
        return this;
    }

    @Override
    public Duration readTimeout() {
        return client.readTimeout();
    }

    @Override
    public HttpClientBuilder readTimeout(Duration time) {
        client.readTimeout(time);
        return this;
    }

    @Override
    public HttpClient build() {
        HttpClient sends = client.build();
        return new HttpClient() {
            @Override
            public SuccessfulHttpResponse execute(HttpRequest request) {
                return sends.execute(request);
            }

            @Override
            public void execute(HttpRequest request, ServerSentEventParser parser, ServerSentEventListener listener) {
                CompletableFuture<Void> sent =
                        CompletableFuture.runAsync(() -> sends.execute(request, parser, listener));
                sent.exceptionally(thrown -> {
                    listener.onError(thrown);
                    return null;
                });
            }
        };
    }
}
