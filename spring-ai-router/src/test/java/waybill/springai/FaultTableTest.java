package waybill.springai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.params.provider.Arguments.arguments;
import static waybill.routing.FailureKind.AUTHENTICATION;
import static waybill.routing.FailureKind.BAD_REQUEST;
import static waybill.routing.FailureKind.CONNECT;
import static waybill.routing.FailureKind.CONTENT_REFUSED;
import static waybill.routing.FailureKind.CONTEXT_EXCEEDED;
import static waybill.routing.FailureKind.MALFORMED;
import static waybill.routing.FailureKind.MODEL_MISSING;
import static waybill.routing.FailureKind.OVERLOADED;
import static waybill.routing.FailureKind.QUOTA_EXHAUSTED;
import static waybill.routing.FailureKind.RATE_LIMITED;
import static waybill.routing.FailureKind.SERVER_ERROR;
import static waybill.routing.FailureKind.TIMEOUT;
import static waybill.routing.FailureKind.UNSUPPORTED_PARAMETER;

import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.prompt.Prompt;
import waybill.routing.Attempt;
import waybill.routing.BrokenStreamException;
import waybill.routing.Candidate;
import waybill.routing.Failure;
import waybill.routing.FailureKind;
import waybill.routing.Objective;
import waybill.routing.Receipt;
import waybill.routing.RoutingException;
import waybill.testing.Answer;
import waybill.testing.ScriptedModelServer;

/** Every fault a provider can show, called and streamed through Spring AI's OpenAI model, over real sockets. */
class FaultTableTest {

    private static final Duration LONG = Duration.ofSeconds(60);

    static Stream<Arguments> faults() {
        return Stream.of(
                arguments("429", Answer.error(429, "slow down"), RATE_LIMITED),
                arguments("429 with Retry-After", Answer.rateLimited(Duration.ofSeconds(30)), RATE_LIMITED),
                arguments("429 without credit", Answer.quotaExhausted(), QUOTA_EXHAUSTED),
                arguments("500", Answer.error(500, "boom"), SERVER_ERROR),
                arguments("503", Answer.error(503, "busy"), OVERLOADED),
                arguments("504", Answer.error(504, "upstream"), TIMEOUT),
                arguments("529", Answer.overloaded(), OVERLOADED),
                arguments("401", Answer.unauthorized(), AUTHENTICATION),
                arguments("402 without an offer", Answer.error(402, "insufficient credits"), QUOTA_EXHAUSTED),
                arguments("404", Answer.error(404, "no such model"), MODEL_MISSING),
                arguments("context overflow", Answer.contextOverflow(8_000), CONTEXT_EXCEEDED),
                arguments("413", Answer.error(413, "too large"), CONTEXT_EXCEEDED),
                arguments(
                        "unsupported parameter",
                        Answer.error(400, "invalid_request_error", "unsupported_parameter", "max_tokens"),
                        UNSUPPORTED_PARAMETER),
                arguments("content filter", Answer.contentRefused(), CONTENT_REFUSED),
                arguments("400", Answer.error(400, "temperature is out of range"), BAD_REQUEST),
                arguments("422", Answer.error(422, "messages is wrong"), BAD_REQUEST),
                arguments("empty choices", Answer.emptyChoices(), MALFORMED),
                arguments("invalid JSON", Answer.invalidJson(), MALFORMED),
                arguments("reset", Answer.reset(), MALFORMED),
                arguments("closed", Answer.closed(), MALFORMED));
    }

    @ParameterizedTest(name = "call: {0} is {2}")
    @MethodSource("faults")
    void a_call_gets_the_right_answer_or_the_right_error(String name, Answer fault, FailureKind kind) {
        try (ScriptedModelServer server = ScriptedModelServer.start()) {
            server.answer("first", fault).answer("second", Answer.text("saved"));
            RoutingChatModel model = Servers.firstThenSecond(server).build();
            if (kind.tryNext()) {
                ChatResponse response = model.call(hello());
                assertThat(Responses.text(response)).isEqualTo("saved");
                expect(RoutingChatModel.receiptOf(response).orElseThrow(), kind);
            } else {
                RoutingException thrown = catchThrowableOfType(RoutingException.class, () -> model.call(hello()));
                expect(thrown.receipt(), kind);
            }
            assertAttempts(server, model, kind);
        }
    }

