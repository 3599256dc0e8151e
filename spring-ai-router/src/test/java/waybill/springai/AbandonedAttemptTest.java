package waybill.springai;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.metadata.ChatGenerationMetadata;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.model.Generation;
import org.springframework.ai.chat.prompt.Prompt;
import reactor.core.publisher.Flux;
import waybill.routing.Candidate;
import waybill.routing.FailureKind;
import waybill.routing.Hedging;
import waybill.routing.Objective;
import waybill.routing.Receipt;
import waybill.testing.contract.VirtualTime;

/** A candidate that heeds neither a cancel nor an interrupt stays counted in flight until it has really ended. */
class AbandonedAttemptTest {

    private static final Duration PAST_THE_LIMITS = Duration.ofSeconds(61);

    private final VirtualTime time = new VirtualTime();
    private final Deaf deaf = new Deaf();
    private final RoutingChatModel.Builder routing = RoutingChatModel.builder(List.of(
                    Candidate.<ChatModel>of("deaf", deaf, Servers.CHEAP),
                    Candidate.<ChatModel>of("second", new Quick(), Servers.DEAR)))
            .objective(Objective.cheapest())
            .tune(router -> router.time(time).timers(time).answerWithin(Duration.ofSeconds(60)));

    @AfterEach
    void letGo() {
        deaf.go.countDown();
    }

    @Test
    void a_stream_that_works_on_the_thread_that_subscribed() throws Exception {
        RoutingChatModel model = routing.build();
        CompletableFuture<List<ChatResponse>> answer = new CompletableFuture<>();
        Thread caller = new Thread(() -> model.stream(new Prompt("hello"))
                .collectList()
                .subscribe(answer::complete, answer::completeExceptionally));
        caller.start();
        judge(model, answer.thenApply(chunks -> chunks.get(chunks.size() - 1)));
        caller.join();
    }

    @Test
    void a_call_on_another_thread() throws Exception {
        RoutingChatModel model = routing.hedge(Hedging.upTo("0.01")).build();
        judge(model, CompletableFuture.supplyAsync(() -> model.call(new Prompt("hello")), task -> new Thread(task)
                .start()));
    }

    private void judge(RoutingChatModel model, CompletableFuture<ChatResponse> answer) throws Exception {
        assertThat(deaf.asked.await(60, SECONDS)).isTrue();
        time.advance(PAST_THE_LIMITS);
        Receipt receipt = RoutingChatModel.receiptOf(answer.get(60, SECONDS)).orElseThrow();
        assertThat(receipt.answeredBy()).contains("second");
        assertThat(receipt.attempts().get(0).failure()).isEqualTo(FailureKind.TIMEOUT);
        assertThat(deaf.cancelled.await(60, SECONDS)).as("it is told to stop").isTrue();
        assertThat(inFlight(model)).as("it has not stopped").isEqualTo(1);
        deaf.go.countDown();
        CountDownLatch never = new CountDownLatch(1);
        for (int i = 0; i < 20_000 && inFlight(model) > 0; i++) {
            assertThat(never.await(1, MILLISECONDS)).isFalse();
        }
        assertThat(inFlight(model)).as("it has stopped").isZero();
    }

    private static int inFlight(RoutingChatModel model) {
        return model.snapshot().of("deaf").orElseThrow().inFlight();
    }

    private static ChatResponse response(String text) {
        return new ChatResponse(List.of(new Generation(
                new AssistantMessage(text),
                ChatGenerationMetadata.builder().finishReason("stop").build())));
    }

    /** Answers when it is let, whatever it is told meanwhile. */
    private static final class Deaf implements ChatModel {
        private final CountDownLatch asked = new CountDownLatch(1);
        private final CountDownLatch cancelled = new CountDownLatch(1);
        private final CountDownLatch go = new CountDownLatch(1);

        @Override
        public ChatResponse call(Prompt prompt) {
            asked.countDown();
            while (true) {
                try {
                    go.await();
                    return response("late");
                } catch (InterruptedException ignored) {
                    cancelled.countDown();
                }
            }
        }

        @Override
        public Flux<ChatResponse> stream(Prompt prompt) {
            return Flux.<ChatResponse>create(sink -> {
                        sink.next(call(prompt));
                        sink.complete();
                    })
                    .doOnCancel(cancelled::countDown);
        }
    }

    private static final class Quick implements ChatModel {

        @Override
        public ChatResponse call(Prompt prompt) {
            return response("quick");
        }

        @Override
        public Flux<ChatResponse> stream(Prompt prompt) {
            return Flux.just(response("quick"));
        }
    }
}
