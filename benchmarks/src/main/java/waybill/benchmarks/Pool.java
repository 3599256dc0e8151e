package waybill.benchmarks;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.output.FinishReason;
import dev.langchain4j.model.output.TokenUsage;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import waybill.routing.Candidate;
import waybill.routing.Price;
import waybill.routing.Profile;

/** Candidates that differ in price, window, quality and speed, over models that answer at once. */
final class Pool {

    private static final ChatResponse ANSWER = ChatResponse.builder()
            .aiMessage(AiMessage.from("done"))
            .modelName("instant")
            .tokenUsage(new TokenUsage(125, 4))
            .finishReason(FinishReason.STOP)
            .build();

    private Pool() {}

    static List<Candidate<ChatModel>> waiting(int size) {
        return candidates(size, i -> new Instant());
    }

    static List<Candidate<StreamingChatModel>> streaming(int size, int tokens) {
        return candidates(size, i -> new InstantStream(tokens));
    }

    static <M> List<Candidate<M>> candidates(int size, IntFunction<M> model) {
        List<Candidate<M>> pool = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            pool.add(Candidate.of("model-" + i, model.apply(i), profile(i)).withModelName("vendor/model-" + i));
        }
        return pool;
    }

    private static Profile profile(int i) {
        BigDecimal input = BigDecimal.valueOf(5 + 17L * (i % 40), 2); // $0.05 to $6.68 per million
        Profile profile = Profile.of(Price.perMillion(
                        input.toPlainString(),
                        input.multiply(BigDecimal.valueOf(4)).toPlainString()))
                .withContext(32_000 << (i % 4))
                .withOutputLimit(8_192)
                .withSpeed(300 + 40L * (i % 10), 40 + 9.0 * (i % 12));
        return i % 3 == 0 ? profile : profile.withQuality(0.4 + 0.011 * (i % 45), "benchmark", LocalDate.EPOCH);
    }

    /** Answers at once and does nothing. */
    static final class Instant implements ChatModel {
        @Override
        public ChatResponse doChat(ChatRequest request) {
            return ANSWER;
        }
    }

    /** Streams so many tokens at once, from the caller's own thread. */
    static final class InstantStream implements StreamingChatModel {
        private final int tokens;

        InstantStream(int tokens) {
            this.tokens = tokens;
        }

        @Override
        public void doChat(ChatRequest request, StreamingChatResponseHandler handler) {
            for (int i = 0; i < tokens; i++) {
                handler.onPartialResponse("token ");
            }
            handler.onCompleteResponse(ANSWER);
        }
    }
}
