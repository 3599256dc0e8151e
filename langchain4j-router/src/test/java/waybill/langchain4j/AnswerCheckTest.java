package waybill.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.request.ResponseFormatType;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.model.chat.request.json.JsonSchema;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.output.FinishReason;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import waybill.routing.Signal;

class AnswerCheckTest {

    private static final ChatRequest ASKED =
            ChatRequest.builder().messages(UserMessage.from("hello")).build();
    private static final ChatRequest WITH_TOOL = ChatRequest.builder()
            .messages(UserMessage.from("hello"))
            .toolSpecifications(ToolSpecification.builder().name("price").build())
            .build();
    private static final ChatRequest WITH_SCHEMA = ChatRequest.builder()
            .messages(UserMessage.from("hello"))
            .responseFormat(ResponseFormat.builder()
                    .type(ResponseFormatType.JSON)
                    .jsonSchema(JsonSchema.builder()
                            .name("person")
                            .rootElement(JsonObjectSchema.builder()
                                    .addStringProperty("name")
                                    .addIntegerProperty("age")
                                    .required("name", "age")
                                    .build())
                            .build())
                    .build())
            .build();

    @ParameterizedTest
    @CsvSource({"STOP, SOUND", "LENGTH, TRUNCATED", "CONTENT_FILTER, REFUSED", "OTHER, SOUND"})
    void reads_why_an_answer_ended(FinishReason reason, Signal signal) {
        assertThat(AnswerCheck.of(ASKED, answer(AiMessage.from("hi"), reason))).isEqualTo(signal);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
            price | {"token": "WETH"} | SOUND
            price | ``                | SOUND
            price | {"token": "WETH"  | TOOL_CALL_INVALID
            price | ["WETH"]          | TOOL_CALL_INVALID
            cost  | {}                | TOOL_CALL_INVALID
            """)
    void looks_at_a_tool_call_s_name_and_arguments(String name, String arguments, Signal signal) {
        AiMessage calling = AiMessage.from(ToolExecutionRequest.builder()
                .id("1")
                .name(name)
                .arguments(arguments)
                .build());
        assertThat(AnswerCheck.of(WITH_TOOL, answer(calling, FinishReason.TOOL_EXECUTION)))
                .isEqualTo(signal);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
            {"name": "Ada", "age": 36}            | SOUND
            {"age": 36, "name": "Ada", "more": 1} | SOUND
            {"name": "Ada"}                       | SCHEMA_MISMATCH
            {"other": {"name": 1, "age": 2}}      | SCHEMA_MISMATCH
            Here you are: {"name": "Ada"}         | SCHEMA_MISMATCH
            [{"name": "Ada", "age": 36}]          | SCHEMA_MISMATCH
            """)
    void looks_for_the_properties_that_a_schema_requires(String text, Signal signal) {
        assertThat(AnswerCheck.of(WITH_SCHEMA, answer(AiMessage.from(text), FinishReason.STOP)))
                .isEqualTo(signal);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "[]",
                " {\"a\": [1, -2.5e+3, true, false, null, \"\\u00e9\\n\"]} ",
                "0",
                "\"\"",
                "[[[]]]",
                "-0.1"
            })
    void json_is_well_formed(String text) {
        assertThat(JsonShape.of(text).wellFormed()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{",
                "{]",
                "[1,]",
                "{\"a\":}",
                "{\"a\" 1}",
                "{a: 1}",
                "nul",
                "1.",
                "-",
                "1e",
                "\"\\x\"",
                "\"\\u12g4\"",
                "\"open",
                "{} {}",
                "[1 2]",
                "\"a\nb\""
            })
    void json_is_malformed(String text) {
        assertThat(JsonShape.of(text).wellFormed()).isFalse();
    }

    @Test
    void deep_nesting_is_not_followed() {
        assertThat(JsonShape.of("[".repeat(100) + "]".repeat(100)).wellFormed()).isTrue();
        assertThat(JsonShape.of("[".repeat(100_000) + "]".repeat(100_000)).wellFormed())
                .isFalse();
    }

    private static ChatResponse answer(AiMessage message, FinishReason reason) {
        return ChatResponse.builder().aiMessage(message).finishReason(reason).build();
    }
}
