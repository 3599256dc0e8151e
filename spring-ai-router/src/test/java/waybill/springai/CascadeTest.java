package waybill.springai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.metadata.ChatGenerationMetadata;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.model.Generation;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.openai.OpenAiChatOptions;
import waybill.routing.Attempt;
import waybill.routing.Candidate;
import waybill.routing.FailureKind;
import waybill.routing.Objective;
import waybill.routing.Receipt;
import waybill.routing.RoutingException;
import waybill.testing.Answer;
import waybill.testing.ScriptedModelServer;

/** The cheapest first, one other when its answer is not what was asked for; and what is noticed of every answer. */
class CascadeTest {

    private static final String SCHEMA =
            """
            {"type": "object", "required": ["usd"], "additionalProperties": false,
             "properties": {"usd": {"type": "number"}, "days": {"type": "integer"}, "note": {"type": ["string", "null"]},
                            "side": {"enum": ["buy", "sell"]}, "legs": {"type": "array", "items": {"type": "string"}}}}
            """;

    private final ScriptedModelServer server = ScriptedModelServer.start();

    @AfterEach
    void stop() {
        server.close();
    }

    private static Prompt asksForJson() {
        return new Prompt(
                "What does it cost?",
                OpenAiChatOptions.builder().outputSchema(SCHEMA).build());
    }

    private RoutingChatModel.Builder routing() {
        return RoutingChatModel.builder(List.of(
                Candidate.<ChatModel>of("second", Servers.model(server, "second"), Servers.DEAR.withJsonSchema(true)),
                Candidate.<ChatModel>of("first", Servers.model(server, "first"), Servers.CHEAP.withJsonSchema(true))));
    }

    private RoutingChatModel cascading() {
        return routing()
                .objective(Objective.best())
                .cascade(CascadeCheck.followsFormat())
                .build();
    }

    private static Receipt receipt(ChatResponse response) {
        return RoutingChatModel.receiptOf(response).orElseThrow();
    }

    @Test
    void escalates_once_when_the_cheap_answer_does_not_follow_the_schema() {
        server.answer("first", Answer.text("{\"usd\": \"a lot\"}").usage(1_000, 500))
                .answer("second", Answer.text("{\"usd\": 3.5}").usage(1_000, 500));
        ChatResponse response = cascading().call(asksForJson());
        assertThat(Responses.text(response)).contains("3.5");
        assertThat(receipt(response).attempts()).extracting(Attempt::candidate).containsExactly("first", "second");
        assertThat(receipt(response).attempts().get(0).message()).isEqualTo("the answer.usd is not a number");
        assertThat(receipt(response).cost().usd()).as("both are paid for").isEqualByComparingTo("0.0153");
    }

    @Test
    void ends_where_the_second_answer_is_wrong_too_and_stays_cheap_where_the_first_is_right() {
        server.answer("first", Answer.text("{}")).answer("second", Answer.text("sorry"));
        RoutingException thrown =
                catchThrowableOfType(RoutingException.class, () -> cascading().call(asksForJson()));
        assertThat(thrown.kind()).contains(FailureKind.ANSWER_REJECTED);
        assertThat(thrown).hasMessageContainingAll("lacks \"usd\"", "is not JSON");
        server.answer("first", Answer.text("{\"usd\": 1}"));
        assertThat(receipt(cascading().call(asksForJson())).attempts()).hasSize(1);
    }

    @Test
    void a_check_of_ones_own_comes_after_the_format() {
        server.answer("first", Answer.text("{\"usd\": -1}")).answer("second", Answer.text("{\"usd\": 1}"));
        RoutingChatModel model = routing()
                .objective(Objective.best())
                .cascade(CascadeCheck.followsFormat()
                        .and((prompt, response) -> Responses.text(response).contains("-") ? "below nothing" : null))
                .build();
        assertThat(receipt(model.call(asksForJson())).attempts().get(0).message())
                .isEqualTo("below nothing");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
            stop   | {"usd": 1, "days": 2, "note": null, "side": "buy", "legs": ["a"]} | ``
            stop   | {"usd": 1, "unknown": 2}      | ``
            stop   | [1]                           | the answer is not an object
            stop   | {"usd": 1, "days": 2.5}       | the answer.days is not an integer
            stop   | {"usd": 1, "note": 1}         | the answer.note is not one of [string, null]
            stop   | {"usd": 1, "side": "hold"}    | the answer.side is not one of [buy, sell]
            stop   | {"usd": 1, "legs": ["a", 1]}  | the answer.legs[1] is not a string
            stop   | {"usd": 1} and more           | the answer is not JSON
            length | {"usd": 1}                    | the answer ended early: length
            SAFETY | {"usd": 1}                    | the answer ended early: SAFETY
            """)
    void complains_of_what_does_not_follow_the_format(String reason, String text, String complaint) {
        ChatResponse response = new ChatResponse(List.of(new Generation(
                new AssistantMessage(text),
                ChatGenerationMetadata.builder().finishReason(reason).build())));
        assertThat(CascadeCheck.followsFormat().complaint(asksForJson(), response))
                .isEqualTo(complaint.isEmpty() ? null : complaint);
    }

    @Test
    void what_is_noticed_of_an_answer_moves_the_belief_in_its_writer_called_and_streamed() {
        RoutingChatModel called = routing().objective(Objective.cheapest()).build();
        RoutingChatModel streamed = routing().objective(Objective.cheapest()).build();
        server.answer("first", Answer.text("{\"usd\": 1}"));
        called.call(asksForJson());
        streamed.stream(asksForJson()).blockLast();
        double well = shift(called);
        assertThat(shift(streamed)).isPositive().isCloseTo(well, within(1e-6)); // evidence fades by the millisecond
        server.answer("first", Answer.text("It costs one dollar."));
        called.call(asksForJson());
        streamed.stream(asksForJson()).blockLast();
        assertThat(shift(called)).isLessThan(well);
        assertThat(shift(streamed)).isLessThan(well);
    }

    private static double shift(RoutingChatModel model) {
        return model.snapshot().of("first").orElseThrow().belief().shift();
    }
}
