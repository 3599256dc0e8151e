package waybill.springai.providers;

import com.openai.client.OpenAIClientAsyncImpl;
import com.openai.client.OpenAIClientImpl;
import com.openai.core.ClientOptions;
import io.micrometer.observation.ObservationRegistry;
import java.net.http.HttpClient;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.openai.OpenAiChatModel;
import org.springframework.ai.openai.OpenAiChatOptions;
import waybill.routing.Dialect;
import waybill.routing.Endpoint;
import waybill.routing.Provider;

/**
 * Makes Spring AI models of endpoints, over OpenAI's official SDK at the provider's OpenAI-compatible address and without
 * retries of their own. The SDK stands on clients of the JDK here, so that one that pays can be given in. Thread-safe.
 */
public final class ProviderModels {

    private final Supplier<HttpClient.Builder> clients;
    private final ObservationRegistry observations;

    private ProviderModels(Supplier<HttpClient.Builder> clients, ObservationRegistry observations) {
        this.clients = clients;
        this.observations = observations;
    }

    /** Models that ask over plain clients of the JDK. */
    public static ProviderModels plain() {
        return over(HttpClient::newBuilder);
    }

    /** Models that ask over such clients: behind a proxy, or ones that pay. One builder is asked for per model. */
    public static ProviderModels over(Supplier<HttpClient.Builder> clients) {
        return new ProviderModels(clients, ObservationRegistry.NOOP);
    }

    /** The same, with each model's own observations going there; nowhere unless set. */
    public ProviderModels observedBy(ObservationRegistry registry) {
        return new ProviderModels(clients, registry);
    }

    /**
     * A model that answers whole and in pieces.
     *
     * @throws IllegalArgumentException when the endpoint has no key and its provider asks for one
     */
    public ChatModel chat(Endpoint endpoint) {
        if (endpoint.key() == null && endpoint.provider().keyVariable() != null) {
            Endpoint unused = endpoint.withKeyFrom(variable -> null);
        }
        @Nullable String key = endpoint.key();
        String sent = key == null ? "none" : key; // the SDK insists
        String url = endpoint.url(Dialect.OPENAI).toString();
        OpenStreams streams = new OpenStreams();
        ClientOptions client = ClientOptions.builder()
                .httpClient(new JdkTransport(
                        clients.get().connectTimeout(endpoint.connectWithin()).build(),
                        endpoint.answerWithin(),
                        endpoint.headers(),
                        streams))
                .checkJacksonVersionCompatibility(false)
                .baseUrl(url)
                .apiKey(sent)
                .maxRetries(0)
                .build();
        ChatModel model = streams.over(OpenAiChatModel.builder()
                .openAiClient(new OpenAIClientImpl(client))
                .openAiClientAsync(new OpenAIClientAsyncImpl(client))
                .observationRegistry(observations)
                .options(OpenAiChatOptions.builder()
                        .baseUrl(url)
                        .apiKey(sent)
                        .model(endpoint.model())
                        .maxRetries(0)
                        .streamUsage(true)
                        .build())
                .build());
        return endpoint.provider().has(Provider.Quirk.MAX_COMPLETION_TOKENS) ? new AnswerLimit(model) : model;
    }
}
