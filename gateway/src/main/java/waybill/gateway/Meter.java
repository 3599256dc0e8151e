package waybill.gateway;

import dev.langchain4j.model.openai.OpenAiTokenUsage;
import java.math.BigInteger;
import org.jspecify.annotations.Nullable;
import waybill.x402.Offer;
import waybill.x402.StreamOutcome;
import waybill.x402.TokenCount;
import waybill.x402.TokenPrice;
import waybill.x402.TokenUsage;

/**
 * Counts what is delivered of one answer, at the price of the offer that its payer signed for, and never past its ceiling.
 * Until the model's own count is known the prompt is what the offer takes it for, and what is written is counted piece by
 * piece ({@link TokenCount}). Reasoning that nobody is shown is known from the model's count only. Not thread-safe.
 */
final class Meter {

    private final Offer offer;
    private final TokenPrice price;
    private final long promptTokens;
    private final BigInteger ceiling;
    private final TokenCount text = new TokenCount();
    private final TokenCount reasoning = new TokenCount();
    private TokenUsage usage;
    private boolean full;

    /** A meter of an answer that a model has begun: the prompt is due, whoever leaves before the first piece. */
    Meter(Offer offer) {
        TokenPrice.Quoted quoted = TokenPrice.of(offer)
                .orElseThrow(() -> new IllegalArgumentException("an offer without a price per token"));
        this.offer = offer;
        this.price = quoted.price();
        this.promptTokens = quoted.promptTokens();
        this.ceiling = new BigInteger(offer.amount());
        this.usage = new TokenUsage(promptTokens, 0, 0);
    }

    /** Counts a piece that is about to be delivered; false, and nothing counted, when it would pass the ceiling. */
    boolean takes(String piece, boolean thought) {
        if (piece.isEmpty()) {
            return true;
        }
        TokenUsage with = thought
                ? new TokenUsage(promptTokens, text.tokens(), reasoning.tokensWith(piece))
                : new TokenUsage(promptTokens, text.tokensWith(piece), reasoning.tokens());
        if (price.charge(with).compareTo(ceiling) > 0) {
            full = true;
            return false;
        }
        (thought ? reasoning : text).add(piece);
        usage = with;
        return true;
    }

    /** The tokens written so far. */
    long written() {
        return usage.completion();
    }

    /** What is due for what was delivered so far, by this meter's own count. */
    StreamOutcome counted(StreamOutcome.End end) {
        return outcome(end, usage, false, price.charge(usage));
    }

    /**
     * What is due for a whole answer: by the model's count where it gave one, and at most the ceiling; without one, the
     * ceiling for an answer that passed it.
     *
     * @param reported the model's count, or null
     */
    StreamOutcome whole(dev.langchain4j.model.output.@Nullable TokenUsage reported) {
        TokenUsage counts = reported == null ? null : read(reported);
        if (counts != null) {
            return outcome(StreamOutcome.End.COMPLETE, counts, true, price.charge(counts));
        }
        return full ? outcome(StreamOutcome.End.COMPLETE, usage, false, ceiling) : counted(StreamOutcome.End.COMPLETE);
    }

    private StreamOutcome outcome(StreamOutcome.End end, TokenUsage counts, boolean byModel, BigInteger due) {
        return new StreamOutcome(
                StreamOutcome.State.RUNNING,
                end,
                counts,
                byModel,
                due.min(ceiling),
                ceiling,
                offer.network(),
                offer.asset(),
                "");
    }

    private static @Nullable TokenUsage read(dev.langchain4j.model.output.TokenUsage reported) {
        Integer prompt = reported.inputTokenCount();
        Integer completion = reported.outputTokenCount();
        if (prompt == null || completion == null || prompt < 0 || completion < 0) {
            return null;
        }
        int thought = 0;
        if (reported instanceof OpenAiTokenUsage detailed
                && detailed.outputTokensDetails() != null
                && detailed.outputTokensDetails().reasoningTokens() != null) {
            thought = Math.max(
                    0, Math.min(completion, detailed.outputTokensDetails().reasoningTokens()));
        }
        return new TokenUsage(prompt, completion - thought, thought);
    }
}
