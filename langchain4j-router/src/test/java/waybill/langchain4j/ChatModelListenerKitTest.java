package waybill.langchain4j;

import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.common.AbstractChatModelListenerIT;
import dev.langchain4j.model.chat.common.AbstractStreamingChatModelListenerIT;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.openai.OpenAiChatModel;
import dev.langchain4j.model.openai.OpenAiChatRequestParameters;
import dev.langchain4j.model.openai.OpenAiStreamingChatModel;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import waybill.routing.Candidate;
import waybill.routing.RoutingException;
import waybill.testing.Answer;
import waybill.testing.ScriptedModelServer;

/** LangChain4j's own listener kits, run against the router over real OpenAI clients. */
class ChatModelListenerKitTest {

    private static final ScriptedModelServer server() {
        ScriptedModelServer server = ScriptedModelServer.start();
        server.answer("kit-1", Answer.toolCall("add", "{\"a\":2,\"b\":2}").usage(10, 5));
        server.answer("kit-broken", Answer.unauthorized());
        return server;
    }

    @Nested
    class Blocking extends AbstractChatModelListenerIT {

        private final ScriptedModelServer server = server();

        @AfterEach
        void stop() {
            server.close();
        }

        private ChatModel model(String name, ChatModelListener listener) {
            OpenAiChatModel target = Servers.blocking(server, name);
            return RoutingChatModel.builder(List.of(Candidate.of(name, target, Servers.CHEAP)))
                    .defaultRequestParameters(OpenAiChatRequestParameters.builder()
                            .modelName(name)
                            .temperature(temperature())
                            .topP(topP())
                            .maxOutputTokens(maxTokens())
                            .build())
                    .listeners(List.of(listener))
                    .build();
        }

        @Override
        protected ChatModel createModel(ChatModelListener listener) {
            return model(modelName(), listener);
        }

        @Override
        protected String modelName() {
            return "kit-1";
        }

        @Override
        protected ChatModel createFailingModel(ChatModelListener listener) {
            return model("kit-broken", listener);
        }

        @Override
        protected Class<? extends Exception> expectedExceptionClass() {
            return RoutingException.class;
        }
    }

    @Nested
    class Streaming extends AbstractStreamingChatModelListenerIT {

        private final ScriptedModelServer server = server();

        @AfterEach
        void stop() {
            server.close();
        }

        private StreamingChatModel model(String name, ChatModelListener listener) {
            OpenAiStreamingChatModel target = Servers.streaming(server, name);
            return RoutingStreamingChatModel.builder(List.of(Candidate.of(name, target, Servers.CHEAP)))
                    .defaultRequestParameters(OpenAiChatRequestParameters.builder()
                            .modelName(name)
                            .temperature(temperature())
                            .topP(topP())
                            .maxOutputTokens(maxTokens())
                            .build())
                    .listeners(List.of(listener))
                    .build();
        }

        @Override
        protected StreamingChatModel createModel(ChatModelListener listener) {
            return model(modelName(), listener);
        }

        @Override
        protected String modelName() {
            return "kit-1";
        }

        @Override
        protected StreamingChatModel createFailingModel(ChatModelListener listener) {
            return model("kit-broken", listener);
        }

        @Override
        protected Class<? extends Exception> expectedExceptionClass() {
            return RoutingException.class;
        }
    }
}
