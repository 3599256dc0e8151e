package waybill.springai;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.ai.chat.messages.AssistantMessage.ToolCall;
import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.ai.model.tool.ToolCallingChatOptions;
import org.springframework.ai.openai.OpenAiChatOptions;
import org.springframework.ai.support.ToolCallbacks;
import org.springframework.ai.tool.annotation.Tool;
import waybill.routing.Signal;

class AnswerCheckTest {

    private static final ChatOptions WITH_TOOL = ToolCallingChatOptions.builder()
            .toolCallbacks(ToolCallbacks.from(new Prices()))
            .build();
    private static final ChatOptions WITH_SCHEMA = OpenAiChatOptions.builder()
            .outputSchema(
                    """
                    {"type": "object", "required": ["name", "age"],
                     "properties": {"name": {"type": "string"}, "age": {"type": "integer"}}}
                    """)
            .build();

    @ParameterizedTest
    @CsvSource({
        "stop, SOUND",
        "STOP, SOUND",
        ", SOUND",
        "length, TRUNCATED",
        "MAX_TOKENS, TRUNCATED",
        "content_filter, REFUSED",
        "SAFETY, REFUSED",
        "refusal, REFUSED"
    })
    void reads_why_an_answer_ended(String reason, Signal signal) {
        assertThat(AnswerCheck.of(null, reason, List.of(), "hi")).isEqualTo(signal);
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
            price | {} {}             | TOOL_CALL_INVALID
            price | ["WETH"]          | TOOL_CALL_INVALID
            cost  | {}                | TOOL_CALL_INVALID
            """)
    void looks_at_a_tool_call_s_name_and_arguments(String name, String arguments, Signal signal) {
        List<ToolCall> calls = List.of(new ToolCall("1", "function", name, arguments));
        assertThat(AnswerCheck.of(WITH_TOOL, "tool_calls", calls, "")).isEqualTo(signal);
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
            ``                                    | SCHEMA_MISMATCH
            """)
    void looks_for_the_properties_that_a_schema_requires(String text, Signal signal) {
        assertThat(AnswerCheck.of(WITH_SCHEMA, "stop", List.of(), text)).isEqualTo(signal);
    }

    @Test
    void deep_nesting_and_endless_text_are_not_followed() {
        assertThat(ReadJson.of("[".repeat(100) + "]".repeat(100))).isPresent();
        assertThat(ReadJson.of("[".repeat(100_000) + "]".repeat(100_000))).isEmpty();
        assertThat(ReadJson.of("1".repeat(1_000_001))).isEmpty();
    }

    static final class Prices {
        @Tool(description = "The price of a token")
        String price(String token) {
            return token;
        }
    }
}
