package waybill.langchain4j;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.Capability;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.ChatRequestOptions;
import dev.langchain4j.model.chat.listener.ChatModelErrorContext;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.listener.ChatModelRequestContext;
import dev.langchain4j.model.chat.listener.ChatModelResponseContext;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.request.ResponseFormatType;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.model.chat.request.json.JsonSchema;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.openai.OpenAiChatModel;
import dev.langchain4j.model.openai.OpenAiChatRequestParameters;
import dev.langchain4j.model.openai.OpenAiChatResponseMetadata;
import dev.langchain4j.service.AiServices;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import waybill.routing.Attempt;
import waybill.routing.Candidate;
import waybill.routing.Cost;
import waybill.routing.FailureKind;
import waybill.routing.Feedback;
import waybill.routing.Hints;
import waybill.routing.Objective;
import waybill.routing.Plan;
import waybill.routing.Receipt;
import waybill.routing.RoutingException;
import waybill.testing.Answer;
import waybill.testing.Outcome;
import waybill.testing.ScriptedModelServer;
import waybill.testing.contract.VirtualTime;

class RoutingChatModelTest {

    private final ScriptedModelServer server = ScriptedModelServer.start();

    @AfterEach
    void stop() {
        server.close();
    }

    private Candidate<ChatModel> cheap() {
        return Candidate.of("cheap", Servers.blocking(server, "cheap-1"), Servers.CHEAP);
    }

    private Candidate<ChatModel> dear() {
        return Candidate.of("dear", Servers.blocking(server, "dear-1"), Servers.DEAR);
    }

    private RoutingChatModel.Builder routing() {
        return RoutingChatModel.builder(List.of(dear(), cheap())).objective(Objective.cheapest());
    }

    private static ChatRequest hello() {
        return ChatRequest.builder().messages(UserMessage.from("hello")).build();
    }

    private static Receipt receipt(ChatResponse response) {
        return RoutedChatResponse.receiptOf(response).orElseThrow();
    }

    @Test
    void answers_with_the_chosen_model_and_its_receipt() {
        server.answer("cheap-1", Answer.text("hi").usage(1_000, 500));
        ChatResponse response = routing().build().chat(hello());
        assertThat(response.aiMessage().text()).isEqualTo("hi");
        assertThat(response.metadata()).isInstanceOf(OpenAiChatResponseMetadata.class);
        assertThat(response.metadata().modelName()).isEqualTo("cheap-1");
        assertThat(receipt(response).answeredBy()).contains("cheap");
        assertThat(receipt(response).cost()).isEqualTo(Cost.exact(new BigDecimal("0.0003")));
    }

    @Test
    void an_answer_that_was_cut_and_one_that_was_scored_move_the_next_plan() {
        server.answer(
                "cheap-1",
                Answer.raw(
                        200,
                        "application/json",
                        """
                {"id":"x","object":"chat.completion","created":1,"model":"cheap-1",
                 "choices":[{"index":0,"message":{"role":"assistant","content":"hi"},"finish_reason":"length"}],
                 "usage":{"prompt_tokens":10,"completion_tokens":1,"total_tokens":11}}"""));
        RoutingChatModel model = routing().build();
        double before = chance(model.plan(hello()));
        model.chat(hello());
        double cut = chance(model.plan(hello()));
        assertThat(cut).isLessThan(before);
        server.answer("cheap-1", Answer.text("hi"));
        ChatResponse second = model.chat(hello());
        assertThat(model.feedback(receipt(second).id(), 0)).isEqualTo(Feedback.TAKEN);
        assertThat(chance(model.plan(hello()))).isLessThan(cut);
        assertThat(model.feedback("another", 1)).isEqualTo(Feedback.UNKNOWN);
    }

    private static double chance(Plan plan) {
        return plan.choices().stream()
                .filter(choice -> choice.candidate().equals("cheap"))
                .findFirst()
                .orElseThrow()
                .prediction()
                .good();
    }