    @ParameterizedTest(name = "stream: {0} is {2}")
    @MethodSource("faults")
    void a_stream_gets_the_right_answer_or_the_right_error(String name, Answer fault, FailureKind kind) {
        try (ScriptedModelServer server = ScriptedModelServer.start()) {
            server.answer("first", fault).answer("second", Answer.text("saved by another"));
            RoutingChatModel model = Servers.firstThenSecond(server).build();
            if (kind.tryNext()) {
                List<ChatResponse> chunks = model.stream(hello()).collectList().block(LONG);
                assertThat(text(chunks)).isEqualTo("saved by another");
                ChatResponse last = chunks.get(chunks.size() - 1);
                expect(RoutingChatModel.receiptOf(last).orElseThrow(), kind);
            } else {
                RoutingException thrown = catchThrowableOfType(
                        RoutingException.class, () -> model.stream(hello()).blockLast(LONG));
                expect(thrown.receipt(), kind);
            }
            assertAttempts(server, model, kind);
        }
    }

    private static void assertAttempts(ScriptedModelServer server, RoutingChatModel model, FailureKind kind) {
        assertThat(server.requests("first")).as("no wrong retry").hasSize(1);
        assertThat(server.requests("second")).hasSize(kind.tryNext() ? 1 : 0);
        boolean benched = !model.plan(hello()).choices().get(0).candidate().equals("first");
        assertThat(benched).isEqualTo(kind.countsAgainstHealth());
    }

    static Stream<Arguments> breaks() {
        return Stream.of(
                arguments("cut", Answer.text("one two three four").cutAfter(2)),
                arguments("reset", Answer.text("one two three four").resetAfter(2)),
                arguments("malformed", Answer.text("one two three four").malformedAfter(2)));
    }

    @ParameterizedTest(name = "a stream that is {0} after two tokens")
    @MethodSource("breaks")
    void a_stream_that_breaks_after_content_is_an_error_with_the_partial_text(String name, Answer broken) {
        try (ScriptedModelServer server = ScriptedModelServer.start()) {
            server.answer("first", broken).answer("second", Answer.text("never heard"));
            RoutingChatModel model = Servers.firstThenSecond(server).build();
            StringBuilder heard = new StringBuilder();
            BrokenStreamException thrown = catchThrowableOfType(BrokenStreamException.class, () -> model.stream(hello())
                    .doOnNext(chunk -> heard.append(Responses.text(chunk)))
                    .blockLast(LONG));
            assertThat(thrown.partialText()).isEqualTo(heard.toString()).isEqualTo("one two");
            assertThat(server.requests("second")).isEmpty();
        }
    }

    @Test
    void a_provider_that_is_down_is_a_connect_failure() {
        try (ScriptedModelServer down = ScriptedModelServer.start();
                ScriptedModelServer up = ScriptedModelServer.start()) {
            ChatModel first = Servers.model(down, "first");
            down.refuseConnections();
            up.answer(Answer.text("saved"));
            RoutingChatModel model = RoutingChatModel.builder(List.of(
                            Candidate.of("first", first, Servers.CHEAP),
                            Candidate.<ChatModel>of("second", Servers.model(up, "second"), Servers.DEAR)))
                    .objective(Objective.cheapest())
                    .build();
            expect(RoutingChatModel.receiptOf(model.call(hello())).orElseThrow(), CONNECT);
        }
    }

    @Test
    void a_provider_that_hangs_times_out_by_its_clients_timeout() {
        try (ScriptedModelServer server = ScriptedModelServer.start()) {
            server.answer("first", Answer.hang()).answer("second", Answer.text("saved"));
            ChatModel impatient = Servers.model(server, "first", options -> options.timeout(Duration.ofMillis(300)));
            RoutingChatModel model = RoutingChatModel.builder(List.of(
                            Candidate.of("first", impatient, Servers.CHEAP),
                            Candidate.<ChatModel>of("second", Servers.model(server, "second"), Servers.DEAR)))
                    .objective(Objective.cheapest())
                    .build();
            expect(RoutingChatModel.receiptOf(model.call(hello())).orElseThrow(), TIMEOUT);
        }
    }

    @Test
    void the_delay_that_a_header_asks_for_is_read_from_the_sdks_exception() {
        try (ScriptedModelServer server = ScriptedModelServer.start()) {
            server.answer("first", Answer.rateLimited(Duration.ofSeconds(1_234)));
            ChatModel model = Servers.model(server, "first");
            Throwable thrown = catchThrowable(() -> model.call(hello()));
            Failure failure = new SpringAiFailures(InstantSource.system()).classify(thrown);
            assertThat(failure.kind()).isEqualTo(RATE_LIMITED);
            assertThat(failure.retryAfter()).isEqualTo(Duration.ofSeconds(1_234));
        }
    }

    private static String text(List<ChatResponse> chunks) {
        return chunks.stream().map(Responses::text).collect(Collectors.joining());
    }

    private static void expect(Receipt receipt, FailureKind kind) {
        Attempt first = receipt.attempts().get(0);
        assertThat(first.failure()).as(String.valueOf(first)).isEqualTo(kind);
    }

    private static Prompt hello() {
        return new Prompt("hello");
    }
}
