package waybill.x402;

import java.math.BigInteger;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What one answer of a language model used, in the model's tokens.
 *
 * @param prompt what was read
 * @param output what was written, without reasoning
 * @param reasoning what was thought before and between, shown to the reader or not
 */
public record TokenUsage(long prompt, long output, long reasoning) {
    private static final long MOST = 1_000_000_000_000L;

    /** Nothing read, nothing written. */
    public static final TokenUsage NONE = new TokenUsage(0, 0, 0);

    public TokenUsage {
        require(prompt, "prompt");
        require(output, "output");
        require(reasoning, "reasoning");
    }

    /** What was written in all, reasoning included, as model servers report it. */
    public long completion() {
        return output + reasoning;
    }

    /** In the words of model servers, under which {@code completion_tokens} holds the reasoning too. */
    public Map<String, @Nullable Object> json() {
        Map<String, @Nullable Object> out = new LinkedHashMap<>();
        out.put("prompt_tokens", prompt);
        out.put("completion_tokens", completion());
        out.put("reasoning_tokens", reasoning);
        return out;
    }

    static TokenUsage read(JsonObject json) {
        long completion = count(json, "completion_tokens");
        long reasoning = count(json, "reasoning_tokens");
        return new TokenUsage(count(json, "prompt_tokens"), completion - reasoning, reasoning);
    }

    private static long count(JsonObject json, String key) {
        BigInteger tokens = json.unsigned(key);
        if (tokens.bitLength() > 62) {
            throw new IllegalArgumentException(key + " is more than anybody can count");
        }
        return tokens.longValueExact();
    }

    private static void require(long tokens, String what) {
        if (tokens < 0 || tokens > MOST) {
            throw new IllegalArgumentException(what + " tokens are 0 to " + MOST + ", not " + tokens);
        }
    }
}
