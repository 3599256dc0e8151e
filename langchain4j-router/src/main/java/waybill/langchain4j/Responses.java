package waybill.langchain4j;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.ChatResponseMetadata;
import dev.langchain4j.model.output.TokenUsage;
import org.jspecify.annotations.Nullable;
import waybill.routing.Candidate;
import waybill.routing.Receipt;
import waybill.routing.Router;
import waybill.routing.Usage;

/** What the router reads from a delegate's response, and what it adds. */
final class Responses {

    private static final String OPEN_AI_USAGE = "dev.langchain4j.model.openai.OpenAiTokenUsage";

    private Responses() {}

    /**
     * The response with its receipt, its writer's stamp, and a model name where the delegate gave none. The router is told
     * what can be seen of the answer.
     */
    static RoutedChatResponse routed(
            ChatRequest request,
            ChatResponse response,
            Candidate<?> candidate,
            String modelName,
            Receipt receipt,
            Router<?> router) {
        router.signal(receipt.id(), AnswerCheck.of(request, response));
        return new RoutedChatResponse(
                ChatResponse.builder()
                        .aiMessage(Incumbent.stamp(response.aiMessage(), candidate.name(), router))
                        .metadata(named(response.metadata(), modelName)),
                receipt);
    }

    private static ChatResponseMetadata named(ChatResponseMetadata metadata, String modelName) {
        return metadata.modelName() != null
                ? metadata
                : metadata.toBuilder().modelName(modelName).build();
    }

    /** The tokens that the provider counted, or null when it counted none. */
    static @Nullable Usage usage(ChatResponse response) {
        TokenUsage counted = response.metadata().tokenUsage();
        if (counted == null || counted.inputTokenCount() == null || counted.outputTokenCount() == null) {
            return null;
        }
        if (counted.getClass().getName().equals(OPEN_AI_USAGE)) {
            return OpenAiUsage.of(response.metadata(), counted);
        }
        return Usage.of(counted.inputTokenCount(), counted.outputTokenCount());
    }

    /** This response, when it is an answer. */
    static ChatResponse sound(@Nullable ChatResponse response) {
        String defect = defect(response);
        if (defect != null || response == null) {
            throw new MalformedAnswerException(String.valueOf(defect));
        }
        return response;
    }

    /** Why this is no answer, or null when it is one. */
    static @Nullable String defect(@Nullable ChatResponse response) {
        if (response == null) {
            return "the candidate returned no response";
        }
        ChatResponseMetadata metadata = response.metadata();
        if (isEmpty(response.aiMessage()) && metadata.finishReason() == null) {
            return "the answer is empty and does not say why";
        }
        return null;
    }

    /**
     * Why this stream did not end well, or null when it did. A provider that has given the answer an id ends a stream
     * with a finish reason or a usage; when both are missing the connection was closed half-way.
     */
    static @Nullable String streamDefect(@Nullable ChatResponse response) {
        String defect = defect(response);
        if (defect != null || response == null) {
            return defect;
        }
        ChatResponseMetadata metadata = response.metadata();
        boolean cut = metadata.id() != null && metadata.finishReason() == null && metadata.tokenUsage() == null;
        return cut ? "the stream ended without a finish reason" : null;
    }

    private static boolean isEmpty(AiMessage message) {
        return (message.text() == null || message.text().isEmpty())
                && !message.hasToolExecutionRequests()
                && message.thinking() == null
                && message.images().isEmpty();
    }
}
