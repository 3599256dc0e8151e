package waybill.langchain4j;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.output.FinishReason;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import waybill.routing.Candidate;
import waybill.routing.FailureKind;
import waybill.routing.Objective;
import waybill.routing.Receipt;
import waybill.routing.Snapshot;
import waybill.testing.contract.VirtualTime;

/** A candidate that heeds neither a cancel nor an interrupt stays counted in flight until it has really ended. */
class AbandonedAttemptTest {

    private static final Duration PAST_THE_LIMITS = Duration.ofSeconds(61);
    private static final ChatRequest HELLO =
            ChatRequest.builder().messages(UserMessage.from("hello")).build();

    private final VirtualTime time = new VirtualTime();
    private final CountDownLatch asked = new CountDownLatch(1);
    private final CountDownLatch go = new CountDownLatch(1);
    private final CountDownLatch interrupted = new CountDownLatch(1);

    @AfterEach
    void letGo() {
        go.countDown();
    }

    @Test
    void a_call_on_another_thread() throws Exception {
        RoutingChatModel model = RoutingChatModel.builder(List.of(
                        Candidate.<ChatModel>of("deaf", new Deaf(), Servers.CHEAP),
                        Candidate.<ChatModel>of("second", new Quick(), Servers.DEAR)))
                .objective(Objective.cheapest())
                .tune(router -> router.time(time).timers(time).answerWithin(Duration.ofSeconds(60)))
                .build();
        CompletableFuture<ChatResponse> answer = model.chatAsync(HELLO);
        passTheLimit();
        judge(answer.get(60, SECONDS));
        assertThat(interrupted.await(60, SECONDS)).as("it is told to stop").isTrue();
        judge(model::snapshot);
    }

    @Test
    void a_stream_without_a_way_to_cancel_it() throws Exception {
        Heard heard = new Heard();
        RoutingStreamingChatModel model = RoutingStreamingChatModel.builder(List.of(
                        Candidate.<StreamingChatModel>of("deaf", new DeafStream(), Servers.CHEAP),
                        Candidate.<StreamingChatModel>of("second", new QuickStream(), Servers.DEAR)))
                .objective(Objective.cheapest())
                .tune(router -> router.time(time).timers(time))
                .build();
        model.chat(HELLO, heard);
        passTheLimit();
        heard.awaitEnd();
        judge(heard.response());
        judge(model::snapshot);
        assertThat(heard.endings()).isEqualTo(1);
        assertThat(heard.text()).isEqualTo("quick");
    }

    private void passTheLimit() throws InterruptedException {
        assertThat(asked.await(60, SECONDS)).isTrue();
        time.advance(PAST_THE_LIMITS);
    }

    private static void judge(ChatResponse response) {
        Receipt receipt = RoutedChatResponse.receiptOf(response).orElseThrow();
        assertThat(receipt.answeredBy()).contains("second");
        assertThat(receipt.attempts().get(0).failure()).isEqualTo(FailureKind.TIMEOUT);
    }

    private void judge(Supplier<Snapshot> snapshot) throws InterruptedException {
        assertThat(inFlight(snapshot)).as("it has not stopped").isEqualTo(1);
        go.countDown();
        CountDownLatch never = new CountDownLatch(1);
        for (int i = 0; i < 20_000 && inFlight(snapshot) > 0; i++) {
            assertThat(never.await(1, MILLISECONDS)).isFalse();
        }
        assertThat(inFlight(snapshot)).as("it has stopped").isZero();
    }

    private static int inFlight(Supplier<Snapshot> snapshot) {
        return snapshot.get().of("deaf").orElseThrow().inFlight();
    }

    private ChatResponse late() {
        asked.countDown();
        while (true) {
            try {
                go.await();
                return response("late");
            } catch (InterruptedException ignored) {
                interrupted.countDown();
            }
        }
    }

    private static ChatResponse response(String text) {
        return ChatResponse.builder()
                .aiMessage(AiMessage.from(text))
                .finishReason(FinishReason.STOP)
                .build();
    }

    /** Answers when it is let, whatever it is told meanwhile. */
    private final class Deaf implements ChatModel {

        @Override
        public ChatResponse doChat(ChatRequest request) {
            return late();
        }
    }

    private final class DeafStream implements StreamingChatModel {

        @Override
        public void doChat(ChatRequest request, StreamingChatResponseHandler handler) {
            Thread worker = new Thread(() -> handler.onCompleteResponse(late()));
            worker.setDaemon(true);
            worker.start();
        }
    }

    private static final class Quick implements ChatModel {

        @Override
        public ChatResponse doChat(ChatRequest request) {
            return response("quick");
        }
    }

    private static final class QuickStream implements StreamingChatModel {

        @Override
        public void doChat(ChatRequest request, StreamingChatResponseHandler handler) {
            handler.onPartialResponse("quick");
            handler.onCompleteResponse(response("quick"));
        }
    }
}
