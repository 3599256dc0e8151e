package waybill.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;
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

import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.openai.OpenAiChatModel;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import waybill.routing.Attempt;
import waybill.routing.Candidate;
import waybill.routing.FailureKind;
import waybill.routing.Objective;
import waybill.routing.Receipt;
import waybill.routing.RoutingException;
import waybill.testing.Answer;
import waybill.testing.ScriptedModelServer;

/** Every fault a provider can show before it has answered, in both ways of calling, over real sockets. */
class FaultTableTest {

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

    @ParameterizedTest(name = "blocking: {0} is {2}")
    @MethodSource("faults")
    void a_blocking_call_gets_the_right_answer_or_the_right_error(String name, Answer fault, FailureKind kind) {
        try (ScriptedModelServer server = ScriptedModelServer.start()) {
            server.answer("first", fault).answer("second", Answer.text("saved"));
            RoutingChatModel model = RoutingChatModel.builder(List.of(
                            Candidate.<ChatModel>of("first", Servers.blocking(server, "first"), Servers.CHEAP),
                            Candidate.<ChatModel>of("second", Servers.blocking(server, "second"), Servers.DEAR)))
                    .objective(Objective.cheapest())
                    .build();
            if (kind.tryNext()) {
                ChatResponse response = model.chat(hello());
                assertThat(response.aiMessage().text()).isEqualTo("saved");
                expect(RoutedChatResponse.receiptOf(response).orElseThrow(), kind);
            } else {
                RoutingException thrown = catchThrowableOfType(RoutingException.class, () -> model.chat(hello()));
                expect(thrown.receipt(), kind);
            }
            assertThat(server.requests("first")).as("no wrong retry").hasSize(1);
            assertThat(server.requests("second")).hasSize(kind.tryNext() ? 1 : 0);
            boolean benched = !model.plan(hello()).choices().get(0).candidate().equals("first");
            assertThat(benched).isEqualTo(kind.countsAgainstHealth());
        }
    }

    @ParameterizedTest(name = "streaming: {0} is {2}")
    @MethodSource("faults")
    void a_stream_gets_the_right_answer_or_the_right_error(String name, Answer fault, FailureKind kind)
            throws Exception {
        try (ScriptedModelServer server = ScriptedModelServer.start()) {
            server.answer("first", fault).answer("second", Answer.text("saved by another"));
            RoutingStreamingChatModel model = RoutingStreamingChatModel.builder(List.of(
                            Candidate.<StreamingChatModel>of(
                                    "first", Servers.streaming(server, "first"), Servers.CHEAP),
                            Candidate.<StreamingChatModel>of(
                                    "second", Servers.streaming(server, "second"), Servers.DEAR)))
                    .objective(Objective.cheapest())
                    .build();
            Heard heard = new Heard();
            model.chat(hello(), heard);
            heard.awaitEnd();
            if (kind.tryNext()) {
                assertThat(heard.text()).isEqualTo("saved by another");
                expect(RoutedChatResponse.receiptOf(heard.response()).orElseThrow(), kind);
            } else {
                expect(((RoutingException) heard.error()).receipt(), kind);
            }
            assertThat(server.requests("first")).hasSize(1);
            assertThat(server.requests("second")).hasSize(kind.tryNext() ? 1 : 0);
            assertThat(heard.endings()).isEqualTo(1);
        }
    }

    private static void expect(Receipt receipt, FailureKind kind) {
        Attempt first = receipt.attempts().get(0);
        assertThat(first.failure()).as(String.valueOf(first)).isEqualTo(kind);
    }

    private static ChatRequest hello() {
        return ChatRequest.builder().messages(UserMessage.from("hello")).build();
    }

    @Test
    void a_provider_that_is_down_is_a_connect_failure() {
        try (ScriptedModelServer down = ScriptedModelServer.start();
                ScriptedModelServer up = ScriptedModelServer.start()) {
            ChatModel first = Servers.blocking(down, "first");
            down.refuseConnections();
            up.answer(Answer.text("saved"));
            ChatResponse response = RoutingChatModel.builder(List.of(
                            Candidate.<ChatModel>of("first", first, Servers.CHEAP),
                            Candidate.<ChatModel>of("second", Servers.blocking(up, "second"), Servers.DEAR)))
                    .objective(Objective.cheapest())
                    .build()
                    .chat(hello());
            expect(RoutedChatResponse.receiptOf(response).orElseThrow(), CONNECT);
        }
    }

    @Test
    void a_provider_that_hangs_times_out_by_its_clients_timeout() {
        try (ScriptedModelServer server = ScriptedModelServer.start()) {
            server.answer("first", Answer.hang()).answer("second", Answer.text("saved"));
            OpenAiChatModel impatient = OpenAiChatModel.builder()
                    .baseUrl(server.baseUrl())
                    .apiKey("none")
                    .modelName("first")
                    .maxRetries(0)
                    .timeout(Duration.ofMillis(300))
                    .build();
            ChatResponse response = RoutingChatModel.builder(List.of(
                            Candidate.<ChatModel>of("first", impatient, Servers.CHEAP),
                            Candidate.<ChatModel>of("second", Servers.blocking(server, "second"), Servers.DEAR)))
                    .objective(Objective.cheapest())
                    .build()
                    .chat(hello());
            expect(RoutedChatResponse.receiptOf(response).orElseThrow(), TIMEOUT);
        }
    }
}
