package waybill.springai;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.model.tool.ToolCallingChatOptions;
import waybill.routing.Candidate;

/**
 * Rewrites a prompt for one candidate. Spring AI's models take a prompt's options as they are and cast them to their own
 * type, so the candidate's own options are the base, the caller's are laid over them, and the candidate's model name is
 * set last.
 */
final class TargetPrompt {

    private TargetPrompt() {}

    /** The name that goes out on the wire: the candidate's, else the one its model was built with, else its own name. */
    static String modelName(Candidate<ChatModel> candidate) {
        if (candidate.modelName() != null) {
            return candidate.modelName();
        }
        ChatOptions own = candidate.model().getOptions();
        return own == null || own.getModel() == null ? candidate.name() : own.getModel();
    }

    static Prompt of(Prompt prompt, Candidate<ChatModel> candidate) {
        ChatOptions own = candidate.model().getOptions();
        ChatOptions asked = prompt.getOptions();
        ChatOptions.Builder<?> builder = own == null ? ChatOptions.builder() : own.mutate();
        if (asked != null) {
            builder.combineWith(asked.mutate());
            List<String> stops = stopSequences(own, asked);
            if (!stops.isEmpty()) {
                builder.stopSequences(stops); // combining appends them, so that each rewrite would repeat them
            }
        }
        builder.model(modelName(candidate));
        if (builder instanceof ToolCallingChatOptions.Builder<?> tools
                && asked instanceof ToolCallingChatOptions calling) {
            tools.toolContext(withoutHints(calling.getToolContext()));
        }
        return new Prompt(prompt.getInstructions(), builder.build());
    }

    private static List<String> stopSequences(@Nullable ChatOptions own, ChatOptions asked) {
        return Stream.of(own == null ? null : own.getStopSequences(), asked.getStopSequences())
                .filter(list -> list != null)
                .flatMap(List::stream)
                .distinct()
                .toList();
    }

    private static Map<String, Object> withoutHints(@Nullable Map<String, Object> context) {
        Map<String, Object> others = new HashMap<>(context == null ? Map.of() : context);
        others.remove(RoutingChatModel.HINTS);
        return others;
    }
}
