package waybill.langchain4j;

import dev.langchain4j.exception.AuthenticationException;
import dev.langchain4j.model.chat.Capability;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.common.AbstractChatModelIT;
import dev.langchain4j.model.chat.common.AbstractChatModelListenerIT;
import dev.langchain4j.model.chat.common.AbstractStreamingChatModelIT;
import dev.langchain4j.model.chat.common.AbstractStreamingChatModelListenerIT;
import dev.langchain4j.model.chat.common.AbstractStreamingChatModelPublisherListenerTest;
import dev.langchain4j.model.chat.common.StreamingMode;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.response.ChatResponseMetadata;
import dev.langchain4j.model.openai.OpenAiChatModel;
import dev.langchain4j.model.openai.OpenAiChatRequestParameters;
import dev.langchain4j.model.openai.OpenAiChatResponseMetadata;
import dev.langchain4j.model.openai.OpenAiStreamingChatModel;
import dev.langchain4j.model.openai.OpenAiTokenUsage;
import dev.langchain4j.model.output.TokenUsage;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import waybill.routing.Candidate;
import waybill.routing.Modality;
import waybill.routing.Profile;
import waybill.routing.RoutingException;
import waybill.testing.Answer;
import waybill.testing.ScriptedModelServer;

/**
 * LangChain4j's own kits for those who implement models, each once on its bare OpenAI model and once on the router over
 * such models; the bare model has no publisher, so those kits are for the router alone. {@link LangChain4jKitsTest} runs them and compares the verdicts.
 */
final class KitScenes {

    private static final String FIRST = "kit-1";
    private static final String OTHER = "kit-2";
    private static final String BROKEN = "kit-broken";
    private static final Profile SEES = Servers.CHEAP.withJsonSchema(true).withInputs(Modality.TEXT, Modality.IMAGE);
    private static final ChatRequestParameters NONE = OpenAiChatRequestParameters.EMPTY;

    /** Serves every scene: the kits keep one instance for all of them, or make one for each, as they please. */
    static final ScriptedModelServer SERVER =
            ScriptedModelServer.start().answer(new KitScript()).answer(BROKEN, Answer.unauthorized());

    private KitScenes() {}

    /** How a scene makes its models. */
    private static final class Models {

        private final boolean routed;
        private final ScriptedModelServer server;

        Models(boolean routed, ScriptedModelServer server) {
            this.routed = routed;
            this.server = server;
        }

        ChatModel chat(String name, ChatRequestParameters defaults, List<ChatModelListener> listeners) {
            if (!routed) {
                return bare(name, defaults, listeners);
            }
            return RoutingChatModel.builder(pool(name).stream()
                            .map(n -> Candidate.<ChatModel>of(n, bare(n, NONE, List.of()), SEES))
                            .toList())
                    .defaultRequestParameters(defaults)
                    .listeners(listeners)
                    .build();
        }

        StreamingChatModel streaming(String name, ChatRequestParameters defaults, List<ChatModelListener> listeners) {
            if (!routed) {
                return bareStreaming(name, defaults, listeners);
            }
            return RoutingStreamingChatModel.builder(pool(name).stream()
                            .map(n -> Candidate.<StreamingChatModel>of(n, bareStreaming(n, NONE, List.of()), SEES))
                            .toList())
                    .defaultRequestParameters(defaults)
                    .listeners(listeners)
                    .build();
        }

        private static List<String> pool(String name) {
            return name.equals(BROKEN) ? List.of(BROKEN) : List.of(FIRST, OTHER);
        }

        private ChatModel bare(String name, ChatRequestParameters defaults, List<ChatModelListener> listeners) {
            return OpenAiChatModel.builder()
                    .baseUrl(server.baseUrl())
                    .apiKey("none")
                    .modelName(defaults.modelName() == null ? name : defaults.modelName())
                    .defaultRequestParameters(defaults)
                    .supportedCapabilities(Set.of(Capability.RESPONSE_FORMAT_JSON_SCHEMA))
                    .strictJsonSchema(true)
                    .maxRetries(0)
                    .timeout(Duration.ofSeconds(10))
                    .listeners(listeners)
                    .build();
        }

        private StreamingChatModel bareStreaming(
                String name, ChatRequestParameters defaults, List<ChatModelListener> listeners) {
            return OpenAiStreamingChatModel.builder()
                    .httpClientBuilder(new OffTheCallersThread())
                    .baseUrl(server.baseUrl())
                    .apiKey("none")
                    .modelName(defaults.modelName() == null ? name : defaults.modelName())
                    .defaultRequestParameters(defaults)
                    .strictJsonSchema(true)
                    .timeout(Duration.ofSeconds(10))
                    .listeners(listeners)
                    .build();
        }

        Class<? extends Exception> failure() {
            return routed ? RoutingException.class : AuthenticationException.class;
        }
    }

    private static ChatRequestParameters limited(int tokens) {
        return OpenAiChatRequestParameters.builder().maxOutputTokens(tokens).build();
    }

    // AbstractChatModelIT

    abstract static class Chat extends AbstractChatModelIT {

        private final Models models;
        private final boolean async;

        Chat(boolean routed) {
            this.models = new Models(routed, SERVER);
            this.async = routed;
        }

        @Override
        protected List<ChatModel> models() {
            return List.of(models.chat(FIRST, NONE, List.of()));
        }

        @Override
        protected ChatModel createModelWith(ChatRequestParameters parameters) {
            return models.chat(FIRST, parameters, List.of());
        }

        @Override
        protected ChatRequestParameters createIntegrationSpecificParameters(int maxOutputTokens) {
            return limited(maxOutputTokens);
        }

