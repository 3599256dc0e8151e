package waybill.langchain4j;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.Content;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ResponseFormat;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import waybill.routing.Conversation;
import waybill.routing.Features;
import waybill.routing.Modality;
import waybill.routing.Needs;
import waybill.routing.TextSignals;
import waybill.routing.TokenEstimate;
import waybill.routing.learned.ToolText;
import waybill.routing.learned.Wording;

/** Reads the features of a request, message by message, once. */
final class RequestFeatures {

    /** A picture, a page or a clip of middling size, in tokens: providers count them each in their own way. */
    private static final int TOKENS_PER_ATTACHMENT = 1_000;

    private final Set<Modality> modalities = EnumSet.of(Modality.TEXT);
    private int characters;
    private int tokens;
    private int lastMessageTokens;
    private int images;
    private int turns;
    private int systemCharacters;
    private String lastUserText = "";
    private int lastUserTokens;

    private RequestFeatures() {}

    static Features of(ChatRequest request) {
        return new RequestFeatures().read(request);
    }

    private Features read(ChatRequest request) {
        List<ChatMessage> messages = request.messages();
        for (ChatMessage message : messages) {
            int before = tokens;
            read(message);
            tokens += Features.TOKENS_PER_MESSAGE;
            lastMessageTokens = tokens - before;
        }
        int history = tokens - lastMessageTokens;
        int toolCharacters = toolCharacters(request.toolSpecifications());
        int schemaCharacters = schemaCharacters(request.responseFormat());
        return new Features(
                tokens + (toolCharacters + schemaCharacters + 3) / 4,
                characters,
                request.maxOutputTokens() == null ? 0 : request.maxOutputTokens(),
                new Needs(size(request.toolSpecifications()), toolCharacters, schemaCharacters > 0, modalities, images),
                new Conversation(turns, systemCharacters, history, endsWithToolResult(messages)),
                TextSignals.of(lastUserText, lastUserTokens),
                Wording.of(lastUserText, tools(request.toolSpecifications())));
    }

    private void read(ChatMessage message) {
        if (message instanceof SystemMessage system) {
            systemCharacters += system.text().length();
            text(system.text());
        } else if (message instanceof UserMessage user) {
            if (user.hasSingleText()) {
                int before = tokens;
                lastUserText = user.singleText();
                text(lastUserText);
                lastUserTokens = tokens - before;
            } else {
                lastUserText = contents(user.contents());
                lastUserTokens = TokenEstimate.of(lastUserText);
            }
        } else if (message instanceof AiMessage answer) {
            turns++;
            text(answer.text());
            for (ToolExecutionRequest call : answer.toolExecutionRequests()) {
                text(call.arguments());
            }
        } else if (message instanceof ToolExecutionResultMessage result) {
            var unused = contents(result.contents());
        } else {
            text(message.toString());
        }
    }

    /** Counts the contents and returns their text. */
    private String contents(List<Content> contents) {
        StringBuilder all = new StringBuilder();
        for (Content content : contents) {
            if (content instanceof TextContent text) {
                text(text.text());
                all.append(all.isEmpty() ? "" : "\n").append(text.text());
            } else {
                tokens += TOKENS_PER_ATTACHMENT;
                Modality modality = Modality.valueOf(content.type().name());
                modalities.add(modality);
                images += modality == Modality.IMAGE ? 1 : 0;
            }
        }
        return all.toString();
    }

    private void text(@Nullable String text) {
        if (text != null) {
            characters += text.length();
            tokens += TokenEstimate.of(text);
        }
    }

    private static boolean endsWithToolResult(List<ChatMessage> messages) {
        return !messages.isEmpty() && messages.get(messages.size() - 1) instanceof ToolExecutionResultMessage;
    }

    private static int size(@Nullable List<?> list) {
        return list == null ? 0 : list.size();
    }

    private static List<ToolText> tools(@Nullable List<ToolSpecification> tools) {
        return tools == null
                ? List.of()
                : tools.stream().map(RequestFeatures::tool).toList();
    }

    private static ToolText tool(ToolSpecification tool) {
        return new ToolText(
                tool.name(),
                tool.description() == null ? "" : tool.description(),
                tool.parameters() == null
                        ? List.of()
                        : List.copyOf(tool.parameters().properties().keySet()));
    }

    private static int toolCharacters(@Nullable List<ToolSpecification> tools) {
        int sum = 0;
        for (ToolSpecification tool : tools == null ? List.<ToolSpecification>of() : tools) {
            sum += tool.name().length();
            sum += tool.description() == null ? 0 : tool.description().length();
            sum += tool.parameters() == null ? 0 : tool.parameters().toString().length();
        }
        return sum;
    }

    private static int schemaCharacters(@Nullable ResponseFormat format) {
        return format == null || format.jsonSchema() == null
                ? 0
                : format.jsonSchema().toString().length();
    }
}
