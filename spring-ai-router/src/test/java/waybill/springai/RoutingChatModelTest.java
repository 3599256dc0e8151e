package waybill.springai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.observation.tck.TestObservationRegistry;
import io.micrometer.observation.tck.TestObservationRegistryAssert;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.ai.chat.client.ChatClient;
import org.springframework.ai.chat.client.ChatClientResponse;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.messages.Message;
import org.springframework.ai.chat.messages.ToolResponseMessage;
import org.springframework.ai.chat.messages.UserMessage;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.model.tool.ToolCallingChatOptions;
import org.springframework.ai.tool.annotation.Tool;
import reactor.core.Disposable;
import reactor.test.StepVerifier;
import waybill.routing.Candidate;
import waybill.routing.Hints;
import waybill.routing.Objective;
import waybill.routing.Plan;
import waybill.routing.Receipt;
import waybill.routing.RoutingException;
import waybill.testing.Answer;
import waybill.testing.ModelRequest;
import waybill.testing.Outcome;
import waybill.testing.ScriptedModelServer;

class RoutingChatModelTest {

    private static final Duration LONG = Duration.ofSeconds(60);

    private final ScriptedModelServer server = ScriptedModelServer.start();

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void answers_by_the_chosen_candidate_with_its_metadata_and_a_receipt() {
        server.answer("first", Answer.text("blue").usage(11, 1));
        ChatResponse response = router().call(new Prompt("Why is the sky blue?"));
        assertThat(response.getResult().getOutput().getText()).isEqualTo("blue");
        assertThat(response.getMetadata().getModel()).isEqualTo("first");
        assertThat(response.getMetadata().getUsage().getPromptTokens()).isEqualTo(11);
        assertThat(response.getMetadata().getId()).isNotBlank();
        Receipt receipt = RoutingChatModel.receiptOf(response).orElseThrow();
        assertThat(receipt.answeredBy()).contains("first");
        assertThat(receipt.answer().orElseThrow().usage().inputTokens()).isEqualTo(11);
    }

    @Test
    void plans_without_calling_anybody() {
        Plan plan = router().plan(new Prompt("hello"));
        assertThat(plan.choices().get(0).candidate()).isEqualTo("first");
        assertThat(server.requestCount()).isZero();
    }

    @Test
    void streams_with_the_receipt_on_the_last_chunk() {
        server.answer("first", Answer.text("one two three").usage(5, 3));
        List<ChatResponse> chunks =
                router().stream(new Prompt("count")).collectList().block(LONG);
        assertThat(chunks.stream().map(Responses::text).reduce("", String::concat))
                .isEqualTo("one two three");
        List<Receipt> receipts = new ArrayList<>();
        chunks.forEach(chunk -> RoutingChatModel.receiptOf(chunk).ifPresent(receipts::add));
        assertThat(receipts).hasSize(1);
        assertThat(RoutingChatModel.receiptOf(chunks.get(chunks.size() - 1))).isPresent();
        assertThat(receipts.get(0).answer().orElseThrow().firstContent()).isNotNull();
    }

    @Test
    void sends_each_candidate_its_own_model_name_and_the_callers_options() {
        server.answer("first", Answer.error(500, "boom")).answer("second", Answer.text("ok"));
        ChatModel first = Servers.model(
                server, "first", options -> options.stop(List.of("END")).seed(7));
        RoutingChatModel router = RoutingChatModel.builder(List.of(
                        Candidate.of("first", first, Servers.CHEAP),
                        Candidate.<ChatModel>of("second", Servers.model(server, "second"), Servers.DEAR)))
                .objective(Objective.cheapest())
                .build();
        ChatOptions asked = ChatOptions.builder()
                .model("auto")
                .temperature(0.25)
                .stopSequences(List.of("END", "STOP"))
                .build();
        router.call(new Prompt("hello", asked));
        ModelRequest toFirst = server.requests("first").get(0);
        assertThat(toFirst.json()).containsEntry("stop", List.of("END", "STOP"));
        assertThat(toFirst.number("seed")).contains(new BigDecimal("7"));
        assertThat(toFirst.number("temperature")).contains(new BigDecimal("0.25"));
        ModelRequest toSecond = server.requests("second").get(0);
        assertThat(toSecond.json())
                .containsEntry("stop", List.of("END", "STOP"))
                .doesNotContainKey("seed");
    }

    @Test
    void keeps_the_tools_of_a_chat_client_and_stays_with_the_model_that_called_them() {
        server.answer(
                "first",
                request -> request.toolResults().isEmpty()
                        ? Answer.toolCall("temperature", "{\"city\":\"Bern\"}")
                        : Answer.text("It is " + request.toolResults().get(0)));
        server.answer("second", Answer.text("never asked"));
        Thermometer thermometer = new Thermometer();
        String answer = ChatClient.create(router())
                .prompt("How warm is it in Bern?")
                .tools(thermometer)
                .call()
                .content();
        assertThat(answer).contains("21 degrees");
        assertThat(thermometer.asked).containsExactly("Bern");
        assertThat(server.requests("first")).hasSize(2);
        assertThat(server.requests("first").get(0).toolNames()).containsExactly("temperature");
        assertThat(server.requests("second")).isEmpty();
    }

