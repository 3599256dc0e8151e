package waybill.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.InternalServerException;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.output.FinishReason;
import dev.langchain4j.model.output.TokenUsage;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import waybill.routing.Candidate;
import waybill.routing.Hints;
import waybill.routing.Price;
import waybill.routing.Profile;
import waybill.routing.RouterBuilder;

/** What a router remembers is bounded: a million calls, half of them streamed, leave no more behind than the first. */
@Tag("slow")
class HeapTest {

    private static final long WARM = 50_000;
    private static final long EACH = 500_000;

    /** Two bytes a call: the smallest object that a call could leave behind takes eight times that. */
    private static final long MOST_GROWTH = 2 * (EACH - WARM);

    private final AtomicLong attempts = new AtomicLong();

    @Test
    void half_a_million_calls_leave_the_heap_as_it_was() throws InterruptedException {
        RoutingChatModel model = RoutingChatModel.builder(candidates((ChatModel) new Waiting()))
                .tune(HeapTest::everythingThatRemembers)
                .build();
        assertThat(growth(call -> {
                    ChatResponse answer = model.chat(request(call), Hints.NONE.withSession("session " + call));
                    if (call % 10 == 0) {
                        model.feedback(
                                RoutedChatResponse.receiptOf(answer)
                                        .orElseThrow()
                                        .id(),
                                (call % 3) / 2.0);
                    }
                }))
                .isLessThan(MOST_GROWTH);
    }

    @Test
    void half_a_million_streams_leave_the_heap_as_it_was() throws InterruptedException {
        RoutingStreamingChatModel model = RoutingStreamingChatModel.builder(
                        candidates((StreamingChatModel) new Streaming()))
                .tune(HeapTest::everythingThatRemembers)
                .build();
        assertThat(growth(call -> {
                    Heard heard = new Heard();
                    model.chat(request(call), Hints.NONE.withSession("session " + call), heard);
                    heard.awaitEnd();
                }))
                .isLessThan(MOST_GROWTH);
    }

    /** By how many bytes the live heap grows between the calls that fill every memory and the last. */
    private static long growth(Caller caller) throws InterruptedException {
        for (long call = 0; call < WARM; call++) {
            caller.call(call);
        }
        long before = live();
        for (long call = WARM; call < EACH; call++) {
            caller.call(call);
        }
        return live() - before;
    }

    /** Bytes in use after collections; the least of a few, as one may leave what only a reference queue still holds. */
    private static long live() {
        long least = Long.MAX_VALUE;
        for (int i = 0; i < 5; i++) {
            System.gc();
            least = Math.min(
                    least,
                    ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed());
        }
        return least;
    }

    private interface Caller {
        void call(long number) throws InterruptedException;
    }

    private static void everythingThatRemembers(RouterBuilder<?> router) {
        router.spendCap("1000000", Duration.ofHours(1))
                .budget("100")
                .inFlight(4, 4)
                .withoutCoolDowns();
    }

    private static <M> List<Candidate<M>> candidates(M model) {
        Profile profile = Profile.of(Price.perMillion("0.40", "1.60")).withOutputLimit(1_000);
        return List.of(
                Candidate.of("one", model, profile),
                Candidate.of("two", model, profile.withPrice(Price.perMillion("2", "8"))),
                Candidate.of("three", model, profile.withPrice(Price.perCall("0.001"))));
    }

    private static ChatRequest request(long call) {
        return ChatRequest.builder()
                .messages(UserMessage.from("What is " + call + " times 3? Explain briefly."))
                .build();
    }

    private ChatResponse answer(long attempt) {
        if (attempt % 20 == 0) {
            throw new InternalServerException("busy");
        }
        ToolExecutionRequest tool = ToolExecutionRequest.builder()
                .id("call " + attempt)
                .name("times")
                .arguments("{}")
                .build();
        return ChatResponse.builder()
                .aiMessage(attempt % 3 == 0 ? AiMessage.from(tool) : AiMessage.from("done"))
                .tokenUsage(new TokenUsage(20, 4))
                .finishReason(attempt % 3 == 0 ? FinishReason.TOOL_EXECUTION : FinishReason.STOP)
                .build();
    }

    private final class Waiting implements ChatModel {
        @Override
        public ChatResponse doChat(ChatRequest request) {
            return answer(attempts.incrementAndGet());
        }
    }

    private final class Streaming implements StreamingChatModel {
        @Override
        public void doChat(ChatRequest request, StreamingChatResponseHandler handler) {
            try {
                ChatResponse answer = answer(attempts.incrementAndGet());
                if (answer.aiMessage().text() != null) {
                    handler.onPartialResponse(answer.aiMessage().text());
                }
                handler.onCompleteResponse(answer);
            } catch (InternalServerException busy) {
                handler.onError(busy);
            }
        }
    }
}
