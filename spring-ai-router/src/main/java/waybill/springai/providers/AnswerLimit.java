package waybill.springai.providers;

import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.openai.OpenAiChatOptions;
import reactor.core.publisher.Flux;

/** Says a prompt's limit on the answer as {@code max_completion_tokens}, where {@code max_tokens} is refused. */
final class AnswerLimit implements ChatModel {

    private final ChatModel model;

    AnswerLimit(ChatModel model) {
        this.model = model;
    }

    @Override
    public ChatResponse call(Prompt prompt) {
        return model.call(renamed(prompt));
    }

    @Override
    public Flux<ChatResponse> stream(Prompt prompt) {
        return model.stream(renamed(prompt));
    }

    @Override
    public ChatOptions getOptions() {
        return model.getOptions();
    }

    private static Prompt renamed(Prompt prompt) {
        if (!(prompt.getOptions() instanceof OpenAiChatOptions options) || options.getMaxTokens() == null) {
            return prompt;
        }
        OpenAiChatOptions.Builder renamed = options.mutate();
        renamed.maxTokens(null);
        renamed.maxCompletionTokens(options.getMaxTokens());
        return new Prompt(prompt.getInstructions(), renamed.build());
    }
}
