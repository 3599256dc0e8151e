package waybill.springai;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.model.Generation;
import waybill.routing.Candidate;
import waybill.routing.Receipt;
import waybill.routing.Router;
import waybill.routing.Signal;
import waybill.routing.Usage;

/** What the router reads from a delegate's response, and what it adds. */
final class Responses {

    /** Where Spring AI's modules keep a model's reasoning, for those that give it. */
    private static final String REASONING = "reasoningContent";

    private Responses() {}

    /**
     * The response with its receipt and its writer's stamp, and a model name where the delegate gave none. The router
     * hears what can be noticed of the answer.
     */
    static ChatResponse routed(
            ChatResponse response,
            Candidate<?> candidate,
            String modelName,
            Receipt receipt,
            Signal noticed,
            Router<?> router) {
        stamp(response, candidate.name(), router);
        router.signal(receipt.id(), noticed);
        ChatResponse.Builder builder = ChatResponse.builder().from(response);
        String named = response.getMetadata().getModel();
        if (named == null || named.isEmpty()) {
            builder.metadata("model", modelName);
        }
        return builder.metadata(RoutingChatModel.RECEIPT, receipt).build();
    }

    static void stamp(ChatResponse response, String candidate, Router<?> router) {
        for (Generation generation : response.getResults()) {
            Incumbent.stamp(generation.getOutput(), candidate, router);
        }
    }

    /** The tokens that the provider counted, or null when it counted none. */
    static @Nullable Usage usage(ChatResponse response) {
        org.springframework.ai.chat.metadata.Usage counted =
                response.getMetadata().getUsage();
        if (counted == null || counted.getPromptTokens() == null || counted.getCompletionTokens() == null) {
            return null;
        }
        int input = counted.getPromptTokens();
        int output = counted.getCompletionTokens();
        if (input == 0 && output == 0) {
            return null; // Spring AI's way to say that nobody counted
        }
        int cached = orZero(counted.getCacheReadInputTokens());
        int written = orZero(counted.getCacheWriteInputTokens());
        if (cached + written > input) {
            input += cached + written; // Anthropic counts them beside the prompt's tokens, the others among them
        }
        return new Usage(input, output, cached, written, 0).told(ToldCost.in(counted.getNativeUsage()));
    }

    private static int orZero(@Nullable Long count) {
        return count == null ? 0 : (int) Math.min(Integer.MAX_VALUE, Math.max(0, count));
    }

    /** Why this is no answer, or null when it is one. */
    static @Nullable String defect(@Nullable ChatResponse response) {
        if (response == null) {
            return "the candidate returned no response";
        }
        List<Generation> generations = response.getResults();
        if (generations == null || generations.isEmpty()) {
            return "the answer has no choices";
        }
        return content(response) == 0 && finishReason(response) == null
                ? "the answer is empty and does not say why"
                : null;
    }

    /** Characters of text, reasoning and tool calls; an attachment counts as one. */
    static int content(ChatResponse response) {
        int sum = 0;
        for (Generation generation : response.getResults()) {
            AssistantMessage message = generation.getOutput();
            sum += length(message.getText()) + message.getMedia().size();
            sum += message.getMetadata().get(REASONING) instanceof String reasoning ? reasoning.length() : 0;
            for (AssistantMessage.ToolCall call : message.getToolCalls()) {
                sum += Math.max(1, length(call.name()) + length(call.arguments()));
            }
        }
        return sum;
    }

    /** Why the first choice ended; null while it has not said. */
    static @Nullable String finishReason(ChatResponse response) {
        for (Generation generation : response.getResults()) {
            String reason = generation.getMetadata().getFinishReason();
            if (reason != null && !reason.isEmpty()) {
                return reason;
            }
        }
        return null;
    }

    static String text(ChatResponse response) {
        Generation first = response.getResult();
        String text = first == null ? null : first.getOutput().getText();
        return text == null ? "" : text;
    }

    static List<AssistantMessage.ToolCall> toolCalls(ChatResponse response) {
        return response.getResults().stream()
                .flatMap(generation -> generation.getOutput().getToolCalls().stream())
                .toList();
    }

    private static int length(@Nullable String text) {
        return text == null ? 0 : text.length();
    }
}
