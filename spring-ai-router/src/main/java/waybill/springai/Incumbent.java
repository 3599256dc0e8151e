package waybill.springai;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.messages.AssistantMessage.ToolCall;
import org.springframework.ai.chat.messages.Message;
import waybill.routing.Router;

/**
 * Who answered the previous turn: stamped on each answer's metadata, which chat memories keep in the same process; for
 * those that drop it, remembered by the ids of the answer's tool calls.
 */
final class Incumbent {

    /** The metadata of an {@link AssistantMessage} that names the candidate that wrote it. */
    static final String STAMP = "waybill.candidate";

    private Incumbent() {}

    static @Nullable String of(List<Message> messages, Router<?> router) {
        for (int i = messages.size() - 1; i >= 0; i--) {
            if (messages.get(i) instanceof AssistantMessage answer) {
                return of(answer, router);
            }
        }
        return null;
    }

    private static @Nullable String of(AssistantMessage answer, Router<?> router) {
        if (answer.getMetadata().get(STAMP) instanceof String name) {
            return name;
        }
        for (ToolCall call : answer.getToolCalls()) {
            String name = call.id() == null ? null : router.recall(key(call)).orElse(null);
            if (name != null) {
                return name;
            }
        }
        return null;
    }

    /**
     * Names the writer on the message itself. Its metadata is its own copy, so this changes nothing that others hold, and
     * a provider's subclass stays what it is.
     */
    static void stamp(AssistantMessage answer, String candidate, Router<?> router) {
        for (ToolCall call : answer.getToolCalls()) {
            if (call.id() != null && !call.id().isEmpty()) {
                router.remember(key(call), candidate);
            }
        }
        answer.getMetadata().put(STAMP, candidate);
    }

    private static String key(ToolCall call) {
        return "tool call:" + call.id();
    }
}
