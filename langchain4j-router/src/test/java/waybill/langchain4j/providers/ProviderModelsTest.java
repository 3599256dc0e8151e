package waybill.langchain4j.providers;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.equalTo;
import static com.github.tomakehurst.wiremock.client.WireMock.matchingJsonPath;
import static com.github.tomakehurst.wiremock.client.WireMock.post;
import static com.github.tomakehurst.wiremock.client.WireMock.postRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.urlPathEqualTo;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.wireMockConfig;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.github.tomakehurst.wiremock.WireMockServer;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.Capability;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import java.math.BigDecimal;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import waybill.langchain4j.RoutedChatResponse;
import waybill.langchain4j.RoutingChatModel;
import waybill.langchain4j.RoutingStreamingChatModel;
import waybill.routing.BrokenStreamException;
import waybill.routing.Candidate;
import waybill.routing.Endpoint;
import waybill.routing.FailureKind;
import waybill.routing.Objective;
import waybill.routing.Price;
import waybill.routing.Profile;
import waybill.routing.Provider;
import waybill.routing.Receipt;
import waybill.routing.RoutingException;
import waybill.testing.Answer;
import waybill.testing.ScriptedModelServer;

/** Each vendor's documented answers and errors, replayed over real sockets. */
class ProviderModelsTest {

    private static final WireMockServer NATIVE =
            new WireMockServer(wireMockConfig().dynamicPort());
    private static final ProviderModels MODELS = ProviderModels.plain();
    private static final ChatRequest HELLO =
            ChatRequest.builder().messages(UserMessage.from("Hello?")).build();

    private final ScriptedModelServer server = ScriptedModelServer.start();

    @BeforeAll
    static void listen() {
        NATIVE.start();
    }

    @AfterAll
    static void stopListening() {
        NATIVE.stop();
    }

    @AfterEach
    void stop() {
        server.close();
        NATIVE.resetAll();
    }

    private Endpoint at(String provider, String model) {
        return Endpoint.of(Provider.named(provider), model).withKey("sk-test").withUrl(URI.create(server.baseUrl()));
    }

    private static Candidate<ChatModel> candidate(String name, Endpoint endpoint, String price) {
        return Candidate.of(
                name, MODELS.chat(endpoint), Profile.of(Price.perCall(price)).withOutputLimit(1_000));
    }

    private static Receipt failed(RoutingChatModel model) {
        return catchThrowableOfType(RoutingException.class, () -> model.chat(HELLO))
                .receipt();
    }

    private static List<FailureKind> kinds(Receipt receipt) {
        return receipt.attempts().stream().map(waybill.routing.Attempt::failure).toList();
    }

    @Test
    void the_key_the_model_and_headers_asked_for_anew_reach_the_provider() {
        server.answer("deepseek-chat", Answer.text("Hi."));
        int[] calls = {0};
        ChatModel model = MODELS.chat(
                at("deepseek", "deepseek-chat").withHeaders(() -> Map.of("X-Call", Integer.toString(++calls[0]))));
        assertThat(model.chat("Hello?")).isEqualTo("Hi.");
        assertThat(model.chat("Again?")).isEqualTo("Hi.");
        assertThat(server.requests().get(0).header("authorization")).contains("Bearer sk-test");
        assertThat(server.requests().get(0).header("x-call"))
                .isPresent()
                .isNotEqualTo(server.requests().get(1).header("x-call"));
    }

