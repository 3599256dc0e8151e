package waybill.langchain4j.providers;

import dev.langchain4j.http.client.HttpClientBuilder;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.googleai.GoogleAiGeminiChatModel;
import dev.langchain4j.model.googleai.GoogleAiGeminiStreamingChatModel;
import waybill.routing.Dialect;
import waybill.routing.Endpoint;

/** Models that speak Google's generated content; loaded only where its module is. */
final class GeminiModels {

    private GeminiModels() {}

    static ChatModel chat(Endpoint endpoint, HttpClientBuilder client) {
        return GoogleAiGeminiChatModel.builder()
                .httpClientBuilder(client)
                .baseUrl(endpoint.url(Dialect.GEMINI).toString())
                .apiKey(endpoint.key())
                .modelName(endpoint.model())
                .customHeaders(endpoint.headers())
                .supportedCapabilities(ProviderModels.capabilities(endpoint))
                .maxRetries(0)
                .build();
    }

    static StreamingChatModel streaming(Endpoint endpoint, HttpClientBuilder client) {
        return GoogleAiGeminiStreamingChatModel.builder()
                .httpClientBuilder(client)
                .baseUrl(endpoint.url(Dialect.GEMINI).toString())
                .apiKey(endpoint.key())
                .modelName(endpoint.model())
                .customHeaders(endpoint.headers())
                .build();
    }
}