    @Test
    void cached_and_reasoning_tokens_are_priced_as_the_provider_counts_them() {
        server.answer(
                "m",
                Answer.raw(
                        200,
                        "application/json",
                        """
                {"id":"x","object":"chat.completion","created":1,"model":"m",
                 "choices":[{"index":0,"message":{"role":"assistant","content":"hi"},"finish_reason":"stop"}],
                 "usage":{"prompt_tokens":1000,"completion_tokens":100,"total_tokens":1100,
                   "prompt_tokens_details":{"cached_tokens":800},
                   "completion_tokens_details":{"reasoning_tokens":60}}}"""));
        Candidate<ChatModel> candidate = Candidate.of(
                "m",
                Servers.blocking(server, "m"),
                waybill.routing.Profile.of(waybill.routing.Price.perMillion("1", "10")
                        .withCachedInput("0.1")
                        .withReasoning("5")));
        ChatResponse response =
                RoutingChatModel.builder(List.of(candidate)).build().chat(hello());
        // 200 at $1, 800 at $0.1, 40 at $10, 60 at $5 per million
        assertThat(receipt(response).cost()).isEqualTo(Cost.exact(new BigDecimal("0.00098")));
    }

    @Test
    void sends_the_targets_model_name_and_keeps_the_callers_provider_options() {
        server.answer(Answer.text("hi"));
        ChatRequest request = ChatRequest.builder()
                .messages(UserMessage.from("hello"))
                .parameters(OpenAiChatRequestParameters.builder()
                        .modelName("auto")
                        .seed(7)
                        .temperature(0.5)
                        .build())
                .build();
        routing().build().chat(request);
        assertThat(server.requests()).hasSize(1);
        assertThat(server.requests().get(0).model()).isEqualTo("cheap-1");
        assertThat(server.requests().get(0).number("seed")).contains(new BigDecimal("7"));
        assertThat(server.requests().get(0).number("temperature")).contains(new BigDecimal("0.5"));
    }

    @Test
    void a_candidate_may_have_a_wire_name_of_its_own() {
        server.answer(Answer.text("hi"));
        RoutingChatModel.builder(List.of(cheap().withModelName("other")))
                .build()
                .chat(hello());
        assertThat(server.requests().get(0).model()).isEqualTo("other");
    }

    @Test
    void explains_without_calling() {
        Plan plan = routing().build().plan(hello());
        assertThat(plan.first().orElseThrow().candidate()).isEqualTo("cheap");
        assertThat(server.requestCount()).isZero();
    }

    @Test
    void hints_hold_for_one_call() {
        server.answer(Answer.text("hi"));
        RoutingChatModel model = routing().build();
        assertThat(receipt(model.chat(hello(), Hints.NONE.withAllowed("dear"))).answeredBy())
                .contains("dear");
        assertThat(receipt(model.chat(hello(), Hints.NONE.withObjective(Objective.best())))
                        .answeredBy())
                .contains("dear");
        assertThat(receipt(model.chat(hello())).answeredBy()).contains("cheap");
        assertThatThrownBy(() -> model.chat(hello(), Hints.NONE.withCostCeiling("0.0000001")))
                .isInstanceOf(RoutingException.class)
                .hasMessageContaining("raise the ceiling to");
    }

    @Test
    void a_schema_is_routed_to_those_that_follow_one_and_claimed_only_when_all_do() {
        OpenAiChatModel follows = OpenAiChatModel.builder()
                .baseUrl(server.baseUrl())
                .apiKey("none")
                .modelName("schema-1")
                .supportedCapabilities(Capability.RESPONSE_FORMAT_JSON_SCHEMA)
                .maxRetries(0)
                .build();
        server.answer(Answer.text("{}"));
        RoutingChatModel model = RoutingChatModel.builder(
                        List.of(cheap(), Candidate.of("schema", follows, Servers.DEAR)))
                .objective(Objective.cheapest())
                .build();
        assertThat(model.supportedCapabilities()).isEmpty();
        assertThat(RoutingChatModel.builder(List.of(Candidate.of("schema", follows, Servers.DEAR)))
                        .build()
                        .supportedCapabilities())
                .containsExactly(Capability.RESPONSE_FORMAT_JSON_SCHEMA);
        ChatRequest request = ChatRequest.builder()
                .messages(UserMessage.from("hello"))
                .responseFormat(ResponseFormat.builder()
                        .type(ResponseFormatType.JSON)
                        .jsonSchema(JsonSchema.builder()
                                .name("answer")
                                .rootElement(JsonObjectSchema.builder()
                                        .addStringProperty("text")
                                        .build())
                                .build())
                        .build())
                .build();
        assertThat(receipt(model.chat(request)).answeredBy()).contains("schema");
        assertThat(receipt(model.chat(hello())).answeredBy()).contains("cheap");
    }

