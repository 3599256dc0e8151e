package waybill.springai.providers;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.prompt.Prompt;
import waybill.routing.Candidate;
import waybill.routing.Cost;
import waybill.routing.Endpoint;
import waybill.routing.Price;
import waybill.routing.Profile;
import waybill.routing.Provider;
import waybill.springai.RoutingChatModel;
import waybill.testing.Answer;
import waybill.testing.ScriptedModelServer;

/** What OpenRouter writes into {@code usage.cost} of an answer, and into the last event of a stream. */
class ToldCostTest {

    private final ScriptedModelServer server = ScriptedModelServer.start();

    @AfterEach
    void stop() {
        server.close();
    }

    @ParameterizedTest(name = "told {0}, counted {1}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "0.95          | 0.95",
                "9.5e-1        | 0.95",
                "0.000095      | 0.01",
                "0             | 0.01",
                "-5            | 0.01",
                "99999999999   | 0.01",
                "\"much\"      | 0.01",
                "{\"total\":7} | 0.01",
                "null          | 0.01"
            })
    void it_raises_what_is_counted_and_never_lowers_it(String told, String counted) {
        Endpoint endpoint = Endpoint.of(Provider.named("openrouter"), "m")
                .withKey("sk-test")
                .withUrl(URI.create(server.baseUrl()));
        RoutingChatModel model = RoutingChatModel.builder(List.of(Candidate.of(
                        "m",
                        ProviderModels.plain().chat(endpoint),
                        Profile.of(Price.perCall("0.01")).withOutputLimit(1_000))))
                .tune(router -> router.spendCap("9", Duration.ofDays(1)))
                .build();
        server.answer(Answer.raw(200, "application/json", answer("chat.completion", "message", "Hi.", told)));
        assertThat(cost(model.call(new Prompt("Hello?")))).isEqualByComparingTo(counted);
        assertThat(model.snapshot().spent().get(0).settled())
                .as("the cap counts the same")
                .isEqualByComparingTo(counted);

        server.answer(Answer.raw(
                200,
                "text/event-stream",
                "data: " + answer("chat.completion.chunk", "delta", "Hi.", null) + "\n\ndata: "
                        + answer("chat.completion.chunk", "delta", "", told) + "\n\ndata: [DONE]\n\n"));
        List<ChatResponse> chunks =
                model.stream(new Prompt("Hello?")).collectList().block(Duration.ofSeconds(60));
        assertThat(cost(chunks.get(chunks.size() - 1))).isEqualByComparingTo(counted);
    }

    private static BigDecimal cost(ChatResponse response) {
        Cost cost = RoutingChatModel.receiptOf(response).orElseThrow().cost();
        assertThat(cost.basis()).isEqualTo(Cost.Basis.EXACT);
        return cost.usd();
    }

    private static String answer(String object, String part, String text, String told) {
        String usage = told == null
                ? ""
                : ",\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":2,\"total_tokens\":11,\"cost\":" + told
                        + ",\"cost_details\":{\"upstream_inference_cost\":19}}";
        String reason = told == null ? "null" : "\"stop\"";
        return "{\"id\":\"gen-1\",\"object\":\"" + object
                + "\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,\""
                + part + "\":{\"role\":\"assistant\",\"content\":\"" + text + "\"},\"finish_reason\":" + reason + "}]"
                + usage
                + "}";
    }
}
