package waybill.springai.providers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.math.BigDecimal;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.ai.chat.prompt.Prompt;
import reactor.core.Disposable;
import waybill.routing.Attempt;
import waybill.routing.Candidate;
import waybill.routing.Endpoint;
import waybill.routing.FailureKind;
import waybill.routing.Objective;
import waybill.routing.Price;
import waybill.routing.Profile;
import waybill.routing.Provider;
import waybill.routing.Receipt;
import waybill.routing.RoutingException;
import waybill.springai.RoutingChatModel;
import waybill.testing.Answer;
import waybill.testing.Outcome;
import waybill.testing.ScriptedModelServer;

/** The same vendors' answers and errors as in LangChain4j, through OpenAI's official SDK on the JDK's client. */
class ProviderModelsTest {

    private final ScriptedModelServer server = ScriptedModelServer.start();

    @AfterEach
    void stop() {
        server.close();
    }

    private Endpoint at(String provider, String model) {
        return Endpoint.of(Provider.named(provider), model)
                .withKey("sk-test")
                .withUrl(URI.create(server.baseUrl()))
                .within(Duration.ofSeconds(60), Duration.ofSeconds(60));
    }

    private Candidate<ChatModel> candidate(String provider, String model, String price) {
        return Candidate.of(
                model,
                ProviderModels.plain().chat(at(provider, model)),
                Profile.of(Price.perCall(price)).withOutputLimit(1_000));
    }

    private RoutingChatModel router(String provider, String... models) {
        return RoutingChatModel.builder(java.util.stream.IntStream.range(0, models.length)
                        .mapToObj(i -> candidate(provider, models[i], "0.0" + (i + 1)))
                        .toList())
                .objective(Objective.cheapest())
                .build();
    }

    private static List<FailureKind> kinds(Receipt receipt) {
        return receipt.attempts().stream().map(Attempt::failure).toList();
    }

    @Test
    void answers_whole_and_in_pieces_over_the_client_that_was_given() {
        server.answer("mistral-small", Answer.text("The pool holds 100 ETH.").usage(12, 5));
        int[] calls = {0};
        ChatModel model = ProviderModels.over(HttpClient::newBuilder)
                .chat(at("mistral", "mistral-small").withHeaders(() -> Map.of("X-Call", Integer.toString(++calls[0]))));
        ChatResponse whole = model.call(new Prompt("What is in the pool?"));
        assertThat(whole.getResult().getOutput().getText()).isEqualTo("The pool holds 100 ETH.");
        assertThat(whole.getMetadata().getUsage().getPromptTokens()).isEqualTo(12);
        List<String> pieces = model.stream(new Prompt("Again?"))
                .mapNotNull(chunk -> chunk.getResult() == null
                        ? null
                        : chunk.getResult().getOutput().getText())
                .collectList()
                .block(Duration.ofSeconds(60));
        assertThat(String.join("", pieces)).isEqualTo("The pool holds 100 ETH.");
        assertThat(server.requests().get(0).header("authorization")).contains("Bearer sk-test");
        assertThat(server.requests())
                .extracting(request -> request.header("x-call").orElse(""))
                .containsExactly("1", "2");
        assertThat(server.requests())
                .as("the mark of a stream stays in the process")
                .allSatisfy(
                        request -> assertThat(request.header(OpenStreams.MARK)).isEmpty());
    }