        @Override
        protected String customModelName() {
            return OTHER;
        }

        @Override
        protected boolean supportsChatAsync() {
            return async;
        }

        @Override
        protected Class<? extends ChatResponseMetadata> chatResponseMetadataType(ChatModel model) {
            return OpenAiChatResponseMetadata.class;
        }

        @Override
        protected Class<? extends TokenUsage> tokenUsageType(ChatModel model) {
            return OpenAiTokenUsage.class;
        }
    }

    static final class BareChat extends Chat {
        BareChat() {
            super(false);
        }
    }

    static final class RoutedChat extends Chat {
        RoutedChat() {
            super(true);
        }
    }

    // AbstractStreamingChatModelIT

    abstract static class Streaming extends AbstractStreamingChatModelIT {

        private final Models models;
        private final StreamingMode mode;

        Streaming(boolean routed, StreamingMode mode) {
            this.models = new Models(routed, SERVER);
            this.mode = mode;
        }

        @Override
        protected List<StreamingMode> streamingModes() {
            return List.of(mode);
        }

        @Override
        protected List<StreamingChatModel> baseModels() {
            return List.of(models.streaming(FIRST, NONE, List.of()));
        }

        @Override
        public StreamingChatModel createModelWith(ChatModelListener listener) {
            return models.streaming(FIRST, NONE, List.of(listener));
        }

        @Override
        protected StreamingChatModel createModelWith(ChatRequestParameters parameters) {
            return models.streaming(FIRST, parameters, List.of());
        }

        @Override
        protected ChatRequestParameters createIntegrationSpecificParameters(int maxOutputTokens) {
            return limited(maxOutputTokens);
        }

        @Override
        protected String customModelName() {
            return OTHER;
        }

        @Override
        protected Class<? extends ChatResponseMetadata> chatResponseMetadataType(StreamingChatModel model) {
            return OpenAiChatResponseMetadata.class;
        }

        @Override
        protected Class<? extends TokenUsage> tokenUsageType(StreamingChatModel model) {
            return OpenAiTokenUsage.class;
        }
    }

    static final class BareStreaming extends Streaming {
        BareStreaming() {
            super(false, StreamingMode.HANDLER);
        }
    }

    static final class RoutedStreaming extends Streaming {
        RoutedStreaming() {
            super(true, StreamingMode.HANDLER);
        }
    }

    static final class RoutedPublisher extends Streaming {
        RoutedPublisher() {
            super(true, StreamingMode.PUBLISHER);
        }
    }

    // The kits for listeners

    abstract static class Listening extends AbstractChatModelListenerIT {

        private final Models models;

        Listening(boolean routed) {
            this.models = new Models(routed, SERVER);
        }

        private ChatModel model(String name, ChatModelListener listener) {
            ChatRequestParameters defaults = OpenAiChatRequestParameters.builder()
                    .modelName(name)
                    .temperature(temperature())
                    .topP(topP())
                    .maxOutputTokens(maxTokens())
                    .build();
            return models.chat(name, defaults, List.of(listener));
        }

        @Override
        protected ChatModel createModel(ChatModelListener listener) {
            return model(FIRST, listener);
        }

        @Override
        protected String modelName() {
            return FIRST;
        }

        @Override
        protected ChatModel createFailingModel(ChatModelListener listener) {
            return model(BROKEN, listener);
        }

        @Override
        protected Class<? extends Exception> expectedExceptionClass() {
            return models.failure();
        }
    }

    static final class BareListening extends Listening {
        BareListening() {
            super(false);
        }
    }

    static final class RoutedListening extends Listening {
        RoutedListening() {
            super(true);
        }
    }

    abstract static class StreamListening extends AbstractStreamingChatModelListenerIT {

        private final Models models;

        StreamListening(boolean routed) {
            this.models = new Models(routed, SERVER);
        }

        private StreamingChatModel model(String name, ChatModelListener listener) {
            ChatRequestParameters defaults = OpenAiChatRequestParameters.builder()
                    .modelName(name)
                    .temperature(temperature())
                    .topP(topP())
                    .maxOutputTokens(maxTokens())
                    .build();
            return models.streaming(name, defaults, List.of(listener));
        }

        @Override
        protected StreamingChatModel createModel(ChatModelListener listener) {
            return model(FIRST, listener);
        }

        @Override
        protected String modelName() {
            return FIRST;
        }

        @Override
        protected StreamingChatModel createFailingModel(ChatModelListener listener) {
            return model(BROKEN, listener);
        }

        @Override
        protected Class<? extends Exception> expectedExceptionClass() {
            return models.failure();
        }
    }

    static final class BareStreamListening extends StreamListening {
        BareStreamListening() {
            super(false);
        }
    }

    static final class RoutedStreamListening extends StreamListening {
        RoutedStreamListening() {
            super(true);
        }
    }

    static final class RoutedPublisherListening extends AbstractStreamingChatModelPublisherListenerTest {

        private final Models models = new Models(true, ScriptedModelServer.start());

        @AfterEach
        void stop() {
            models.server.close();
        }

        @Override
        protected StreamingChatModel createModel(ChatModelListener listener, StreamScenario scenario) {
            Answer answer = Answer.text("word ".repeat(scenario.contentChunks()).strip());
            if (scenario.spreadOverMillis() > 0) {
                answer = answer.tokensPerSecond(scenario.contentChunks() * 1_000.0 / scenario.spreadOverMillis());
            }
            models.server.answer(FIRST, scenario.fail() ? Answer.unauthorized() : answer);
            models.server.answer(OTHER, scenario.fail() ? Answer.unauthorized() : answer);
            return models.streaming(FIRST, NONE, List.of(listener));
        }
    }
}
