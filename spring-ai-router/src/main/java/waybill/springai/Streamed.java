package waybill.springai;

import org.jspecify.annotations.Nullable;
import org.springframework.ai.chat.model.ChatResponse;
import waybill.routing.Usage;

/**
 * How a candidate's stream ended.
 *
 * @param last the last chunk, not yet passed on when it holds no content; null when every chunk was passed on
 * @param usage the tokens that the provider counted; null when it counted none
 * @param finishReason why it ended; null when it did not say
 */
record Streamed(@Nullable ChatResponse last, @Nullable Usage usage, @Nullable String finishReason) {}
