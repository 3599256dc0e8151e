package waybill.langchain4j.providers;

import dev.langchain4j.http.client.HttpClientBuilder;
import dev.langchain4j.model.chat.Capability;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.openai.OpenAiChatModel;
import dev.langchain4j.model.openai.OpenAiStreamingChatModel;
import java.net.http.HttpClient;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import waybill.langchain4j.CandidateHttpClientBuilder;
import waybill.routing.Dialect;
import waybill.routing.Endpoint;
import waybill.routing.Provider;

/**
 * Makes LangChain4j models of endpoints: without retries of their own, over a client that keeps what a router needs to
 * know of errors. A vendor's own module serves where it is on the class path ({@code langchain4j-anthropic},
 * {@code langchain4j-google-ai-gemini}), else {@code langchain4j-open-ai} at the vendor's OpenAI-compatible address.
 * Thread-safe.
 */
public final class ProviderModels {

    private final Supplier<HttpClient.Builder> clients;

    private ProviderModels(Supplier<HttpClient.Builder> clients) {
        this.clients = clients;
    }

    /** Models that ask over plain clients of the JDK. */
    public static ProviderModels plain() {
        return over(HttpClient::newBuilder);
    }

    /** Models that ask over such clients: behind a proxy, or ones that pay. One builder is asked for per model. */
    public static ProviderModels over(Supplier<HttpClient.Builder> clients) {
        return new ProviderModels(clients);
    }

    /**
     * A model that answers whole.
     *
     * @throws IllegalArgumentException when the endpoint has no key and its provider asks for one
     */
    public ChatModel chat(Endpoint endpoint) {
        requireKey(endpoint);
        return switch (dialect(endpoint)) {
            case ANTHROPIC -> AnthropicModels.chat(endpoint, client(endpoint));
            case GEMINI -> GeminiModels.chat(endpoint, client(endpoint));
            case OPENAI ->
                limited(
                        endpoint,
                        OpenAiChatModel.builder()
                                .httpClientBuilder(client(endpoint))
                                .baseUrl(endpoint.url(Dialect.OPENAI).toString())
                                .apiKey(key(endpoint))
                                .modelName(endpoint.model())
                                .customHeaders(endpoint.headers())
                                .supportedCapabilities(capabilities(endpoint))
                                .returnThinking(true)
                                .maxRetries(0)
                                .build());
        };
    }

    /** A model that answers in pieces; otherwise as {@link #chat}. */
    public StreamingChatModel streaming(Endpoint endpoint) {
        requireKey(endpoint);
        return switch (dialect(endpoint)) {
            case ANTHROPIC -> AnthropicModels.streaming(endpoint, client(endpoint));
            case GEMINI -> GeminiModels.streaming(endpoint, client(endpoint));
            case OPENAI -> {
                StreamingChatModel model = OpenAiStreamingChatModel.builder()
                        .httpClientBuilder(client(endpoint))
                        .baseUrl(endpoint.url(Dialect.OPENAI).toString())
                        .apiKey(key(endpoint))
                        .modelName(endpoint.model())
                        .customHeaders(endpoint.headers())
                        .returnThinking(true)
                        .build();
                yield endpoint.provider().has(Provider.Quirk.MAX_COMPLETION_TOKENS) || endpoint.jsonSchema()
                        ? new AnswerLimit.Streaming(model, endpoint)
                        : model;
            }
        };
    }

    /** The dialect whose client is at hand. */
    static Dialect dialect(Endpoint endpoint) {
        Dialect own = endpoint.provider().dialect();
        boolean there =
                switch (own) {
                    case ANTHROPIC -> isThere("dev.langchain4j.model.anthropic.AnthropicChatModel");
                    case GEMINI -> isThere("dev.langchain4j.model.googleai.GoogleAiGeminiChatModel");
                    case OPENAI -> true;
                };
        return there ? own : Dialect.OPENAI;
    }

    private static boolean isThere(String type) {
        try {
            Class.forName(type, false, ProviderModels.class.getClassLoader());
            return true;
        } catch (ClassNotFoundException absent) {
            return false;
        }
    }

    static Set<Capability> capabilities(Endpoint endpoint) {
        return endpoint.jsonSchema() ? Set.of(Capability.RESPONSE_FORMAT_JSON_SCHEMA) : Set.of();
    }

    private static ChatModel limited(Endpoint endpoint, ChatModel model) {
        return endpoint.provider().has(Provider.Quirk.MAX_COMPLETION_TOKENS) ? new AnswerLimit.Whole(model) : model;
    }

    private static void requireKey(Endpoint endpoint) {
        if (endpoint.key() == null && endpoint.provider().keyVariable() != null) {
            Endpoint unused = endpoint.withKeyFrom(variable -> null);
        }
    }

    /** Where no key is needed one is sent all the same, because the client insists. */
    private static String key(Endpoint endpoint) {
        @Nullable String key = endpoint.key();
        return key == null ? "none" : key;
    }

    private HttpClientBuilder client(Endpoint endpoint) {
        return CandidateHttpClientBuilder.over(clients.get())
                .connectTimeout(endpoint.connectWithin())
                .readTimeout(endpoint.answerWithin());
    }
}