    @Test
    void a_tool_round_stays_with_the_model_that_called_the_tool() {
        ToolSpecification tool = ToolSpecification.builder()
                .name("price")
                .description("A price")
                .parameters(
                        JsonObjectSchema.builder().addStringProperty("asset").build())
                .build();
        server.answer("dear-1", Answer.toolCall("price", "{\"asset\":\"ETH\"}"));
        RoutingChatModel model = routing().build();
        ChatRequest first = ChatRequest.builder()
                .messages(UserMessage.from("hello"))
                .toolSpecifications(tool)
                .build();
        AiMessage call = model.chat(first, Hints.NONE.withAllowed("dear")).aiMessage();
        assertThat(call.attributes()).containsEntry("waybill.candidate", "dear");
        server.answer(Answer.text("done"));
        for (AiMessage remembered :
                List.of(call, call.toBuilder().attributes(java.util.Map.of()).build())) {
            ChatRequest round = ChatRequest.builder()
                    .messages(
                            UserMessage.from("hello"),
                            remembered,
                            ToolExecutionResultMessage.from(
                                    call.toolExecutionRequests().get(0), "3000"))
                    .toolSpecifications(tool)
                    .build();
            assertThat(receipt(model.chat(round)).answeredBy())
                    .as("by the stamp, and by the tool call's id when a memory dropped the stamp")
                    .contains("dear");
        }
    }

    @Test
    void listeners_fire_once_at_each_level() {
        List<String> heard = Collections.synchronizedList(new ArrayList<>());
        OpenAiChatModel observed = OpenAiChatModel.builder()
                .baseUrl(server.baseUrl())
                .apiKey("none")
                .modelName("cheap-1")
                .maxRetries(0)
                .listeners(List.of(new Hearing("delegate", heard)))
                .build();
        server.answer("cheap-1", Answer.error(500, "boom")).answer("dear-1", Answer.text("hi"));
        RoutingChatModel model = RoutingChatModel.builder(
                        List.of(Candidate.of("cheap", observed, Servers.CHEAP), dear()))
                .objective(Objective.cheapest())
                .listeners(List.of(new Hearing("router", heard)))
                .build();
        ChatRequest request = ChatRequest.builder()
                .messages(UserMessage.from("hello"))
                .modelName("auto")
                .build();
        model.chat(
                request,
                ChatRequestOptions.builder()
                        .addListenerAttribute("trace", "t-1")
                        .build());
        assertThat(heard)
                .containsExactly(
                        "router request auto t-1",
                        "delegate request cheap-1 t-1",
                        "delegate error",
                        "router response dear-1");
    }

    private record Hearing(String name, List<String> heard) implements ChatModelListener {
        @Override
        public void onRequest(ChatModelRequestContext context) {
            heard.add(name + " request " + context.chatRequest().modelName() + " "
                    + context.attributes().get("trace"));
        }

        @Override
        public void onResponse(ChatModelResponseContext context) {
            heard.add(name + " response " + context.chatResponse().modelName());
        }

        @Override
        public void onError(ChatModelErrorContext context) {
            heard.add(name + " error");
        }
    }

    @Test
    void default_parameters_fill_in_what_a_request_leaves_out() {
        server.answer(Answer.text("hi"));
        RoutingChatModel model = routing()
                .defaultRequestParameters(
                        ChatRequestParameters.builder().temperature(0.25).build())
                .build();
        model.chat(hello());
        assertThat(server.requests().get(0).number("temperature")).contains(new BigDecimal("0.25"));
    }

    @Test
    void serves_as_the_model_of_an_ai_service() {
        server.answer(Answer.text("Bonjour"));
        Translator translator = AiServices.create(Translator.class, routing().build());
        assertThat(translator.translate("Good day")).isEqualTo("Bonjour");
    }

    interface Translator {
        String translate(String text);
    }

    @Test
    void asynchronous_calls_fail_over_too() throws Exception {
        server.answer("cheap-1", Answer.error(500, "boom")).answer("dear-1", Answer.text("hi"));
        ChatResponse response = routing().build().chatAsync(hello()).get(60, SECONDS);
        assertThat(response.aiMessage().text()).isEqualTo("hi");
        assertThat(receipt(response).attempts())
                .extracting(Attempt::failure)
                .containsExactly(FailureKind.SERVER_ERROR, null);
    }

    @Test
    void an_asynchronous_failure_carries_its_receipt() {
        server.answer(Answer.error(400, "temperature is out of range"));
        CompletableFuture<ChatResponse> future = routing().build().chatAsync(hello());
        ExecutionException thrown = catchThrowableOfType(ExecutionException.class, () -> future.get(60, SECONDS));
        assertThat(thrown.getCause()).isInstanceOfSatisfying(RoutingException.class, failure -> {
            assertThat(failure.kind()).contains(FailureKind.BAD_REQUEST);
            assertThat(failure.receipt().attempts()).hasSize(1);
        });
    }