    @Test
    void without_a_key_the_model_is_not_made_and_the_variable_is_named() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> MODELS.chat(Endpoint.of(Provider.named("mistral"), "mistral-small")))
                .withMessageContaining("MISTRAL_API_KEY");
    }

    @Test
    void a_limit_on_the_answer_is_said_as_the_provider_wants_it() throws Exception {
        server.answer(Answer.text("Hi."));
        ChatRequest limited = HELLO.toBuilder().maxOutputTokens(50).build();
        MODELS.chat(at("gaterouter", "auto")).chat(limited);
        MODELS.chat(at("mistral", "mistral-small")).chat(limited);
        whole(MODELS.streaming(at("openai", "gpt-5-mini")), limited);
        assertThat(server.requests("auto").get(0).json())
                .containsEntry("max_completion_tokens", BigDecimal.valueOf(50))
                .doesNotContainKey("max_tokens");
        assertThat(server.requests("mistral-small").get(0).json())
                .containsEntry("max_tokens", BigDecimal.valueOf(50))
                .doesNotContainKey("max_completion_tokens");
        assertThat(server.requests("gpt-5-mini").get(0).json())
                .containsEntry("max_completion_tokens", BigDecimal.valueOf(50))
                .doesNotContainKey("max_tokens");
    }

    @Test
    void what_follows_schemas_says_so() {
        Endpoint endpoint = at("openai", "gpt-4.1").withJsonSchema(true);
        assertThat(MODELS.chat(endpoint).supportedCapabilities())
                .containsExactly(Capability.RESPONSE_FORMAT_JSON_SCHEMA);
        assertThat(MODELS.streaming(endpoint).supportedCapabilities())
                .containsExactly(Capability.RESPONSE_FORMAT_JSON_SCHEMA);
        assertThat(MODELS.chat(at("openai", "gpt-4.1")).supportedCapabilities()).isEmpty();
    }

    @Test
    void gaterouter_without_auto_makes_way_and_is_left_alone_like_a_missing_model() {
        server.enqueue("auto", Answer.error(400, "auto routing is not enabled"));
        server.answer("deepseek/deepseek-v3.2", Answer.text("Hi."));
        RoutingChatModel model = RoutingChatModel.builder(List.of(
                        candidate("auto", at("gaterouter", "auto"), "0.001"),
                        candidate("named", at("gaterouter", "deepseek/deepseek-v3.2"), "0.01")))
                .objective(Objective.cheapest())
                .build();
        Receipt receipt = RoutedChatResponse.receiptOf(model.chat(HELLO)).orElseThrow();
        assertThat(kinds(receipt)).containsExactly(FailureKind.MODEL_MISSING, null);
    }

    @Test
    void openrouters_errors_under_a_status_of_success_are_errors_of_their_code() {
        server.answer(Answer.raw(
                200,
                "application/json",
                "{\"id\":\"gen-1\",\"error\":{\"code\":429,\"message\":\"Provider returned error\",\"metadata\":"
                        + "{\"provider_name\":\"Venice\",\"retry_after_seconds\":4000}}}"));
        RoutingChatModel model = RoutingChatModel.builder(
                        List.of(candidate("openrouter", at("openrouter", "meta-llama/llama-3.3-70b"), "0.01")))
                .build();
        assertThat(kinds(failed(model))).containsExactly(FailureKind.RATE_LIMITED);
    }

    @Test
    void openrouters_error_before_the_first_content_lets_another_stream() throws Exception {
        server.answer("first", stream(chunk(""), error(502)));
        server.answer("second", Answer.text("From the second."));
        ChatResponse response = whole(streamingOf("first", "second"), HELLO);
        assertThat(response.aiMessage().text()).isEqualTo("From the second.");
        assertThat(kinds(RoutedChatResponse.receiptOf(response).orElseThrow()))
                .containsExactly(FailureKind.SERVER_ERROR, null);
    }

    @Test
    void openrouters_error_in_the_middle_of_a_stream_is_no_end_of_an_answer() {
        server.answer("first", stream(chunk("The po"), chunk("ol"), error(502)));
        server.answer("second", Answer.text("From the second."));
        Throwable thrown =
                org.assertj.core.api.Assertions.catchThrowable(() -> whole(streamingOf("first", "second"), HELLO));
        assertThat(thrown.getCause())
                .isInstanceOfSatisfying(BrokenStreamException.class, broken -> assertThat(broken.partialText())
                        .isEqualTo("The pool"));
        assertThat(server.requests("second")).isEmpty();
    }

    @Test
    void anthropic_is_spoken_to_in_its_own_dialect() {
        NATIVE.stubFor(post(urlPathEqualTo("/v1/messages"))
                .willReturn(aResponse()
                        .withHeader("Content-Type", "application/json")
                        .withBody(
                                "{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"claude-x\","
                                        + "\"content\":[{\"type\":\"text\",\"text\":\"Hi.\"}],\"stop_reason\":\"end_turn\","
                                        + "\"usage\":{\"input_tokens\":9,\"output_tokens\":2}}")));
        ChatResponse response =
                MODELS.chat(nativeAt("anthropic", "claude-haiku-4.5", "/v1")).chat(HELLO);
        assertThat(response.aiMessage().text()).isEqualTo("Hi.");
        NATIVE.verify(postRequestedFor(urlPathEqualTo("/v1/messages"))
                .withHeader("x-api-key", equalTo("sk-test"))
                .withRequestBody(matchingJsonPath("$.model", equalTo("claude-haiku-4.5"))));
    }

    @Test
    void anthropics_overload_and_rate_limit_are_understood_with_its_header() {
        NATIVE.stubFor(
                post(urlPathEqualTo("/v1/messages"))
                        .willReturn(
                                aResponse()
                                        .withStatus(429)
                                        .withHeader("retry-after", "3600")
                                        .withBody(
                                                "{\"type\":\"error\",\"error\":{\"type\":\"rate_limit_error\",\"message\":\"slow\"}}")));
        RoutingChatModel model = RoutingChatModel.builder(
                        List.of(candidate("claude", nativeAt("anthropic", "claude-haiku-4.5", "/v1"), "0.01")))
                .build();
        assertThat(kinds(failed(model))).containsExactly(FailureKind.RATE_LIMITED);
        NATIVE.stubFor(
                post(urlPathEqualTo("/v1/messages"))
                        .willReturn(
                                aResponse()
                                        .withStatus(529)
                                        .withBody(
                                                "{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"busy\"}}")));
        RoutingChatModel other = RoutingChatModel.builder(
                        List.of(candidate("claude", nativeAt("anthropic", "claude-haiku-4.5", "/v1"), "0.01")))
                .build();
        assertThat(kinds(failed(other))).containsExactly(FailureKind.OVERLOADED);
    }

    @Test
    void gemini_is_spoken_to_in_its_own_dialect() {
        NATIVE.stubFor(post(urlPathEqualTo("/v1beta/models/gemini-2.5-flash:generateContent"))
                .willReturn(aResponse()
                        .withHeader("Content-Type", "application/json")
                        .withBody("{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"Hi.\"}],\"role\":\"model\"},"
                                + "\"finishReason\":\"STOP\"}],\"usageMetadata\":{\"promptTokenCount\":9,"
                                + "\"candidatesTokenCount\":2,\"totalTokenCount\":11},\"modelVersion\":\"gemini\"}")));
        ChatResponse response =
                MODELS.chat(nativeAt("google", "gemini-2.5-flash", "/v1beta")).chat(HELLO);
        assertThat(response.aiMessage().text()).isEqualTo("Hi.");
    }

    @Test
    void googles_rate_limit_that_speaks_of_a_quota_is_a_rate_limit() {
        NATIVE.stubFor(post(urlPathEqualTo("/v1beta/models/gemini-2.5-flash:generateContent"))
                .willReturn(aResponse()
                        .withStatus(429)
                        .withBody("{\"error\":{\"code\":429,\"message\":\"You exceeded your current quota, please check"
                                + " your plan and billing details. Please retry in 3600s.\",\"status\":"
                                + "\"RESOURCE_EXHAUSTED\",\"details\":[{\"retryDelay\":\"3600s\"}]}}")));
        RoutingChatModel model = RoutingChatModel.builder(
                        List.of(candidate("gemini", nativeAt("google", "gemini-2.5-flash", "/v1beta"), "0.01")))
                .build();
        assertThat(kinds(failed(model))).containsExactly(FailureKind.RATE_LIMITED);
    }

    private static Endpoint nativeAt(String provider, String model, String path) {
        return Endpoint.of(Provider.named(provider), model)
                .withKey("sk-test")
                .withUrl(URI.create("http://127.0.0.1:" + NATIVE.port() + path))
                .within(Duration.ofSeconds(60), Duration.ofSeconds(60));
    }

    private RoutingStreamingChatModel streamingOf(String first, String second) {
        Profile cheap = Profile.of(Price.perCall("0.001")).withOutputLimit(1_000);
        return RoutingStreamingChatModel.builder(List.of(
                        Candidate.of(first, MODELS.streaming(at("openrouter", first)), cheap),
                        Candidate.of(
                                second,
                                MODELS.streaming(at("openrouter", second)),
                                cheap.withPrice(Price.perCall("0.01")))))
                .objective(Objective.cheapest())
                .build();
    }

    private static Answer stream(String... events) {
        StringBuilder text = new StringBuilder();
        for (String event : events) {
            text.append("data: ").append(event).append("\n\n");
        }
        return Answer.raw(200, "text/event-stream", text + "data: [DONE]\n\n");
    }

    private static String chunk(String content) {
        return "{\"id\":\"gen-1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[{"
                + "\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"" + content
                + "\"},\"finish_reason\":null}]}";
    }

    /** As OpenRouter documents it: the error at the top, beside an empty last choice. */
    private static String error(int code) {
        return "{\"id\":\"gen-1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"error\":{\"code\":"
                + code
                + ",\"message\":\"Provider disconnected\"},\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\"},"
                + "\"finish_reason\":\"error\"}]}";
    }

    private static ChatResponse whole(StreamingChatModel model, ChatRequest request) throws Exception {
        CompletableFuture<ChatResponse> whole = new CompletableFuture<>();
        model.chat(request, new StreamingChatResponseHandler() {
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
}
