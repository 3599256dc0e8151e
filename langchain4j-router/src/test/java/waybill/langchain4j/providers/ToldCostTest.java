package waybill.langchain4j.providers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import java.math.BigDecimal;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import waybill.langchain4j.RoutedChatResponse;
import waybill.langchain4j.RoutingChatModel;
import waybill.langchain4j.RoutingStreamingChatModel;
import waybill.routing.Candidate;
import waybill.routing.Cost;
import waybill.routing.Endpoint;
import waybill.routing.Price;
import waybill.routing.Profile;
import waybill.routing.Provider;
import waybill.testing.Answer;
import waybill.testing.ScriptedModelServer;

/** What OpenRouter writes into {@code usage.cost} of an answer, and into the last event of a stream. */
class ToldCostTest {

    private static final ChatRequest HELLO =
            ChatRequest.builder().messages(UserMessage.from("Hello?")).build();

    /** A text that quotes a bill: its quotes are escaped, so it is none. */
    private static final String SAID = "It says \\\"usage\\\":{\\\"cost\\\":500}.";

    private final ScriptedModelServer server = ScriptedModelServer.start();
    private final Endpoint endpoint =
            Endpoint.of(Provider.named("openrouter"), "m").withKey("sk-test").withUrl(URI.create(server.baseUrl()));

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
                "1e999999999   | 0.01",
                "99999999999   | 0.01",
                "\"much\"      | 0.01",
                "{\"total\":7} | 0.01",
                "null          | 0.01"
            })
    void it_raises_what_is_counted_and_never_lowers_it(String told, String counted) throws Exception {
        server.answer(Answer.raw(200, "application/json", answer("chat.completion", "message", SAID, told)));
        RoutingChatModel model = RoutingChatModel.builder(List.of(
                        Candidate.of("m", ProviderModels.plain().chat(endpoint), profile(Price.perCall("0.01")))))
                .tune(router -> router.spendCap("0.50", Duration.ofDays(1)))
                .build();
        assertThat(cost(model.chat(HELLO))).isEqualTo(Cost.exact(new BigDecimal(counted)));
        assertThat(model.snapshot().spent().get(0).settled())
                .as("the cap counts the same")
                .isEqualByComparingTo(counted);

        server.answer(Answer.raw(
                200,
                "text/event-stream",
                "data: " + answer("chat.completion.chunk", "delta", SAID, null) + "\n\ndata: "
                        + answer("chat.completion.chunk", "delta", "", told) + "\n\ndata: [DONE]\n\n"));
        assertThat(cost(streamed(Price.perCall("0.01")))).isEqualTo(Cost.exact(new BigDecimal(counted)));
    }

    @ParameterizedTest
    @CsvSource("0.95")
    void of_an_unknown_price_it_is_the_part_that_is_known(String told) throws Exception {
        server.answer(Answer.raw(
                200,
                "text/event-stream",
                "data: " + answer("chat.completion.chunk", "delta", "Hi.", told) + "\n\ndata: [DONE]\n\n"));
        assertThat(cost(streamed(Price.unknown()))).isEqualTo(new Cost(new BigDecimal(told), Cost.Basis.UNKNOWN));
    }

    private ChatResponse streamed(Price price) throws Exception {
        CompletableFuture<ChatResponse> whole = new CompletableFuture<>();
        RoutingStreamingChatModel.builder(
                        List.of(Candidate.of("m", ProviderModels.plain().streaming(endpoint), profile(price))))
                .build()
                .chat(HELLO, new StreamingChatResponseHandler() {
                    @Override
                    public void onCompleteResponse(ChatResponse response) {
                        whole.complete(response);
                    }

                    @Override
                    public void onError(Throwable error) {
                        whole.completeExceptionally(error);
                    }
                });
        return whole.get(60, TimeUnit.SECONDS);
    }

    private static Profile profile(Price price) {
        return Profile.of(price).withOutputLimit(1_000);
    }

    private static Cost cost(ChatResponse response) {
        return RoutedChatResponse.receiptOf(response).orElseThrow().cost();
    }

    private static String answer(String object, String part, String text, String told) {
        String usage = told == null
                ? ""
                : ",\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":2,\"total_tokens\":11,"
                        + "\"completion_tokens_details\":{\"reasoning_tokens\":0},\"cost\":" + told
                        + ",\"cost_details\":{\"upstream_inference_cost\":19}}";
        String reason = told == null ? "null" : "\"stop\"";
        return "{\"id\":\"gen-1\",\"object\":\"" + object
                + "\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,\""
                + part + "\":{\"role\":\"assistant\",\"content\":\"" + text + "\"},\"finish_reason\":" + reason + "}]"
                + usage
                + "}";
    }
}
