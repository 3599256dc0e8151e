package waybill.langchain4j;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatModelStreamingEvent;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.CompleteResponse;
import dev.langchain4j.model.chat.response.PartialResponse;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Flow;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import waybill.routing.BrokenStreamException;
import waybill.routing.Candidate;
import waybill.routing.FailureKind;
import waybill.routing.Hints;
import waybill.routing.Objective;
import waybill.routing.Price;
import waybill.routing.Profile;
import waybill.routing.Receipt;
import waybill.routing.RouterBuilder;
import waybill.routing.RoutingException;
import waybill.testing.Answer;
import waybill.testing.Outcome;
import waybill.testing.ScriptedModelServer;
import waybill.testing.contract.VirtualTime;

class RoutingStreamingChatModelTest {

    private static final String LONG_TEXT = "one two three four five six seven eight nine ten";

    private final ScriptedModelServer server = ScriptedModelServer.start();
    private final Heard heard = new Heard();
    private final VirtualTime time = new VirtualTime();

    @AfterEach
    void stop() {
        server.close();
    }

    private RoutingStreamingChatModel.Builder routing() {
        return RoutingStreamingChatModel.builder(List.of(
                        Candidate.<StreamingChatModel>of("first", Servers.streaming(server, "first"), Servers.CHEAP),
                        Candidate.<StreamingChatModel>of("second", Servers.streaming(server, "second"), Servers.DEAR)))
                .objective(Objective.cheapest());
    }

    /** The same, in a time that passes when it is told to. */
    private RoutingStreamingChatModel.Builder routing(Consumer<RouterBuilder<StreamingChatModel>> limits) {
        return routing().tune(router -> limits.accept(router.time(time).timers(time)));
    }

    /** Lets the first candidate's time run out once it has been asked. */
    private void runOut() throws InterruptedException {
        server.awaitRequests(1, Duration.ofSeconds(60));
        assertThat(time.awaitTimerWithin(Duration.ofMillis(1_201), Duration.ofSeconds(60)))
                .isTrue();
        time.advance(Duration.ofMillis(1_201));
    }

    private static ChatRequest hello() {
        return ChatRequest.builder().messages(UserMessage.from("hello")).build();
    }

    private Receipt receipt() {
        return RoutedChatResponse.receiptOf(heard.response()).orElseThrow();
    }

    @Test
    void streams_token_by_token_with_usage_and_receipt() throws Exception {
        server.answer("first", Answer.text(LONG_TEXT).usage(100, 50));
        routing().build().chat(hello(), heard);
        heard.awaitEnd();
        assertThat(heard.text()).isEqualTo(LONG_TEXT);
        assertThat(heard.tokens().size()).isGreaterThan(5);
        assertThat(heard.response().aiMessage().text()).isEqualTo(LONG_TEXT);
        assertThat(heard.response().aiMessage().attributes()).containsEntry("waybill.candidate", "first");
        assertThat(receipt().cost()).hasToString("$0.00003");
        assertThat(receipt().attempts().get(0).firstContent()).isNotNull();
    }

    @Test
    void a_malformed_first_event_moves_on_and_is_not_heard() throws Exception {
        server.answer("first", Answer.text(LONG_TEXT).malformedAfter(0)).answer("second", Answer.text("saved"));
        routing().build().chat(hello(), heard);
        heard.awaitEnd();
        assertThat(heard.text()).isEqualTo("saved");
        assertThat(heard.endings()).isEqualTo(1);
        assertThat(receipt().attempts().get(0).failure()).isEqualTo(FailureKind.MALFORMED);
    }

    @Test
    void silence_before_the_first_token_moves_on() throws Exception {
        server.answer("first", Answer.hang()).answer("second", Answer.text("saved"));
        routing(router -> router.firstContentWithin(Duration.ofMillis(1_200)))
                .build()
                .chat(hello(), heard);
        runOut();
        heard.awaitEnd();
        assertThat(heard.text()).isEqualTo("saved");
        assertThat(receipt().attempts().get(0).failure()).isEqualTo(FailureKind.TIMEOUT);
    }

