package waybill.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ScriptedModelServerTest {

    private static final Duration SOON = Duration.ofSeconds(10);

    private final ScriptedModelServer server = ScriptedModelServer.start();
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void answers_a_plain_request_with_text_and_usage() throws Exception {
        server.answer("m", Answer.text("Hello there.").usage(new Usage(9, 2, 4, 1)));

        HttpResponse<String> answer = ask("m", false);

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body())
                .contains("\"content\":\"Hello there.\"", "\"finish_reason\":\"stop\"", "\"model\":\"m\"")
                .contains("\"prompt_tokens\":9", "\"total_tokens\":11", "\"cached_tokens\":4");
    }

    @Test
    void streams_one_event_per_word_then_the_reason_the_usage_and_the_end() throws Exception {
        server.answer("m", Answer.text("one two  three").usage(3, 3));

        List<String> data = events(ask("m", true).body());

        assertThat(data).hasSize(7);
        assertThat(data.get(0)).contains("\"role\":\"assistant\"");
        assertThat(data.get(1)).contains("\"content\":\"one\"");
        assertThat(data.get(3)).contains("\"content\":\"  three\"");
        assertThat(data.get(4)).contains("\"finish_reason\":\"stop\"");
        assertThat(data.get(5)).contains("\"choices\":[]", "\"completion_tokens\":3");
        assertThat(data.get(6)).isEqualTo("[DONE]");
    }

    @Test
    void asks_for_tools_in_both_forms() throws Exception {
        server.answer("m", Answer.toolCall("price", "{\"pair\":\"ETH-USDC\"}").andToolCall("depth", "{}"));

        String plain = ask("m", false).body();
        List<String> streamed = events(ask("m", true).body());

        assertThat(plain)
                .contains("\"content\":null", "\"finish_reason\":\"tool_calls\"", "\"id\":\"call_2\"")
                .contains("\"arguments\":\"{\\\"pair\\\":\\\"ETH-USDC\\\"}\"");
        assertThat(streamed.get(1)).contains("\"name\":\"price\"", "\"index\":0");
        assertThat(streamed.get(4)).contains("\"arguments\":\"{}\"", "\"index\":1");
    }

    @Test
    void answers_as_a_function_of_the_request() throws Exception {
        server.answer("m", request -> {
            if (request.toolResults().isEmpty()) {
                return Answer.toolCall(request.toolNames().get(0), "{}");
            }
            return Answer.text("The tool said " + request.toolResults() + " to " + request.lastUserText());
        });

        HttpResponse<String> answer = post(
                """
                {"model":"m","tools":[{"type":"function","function":{"name":"f"}}],"messages":[
                 {"role":"user","content":[{"type":"text","text":"who?"}]},
                 {"role":"assistant","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]},
                 {"role":"tool","tool_call_id":"c","content":"caf\\u00e9"}]}""");

        assertThat(answer.body()).contains("The tool said [café] to who?");
        assertThat(server.requests().get(0).messages().get(1).toolCalls())
                .containsExactly(new ToolCall("c", "f", "{}"));
    }

    @Test
    void queued_answers_come_before_the_standing_one_and_a_models_own_before_any() throws Exception {
        server.answer("m", Answer.text("standing"));
        server.enqueue(Answer.text("any"));
        server.enqueue("m", Answer.text("first"));

        List<String> said = List.of(
                ask("m", false).body(), ask("m", false).body(), ask("m", false).body());

        assertThat(said.get(0)).contains("first");
        assertThat(said.get(1)).contains("any");
        assertThat(said.get(2)).contains("standing");
    }

    @Test
    void records_the_request_with_its_key_and_body() throws Exception {
        server.answer(Answer.text("ok"));

        ask("some-model", false);

        ModelRequest request = server.requests("some-model").get(0);
        assertThat(request.header("Authorization")).contains("Bearer k");
        assertThat(request.number("temperature"))
                .hasValueSatisfying(value -> assertThat(value).isEqualByComparingTo("0.5"));
        assertThat(request.messages()).hasSize(1);
        assertThat(request.toString()).isEqualTo("POST /v1/chat/completions");
        assertThat(request.outcome().get(60, TimeUnit.SECONDS)).isEqualTo(Outcome.ANSWERED);
    }

    @Test
    void lists_the_models_and_names_them_when_asked_for_another() throws Exception {
        server.answer("small", Answer.text("s"));
        server.enqueue("big", Answer.text("b"));

        HttpResponse<String> models = client.send(
                HttpRequest.newBuilder(URI.create(server.baseUrl() + "/models")).build(),
                HttpResponse.BodyHandlers.ofString());
        HttpResponse<String> unknown = ask("huge", false);

        assertThat(models.body()).contains("\"id\":\"small\"", "\"id\":\"big\"");
        assertThat(unknown.statusCode()).isEqualTo(404);
        assertThat(unknown.body()).contains("model_not_found", "small, big");
    }

    @Test
    void fails_with_the_status_and_headers_of_each_kind() throws Exception {
        Map<Answer, Integer> failures = Map.of(
                Answer.rateLimited(Duration.ofSeconds(7)), 429,
                Answer.quotaExhausted(), 429,
                Answer.error(500, "boom"), 500,
                Answer.error(503, "busy"), 503,
                Answer.overloaded(), 529,
                Answer.unauthorized(), 401,
                Answer.contextOverflow(4096), 400,
                Answer.contentRefused(), 400);
        for (Map.Entry<Answer, Integer> failure : failures.entrySet()) {
            server.enqueue(failure.getKey());
            assertThat(ask("m", true).statusCode()).isEqualTo(failure.getValue());
        }
        server.enqueue(Answer.rateLimited(Duration.ofSeconds(7)));
        assertThat(ask("m", false).headers().firstValue("Retry-After")).contains("7");
    }

    @Test
    void hangs_before_the_first_byte_until_the_client_leaves() throws Exception {
        server.enqueue(Answer.hang());

        assertThatThrownBy(() -> client.send(
                        request("m", false).timeout(Duration.ofMillis(200)).build(),
                        HttpResponse.BodyHandlers.ofString()))
                .isInstanceOf(HttpTimeoutException.class);
        assertThat(server.requests().get(0).outcome().get(60, TimeUnit.SECONDS)).isEqualTo(Outcome.CLIENT_LEFT);
    }

    @Test
    void stalls_in_mid_stream_and_notices_that_the_client_left() throws Exception {
        server.enqueue(Answer.text("a b c d").stallAfter(2));

        HttpResponse<InputStream> answer =
                client.send(request("m", true).build(), HttpResponse.BodyHandlers.ofInputStream());
        try (InputStream body = answer.body()) {
            StringBuilder read = new StringBuilder();
            while (!read.toString().contains("\" b\"")) {
                read.append((char) body.read());
            }
        }

        assertThat(server.requests().get(0).outcome().get(60, TimeUnit.SECONDS)).isEqualTo(Outcome.CLIENT_LEFT);
    }

    @Test
    void cuts_and_resets_a_stream_after_some_tokens() {
        server.enqueue(
                Answer.text("a b c d").cutAfter(2), Answer.text("a b c d").resetAfter(1));

        assertThatThrownBy(() -> ask("m", true)).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> ask("m", true)).isInstanceOf(IOException.class);
        assertThat(server.requests())
                .allSatisfy(request ->
                        assertThat(request.outcome().get(60, TimeUnit.SECONDS)).isEqualTo(Outcome.CUT_BY_SCRIPT));
    }

    @Test
    void cuts_a_plain_answer_within_its_body() {
        server.enqueue(Answer.text("a b c d").cutAfter(1), Answer.closed(), Answer.reset());

        for (int i = 0; i < 3; i++) {
            assertThatThrownBy(() -> ask("m", false)).isInstanceOf(IOException.class);
        }
    }

    @Test
    void sends_what_is_not_json() throws Exception {
        server.enqueue(Answer.invalidJson(), Answer.text("whole").malformedAfter(0), Answer.emptyChoices());

        assertThatThrownBy(() -> Json.parse(ask("m", false).body())).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Json.parse(ask("m", false).body())).isInstanceOf(IllegalArgumentException.class);
        assertThat(ask("m", false).body()).contains("\"choices\":[]");
    }

    @Test
    void refuses_connections_and_accepts_them_again_on_the_same_port() throws Exception {
        server.answer(Answer.text("up"));
        URI before = server.uri();
        ask("m", false);

        server.refuseConnections();
        // refused, or cut where the client still keeps the connection of the first question
        assertThatThrownBy(() -> ask("m", false)).isInstanceOf(IOException.class);
        server.acceptConnections();

        assertThat(server.uri()).isEqualTo(before);
        assertThat(ask("m", false).body()).contains("up");
    }

    @Test
    void keeps_the_latency_and_the_pace_it_was_given() throws Exception {
        server.enqueue(
                Answer.text("a b c d e").latency(Duration.ofMillis(120)).tokensPerSecond(50)); // four gaps of 20 ms
        long start = System.nanoTime();

        ask("m", true);

        assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThanOrEqualTo(Duration.ofMillis(195));
    }

    @Test
    void serves_many_requests_on_few_connections_and_counts_them() throws Exception {
        server.answer(Answer.text("ok"));

        ask("m", false);
        ask("m", true);
        ask("m", false);
        assertThat(server.connectionCount()).isEqualTo(1);

        List<CompletableFuture<HttpResponse<String>>> all = IntStream.range(0, 50)
                .mapToObj(i -> client.sendAsync(request("m", false).build(), HttpResponse.BodyHandlers.ofString()))
                .toList();
        for (CompletableFuture<HttpResponse<String>> answer : all) {
            assertThat(answer.get(60, TimeUnit.SECONDS).statusCode()).isEqualTo(200);
        }
        server.awaitRequests(53, SOON);
        assertThat(server.requestCount()).isEqualTo(53);
    }

    @Test
    void reads_a_chunked_body_and_drops_what_is_not_http() throws Exception {
        server.answer(request -> Answer.text(request.lastUserText()));
        byte[] body = body("m", false).getBytes(StandardCharsets.UTF_8);
        HttpRequest chunked = request("m", false)
                .POST(HttpRequest.BodyPublishers.fromPublisher(HttpRequest.BodyPublishers.ofByteArray(body)))
                .build();

        assertThat(client.send(chunked, HttpResponse.BodyHandlers.ofString()).body())
                .contains("hi");

        try (Socket socket = new Socket("127.0.0.1", server.uri().getPort())) {
            socket.getOutputStream().write("nonsense\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            assertThat(socket.getInputStream().read()).isEqualTo(-1);
        }
    }

    @Test
    void a_script_that_throws_is_a_500_that_says_so() throws Exception {
        server.answer(request -> {
            throw new IllegalStateException("no idea");
        });

        HttpResponse<String> answer = ask("m", false);

        assertThat(answer.statusCode()).isEqualTo(500);
        assertThat(answer.body()).contains("no idea");
    }

    private HttpResponse<String> ask(String model, boolean stream) throws IOException, InterruptedException {
        return client.send(request(model, stream).build(), HttpResponse.BodyHandlers.ofString());
    }

    private HttpResponse<String> post(String body) throws IOException, InterruptedException {
        return client.send(
                request("m", false)
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private HttpRequest.Builder request(String model, boolean stream) {
        return HttpRequest.newBuilder(URI.create(server.baseUrl() + "/chat/completions"))
                .timeout(SOON)
                .header("Authorization", "Bearer k")
                .POST(HttpRequest.BodyPublishers.ofString(body(model, stream)));
    }

    private static String body(String model, boolean stream) {
        return "{\"model\":\"" + model + "\",\"stream\":" + stream
                + ",\"temperature\":0.5,\"stream_options\":{\"include_usage\":true}"
                + ",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}";
    }

    private static List<String> events(String body) {
        return body.lines()
                .filter(line -> line.startsWith("data: "))
                .map(line -> line.substring("data: ".length()))
                .toList();
    }
}
