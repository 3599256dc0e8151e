package waybill.langchain4j;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.model.chat.request.ChatRequest;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import waybill.routing.Router;

/**
 * Who answered the previous turn: stamped on each answer's attributes, which chat memories keep; for memories that drop
 * them, remembered by the ids of the answer's tool calls.
 */
final class Incumbent {

    /** The attribute of an {@link AiMessage} that names the candidate that wrote it. */
    static final String STAMP = "waybill.candidate";

    private Incumbent() {}

    static @Nullable String of(ChatRequest request, Router<?> router) {
        List<ChatMessage> messages = request.messages();
        for (int i = messages.size() - 1; i >= 0; i--) {
            if (messages.get(i) instanceof AiMessage answer) {
                return of(answer, router);
            }
        }
        return null;
    }

    private static @Nullable String of(AiMessage answer, Router<?> router) {
        if (answer.attributes().get(STAMP) instanceof String name) {
            return name;
        }
        for (ToolExecutionRequest call : answer.toolExecutionRequests()) {
            String name = call.id() == null ? null : router.recall(key(call)).orElse(null);
            if (name != null) {
                return name;
            }
        }
        return null;
    }

    static AiMessage stamp(AiMessage answer, String candidate, Router<?> router) {
        for (ToolExecutionRequest call : answer.toolExecutionRequests()) {
            if (call.id() != null) {
                router.remember(key(call), candidate);
            }
        }
        Map<String, Object> attributes = new HashMap<>(answer.attributes());
        attributes.put(STAMP, candidate);
        return answer.toBuilder().attributes(attributes).build();
    }

    private static String key(ToolExecutionRequest call) {
        return "tool call:" + call.id();
    }
}
