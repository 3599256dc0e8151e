package waybill.springai;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.messages.Message;
import org.springframework.ai.chat.messages.SystemMessage;
import org.springframework.ai.chat.messages.ToolResponseMessage;
import org.springframework.ai.chat.messages.UserMessage;
import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.content.Media;
import org.springframework.ai.model.tool.StructuredOutputChatOptions;
import org.springframework.ai.model.tool.ToolCallingChatOptions;
import org.springframework.ai.tool.ToolCallback;
import org.springframework.ai.tool.definition.ToolDefinition;
import waybill.routing.Conversation;
import waybill.routing.Features;
import waybill.routing.Modality;
import waybill.routing.Needs;
import waybill.routing.TextSignals;
import waybill.routing.TokenEstimate;
import waybill.routing.learned.ToolText;
import waybill.routing.learned.Wording;

/** Reads the features of a prompt, message by message, once. */
final class PromptFeatures {

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

    private PromptFeatures() {}

    static Features of(Prompt prompt) {
        return new PromptFeatures().read(prompt);
    }

    private Features read(Prompt prompt) {
        List<Message> messages = prompt.getInstructions();
        for (Message message : messages) {
            int before = tokens;
            read(message);
            tokens += Features.TOKENS_PER_MESSAGE;
            lastMessageTokens = tokens - before;
        }
        ChatOptions options = prompt.getOptions();
        List<ToolDefinition> tools = tools(options);
        int toolCharacters = tools.stream().mapToInt(PromptFeatures::characters).sum();
        int schemaCharacters = schemaCharacters(options);
        Integer asked = options == null ? null : options.getMaxTokens();
        return new Features(
                tokens + (toolCharacters + schemaCharacters + 3) / 4,
                characters,
                asked == null ? 0 : Math.max(0, asked),
                new Needs(tools.size(), toolCharacters, schemaCharacters > 0, modalities, images),
                new Conversation(turns, systemCharacters, tokens - lastMessageTokens, endsWithToolResult(messages)),
                TextSignals.of(lastUserText, lastUserTokens),
                Wording.of(lastUserText, tools.stream().map(ToolSchema::text).toList()));
    }

    private void read(Message message) {
        if (message instanceof SystemMessage) {
            systemCharacters += length(message.getText());
            text(message.getText());
        } else if (message instanceof UserMessage user) {
            lastUserText = user.getText() == null ? "" : user.getText();
            int before = tokens;
            text(lastUserText);
            lastUserTokens = tokens - before;
            user.getMedia().forEach(this::attachment);
        } else if (message instanceof AssistantMessage answer) {
            turns++;
            text(answer.getText());
            answer.getToolCalls().forEach(call -> text(call.arguments()));
            answer.getMedia().forEach(this::attachment);
        } else if (message instanceof ToolResponseMessage results) {
            results.getResponses().forEach(result -> text(result.responseData()));
        } else {
            text(message.getText());
        }
    }

    private void attachment(Media media) {
        tokens += TOKENS_PER_ATTACHMENT;
        Modality modality = modality(media);
        modalities.add(modality);
        images += modality == Modality.IMAGE ? 1 : 0;
    }

    private static Modality modality(Media media) {
        return switch (media.getMimeType().getType()) {
            case "image" -> Modality.IMAGE;
            case "audio" -> Modality.AUDIO;
            case "video" -> Modality.VIDEO;
            case "text" -> Modality.TEXT;
            default -> Modality.PDF;
        };
    }

    private void text(@Nullable String text) {
        if (text != null) {
            characters += text.length();
            tokens += TokenEstimate.of(text);
        }
    }

    private static boolean endsWithToolResult(List<Message> messages) {
        return !messages.isEmpty() && messages.get(messages.size() - 1) instanceof ToolResponseMessage;
    }

    private static List<ToolDefinition> tools(@Nullable ChatOptions options) {
        return options instanceof ToolCallingChatOptions calling && calling.getToolCallbacks() != null
                ? calling.getToolCallbacks().stream()
                        .map(ToolCallback::getToolDefinition)
                        .toList()
                : List.of();
    }

    private static int characters(ToolDefinition tool) {
        return length(tool.name()) + length(tool.description()) + length(tool.inputSchema());
    }

    private static int schemaCharacters(@Nullable ChatOptions options) {
        return options instanceof StructuredOutputChatOptions structured ? length(structured.getOutputSchema()) : 0;
    }

    private static int length(@Nullable String text) {
        return text == null ? 0 : text.length();
    }

    /** What is read of a tool's schema: the names of its parameters, without parsing JSON for it. */
    private static final class ToolSchema {

        private static final int LONGEST = 20_000;

        private ToolSchema() {}

        static ToolText text(ToolDefinition tool) {
            String description = tool.description();
            return new ToolText(tool.name(), description == null ? "" : description, parameters(tool.inputSchema()));
        }

        /** The keys one level below the outermost {@code "properties"}, as far as quotes and braces show them. */
        private static List<String> parameters(@Nullable String schema) {
            if (schema == null) {
                return List.of();
            }
            String text = schema.length() > LONGEST ? schema.substring(0, LONGEST) : schema;
            int at = text.indexOf("\"properties\"");
            int open = at < 0 ? -1 : text.indexOf('{', at);
            return open < 0 ? List.of() : new TopLevelKeys(text, open + 1).read();
        }
    }
}