    @Test
    void a_missing_key_names_its_variable() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ProviderModels.plain().chat(Endpoint.of(Provider.named("anthropic"), "claude")))
                .withMessageContaining("ANTHROPIC_API_KEY");
    }

    @Test
    void a_limit_on_the_answer_is_said_as_the_provider_wants_it() {
        server.answer(Answer.text("Hi."));
        Prompt limited =
                new Prompt("Hello?", ChatOptions.builder().maxTokens(50).build());
        router("gaterouter", "auto").call(limited);
        router("mistral", "mistral-small").call(limited);
        assertThat(server.requests("auto").get(0).json())
                .containsEntry("max_completion_tokens", BigDecimal.valueOf(50))
                .doesNotContainKey("max_tokens");
        assertThat(server.requests("mistral-small").get(0).json())
                .containsEntry("max_tokens", BigDecimal.valueOf(50))
                .doesNotContainKey("max_completion_tokens");
    }

    @Test
    void an_error_is_not_tried_again_below_the_router_and_keeps_its_delay() {
        server.answer("first", Answer.rateLimited(Duration.ofHours(1)));
        server.answer("second", Answer.text("Hi."));
        ChatResponse response = router("groq", "first", "second").call(new Prompt("Hello?"));
        assertThat(kinds(RoutingChatModel.receiptOf(response).orElseThrow()))
                .containsExactly(FailureKind.RATE_LIMITED, null);
        assertThat(server.requests("first")).hasSize(1);
    }

    @Test
    void a_delay_that_is_said_as_a_date_is_kept() {
        Instant date = Instant.now().plus(Duration.ofHours(1)).truncatedTo(ChronoUnit.SECONDS);
        server.answer(
                "first",
                Answer.error(429, "slow down")
                        .header(
                                "Retry-After",
                                DateTimeFormatter.RFC_1123_DATE_TIME.format(date.atOffset(ZoneOffset.UTC))));
        server.answer("second", Answer.text("Hi."));
        RoutingChatModel router = router("groq", "first", "second");
        router.call(new Prompt("Hello?"));
        assertThat(router.snapshot().of("first").orElseThrow().coolDown().until())
                .as("but for the moment between reading the date and counting from it")
                .isBetween(date.minusSeconds(1), date.plus(Duration.ofMinutes(5)));
    }

    @Test
    void gaterouter_without_auto_counts_as_a_missing_model() {
        server.answer("auto", Answer.error(400, "auto routing is not enabled"));
        RoutingException failed = catchThrowableOfType(
                RoutingException.class, () -> router("gaterouter", "auto").call(new Prompt("Hi?")));
        assertThat(kinds(failed.receipt())).containsExactly(FailureKind.MODEL_MISSING);
    }

    @Test
    void openrouters_error_in_a_stream_is_an_error_of_its_code() {
        server.answer(
                "first",
                Answer.raw(
                        200,
                        "text/event-stream",
                        "data: {\"id\":\"gen-1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\","
                                + "\"error\":{\"code\":503,\"message\":\"no instances\"},\"choices\":[{\"index\":0,"
                                + "\"delta\":{\"content\":\"\"},\"finish_reason\":\"error\"}]}\n\n"));
        server.answer("second", Answer.text("From the second."));
        List<ChatResponse> chunks = router("openrouter", "first", "second").stream(new Prompt("Hello?"))
                .collectList()
                .block(Duration.ofSeconds(60));
        Receipt receipt =
                RoutingChatModel.receiptOf(chunks.get(chunks.size() - 1)).orElseThrow();
        assertThat(kinds(receipt)).containsExactly(FailureKind.OVERLOADED, null);
    }

    @Test
    void a_stream_that_is_given_up_before_it_begins_leaves_the_provider_without_a_router_too() throws Exception {
        server.answer("first", Answer.hang());
        Disposable running =
                ProviderModels.plain()
                        .chat(at("openai", "first").within(Duration.ofMinutes(1), Duration.ofMinutes(1)))
                        .stream(new Prompt("Hello?"))
                        .subscribe();
        server.awaitRequests(1, Duration.ofSeconds(60));
        running.dispose();
        assertThat(server.requests().get(0).outcome().get(60, TimeUnit.SECONDS)).isEqualTo(Outcome.CLIENT_LEFT);
    }

    @Test
    void a_stream_that_is_given_up_leaves_the_provider() throws Exception {
        server.answer("first", Answer.text("never ends at all").stallAfter(2));
        Disposable running =
                router("openai", "first").stream(new Prompt("Hello?")).subscribe();
        server.awaitRequests(1, Duration.ofSeconds(60));
        running.dispose();
        assertThat(server.requests().get(0).outcome().get(60, TimeUnit.SECONDS)).isEqualTo(Outcome.CLIENT_LEFT);
    }

    @Test
    void streams_that_stay_open_keep_no_other_waiting() throws Exception {
        server.answer("first", Answer.text("one two three").stallAfter(2));
        RoutingChatModel model = router("openai", "first");
        int many = ForkJoinPool.getCommonPoolParallelism() + 4;
        CountDownLatch begun = new CountDownLatch(many);
        List<Disposable> open = new ArrayList<>();
        for (int i = 0; i < many; i++) {
            AtomicBoolean first = new AtomicBoolean(true);
            open.add(model.stream(new Prompt("Hello?")).subscribe(chunk -> {
                if (first.getAndSet(false)) {
                    begun.countDown();
                }
            }));
        }
        assertThat(begun.await(60, TimeUnit.SECONDS)).isTrue();
        open.forEach(Disposable::dispose);
    }
}