    @Test
    void a_tool_round_stays_even_where_the_stamp_was_lost() {
        server.answer(
                "second",
                request -> request.toolResults().isEmpty()
                        ? Answer.toolCall("temperature", "{\"city\":\"Bern\"}")
                        : Answer.text("21"));
        RoutingChatModel router = router();
        ToolCallingChatOptions onlySecond = ToolCallingChatOptions.builder()
                .toolContext(Map.of(RoutingChatModel.HINTS, Hints.NONE.withAllowed("second")))
                .build();
        AssistantMessage called =
                router.call(new Prompt("How warm?", onlySecond)).getResult().getOutput();
        AssistantMessage withoutStamp = AssistantMessage.builder()
                .content("")
                .toolCalls(called.getToolCalls())
                .build();
        Message result = ToolResponseMessage.builder()
                .responses(List.of(new ToolResponseMessage.ToolResponse(
                        called.getToolCalls().get(0).id(), "temperature", "21")))
                .build();
        Plan plan = router.plan(new Prompt(List.of(new UserMessage("How warm?"), withoutStamp, result)));
        assertThat(plan.choices().get(0).candidate()).isEqualTo("second");
    }

    @Test
    void hints_of_the_advisor_reach_the_router_and_the_receipt_comes_back() {
        server.answer("second", Answer.text("from the second"));
        ChatClientResponse response = ChatClient.builder(router())
                .defaultAdvisors(new RoutingAdvisor())
                .build()
                .prompt("hello")
                .advisors(advisor -> advisor.param(RoutingChatModel.HINTS, Hints.NONE.withAllowed("second")))
                .call()
                .chatClientResponse();
        assertThat(response.chatResponse().getResult().getOutput().getText()).isEqualTo("from the second");
        assertThat(response.context().get(RoutingChatModel.RECEIPT)).isInstanceOf(Receipt.class);
        assertThat(server.requests("second").get(0).body()).doesNotContain("waybill");
    }

    @Test
    void a_ceiling_that_nobody_meets_is_an_error_that_says_so() {
        RoutingChatModel router = Servers.firstThenSecond(server)
                .defaults(Hints.NONE.withCostCeiling("0.0000001"))
                .build();
        assertThatThrownBy(() -> router.call(new Prompt("hello")))
                .isInstanceOf(RoutingException.class)
                .hasMessageContaining("ceiling");
        assertThat(server.requestCount()).isZero();
    }

    @Test
    void a_disposed_stream_closes_the_connection_to_the_provider() throws Exception {
        server.answer("first", Answer.text("one two three four").stallAfter(2));
        AtomicReference<String> heard = new AtomicReference<>("");
        CountDownLatch two = new CountDownLatch(2);
        Disposable stream = router().stream(new Prompt("count")).subscribe(chunk -> {
            heard.updateAndGet(before -> before + Responses.text(chunk));
            if (!Responses.text(chunk).isEmpty()) {
                two.countDown();
            }
        });
        assertThat(two.await(60, TimeUnit.SECONDS)).isTrue();
        stream.dispose();
        assertThat(server.requests("first").get(0).outcome().get(60, TimeUnit.SECONDS))
                .isEqualTo(Outcome.CLIENT_LEFT);
        assertThat(heard.get()).isEqualTo("one two");
    }

    @Test
    void its_observation_is_the_parent_of_the_candidates_own() {
        server.answer("first", Answer.error(500, "boom")).answer("second", Answer.text("ok"));
        TestObservationRegistry registry = TestObservationRegistry.create();
        RoutingChatModel router =
                Servers.firstThenSecond(server).observationRegistry(registry).build();
        router.call(new Prompt("hello"));
        TestObservationRegistryAssert.assertThat(registry)
                .hasNumberOfObservationsWithNameEqualTo(RoutingChatModel.OBSERVATION, 1)
                .hasObservationWithNameEqualTo(RoutingChatModel.OBSERVATION)
                .that()
                .hasBeenStopped()
                .hasLowCardinalityKeyValue("waybill.candidate", "second");
        router.stream(new Prompt("hello")).blockLast(LONG);
        TestObservationRegistryAssert.assertThat(registry)
                .hasNumberOfObservationsWithNameEqualTo(RoutingChatModel.OBSERVATION, 2);
    }

    @Test
    void a_stream_without_an_answer_ends_in_one_error() {
        server.answer("first", Answer.error(500, "boom")).answer("second", Answer.error(500, "boom"));
        StepVerifier.create(router().stream(new Prompt("hello")))
                .expectError(RoutingException.class)
                .verify(LONG);
    }

    @Test
    void reads_the_names_of_a_tools_parameters_without_a_json_library() {
        String json = "{\"a\":{\"type\":\"string\",\"enum\":[\"x\",\"{\"]},\"b\\\"c\":1,\"d\":[{\"e\":2}]} tail";
        assertThat(new TopLevelKeys(json, 1).read()).containsExactly("a", "b\\\"c", "d");
        assertThat(new TopLevelKeys("{\"a\":{\"b", 1).read()).containsExactly("a");
        assertThat(new TopLevelKeys("", 0).read()).isEmpty();
    }

    private RoutingChatModel router() {
        return Servers.firstThenSecond(server).build();
    }

    static final class Thermometer {
        final List<String> asked = new ArrayList<>();

        @Tool(description = "The temperature of a city")
        String temperature(String city) {
            asked.add(city);
            return "21 degrees";
        }
    }
}
