package waybill.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.openai.OpenAiChatModel;
import dev.langchain4j.model.output.FinishReason;
import io.micronaut.context.ApplicationContext;
import io.micronaut.runtime.server.EmbeddedServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import waybill.testing.Answer;
import waybill.testing.ModelRequest;
import waybill.testing.Outcome;
import waybill.testing.ScriptedModelServer;
import waybill.testing.Usage;

/** The API itself, given away: no chain is needed. */
class FreeGatewayTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final HttpClient CLIENT =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private static ScriptedModelServer upstream;
    private static Gateway gateway;

    @BeforeAll
    static void start() {
        upstream = ScriptedModelServer.start();
        gateway = Gateway.start(
                GatewaySettings.from(Map.of(
                        "waybill.gateway",
                        Map.of(
                                "port", 0,
                                "max-body-bytes", 200_000,
                                "models",
                                        List.of(
                                                Map.of(
                                                        "id",
                                                        "small",
                                                        "base-url",
                                                        upstream.baseUrl(),
                                                        "upstream-model",
                                                        "vendor/small-1",
                                                        "api-key-env",
                                                        "SMALL_KEY",
                                                        "timeout-seconds",
                                                        2,
                                                        "context-tokens",
                                                        8000,
                                                        "json-schema",
                                                        true),
                                                Map.of(
                                                        "id", "eyes",
                                                        "base-url", upstream.baseUrl(),
                                                        "inputs", List.of("text", "image")))))),
                Map.of("SMALL_KEY", "sk-small"));
    }

    @AfterAll
    static void stop() {
        gateway.close();
        upstream.close();
    }

    @Test
    void answers_in_openais_shape_with_the_key_and_name_of_the_provider() throws Exception {
        upstream.enqueue(Answer.text("Hello there.").usage(new Usage(12, 3, 5, 1)));
        int before = upstream.requests().size();

        HttpResponse<String> answer = post(
                "{\"model\":\"small\",\"messages\":[{\"role\":\"system\",\"content\":\"Be kind.\"},"
                        + "{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"Hi\"}]}],\"temperature\":0.5,\"top_p\":0.9,"
                        + "\"max_tokens\":50,\"stop\":[\"END\"],\"seed\":7,\"user\":\"ignored\",\"unheard_of\":{\"x\":1}}");

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().firstValue("Content-Type"))
                .hasValueSatisfying(type -> assertThat(type).startsWith("application/json"));
        JsonNode json = JSON.readTree(answer.body());
        assertThat(json.path("object").asText()).isEqualTo("chat.completion");
        assertThat(json.path("model").asText()).isEqualTo("small");
        assertThat(json.at("/choices/0/message/content").asText()).isEqualTo("Hello there.");
        assertThat(json.at("/choices/0/finish_reason").asText()).isEqualTo("stop");
        assertThat(json.at("/usage/total_tokens").asInt()).isEqualTo(15);
        assertThat(json.at("/usage/prompt_tokens_details/cached_tokens").asInt())
                .isEqualTo(5);
        ModelRequest sent = upstream.requests().get(before);
        assertThat(sent.header("Authorization")).contains("Bearer sk-small");
        assertThat(sent.model()).isEqualTo("vendor/small-1");
        assertThat(sent.messages()).hasSize(2);
        assertThat(sent.number("seed"))
                .hasValueSatisfying(seed -> assertThat(seed).isEqualByComparingTo("7"));
        assertThat(sent.number("max_tokens"))
                .hasValueSatisfying(max -> assertThat(max).isEqualByComparingTo("50"));
    }

    @Test
    void streams_tokens_as_they_come_then_usage_and_the_end() throws Exception {
        upstream.enqueue(
                Answer.text("one two three").usage(4, 3).stallAfter(2),
                Answer.text("one two three").usage(4, 3));

        HttpResponse<InputStream> stalled =
                CLIENT.send(chat(streaming("small")), HttpResponse.BodyHandlers.ofInputStream());
        try (InputStream body = stalled.body()) {
            assertThat(readUntil(body, "\" two\"")).contains("\"role\":\"assistant\"", "\"content\":\"one\"");
        }
        HttpResponse<String> whole = post(streaming("small"));

        List<String> events = events(whole.body());
        assertThat(whole.headers().firstValue("Content-Type"))
                .hasValueSatisfying(type -> assertThat(type).startsWith("text/event-stream"));
        assertThat(events.get(events.size() - 1)).isEqualTo("[DONE]");
        JsonNode usage = JSON.readTree(events.get(events.size() - 2));
        assertThat(usage.path("choices")).isEmpty();
        assertThat(usage.at("/usage/completion_tokens").asInt()).isEqualTo(3);
        assertThat(JSON.readTree(events.get(events.size() - 3))
                        .at("/choices/0/finish_reason")
                        .asText())
                .isEqualTo("stop");
    }

    @Test
    void a_reader_that_leaves_cancels_the_free_stream() throws Exception {
        upstream.enqueue(Answer.text("a b c d e f").stallAfter(3));
        int before = upstream.requests().size();

        HttpResponse<InputStream> answer =
                CLIENT.send(chat(streaming("eyes")), HttpResponse.BodyHandlers.ofInputStream());
        try (InputStream body = answer.body()) {
            readUntil(body, "\" c\"");
        }

        assertThat(upstream.requests().get(before).outcome().get(60, TimeUnit.SECONDS))
                .isEqualTo(Outcome.CLIENT_LEFT);
    }

    @Test
    void streams_that_stay_open_keep_no_other_waiting() throws Exception {
        List<InputStream> open = new ArrayList<>();
        for (int i = 0; i < ForkJoinPool.getCommonPoolParallelism() + 4; i++) {
            upstream.enqueue("eyes", Answer.text("a b c").stallAfter(2));
            open.add(CLIENT.send(chat(streaming("eyes")), HttpResponse.BodyHandlers.ofInputStream())
                    .body());
        }
        upstream.enqueue("vendor/small-1", Answer.text("x y"));

        assertThat(events(post(streaming("small")).body())).contains("[DONE]");
        for (InputStream body : open) {
            assertThat(readUntil(body, "\" b\"")).contains("\"content\":\"a\"");
            body.close();
        }
    }

    @Test
    void a_tool_round_goes_there_and_back_in_both_forms() throws Exception {
        upstream.answer(
                "vendor/small-1",
                request -> request.toolResults().isEmpty()
                        ? Answer.toolCall("price", "{\"pair\":\"ETH-USDC\"}").andToolCall("depth", "{}")
                        : Answer.text("It is " + request.toolResults()));
        ChatModel model = OpenAiChatModel.builder()
                .baseUrl(gateway.uri() + "/v1")
                .apiKey("none")
                .modelName("small")
                .maxRetries(0)
                .build();
        ToolSpecification tool = ToolSpecification.builder()
                .name("price")
                .description("A price")
                .parameters(JsonObjectSchema.builder()
                        .addStringProperty("pair")
                        .required("pair")
                        .build())
                .build();
        UserMessage question = UserMessage.from("What is the price?");

        ChatResponse asked = model.chat(ChatRequest.builder()
                .messages(question)
                .toolSpecifications(tool)
                .build());
        AiMessage calls = asked.aiMessage();
        ChatResponse told = model.chat(ChatRequest.builder()
                .messages(
                        question,
                        calls,
                        ToolExecutionResultMessage.from(
                                calls.toolExecutionRequests().get(0), "1842"),
                        ToolExecutionResultMessage.from(
                                calls.toolExecutionRequests().get(1), "deep"))
                .toolSpecifications(tool)
                .build());
        List<String> streamed =
                events(post("{\"model\":\"small\",\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],"
                                + "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"price\",\"parameters\":{\"type\":\"object\","
                                + "\"properties\":{\"pair\":{\"type\":\"string\",\"pattern\":\"[A-Z-]+\"}},\"additionalProperties\":false}}}],"
                                + "\"tool_choice\":{\"type\":\"function\",\"function\":{\"name\":\"price\"}}}")
                        .body());

        assertThat(asked.finishReason()).isEqualTo(FinishReason.TOOL_EXECUTION);
        assertThat(calls.toolExecutionRequests()).hasSize(2);
        assertThat(told.aiMessage().text()).isEqualTo("It is [1842, deep]");
        ModelRequest last = upstream.requests().get(upstream.requests().size() - 1);
        assertThat(last.toolNames()).containsExactly("price");
        assertThat(last.json()).containsEntry("tool_choice", "required");
        assertThat(last.body()).contains("[A-Z-]+");
        assertThat(String.join("\n", streamed))
                .contains(
                        "\"name\":\"price\"", "\\\"pair\\\"", "\"name\":\"depth\"", "\"finish_reason\":\"tool_calls\"");
        upstream.answer("vendor/small-1", Answer.text("ok"));
    }

    @Test
    void passes_a_json_schema_on_as_it_came() throws Exception {
        upstream.enqueue(Answer.text("{}"));

        HttpResponse<String> answer = post("{\"model\":\"small\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],"
                + "\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"r\",\"schema\":"
                + "{\"type\":\"object\",\"properties\":{\"n\":{\"type\":\"integer\",\"minimum\":3}}}}}}");

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(upstream.requests()
                        .get(upstream.requests().size() - 1)
                        .body()
                        .replaceAll("\\s", ""))
                .contains("\"json_schema\"", "\"minimum\":3");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\0',
            value = {
                "{                                                              | invalid_json    |",
                "[]                                                             | invalid_json    |",
                "{'a':1,'a':2}                                                  | invalid_json    |",
                "{'model':'small'} x                                            | invalid_json    |",
                "{}                                                             | invalid_value   | model",
                "{'model':'small'}                                              | invalid_value   | messages",
                "{'model':'small','messages':[]}                                | invalid_value   | messages",
                "{'model':'small','messages':[{'role':'king','content':'x'}]}   | invalid_value   | messages[0].role",
                "{'model':'small','messages':[{'role':'user','content':3}]}     | invalid_value   | messages[0].content",
                "{'model':'small','n':2,'messages':[{'role':'user','content':'x'}]}            | invalid_value | n",
                "{'model':'small','temperature':9,'messages':[{'role':'user','content':'x'}]}  | invalid_value | temperature",
                "{'model':'small','max_tokens':0,'messages':[{'role':'user','content':'x'}]}   | invalid_value | max_tokens",
                "{'model':'small','seed':1e99,'messages':[{'role':'user','content':'x'}]}      | invalid_value | seed",
                "{'model':'small','stream':'yes','messages':[{'role':'user','content':'x'}]}   | invalid_value | stream",
                "{'model':'small','functions':[],'messages':[{'role':'user','content':'x'}]}   | invalid_value | functions",
                "{'model':'small','tool_choice':'required','messages':[{'role':'user','content':'x'}]} | invalid_value | tool_choice",
                "{'model':'small','messages':[{'role':'tool','tool_call_id':'c','content':'x'}]} | invalid_value | messages[0].tool_call_id",
                "{'model':'small','messages':[{'role':'user','content':[{'type':'image_url','image_url':{'url':'https://x.example/a.png'}}]}]} | unsupported_content | messages[0].content[0]",
                "{'model':'eyes','messages':[{'role':'user','content':[{'type':'image_url','image_url':{'url':'file:///etc/passwd'}}]}]} | invalid_value | messages[0].content[0].image_url.url",
            })
    void refuses_what_it_does_not_understand_and_names_the_field(String body, String code, String param)
            throws Exception {
        HttpResponse<String> answer = post(body.strip().replace('\'', '"'));

        assertThat(answer.statusCode()).isEqualTo(400);
        JsonNode error = JSON.readTree(answer.body()).path("error");
        assertThat(error.path("code").asText()).isEqualTo(code);
        assertThat(error.path("type").asText()).isEqualTo("invalid_request_error");
        if (param != null) {
            assertThat(error.path("param").asText()).isEqualTo(param);
        }
    }

    @Test
    void refuses_json_nested_too_deep_and_bodies_too_long_or_empty() throws Exception {
        HttpResponse<String> deep = post("{\"model\":\"small\",\"x\":" + "[".repeat(5_000) + "]".repeat(5_000) + "}");
        HttpResponse<String> large = post("{\"model\":\"small\",\"x\":\"" + "a".repeat(250_000) + "\"}");
        HttpResponse<String> empty = post("");

        assertThat(deep.statusCode()).isEqualTo(400);
        assertThat(error(deep).path("message").asText()).contains("nested deeper than 64");
        assertThat(large.statusCode()).isEqualTo(413);
        assertThat(error(large).path("message").asText()).contains("200000");
        assertThat(empty.statusCode()).isEqualTo(400);
        assertThat(error(empty).path("code").asText()).isEqualTo("invalid_json");
    }

    @Test
    void refuses_what_a_web_page_could_make_a_browser_send() throws Exception {
        HttpRequest.Builder bare = HttpRequest.newBuilder(URI.create(gateway.uri() + "/v1/chat/completions"))
                .POST(HttpRequest.BodyPublishers.ofString(plain("small")));

        HttpResponse<String> untyped = CLIENT.send(bare.build(), HttpResponse.BodyHandlers.ofString());
        HttpResponse<String> text = CLIENT.send(
                bare.copy().header("Content-Type", "text/plain").build(), HttpResponse.BodyHandlers.ofString());
        String rebound;
        try (Socket socket = new Socket("127.0.0.1", gateway.uri().getPort())) {
            String body = plain("small");
            socket.getOutputStream()
                    .write(("POST /v1/chat/completions HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n"
                                    + "Content-Type: application/json\r\nContent-Length: " + body.length() + "\r\n\r\n"
                                    + body)
                            .getBytes(StandardCharsets.US_ASCII));
            rebound = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }

        assertThat(untyped.statusCode()).isEqualTo(415);
        assertThat(text.statusCode()).isEqualTo(415);
        assertThat(error(text).path("code").asText()).isEqualTo("unsupported_media_type");
        assertThat(rebound).startsWith("HTTP/1.1 403").contains("host_not_allowed");
    }

    @Test
    void stays_out_of_an_application_that_merely_has_it_on_its_class_path() throws Exception {
        try (EmbeddedServer other = ApplicationContext.run(EmbeddedServer.class, Map.of("micronaut.server.port", -1))) {
            HttpRequest request = HttpRequest.newBuilder(URI.create(other.getURI() + "/v1/models"))
                    .build();

            assertThat(CLIENT.send(request, HttpResponse.BodyHandlers.ofString())
                            .statusCode())
                    .isEqualTo(404);
        }
    }

    @Test
    void passes_images_on_to_a_model_that_reads_them() throws Exception {
        upstream.enqueue(Answer.text("a cat"));

        HttpResponse<String> answer = post(
                "{\"model\":\"eyes\",\"messages\":[{\"role\":\"user\",\"content\":["
                        + "{\"type\":\"text\",\"text\":\"what?\"},{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:image/png;base64,AAAA\"}}]}]}");

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(upstream.requests().get(upstream.requests().size() - 1).body())
                .contains("data:image/png;base64,AAAA");
    }

    @Test
    void names_the_models_when_asked_for_another() throws Exception {
        HttpResponse<String> answer = post("{\"model\":\"huge\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}");

        assertThat(answer.statusCode()).isEqualTo(404);
        assertThat(error(answer).path("code").asText()).isEqualTo("model_not_found");
        assertThat(error(answer).path("message").asText()).contains("small, eyes, auto");
    }

    @Test
    void answers_unknown_urls_and_wrong_methods_in_openais_shape() throws Exception {
        HttpResponse<String> unknown = get("/v2/nothing");
        HttpResponse<String> wrong = get("/v1/chat/completions");

        assertThat(unknown.statusCode()).isEqualTo(404);
        assertThat(error(unknown).path("code").asText()).isEqualTo("unknown_url");
        assertThat(wrong.statusCode()).isEqualTo(405);
        assertThat(error(wrong).path("code").asText()).isEqualTo("method_not_allowed");
        assertThat(wrong.headers().firstValue("Allow")).contains("POST");
    }

    @Test
    void tells_the_callers_part_of_each_failure_of_a_provider() throws Exception {
        Map<Answer, String> failures = Map.ofEntries(
                Map.entry(Answer.rateLimited(Duration.ofSeconds(7)), "429 rate_limit_exceeded"),
                Map.entry(Answer.quotaExhausted(), "503 upstream_quota"),
                Map.entry(Answer.error(500, "boom"), "502 upstream_failed"),
                Map.entry(Answer.error(503, "busy"), "503 upstream_overloaded"),
                Map.entry(Answer.overloaded(), "503 upstream_overloaded"),
                Map.entry(Answer.unauthorized(), "502 upstream_authentication"),
                Map.entry(Answer.error(404, "no such model"), "502 upstream_model_missing"),
                Map.entry(Answer.contextOverflow(4096), "400 context_length_exceeded"),
                Map.entry(Answer.contentRefused(), "400 content_filter"),
                Map.entry(Answer.invalidJson(), "502 upstream_malformed"),
                Map.entry(Answer.emptyChoices(), "502 upstream_malformed"),
                Map.entry(Answer.hang(), "504 upstream_timeout"),
                Map.entry(Answer.text("a b").stallAfter(0), "504 upstream_timeout"),
                Map.entry(Answer.reset(), "502 upstream_unreachable"),
                Map.entry(Answer.closed(), "502 upstream_unreachable"));
        for (boolean stream : new boolean[] {false, true}) {
            for (Map.Entry<Answer, String> failure : failures.entrySet()) {
                upstream.enqueue("vendor/small-1", failure.getKey());
                HttpResponse<String> answer = post("{\"model\":\"small\",\"stream\":" + stream
                        + ",\"messages\":[{\"role\":\"user\",\"content\":\"secret prompt\"}]}");
                assertThat(answer.statusCode() + " "
                                + error(answer).path("code").asText())
                        .as("%s, stream %s: %s", failure.getKey(), stream, answer.body())
                        .isEqualTo(failure.getValue());
                assertThat(answer.body()).doesNotContain("Incorrect API key", "secret prompt");
            }
        }
        upstream.enqueue("vendor/small-1", Answer.rateLimited(Duration.ofSeconds(7)));
        assertThat(post(plain("small")).headers().firstValue("Retry-After")).contains("7");
    }

    @Test
    void a_stream_that_breaks_after_it_began_ends_with_a_typed_error_and_no_end_mark() throws Exception {
        Answer answer = Answer.text("a b c d").tokensPerSecond(20);
        for (Answer broken :
                List.of(answer.cutAfter(3), answer.resetAfter(3), answer.malformedAfter(3), answer.stallAfter(3))) {
            upstream.enqueue("vendor/small-1", broken);

            List<String> events = events(post(streaming("small")).body());

            assertThat(events).as("%s", broken).doesNotContain("[DONE]");
            assertThat(String.join("", events)).contains("\"content\":\" b\"").doesNotContain("\"content\":\" d\"");
            assertThat(JSON.readTree(events.get(events.size() - 1))
                            .at("/error/type")
                            .asText())
                    .isEqualTo("upstream_error");
        }
    }

    @Test
    void lists_the_models_with_their_abilities_and_price() throws Exception {
        JsonNode list = JSON.readTree(get("/v1/models").body());
        JsonNode one = JSON.readTree(get("/v1/models/small").body());

        assertThat(list.path("object").asText()).isEqualTo("list");
        assertThat(list.at("/data/0")).isEqualTo(one);
        assertThat(one.path("context_length").asInt()).isEqualTo(8000);
        assertThat(one.at("/capabilities/json_schema").asBoolean()).isTrue();
        assertThat(one.at("/pricing/price").asText()).isEqualTo("0");
        assertThat(list.at("/data/1/capabilities/inputs").toString()).isEqualTo("[\"text\",\"image\"]");
        assertThat(get("/v1/models/nothing").statusCode()).isEqualTo(404);
    }

    @Test
    void is_healthy_without_a_chain() throws Exception {
        JsonNode health = JSON.readTree(get("/health").body());

        assertThat(health.path("status").asText()).isEqualTo("up");
        assertThat(health.path("chain").asText()).isEqualTo("not needed");
    }

    @Test
    void serves_a_hundred_requests_at_once() throws Exception {
        upstream.answer(
                "eyes", request -> Answer.text("echo " + request.lastUserText()).latency(Duration.ofMillis(50)));

        List<CompletableFuture<HttpResponse<String>>> all = IntStream.range(0, 100)
                .mapToObj(i -> CLIENT.sendAsync(
                        chat("{\"model\":\"eyes\",\"stream\":" + (i % 2 == 0)
                                + ",\"messages\":[{\"role\":\"user\",\"content\":\"q" + i + "\"}]}"),
                        HttpResponse.BodyHandlers.ofString()))
                .toList();

        for (int i = 0; i < all.size(); i++) {
            HttpResponse<String> answer = all.get(i).get(60, TimeUnit.SECONDS);
            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.body()).contains("q" + i + "\"");
        }
    }

    @Test
    void refuses_more_requests_at_once_than_it_was_told_and_lets_those_in_flight_end() throws Exception {
        try (ScriptedModelServer slow = ScriptedModelServer.start()) {
            slow.answer(Answer.text("done").latency(Duration.ofMillis(400)));
            Gateway small = Gateway.start(
                    GatewaySettings.from(Map.of(
                            "waybill.gateway.port",
                            0,
                            "waybill.gateway.max-in-flight",
                            1,
                            "waybill.gateway.models",
                            List.of(Map.of("id", "m", "base-url", slow.baseUrl())))),
                    Map.of());
            HttpRequest request = request(small, plain("m"));
            CompletableFuture<HttpResponse<String>> first =
                    CLIENT.sendAsync(request, HttpResponse.BodyHandlers.ofString());
            slow.awaitRequests(1, Duration.ofSeconds(60));

            HttpResponse<String> second = CLIENT.send(request, HttpResponse.BodyHandlers.ofString());
            small.close();

            assertThat(second.statusCode()).isEqualTo(503);
            assertThat(second.headers().firstValue("Retry-After")).contains("1");
            assertThat(first.get(60, TimeUnit.SECONDS).body()).contains("done");
            assertThat(after(request)).as("after the stop").isIn("refused", "503");
        }
    }

    /** A connection that is still open may get to hear that the gateway is stopping. */
    private static String after(HttpRequest request) throws InterruptedException {
        try {
            return Integer.toString(
                    CLIENT.send(request, HttpResponse.BodyHandlers.ofString()).statusCode());
        } catch (IOException refused) {
            return "refused";
        }
    }

    private static String plain(String model) {
        return "{\"model\":\"" + model + "\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}";
    }

    private static String streaming(String model) {
        return "{\"model\":\"" + model + "\",\"stream\":true,\"stream_options\":{\"include_usage\":true},"
                + "\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}";
    }

    private static HttpResponse<String> post(String body) throws Exception {
        return CLIENT.send(chat(body), HttpResponse.BodyHandlers.ofString());
    }

    private static HttpRequest chat(String body) {
        return request(gateway, body);
    }

    private static HttpRequest request(Gateway to, String body) {
        return HttpRequest.newBuilder(URI.create(to.uri() + "/v1/chat/completions"))
                .timeout(Duration.ofSeconds(30))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
    }

    private static HttpResponse<String> get(String path) throws Exception {
        return CLIENT.send(
                HttpRequest.newBuilder(URI.create(gateway.uri() + path)).build(), HttpResponse.BodyHandlers.ofString());
    }

    private static JsonNode error(HttpResponse<String> answer) throws Exception {
        return JSON.readTree(answer.body()).path("error");
    }

    private static String readUntil(InputStream body, String wanted) throws Exception {
        StringBuilder read = new StringBuilder();
        while (read.indexOf(wanted) < 0) {
            byte[] some = new byte[512];
            int count = body.read(some);
            if (count < 0) {
                throw new IllegalStateException("ended before " + wanted + ": " + read);
            }
            read.append(new String(some, 0, count, StandardCharsets.UTF_8));
        }
        return read.toString();
    }

    private static List<String> events(String body) {
        return body.lines()
                .filter(line -> line.startsWith("data: "))
                .map(line -> line.substring("data: ".length()))
                .toList();
    }
}
