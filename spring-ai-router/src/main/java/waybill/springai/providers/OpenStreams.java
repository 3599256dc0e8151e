package waybill.springai.providers;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.chat.messages.Message;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.openai.OpenAiChatOptions;
import reactor.core.publisher.Flux;

/**
 * A model whose streams leave the provider when they are cancelled, even before the answer has begun. The SDK sends on a
 * thread of its own and cancels nothing until a status has come, so each stream's request carries a mark by which the
 * transport finds whose it is, and how that one leaves is kept here. The mark never leaves the process. Thread-safe.
 */
final class OpenStreams {

    /** The header that holds the mark between the model and the transport. */
    static final String MARK = "waybill-stream";

    private final AtomicLong last = new AtomicLong();
    private final Map<String, Leaving> open = new ConcurrentHashMap<>();

    /** The same model, whose streams are marked. */
    ChatModel over(ChatModel model) {
        return new Marked(model);
    }

    /** The stream that this mark names; null when it is over, or its caller has left. */
    @Nullable
    Leaving named(String mark) {
        return open.get(mark);
    }

    /** How one stream leaves its provider. */
    static final class Leaving {

        private boolean left;
        private @Nullable Runnable way;

        /** Leaves in this way when the caller does, or at once when it has left. */
        void by(Runnable found) {
            synchronized (this) {
                if (!left) {
                    way = found;
                    return;
                }
            }
            found.run();
        }

        void now() {
            Runnable known;
            synchronized (this) {
                left = true;
                known = way;
            }
            if (known != null) {
                known.run();
            }
        }
    }

    private final class Marked implements ChatModel {

        private final ChatModel model;

        Marked(ChatModel model) {
            this.model = model;
        }

        @Override
        public ChatResponse call(Prompt prompt) {
            return model.call(prompt);
        }

        @Override
        public Flux<ChatResponse> stream(Prompt prompt) {
            ChatOptions asked = prompt.getOptions() == null ? model.getOptions() : prompt.getOptions();
            if (!(asked instanceof OpenAiChatOptions options)) {
                return model.stream(prompt);
            }
            List<Message> messages = prompt.getInstructions();
            return Flux.defer(() -> {
                String mark = Long.toString(last.incrementAndGet());
                Leaving leaving = new Leaving();
                open.put(mark, leaving);
                return model.stream(new Prompt(messages, marked(options, mark)))
                        .doOnCancel(leaving::now)
                        .doFinally(end -> open.remove(mark));
            });
        }

        @Override
        public ChatOptions getOptions() {
            return model.getOptions();
        }

        private static OpenAiChatOptions marked(OpenAiChatOptions options, String mark) {
            Map<String, String> headers =
                    new HashMap<>(options.getCustomHeaders() == null ? Map.of() : options.getCustomHeaders());
            headers.put(MARK, mark);
            OpenAiChatOptions.Builder builder = options.mutate();
            builder.customHeaders(headers);
            return builder.build();
        }
    }
}
