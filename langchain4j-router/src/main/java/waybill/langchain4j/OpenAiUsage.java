package waybill.langchain4j;

import dev.langchain4j.http.client.SuccessfulHttpResponse;
import dev.langchain4j.http.client.sse.ServerSentEvent;
import dev.langchain4j.model.chat.response.ChatResponseMetadata;
import dev.langchain4j.model.openai.OpenAiChatResponseMetadata;
import dev.langchain4j.model.openai.OpenAiTokenUsage;
import dev.langchain4j.model.output.TokenUsage;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import waybill.routing.Usage;

/**
 * Reads what OpenAI's module keeps beside the tokens: cached and reasoning ones, and the dollars that OpenRouter writes into
 * {@code usage.cost}. Loaded only when that module is present.
 */
final class OpenAiUsage {

    /** A name with its quotes is found in no text of an answer, where they are escaped. */
    private static final String USAGE = "\"usage\"";

    private static final Pattern COST = Pattern.compile("\"cost\"\\s*:\\s*([0-9][0-9.eE+-]{0,29})\\s*[,}]");

    /** The usage is in the last event that says anything, or close before it. */
    private static final int LAST_EVENTS = 4;

    private OpenAiUsage() {}

    static Usage of(ChatResponseMetadata metadata, TokenUsage counted) {
        OpenAiTokenUsage usage = (OpenAiTokenUsage) counted;
        Integer cached = usage.inputTokensDetails() == null
                ? null
                : usage.inputTokensDetails().cachedTokens();
        Integer reasoning = usage.outputTokensDetails() == null
                ? null
                : usage.outputTokensDetails().reasoningTokens();
        Usage tokens =
                new Usage(usage.inputTokenCount(), usage.outputTokenCount(), orZero(cached), 0, orZero(reasoning));
        return metadata instanceof OpenAiChatResponseMetadata raw ? tokens.told(cost(raw)) : tokens;
    }

    private static @Nullable String cost(OpenAiChatResponseMetadata metadata) {
        List<ServerSentEvent> events = metadata.rawServerSentEvents();
        if (events != null && !events.isEmpty()) {
            for (int i = events.size() - 1; i >= Math.max(0, events.size() - LAST_EVENTS); i--) {
                String told = costIn(events.get(i).data());
                if (told != null) {
                    return told;
                }
            }
            return null;
        }
        SuccessfulHttpResponse response = metadata.rawHttpResponse();
        return response == null ? null : costIn(response.body());
    }

    private static @Nullable String costIn(@Nullable String json) {
        int usage = json == null ? -1 : json.lastIndexOf(USAGE);
        if (json == null || usage < 0) {
            return null;
        }
        Matcher cost = COST.matcher(json);
        return cost.find(usage) ? cost.group(1) : null;
    }

    private static int orZero(@Nullable Integer count) {
        return count == null ? 0 : count;
    }
}
