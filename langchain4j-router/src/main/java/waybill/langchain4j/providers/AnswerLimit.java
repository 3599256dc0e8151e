package waybill.langchain4j.providers;

import dev.langchain4j.model.ModelProvider;
import dev.langchain4j.model.chat.Capability;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.ChatRequestOptions;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.openai.OpenAiChatRequestParameters;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import waybill.routing.Endpoint;
import waybill.routing.Provider;

/** Says a request's limit on the answer as {@code max_completion_tokens}, where {@code max_tokens} is refused. */
final class AnswerLimit {

    private AnswerLimit() {}

    static ChatRequest renamed(ChatRequest request) {
        Integer limit = request.maxOutputTokens();
        if (limit == null) {
            return request;
        }
        OpenAiChatRequestParameters.Builder parameters =
                OpenAiChatRequestParameters.builder().overrideWith(request.parameters());
        parameters.maxOutputTokens(null);
        return request.toBuilder()
                .parameters(parameters.maxCompletionTokens(limit).build())
                .build();
    }

    /** A model that answers whole. */
    static final class Whole implements ChatModel {

        private final ChatModel model;

        Whole(ChatModel model) {
            this.model = model;
        }

        @Override
        public ChatResponse chat(ChatRequest request, ChatRequestOptions options) {
            return model.chat(renamed(request), options);
        }

        @Override
        public ChatResponse doChat(ChatRequest request) {
            return model.doChat(renamed(request));
        }

        @Override
        public CompletableFuture<ChatResponse> chatAsync(ChatRequest request, ChatRequestOptions options) {
            return model.chatAsync(renamed(request), options);
        }

        @Override
        public CompletableFuture<ChatResponse> doChatAsync(ChatRequest request) {
            return model.doChatAsync(renamed(request));
        }

        @Override
        public ChatRequestParameters defaultRequestParameters() {
            return model.defaultRequestParameters();
        }

        @Override
        public List<ChatModelListener> listeners() {
            return model.listeners();
        }

        @Override
        public ModelProvider provider() {
            return model.provider();
        }

        @Override
        public Set<Capability> supportedCapabilities() {
            return model.supportedCapabilities();
        }
    }

    /** A model that answers in pieces; OpenAI's cannot be told what it supports, so that is said here too. */
    static final class Streaming implements StreamingChatModel {

        private final StreamingChatModel model;
        private final Endpoint endpoint;

        Streaming(StreamingChatModel model, Endpoint endpoint) {
            this.model = model;
            this.endpoint = endpoint;
        }

        private ChatRequest said(ChatRequest request) {
            return endpoint.provider().has(Provider.Quirk.MAX_COMPLETION_TOKENS) ? renamed(request) : request;
        }

        @Override
        public void chat(ChatRequest request, ChatRequestOptions options, StreamingChatResponseHandler handler) {
            model.chat(said(request), options, handler);
        }

        @Override
        public void doChat(ChatRequest request, StreamingChatResponseHandler handler) {
            model.doChat(said(request), handler);
        }

        @Override
        public ChatRequestParameters defaultRequestParameters() {
            return model.defaultRequestParameters();
        }

        @Override
        public List<ChatModelListener> listeners() {
            return model.listeners();
        }

        @Override
        public ModelProvider provider() {
            return model.provider();
        }

        @Override
        public Set<Capability> supportedCapabilities() {
            return ProviderModels.capabilities(endpoint);
        }
    }
}
