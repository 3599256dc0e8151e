package waybill.langchain4j.providers;

import dev.langchain4j.http.client.HttpClientBuilder;
import dev.langchain4j.model.anthropic.AnthropicChatModel;
import dev.langchain4j.model.anthropic.AnthropicStreamingChatModel;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.StreamingChatModel;
import waybill.routing.Dialect;
import waybill.routing.Endpoint;

/** Models that speak Anthropic's messages; loaded only where its module is. */
final class AnthropicModels {

    /** Anthropic wants a limit on every answer; what its current models all allow. */
    private static final int MOST_TOKENS = 8_192;

    private AnthropicModels() {}

    static ChatModel chat(Endpoint endpoint, HttpClientBuilder client) {
        return AnthropicChatModel.builder()
                .httpClientBuilder(client)
                .baseUrl(endpoint.url(Dialect.ANTHROPIC) + "/")
                .apiKey(endpoint.key())
                .modelName(endpoint.model())
                .maxTokens(MOST_TOKENS)
                .customHeaders(endpoint.headers())
                .supportedCapabilities(ProviderModels.capabilities(endpoint))
                .maxRetries(0)
                .build();
    }

    static StreamingChatModel streaming(Endpoint endpoint, HttpClientBuilder client) {
        return AnthropicStreamingChatModel.builder()
                .httpClientBuilder(client)
                .baseUrl(endpoint.url(Dialect.ANTHROPIC) + "/")
                .apiKey(endpoint.key())
                .modelName(endpoint.model())
                .maxTokens(MOST_TOKENS)
                .customHeaders(endpoint.headers())
                .supportedCapabilities(ProviderModels.capabilities(endpoint))
                .build();
    }
}