    @Test
    void a_stream_that_opens_and_then_says_nothing_moves_on() throws Exception {
        server.answer("first", Answer.text(LONG_TEXT).stallAfter(0)).answer("second", Answer.text("saved"));
        routing(router -> router.firstContentWithin(Duration.ofMillis(1_200)))
                .build()
                .chat(hello(), heard);
        runOut();
        heard.awaitEnd();
        assertThat(heard.text()).isEqualTo("saved");
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"cut", "reset", "malformed"})
    void after_the_commit_a_broken_stream_is_a_typed_error_with_the_partial_text(String how) throws Exception {
        Answer answer = Answer.text(LONG_TEXT).tokensPerSecond(20);
        server.answer(
                        "first",
                        switch (how) {
                            case "cut" -> answer.cutAfter(4);
                            case "reset" -> answer.resetAfter(4);
                            default -> answer.malformedAfter(4);
                        })
                .answer("second", Answer.text("never"));
        routing().build().chat(hello(), heard);
        heard.awaitEnd();
        assertThat(heard.error()).isInstanceOfSatisfying(BrokenStreamException.class, broken -> {
            assertThat(broken.partialText()).isEqualTo(heard.text()).isNotEmpty();
            assertThat(LONG_TEXT).startsWith(broken.partialText());
            assertThat(broken.kind()).contains(FailureKind.MALFORMED);
        });
        assertThat(server.requests("second")).isEmpty();
        assertThat(heard.endings()).isEqualTo(1);
    }

    @Test
    void tool_calls_commit_and_come_through_whole() throws Exception {
        server.answer("first", Answer.toolCall("price", "{\"asset\":\"ETH\"}"));
        routing().build().chat(hello(), heard);
        heard.awaitEnd();
        assertThat(heard.toolParts()).isPositive();
        assertThat(heard.response().aiMessage().toolExecutionRequests().get(0).arguments())
                .isEqualTo("{\"asset\":\"ETH\"}");
        assertThat(receipt().attempts().get(0).firstContent()).isNotNull();
    }

    @Test
    void a_cancel_reaches_the_provider_and_nothing_follows() throws Exception {
        server.answer("first", Answer.text(LONG_TEXT.repeat(50)).tokensPerSecond(40));
        routing().build().chat(hello(), heard);
        heard.awaitFirstToken();
        heard.handle().cancel();
        int tokens = heard.tokens().size();
        assertThat(heard.handle().isCancelled()).isTrue();
        assertThat(server.requests().get(0).outcome().get(60, SECONDS)).isEqualTo(Outcome.CLIENT_LEFT);
        assertThat(heard.tokens().size()).isBetween(tokens, tokens + 1);
        assertThat(heard.endings()).isZero();
        assertThat(server.requests("second")).isEmpty();
    }

    @Test
    void a_deadline_covers_the_whole_stream() throws Exception {
        server.answer("first", Answer.text(LONG_TEXT.repeat(50)).tokensPerSecond(40));
        routing(router -> {}).build().chat(hello(), Hints.NONE.withDeadline(Duration.ofMillis(1_500)), heard);
        heard.awaitFirstToken();
        time.advance(Duration.ofMillis(1_501));
        heard.awaitEnd();
        assertThat(heard.error()).isInstanceOf(BrokenStreamException.class);
        assertThat(heard.error().getMessage()).contains("timeout");
    }

    @Test
    void an_empty_plan_is_told_to_the_handler() throws Exception {
        routing().build().chat(hello(), Hints.NONE.withAllowed("nobody"), heard);
        heard.awaitEnd();
        assertThat(heard.error()).isInstanceOf(RoutingException.class).hasMessageContaining("only [nobody] may serve");
    }

    @Test
    void a_handler_that_throws_hears_of_it_and_the_stream_goes_on() throws Exception {
        server.answer("first", Answer.text("one two"));
        Heard throwing = new Heard() {
            @Override
            public void onPartialResponse(
                    PartialResponse partial, dev.langchain4j.model.chat.response.PartialResponseContext context) {
                super.onPartialResponse(partial, context);
                throw new IllegalStateException("the caller's own mistake");
            }

            @Override
            public void onError(Throwable thrown) {
                assertThat(thrown).hasMessage("the caller's own mistake");
            }
        };
        routing().build().chat(hello(), throwing);
        throwing.awaitEnd();
        assertThat(throwing.text()).isEqualTo("one two");
        assertThat(throwing.endings()).isEqualTo(1);
    }

    @Test
    void the_publisher_fails_over_and_gives_what_is_asked_for() throws Exception {
        server.answer("first", Answer.error(503, "busy")).answer("second", Answer.text(LONG_TEXT));
        List<ChatModelStreamingEvent> events = new ArrayList<>();
        CompletableFuture<Boolean> done = new CompletableFuture<>();
        routing().build().chat(hello()).subscribe(new Flow.Subscriber<>() {
            private Flow.Subscription subscription;

            @Override
            public void onSubscribe(Flow.Subscription given) {
                subscription = given;
                given.request(1);
            }

            @Override
            public void onNext(ChatModelStreamingEvent event) {
                events.add(event);
                subscription.request(1);
            }

            @Override
            public void onError(Throwable thrown) {
                done.completeExceptionally(thrown);
            }

            @Override
            public void onComplete() {
                done.complete(true);
            }
        });
        done.get(60, SECONDS);
        StringBuilder text = new StringBuilder();
        events.forEach(e -> text.append(e instanceof PartialResponse partial ? partial.text() : ""));
        assertThat(text).hasToString(LONG_TEXT);
        assertThat(events.get(events.size() - 1)).isInstanceOf(CompleteResponse.class);
    }

    @Test
    void the_publisher_gives_an_answer_that_is_there_at_once_on_another_thread() throws Exception {
        StreamingChatModel prompt = new StreamingChatModel() {
            @Override
            public void doChat(ChatRequest request, StreamingChatResponseHandler handler) {
                handler.onPartialResponse("at once");
                handler.onCompleteResponse(ChatResponse.builder()
                        .aiMessage(AiMessage.from("at once"))
                        .build());
            }
        };
        RoutingStreamingChatModel model = RoutingStreamingChatModel.builder(
                        List.of(Candidate.of("prompt", prompt, Profile.of(Price.perCall("0.001")))))
                .build();
        CompletableFuture<Void> ended = new CompletableFuture<>();
        Set<Thread> threads = ConcurrentHashMap.newKeySet();
        model.doChat(hello()).subscribe(new Flow.Subscriber<>() {
            @Override
            public void onSubscribe(Flow.Subscription given) {
                given.request(Long.MAX_VALUE);
            }

            @Override
            public void onNext(ChatModelStreamingEvent event) {
                threads.add(Thread.currentThread());
            }

            @Override
            public void onError(Throwable thrown) {
                ended.completeExceptionally(thrown);
            }

            @Override
            public void onComplete() {
                threads.add(Thread.currentThread());
                ended.complete(null);
            }
        });
        ended.get(60, SECONDS);
        assertThat(threads).isNotEmpty().doesNotContain(Thread.currentThread());
    }

    @Test
    void a_stream_that_falls_silent_is_broken_off_with_its_partial_text() throws Exception {
        server.answer("first", Answer.text(LONG_TEXT).stallAfter(4)).answer("second", Answer.text("never"));
        routing(router -> router.idleWithin(Duration.ofMillis(1_200))).build().chat(hello(), heard);
        heard.awaitFirstToken();
        do {
            time.advance(Duration.ofMillis(1_201)); // the guard is set again by each token that is still on its way
        } while (!heard.endsWithin(Duration.ofMillis(20)));
        assertThat(heard.error()).isInstanceOfSatisfying(BrokenStreamException.class, broken -> {
            assertThat(broken.kind()).contains(FailureKind.TIMEOUT);
            assertThat(broken).hasMessageContaining("the stream was silent for PT1.2S");
            assertThat(LONG_TEXT).startsWith(broken.partialText());
        });
        assertThat(server.requests().get(0).outcome().get(60, SECONDS)).isEqualTo(Outcome.CLIENT_LEFT);
        assertThat(server.requests("second")).isEmpty();
    }

    @Test
    void a_stream_that_trickles_makes_way_and_nothing_of_it_is_heard() throws Exception {
        server.answer("first", Answer.text(LONG_TEXT.repeat(20)).tokensPerSecond(2))
                .answer("second", Answer.text(LONG_TEXT));
        routing(router -> router.pace(256, Duration.ofMillis(1_200))).build().chat(hello(), heard);
        runOut();
        heard.awaitEnd();
        assertThat(heard.text())
                .as("shorter than the guard asks for, and whole")
                .isEqualTo(LONG_TEXT);
        assertThat(receipt().attempts().get(0).failure()).isEqualTo(FailureKind.TIMEOUT);
        assertThat(receipt().attempts().get(0).message()).contains("fewer than 256 characters");
    }
}
