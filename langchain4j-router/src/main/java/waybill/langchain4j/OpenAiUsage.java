package waybill.langchain4j;

import dev.langchain4j.model.openai.OpenAiTokenUsage;
import dev.langchain4j.model.output.TokenUsage;
import org.jspecify.annotations.Nullable;
import waybill.routing.Usage;

/** Reads cached and reasoning tokens where OpenAI's module counted them; loaded only when that module is present. */
final class OpenAiUsage {

    private OpenAiUsage() {}

    static Usage of(TokenUsage counted) {
        OpenAiTokenUsage usage = (OpenAiTokenUsage) counted;
        Integer cached = usage.inputTokensDetails() == null
                ? null
                : usage.inputTokensDetails().cachedTokens();
        Integer reasoning = usage.outputTokensDetails() == null
                ? null
                : usage.outputTokensDetails().reasoningTokens();
        return new Usage(usage.inputTokenCount(), usage.outputTokenCount(), orZero(cached), 0, orZero(reasoning));
    }

    private static int orZero(@Nullable Integer count) {
        return count == null ? 0 : count;
    }
}
