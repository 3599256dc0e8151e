package waybill.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.net.URI;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProviderTest {

    @ParameterizedTest
    @CsvSource({
        "openai, https://api.openai.com/v1, OPENAI_API_KEY",
        "anthropic, https://api.anthropic.com/v1, ANTHROPIC_API_KEY",
        "google, https://generativelanguage.googleapis.com/v1beta/openai, GEMINI_API_KEY",
        "deepseek, https://api.deepseek.com/v1, DEEPSEEK_API_KEY",
        "mistral, https://api.mistral.ai/v1, MISTRAL_API_KEY",
        "groq, https://api.groq.com/openai/v1, GROQ_API_KEY",
        "openrouter, https://openrouter.ai/api/v1, OPENROUTER_API_KEY",
        "GateRouter, https://api.gaterouter.ai/openai/v1, GATEROUTER_API_KEY"
    })
    void each_name_knows_its_compatible_address_and_its_key(String name, URI url, String variable) {
        Provider provider = Provider.named(name);
        assertThat(provider.url(Dialect.OPENAI)).isEqualTo(url);
        assertThat(provider.keyVariable()).isEqualTo(variable);
        assertThat(Endpoint.of(provider, "m")
                        .withKeyFrom(Map.of(variable, " secret ")::get)
                        .key())
                .isEqualTo("secret");
    }

    @Test
    void ollama_needs_no_key_and_costs_nothing() {
        Provider ollama = Provider.named("ollama");
        assertThat(Endpoint.of(ollama, "llama3").withKeyFrom(name -> null).key())
                .isNull();
        assertThat(ollama.has(Provider.Quirk.FREE)).isTrue();
    }

    @Test
    void gaterouter_speaks_two_dialects_and_others_say_which_they_speak() {
        assertThat(Provider.named("gaterouter").url(Dialect.ANTHROPIC))
                .hasToString("https://api.gaterouter.ai/anthropic/v1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Provider.named("groq").url(Dialect.ANTHROPIC))
                .withMessage("groq does not speak ANTHROPIC; it speaks [OPENAI]");
    }

    @Test
    void an_unknown_name_is_answered_with_those_there_are() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Provider.named("opnai"))
                .withMessageStartingWith("there is no provider \"opnai\"; there are openai, anthropic, google")
                .withMessageEndingWith("any other that speaks OpenAI's API by its base URL");
    }

    @Test
    void a_missing_key_names_its_variable() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Endpoint.of(Provider.named("groq"), "llama-3.3-70b")
                        .withKeyFrom(Map.of("GROQ_API_KEY", "  ")::get))
                .withMessage("the model llama-3.3-70b of groq needs a key: set the environment variable GROQ_API_KEY,"
                        + " or pass a key");
    }

    @Test
    void an_endpoint_shows_no_key_and_drops_a_slash_at_the_end_of_its_address() {
        Endpoint endpoint = Endpoint.of(Provider.compatible(URI.create("http://127.0.0.1:9/v1/")), "m")
                .withKey("sk-secret");
        assertThat(endpoint).hasToString("m of compatible");
        assertThat(endpoint.url(Dialect.OPENAI)).hasToString("http://127.0.0.1:9/v1");
    }

    /** Words that the vendors documented or were seen to send. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "400 | {\"error\":{\"message\":\"auto routing is not enabled\"}} | MODEL_MISSING",
                "400 | {\"error\":{\"message\":\"provider routing is not configured\"}} | MODEL_MISSING",
                "400 | {\"error\":{\"message\":\"unsupported parameter: max_tokens\"}} | UNSUPPORTED_PARAMETER",
                "403 | Your chosen model requires moderation and your input was flagged for \"violence\" |"
                        + " CONTENT_REFUSED",
                "403 | Key disabled | AUTHENTICATION",
                "402 | Insufficient Balance | QUOTA_EXHAUSTED",
                "429 | You exceeded your current quota, please check your plan and billing details. | QUOTA_EXHAUSTED",
                "429 | You exceeded your current quota. Please retry in 17.2s. | RATE_LIMITED",
                "429 | Rate limit reached. Please try again in 7.66s. Upgrade at https://console.groq.com/settings/billing"
                        + " | RATE_LIMITED",
                "400 | Your credit balance is too low to access the Anthropic API. | QUOTA_EXHAUSTED",
                "529 | {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\"}} | OVERLOADED",
            })
    void vendors_own_words_are_understood(int status, String words, FailureKind kind) {
        assertThat(ProviderFailures.byStatus(status, words)).isEqualTo(kind);
    }

    @Test
    void openrouters_delay_is_read_out_of_its_error() {
        assertThat(ProviderFailures.retryAfter(
                        "{\"error\":{\"code\":429,\"metadata\":{\"retry_after_seconds\": 17,\"x\":1}}}"))
                .hasSeconds(17);
    }
}
