package waybill.gateway;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.openai.OpenAiTokenUsage;
import dev.langchain4j.model.output.FinishReason;
import dev.langchain4j.model.output.TokenUsage;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import waybill.x402.StreamOutcome;

/** Writes answers in OpenAI's shapes: a completion, the chunks of a stream, an error. Thread-safe. */
final class AnswerWriter {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    /** What every document of one answer repeats: its id and its time in seconds. */
    record Heading(String id, long created) {}

    private AnswerWriter() {}

    /** A complete answer. */
    static ObjectNode completion(Heading heading, String model, ChatResponse response) {
        ObjectNode document = document(heading, "chat.completion", model);
        ObjectNode choice = document.putArray("choices").addObject();
        choice.put("index", 0);
        ObjectNode message = choice.putObject("message");
        message.put("role", "assistant");
        message.put("content", response.aiMessage().text());
        String thinking = response.aiMessage().thinking();
        if (thinking != null) {
            message.put("reasoning_content", thinking);
        }
        if (response.aiMessage().hasToolExecutionRequests()) {
            ArrayNode calls = message.putArray("tool_calls");
            response.aiMessage().toolExecutionRequests().forEach(request -> {
                ObjectNode call = calls.addObject();
                putCall(call, request);
            });
        }
        choice.put("finish_reason", finishReason(response));
        document.set("usage", usage(response.tokenUsage()));
        return document;
    }

    /** A chunk with this delta. */
    static ObjectNode chunk(Heading heading, String model, ObjectNode delta, @Nullable String finishReason) {
        ObjectNode document = document(heading, "chat.completion.chunk", model);
        ObjectNode choice = document.putArray("choices").addObject();
        choice.put("index", 0);
        choice.set("delta", delta);
        choice.put("finish_reason", finishReason);
        return document;
    }

    /** The chunk after the last, with the usage and no choice. */
    static ObjectNode usageChunk(Heading heading, String model, @Nullable TokenUsage usage) {
        ObjectNode document = document(heading, "chat.completion.chunk", model);
        document.putArray("choices");
        document.set("usage", usage(usage));
        return document;
    }

    /** The chunk that tells what became of the payment, in a stream that was sold by use; it has no choice. */
    static ObjectNode outcomeChunk(Heading heading, String model, StreamOutcome outcome) {
        ObjectNode document = document(heading, "chat.completion.chunk", model);
        document.putArray("choices");
        document.set(StreamOutcome.MEMBER, outcome(outcome));
        return document;
    }

    static ObjectNode outcome(StreamOutcome outcome) {
        return JSON.valueToTree(outcome.json());
    }

    static ObjectNode roleDelta() {
        return NODES.objectNode().put("role", "assistant").put("content", "");
    }

    static ObjectNode noDelta() {
        return NODES.objectNode();
    }

    static ObjectNode textDelta(String text) {
        return NODES.objectNode().put("content", text);
    }

    static ObjectNode thinkingDelta(String text) {
        return NODES.objectNode().put("reasoning_content", text);
    }

    /** The first delta of a tool call, which names it. */
    static ObjectNode toolDelta(int index, String id, String name, String arguments) {
        ObjectNode delta = NODES.objectNode();
        ObjectNode call = delta.putArray("tool_calls").addObject();
        call.put("index", index);
        call.put("id", id);
        call.put("type", "function");
        call.putObject("function").put("name", name).put("arguments", arguments);
        return delta;
    }

    /** A later delta of a tool call: more of its arguments. */
    static ObjectNode argumentsDelta(int index, String arguments) {
        ObjectNode delta = NODES.objectNode();
        ObjectNode call = delta.putArray("tool_calls").addObject();
        call.put("index", index);
        call.putObject("function").put("arguments", arguments);
        return delta;
    }

    static ObjectNode error(ApiError error) {
        ObjectNode document = NODES.objectNode();
        ObjectNode inner = document.putObject("error");
        inner.put("message", error.message());
        inner.put("type", error.type());
        inner.put("param", error.param());
        inner.put("code", error.code());
        return document;
    }

    /**
     * An error that is a bill too: with the offers as version 1 of x402 has them, beside OpenAI's error.
     *
     * @param version1 the body of a 402 of version 1; null when it has no words for what is sold
     */
    static ObjectNode error(ApiError error, @Nullable String version1) {
        ObjectNode document = error(error);
        if (version1 != null) {
            try {
                JsonNode bill = JSON.readTree(version1);
                document.set("x402Version", bill.get("x402Version"));
                document.set("accepts", bill.get("accepts"));
            } catch (JsonProcessingException e) {
                throw new IllegalStateException("a bill of our own is JSON", e);
            }
        }
        return document;
    }

    /** One server-sent event that carries this document. */
    static byte[] event(JsonNode document) {
        return ("data: " + text(document) + "\n\n").getBytes(StandardCharsets.UTF_8);
    }

    static byte[] bytes(JsonNode document) {
        return text(document).getBytes(StandardCharsets.UTF_8);
    }

    static String finishReason(ChatResponse response) {
        FinishReason reason = response.finishReason();
        if (reason == null) {
            return response.aiMessage().hasToolExecutionRequests() ? "tool_calls" : "stop";
        }
        return switch (reason) {
            case STOP, OTHER -> "stop";
            case LENGTH -> "length";
            case TOOL_EXECUTION -> "tool_calls";
            case CONTENT_FILTER -> "content_filter";
        };
    }

    private static ObjectNode document(Heading heading, String kind, String model) {
        ObjectNode document = NODES.objectNode();
        document.put("id", heading.id());
        document.put("object", kind);
        document.put("created", heading.created());
        document.put("model", model);
        return document;
    }

    private static void putCall(ObjectNode call, ToolExecutionRequest request) {
        call.put("id", request.id());
        call.put("type", "function");
        call.putObject("function").put("name", request.name()).put("arguments", request.arguments());
    }

    /** The counts that the provider gave; null when it gave none, because an invented count would be billed by somebody. */
    private static @Nullable JsonNode usage(@Nullable TokenUsage usage) {
        if (usage == null || usage.inputTokenCount() == null || usage.outputTokenCount() == null) {
            return NODES.nullNode();
        }
        ObjectNode node = NODES.objectNode();
        node.put("prompt_tokens", usage.inputTokenCount());
        node.put("completion_tokens", usage.outputTokenCount());
        node.put("total_tokens", usage.totalTokenCount());
        if (usage instanceof OpenAiTokenUsage detailed) {
            if (detailed.inputTokensDetails() != null
                    && detailed.inputTokensDetails().cachedTokens() != null) {
                node.putObject("prompt_tokens_details")
                        .put("cached_tokens", detailed.inputTokensDetails().cachedTokens());
            }
            if (detailed.outputTokensDetails() != null
                    && detailed.outputTokensDetails().reasoningTokens() != null) {
                node.putObject("completion_tokens_details")
                        .put("reasoning_tokens", detailed.outputTokensDetails().reasoningTokens());
            }
        }
        return node;
    }

    private static String text(JsonNode document) {
        try {
            return JSON.writeValueAsString(document);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("A JSON tree could not be written.", e);
        }
    }
}
