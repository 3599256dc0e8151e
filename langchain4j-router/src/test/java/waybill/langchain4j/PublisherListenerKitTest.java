package waybill.langchain4j;

import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.common.AbstractStreamingChatModelPublisherListenerTest;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import waybill.routing.Candidate;
import waybill.testing.Answer;
import waybill.testing.ScriptedModelServer;

/** LangChain4j's own publisher kit, run against the router over a real OpenAI client that has no publisher itself. */
class PublisherListenerKitTest extends AbstractStreamingChatModelPublisherListenerTest {

    private final ScriptedModelServer server = ScriptedModelServer.start();

    @AfterEach
    void stop() {
        server.close();
    }

    @Override
    protected StreamingChatModel createModel(ChatModelListener listener, StreamScenario scenario) {
        Answer answer = Answer.text("word ".repeat(scenario.contentChunks()).strip());
        if (scenario.spreadOverMillis() > 0) {
            answer = answer.tokensPerSecond(scenario.contentChunks() * 1_000.0 / scenario.spreadOverMillis());
        }
        server.answer(scenario.fail() ? Answer.unauthorized() : answer);
        return RoutingStreamingChatModel.builder(
                        List.of(Candidate.of("kit", Servers.streaming(server, "kit-1"), Servers.CHEAP)))
                .listeners(List.of(listener))
                .build();
    }
}