    @Test
    void a_cancelled_future_reaches_the_provider_and_nobody_else_is_asked() throws Exception {
        server.answer(Answer.hang());
        CompletableFuture<ChatResponse> future = routing().build().chatAsync(hello());
        server.awaitRequests(1, Duration.ofSeconds(60));
        future.cancel(true);
        assertThat(server.requests().get(0).outcome().get(60, SECONDS)).isEqualTo(Outcome.CLIENT_LEFT);
        assertThat(server.requestCount()).isEqualTo(1);
    }

    @Test
    void an_interrupted_caller_gets_back_at_once_and_nobody_else_is_asked() throws Exception {
        server.answer(Answer.hang());
        RoutingChatModel model = routing().build();
        CompletableFuture<RoutingException> thrown = new CompletableFuture<>();
        CountDownLatch started = new CountDownLatch(1);
        Thread caller = new Thread(() -> {
            started.countDown();
            thrown.complete(catchThrowableOfType(RoutingException.class, () -> model.chat(hello())));
        });
        caller.start();
        started.await();
        server.awaitRequests(1, Duration.ofSeconds(60));
        caller.interrupt();
        assertThat(thrown.get(60, SECONDS).kind()).contains(FailureKind.CANCELLED);
        assertThat(server.requestCount()).isEqualTo(1);
    }

