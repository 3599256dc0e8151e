package waybill.langchain4j;

import dev.langchain4j.http.client.HttpClient;
import dev.langchain4j.http.client.HttpClientBuilder;
import java.time.Duration;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/**
 * Builds the HTTP client of a candidate; give it to the model's builder as its {@code httpClientBuilder}. It stands on
 * the JDK's client as LangChain4j's own does, and keeps two things that are lost there: what the headers of an error say
 * of trying again, and the way to cancel a stream that has not begun to answer.
 */
public final class CandidateHttpClientBuilder implements HttpClientBuilder {

    private final java.net.http.HttpClient.Builder client;
    private final InstantSource time;
    private @Nullable Duration connectTimeout;
    private @Nullable Duration readTimeout;

    private CandidateHttpClientBuilder(java.net.http.HttpClient.Builder client, InstantSource time) {
        this.client = client;
        this.time = time;
    }

    /** A builder over a client of the JDK, or one that pays. */
    public static CandidateHttpClientBuilder over(java.net.http.HttpClient.Builder client) {
        return new CandidateHttpClientBuilder(client, InstantSource.system());
    }

    @Override
    public @Nullable Duration connectTimeout() {
        return connectTimeout;
    }

    @Override
    public CandidateHttpClientBuilder connectTimeout(@Nullable Duration time) {
        this.connectTimeout = time;
        return this;
    }

    @Override
    public @Nullable Duration readTimeout() {
        return readTimeout;
    }

    @Override
    public CandidateHttpClientBuilder readTimeout(@Nullable Duration time) {
        this.readTimeout = time;
        return this;
    }

    @Override
    public HttpClient build() {
        if (connectTimeout != null) {
            client.connectTimeout(connectTimeout);
        }
        return new CandidateHttpClient(client.build(), readTimeout, time);
    }
}