    @Test
    void concurrent_calls_keep_their_receipts_apart() throws Exception {
        server.answer("cheap-1", request -> Answer.text("echo " + request.lastUserText()));
        RoutingChatModel model = routing().build();
        List<CompletableFuture<ChatResponse>> calls = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            calls.add(model.chatAsync(
                    ChatRequest.builder().messages(UserMessage.from("n" + i)).build()));
        }
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            ChatResponse response = calls.get(i).get(60, SECONDS);
            assertThat(response.aiMessage().text()).isEqualTo("echo n" + i);
            ids.add(receipt(response).id());
        }
        assertThat(ids).doesNotHaveDuplicates();
    }

    private static ChatRequest asksForJson() {
        return ChatRequest.builder()
                .messages(UserMessage.from("a price"))
                .responseFormat(ResponseFormat.builder()
                        .type(ResponseFormatType.JSON)
                        .jsonSchema(JsonSchema.builder()
                                .name("price")
                                .rootElement(JsonObjectSchema.builder()
                                        .addNumberProperty("usd")
                                        .required("usd")
                                        .build())
                                .build())
                        .build())
                .build();
    }

    private RoutingChatModel.Builder cascading() {
        Candidate<ChatModel> cheap = cheap();
        Candidate<ChatModel> dear = dear();
        return RoutingChatModel.builder(List.of(
                        dear.withProfile(dear.profile().withJsonSchema(true)),
                        cheap.withProfile(cheap.profile().withJsonSchema(true))))
                .objective(Objective.best())
                .cascade(CascadeCheck.followsFormat());
    }

    @Test
    void a_cascade_escalates_once_when_the_cheap_answer_does_not_follow_the_schema() throws Exception {
        server.answer("cheap-1", Answer.text("{\"usd\": \"a lot\"}").usage(1_000, 500))
                .answer("dear-1", Answer.text("{\"usd\": 3.5}").usage(1_000, 500));
        ChatResponse response = cascading().build().chat(asksForJson());
        assertThat(response.aiMessage().text()).contains("3.5");
        assertThat(receipt(response).attempts()).extracting(Attempt::candidate).containsExactly("cheap", "dear");
        assertThat(receipt(response).attempts().get(0).message()).isEqualTo("the answer.usd is not a number");
        assertThat(receipt(response).cost().usd()).as("both are paid for").isEqualByComparingTo("0.0153");
        assertThat(cascading()
                        .build()
                        .chatAsync(asksForJson())
                        .get(60, SECONDS)
                        .aiMessage()
                        .text())
                .contains("3.5");
    }

    @Test
    void a_cascade_ends_where_the_second_answer_is_wrong_too_and_stays_cheap_where_the_first_is_right() {
        server.answer("cheap-1", Answer.text("{}")).answer("dear-1", Answer.text("sorry"));
        RoutingException thrown = catchThrowableOfType(
                RoutingException.class, () -> cascading().build().chat(asksForJson()));
        assertThat(thrown.kind()).contains(FailureKind.ANSWER_REJECTED);
        assertThat(thrown).hasMessageContainingAll("lacks \"usd\"", "is not JSON");
        server.answer("cheap-1", Answer.text("{\"usd\": 1}"));
        assertThat(receipt(cascading().build().chat(asksForJson())).attempts()).hasSize(1);
    }

    @Test
    void an_attempt_that_takes_too_long_is_interrupted_and_the_next_answers() {
        VirtualTime time = new VirtualTime();
        server.answer("cheap-1", Answer.hang()).answer("dear-1", Answer.text("saved"));
        var unused = CompletableFuture.runAsync(
                () -> passOnceAsked(time, Duration.ofMillis(1_001)), task -> new Thread(task).start());
        ChatResponse response = routing()
                .tune(router -> router.time(time).timers(time).answerWithin(Duration.ofSeconds(1)))
                .build()
                .chat(hello());
        assertThat(response.aiMessage().text()).isEqualTo("saved");
        assertThat(receipt(response).attempts().get(0).failure()).isEqualTo(FailureKind.TIMEOUT);
        assertThat(Thread.interrupted()).isFalse();
    }

    private void passOnceAsked(VirtualTime time, Duration span) {
        try {
            server.awaitRequests(1, Duration.ofSeconds(60));
            if (time.awaitTimerWithin(span, Duration.ofSeconds(60))) {
                time.advance(span);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Answers when it is let, and says whether it was interrupted. */
    private static final class Gated implements ChatModel {
        private final CountDownLatch called = new CountDownLatch(1);
        private final CountDownLatch go = new CountDownLatch(1);
        private final CountDownLatch interrupted = new CountDownLatch(1);
        private volatile boolean open = true;

        @Override
        public ChatResponse doChat(ChatRequest request) {
            called.countDown();
            try {
                if (!open) {
                    go.await();
                }
            } catch (InterruptedException e) {
                interrupted.countDown();
                throw new IllegalStateException(e);
            }
            return ChatResponse.builder()
                    .aiMessage(AiMessage.from("gated"))
                    .finishReason(dev.langchain4j.model.output.FinishReason.STOP)
                    .build();
        }
    }

    @Test
    void a_hedge_answers_from_the_quick_and_interrupts_the_slow() throws Exception {
        Gated slow = new Gated();
        Gated quick = new Gated();
        waybill.routing.Profile cheap = waybill.routing.Profile.of(waybill.routing.Price.perCall("0.001"));
        waybill.routing.Profile dear = waybill.routing.Profile.of(waybill.routing.Price.perCall("0.002"));
        RoutingChatModel model = RoutingChatModel.builder(List.of(
                        Candidate.<ChatModel>of("slow", slow, cheap), Candidate.<ChatModel>of("quick", quick, dear)))
                .objective(Objective.cheapest())
                .hedge(waybill.routing.Hedging.upTo("0.01"))
                .build();
        for (int i = 0; i < 40; i++) {
            model.chat(hello());
        }
        slow.open = false;
        ChatResponse response = model.chat(hello());
        assertThat(receipt(response).answeredBy()).contains("quick");
        assertThat(receipt(response).attempts()).extracting(Attempt::failure).contains(FailureKind.OVERTAKEN);
        assertThat(receipt(response).notes()).contains("hedged with quick");
        assertThat(slow.interrupted.await(60, SECONDS)).isTrue();
    }

    @Test
    void an_interrupted_caller_returns_from_a_candidate_that_heeds_it_and_from_a_hedged_call_always() throws Exception {
        for (boolean hedged : new boolean[] {false, true}) {
            Gated gated = new Gated();
            gated.open = false;
            RoutingChatModel.Builder builder = RoutingChatModel.builder(List.of(Candidate.<ChatModel>of(
                    "gated", gated, waybill.routing.Profile.of(waybill.routing.Price.perCall("0.001")))));
            RoutingChatModel model = (hedged ? builder.hedge(waybill.routing.Hedging.upTo("1")) : builder).build();
            CompletableFuture<Throwable> thrown = new CompletableFuture<>();
            Thread caller = new Thread(() -> {
                try {
                    model.chat(hello());
                } catch (RoutingException e) {
                    thrown.complete(Thread.currentThread().isInterrupted() ? e : null);
                }
            });
            caller.start();
            assertThat(gated.called.await(60, SECONDS)).isTrue();
            caller.interrupt();
            assertThat(thrown.get(60, SECONDS)).isInstanceOfSatisfying(RoutingException.class, e -> assertThat(e.kind())
                    .contains(FailureKind.CANCELLED));
        }
    }
}
