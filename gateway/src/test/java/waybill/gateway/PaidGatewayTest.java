package waybill.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.http.client.jdk.JdkHttpClient;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.openai.OpenAiChatModel;
import dev.langchain4j.model.openai.OpenAiChatResponseMetadata;
import dev.langchain4j.model.openai.OpenAiStreamingChatModel;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import waybill.devnet.DevAccount;
import waybill.devnet.Devnet;
import waybill.testing.Answer;
import waybill.testing.Outcome;
import waybill.testing.ScriptedModelServer;
import waybill.wallet.DevelopmentSigner;
import waybill.wallet.PayingHttpClient;
import waybill.wallet.PaymentRecord;
import waybill.wallet.PaymentState;
import waybill.wallet.Policy;
import waybill.wallet.SqliteLedger;
import waybill.wallet.Wallet;
import waybill.x402.Amount;
import waybill.x402.Headers;
import waybill.x402.Offer;
import waybill.x402.PaymentRequired;
import waybill.x402.SettlementResponse;
import waybill.x402.WireFormat;

/** Sold by x402: a devnet chain, the wallet as the buyer, and scripted providers behind the gateway. */
class PaidGatewayTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path directory;

    private final Devnet chain = Devnet.start();
    private final ScriptedModelServer cheap = ScriptedModelServer.start();
    private final ScriptedModelServer dear = ScriptedModelServer.start();
    private final DevAccount gas = chain.accounts().get(0);
    private final DevAccount seller = chain.accounts().get(1);
    private final DevAccount buyer = chain.accounts().get(2);
    private final HttpClient plain = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .build();
    private Gateway gateway;
    private SqliteLedger ledger;
    private Wallet wallet;

    @BeforeEach
    void start() {
        cheap.answer(request -> Answer.text("echo " + request.lastUserText()).usage(10, 2));
        dear.answer(Answer.text("the dear one").usage(10, 3));
        gateway = open();
        ledger = SqliteLedger.open(directory.resolve("ledger.db"));
        wallet = Wallet.builder(DevelopmentSigner.fromEnvironment(buyer.privateKey(), chain.rpcUrl()), ledger)
                .policy(Policy.defaults()
                        .allowHost(gateway.uri().getAuthority())
                        .allowHost("localhost:" + gateway.uri().getPort())
                        .perPayment(new BigDecimal("700"))
                        .firstPayment(new BigDecimal("700"))
                        .perDay(new BigDecimal("2000"))
                        .approvalAbove(new BigDecimal("700"), Duration.ofSeconds(1)))
                .build();
    }

    private Gateway open() {
        return Gateway.start(
                GatewaySettings.from(Map.of(
                        "waybill.gateway",
                        Map.of(
                                "port", 0,
                                "pay-to", seller.address(),
                                "rpc", chain.rpcUrl(),
                                "data-dir", directory.resolve("gateway"),
                                "objective", "cheapest",
                                "auto-price", "0.003",
                                "models",
                                        List.of(
                                                Map.of(
                                                        "id", "small",
                                                        "base-url", cheap.baseUrl(),
                                                        "price", "0.001",
                                                        "timeout-seconds", 30,
                                                        "cost-per-call", "0.0001"),
                                                Map.of(
                                                        "id", "large",
                                                        "base-url", dear.baseUrl(),
                                                        "price", "0.02",
                                                        "timeout-seconds", 30,
                                                        "cost-per-call", "0.01"),
                                                Map.of(
                                                        "id", "brief",
                                                        "base-url", cheap.baseUrl(),
                                                        "price", "0.002",
                                                        "timeout-seconds", 2,
                                                        "cost-per-call", "0.02"),
                                                Map.of(
                                                        "id", "luxury",
                                                        "base-url", dear.baseUrl(),
                                                        "price", "600",
                                                        "timeout-seconds", 30,
                                                        "cost-per-call", "0.01"))))),
                Map.of("WAYBILL_FACILITATOR_KEY", gas.privateKey()));
    }

    @AfterEach
    void stop() {
        wallet.close();
        ledger.close();
        cheap.close(); // first, so that the gateway has no stalled stream to wait for
        dear.close();
        gateway.close();
        chain.close();
    }

    @Test
    void an_unpaid_request_gets_a_bill_that_matches_the_price_tag() throws Exception {
        HttpResponse<String> answer = plain.send(chat("small", "hi", false), HttpResponse.BodyHandlers.ofString());
        JsonNode tag = JSON.readTree(get("/v1/models/small").body()).path("pricing");

        assertThat(answer.statusCode()).isEqualTo(402);
        assertThat(answer.headers().firstValue("Cache-Control")).contains("no-store");
        PaymentRequired bill = WireFormat.paymentRequired(
                answer.headers().firstValue(Headers.PAYMENT_REQUIRED).orElseThrow());
        Offer offer = bill.accepts().get(0);
        assertThat(offer.amount())
                .isEqualTo("1000")
                .isEqualTo(tag.path("amount").asText());
        assertThat(offer.network())
                .isEqualTo("eip155:84532")
                .isEqualTo(tag.path("network").asText());
        assertThat(offer.asset())
                .isEqualToIgnoringCase(chain.usdc())
                .isEqualTo(tag.path("asset").asText());
        assertThat(offer.payTo())
                .isEqualToIgnoringCase(seller.address())
                .isEqualTo(tag.path("pay_to").asText());
        assertThat(tag.path("price").asText()).isEqualTo("0.001");
        assertThat(bill.resource().url()).isEqualTo(gateway.uri() + "/v1/chat/completions");
        JsonNode error = JSON.readTree(answer.body()).path("error");
        assertThat(error.path("type").asText()).isEqualTo("payment_error");
        assertThat(error.path("message").asText()).contains("small costs 0.001 USDC on eip155:84532");
        assertThat(cheap.requestCount()).isZero();
    }

    @Test
    void a_paid_answer_carries_its_settlement_and_its_payment_id() throws Exception {
        BigInteger before = usdc(seller);

        ChatResponse answer = model("small").chat(UserMessage.from("hello"));

        assertThat(answer.aiMessage().text()).isEqualTo("echo hello");
        assertThat(answer.metadata().modelName()).isEqualTo("small");
        OpenAiChatResponseMetadata metadata = (OpenAiChatResponseMetadata) answer.metadata();
        Map<String, List<String>> headers = metadata.rawHttpResponse().headers();
        SettlementResponse settlement = WireFormat.settlementResponse(header(headers, Headers.PAYMENT_RESPONSE));
        PaymentRecord record =
                wallet.payment(header(headers, PayingHttpClient.PAYMENT_ID)).orElseThrow();
        assertThat(settlement.success()).isTrue();
        assertThat(record.state()).isEqualTo(PaymentState.SETTLED);
        assertThat(record.transaction()).isEqualTo(settlement.transaction());
        assertThat(header(headers, "Cache-Control")).contains("private");
        assertThat(usdc(seller).subtract(before)).isEqualTo(1000);
        assertThat(cheap.requests().get(0).headers().toString())
                .doesNotContain("payment-signature", "PAYMENT-SIGNATURE");
    }

    @Test
    void a_paid_stream_is_settled_before_its_first_byte_and_streams() throws Exception {
        cheap.enqueue("small", Answer.text("one two three four").stallAfter(2));

        HttpResponse<InputStream> answer =
                paying().send(chat("small", "go", true), HttpResponse.BodyHandlers.ofInputStream());

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(WireFormat.settlementResponse(answer.headers()
                                .firstValue(Headers.PAYMENT_RESPONSE)
                                .orElseThrow())
                        .success())
                .isTrue();
        assertThat(usdc(buyer)).isEqualTo(BigInteger.valueOf(1_000_000_000L - 1000));
        try (InputStream body = answer.body()) {
            StringBuilder read = new StringBuilder();
            while (read.indexOf("\" two\"") < 0) { // which comes although the provider never ends
                int next = body.read();
                assertThat(next).as("the stream after %s", read).isNotNegative();
                read.append((char) next);
            }
            assertThat(read).doesNotContain("three", "[DONE]");
            assertThat(cheap.requests().get(0).outcome()).isNotDone();
        }

        cheap.answer("small", Answer.text("one two three four").usage(5, 4));
        List<String> parts = new ArrayList<>();
        ChatResponse whole = stream(streaming("small"), "again", parts);

        assertThat(whole.aiMessage().text()).isEqualTo("one two three four");
        assertThat(parts).containsExactly("one", " two", " three", " four");
        assertThat(whole.tokenUsage().totalTokenCount()).isEqualTo(9);
        assertThat(usdc(buyer)).isEqualTo(BigInteger.valueOf(1_000_000_000L - 2000));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void a_provider_that_fails_costs_the_buyer_nothing(boolean stream) throws Exception {
        for (Answer failure : List.of(
                Answer.error(500, "boom"),
                Answer.rateLimited(Duration.ofSeconds(9)),
                Answer.contextOverflow(100),
                Answer.text("never").stallAfter(0),
                Answer.emptyChoices())) {
            cheap.enqueue(failure);
            HttpRequest request = chat("brief", "q " + failure.hashCode(), stream);

            Throwable thrown = catchThrowable(() -> {
                HttpResponse<String> answer = paying().send(request, HttpResponse.BodyHandlers.ofString());
                assertThat(answer.statusCode()).isBetween(400, 504);
                assertThat(JSON.readTree(answer.body())
                                .path("error")
                                .path("code")
                                .asText())
                        .isNotEmpty();
                throw new IOException("as expected");
            });

            assertThat(thrown).isInstanceOf(IOException.class);
        }

        assertThat(usdc(buyer)).isEqualTo(BigInteger.valueOf(1_000_000_000L));
        assertThat(wallet.totals().settled()).isEmpty();
    }

    @Test
    void a_payment_that_bought_nothing_can_be_used_for_the_same_request_again() throws Exception {
        cheap.enqueue(Answer.error(500, "boom"));
        HttpRequest request = chat("small", "twice", false);
        Recording recording = new Recording();
        catchThrowable(() -> paying(recording).send(request, HttpResponse.BodyHandlers.ofString()));
        String payment = recording.payment();

        HttpResponse<String> again = plain.send(paid(request, payment), HttpResponse.BodyHandlers.ofString());

        assertThat(again.statusCode()).isEqualTo(200);
        assertThat(again.body()).contains("echo twice");
        assertThat(usdc(buyer)).isEqualTo(BigInteger.valueOf(1_000_000_000L - 1000));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void a_lost_answer_is_given_again_for_the_same_payment_without_a_second_call_or_charge(boolean stream)
            throws Exception {
        HttpRequest request = chat("small", "once", stream);
        Recording recording = new Recording();
        HttpResponse<String> first = paying(recording).send(request, HttpResponse.BodyHandlers.ofString());
        String payment = recording.payment();

        HttpResponse<String> again = plain.send(paid(request, payment), HttpResponse.BodyHandlers.ofString());
        HttpResponse<String> other =
                plain.send(paid(chat("small", "another", stream), payment), HttpResponse.BodyHandlers.ofString());

        assertThat(again.statusCode()).isEqualTo(200);
        assertThat(again.body()).isEqualTo(first.body()).contains("once");
        assertThat(again.headers().firstValue(Headers.PAYMENT_RESPONSE))
                .isEqualTo(first.headers().firstValue(Headers.PAYMENT_RESPONSE));
        assertThat(again.headers().firstValue("Content-Type"))
                .isEqualTo(first.headers().firstValue("Content-Type"));
        assertThat(other.statusCode()).isEqualTo(409);
        assertThat(cheap.requestCount()).isEqualTo(1);
        assertThat(usdc(buyer)).isEqualTo(BigInteger.valueOf(1_000_000_000L - 1000));
    }

    @Test
    void a_paid_stream_whose_reader_left_is_finished_and_kept() throws Exception {
        cheap.enqueue(Answer.text("one two three four five six").tokensPerSecond(10));
        HttpRequest request = chat("small", "leaving", true);
        Recording recording = new Recording();
        HttpResponse<InputStream> answer = paying(recording).send(request, HttpResponse.BodyHandlers.ofInputStream());
        answer.body().read();
        answer.body().close();

        assertThat(cheap.requests().get(0).outcome().get(60, TimeUnit.SECONDS)).isEqualTo(Outcome.ANSWERED);
        HttpResponse<String> again = untilAnswered(paid(request, recording.payment()));

        assertThat(again.body()).contains("\" six\"", "[DONE]");
        assertThat(cheap.requestCount()).isEqualTo(1);
        assertThat(usdc(buyer)).isEqualTo(BigInteger.valueOf(1_000_000_000L - 1000));
    }

    @Test
    void the_same_payment_twice_at_once_opens_one_request() throws Exception {
        CountDownLatch refused = new CountDownLatch(1);
        cheap.answer("small", asked -> {
            reached(refused);
            return Answer.text("slow");
        });
        HttpRequest request = chat("small", "race", false);
        Recording recording = new Recording();
        CompletableFuture<HttpResponse<String>> first =
                paying(recording).sendAsync(request, HttpResponse.BodyHandlers.ofString());
        cheap.awaitRequests(1, Duration.ofSeconds(60));

        HttpResponse<String> copy =
                plain.send(paid(request, recording.payment()), HttpResponse.BodyHandlers.ofString());
        refused.countDown();

        assertThat(copy.statusCode()).isEqualTo(409);
        assertThat(copy.headers().firstValue("Retry-After")).isPresent();
        assertThat(copy.headers().firstValue(Headers.PAYMENT_REQUIRED)).isEmpty();
        assertThat(first.get(60, TimeUnit.SECONDS).body()).contains("slow");
        assertThat(cheap.requestCount()).isEqualTo(1);
    }

    @Test
    void auto_sells_the_router_and_names_the_model_that_answered() throws Exception {
        ChatResponse first = model("auto").chat(UserMessage.from("one"));
        cheap.refuseConnections();
        ChatResponse second = model("auto").chat(UserMessage.from("two"));
        List<String> parts = new ArrayList<>();
        ChatResponse third = stream(streaming("auto"), "three", parts);

        assertThat(first.metadata().modelName()).isEqualTo("small");
        assertThat(second.metadata().modelName()).isEqualTo("large");
        assertThat(second.aiMessage().text()).isEqualTo("the dear one");
        assertThat(third.metadata().modelName()).isEqualTo("large");
        assertThat(parts).containsExactly("the", " dear", " one");
        assertThat(usdc(buyer)).isEqualTo(BigInteger.valueOf(1_000_000_000L - 9000));
    }

    @Test
    void auto_says_why_when_every_provider_is_down_and_charges_nothing() throws Exception {
        cheap.refuseConnections();
        dear.answer(Answer.overloaded());

        Throwable thrown = catchThrowable(() -> model("auto").chat(UserMessage.from("x")));

        assertThat(thrown).isNotNull();
        assertThat(usdc(buyer)).isEqualTo(BigInteger.valueOf(1_000_000_000L));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 10, 100})
    void what_the_buyer_lost_is_what_the_ledger_settled_is_what_the_seller_gained(int calls) throws Exception {
        BigInteger buyerBefore = usdc(buyer);
        BigInteger sellerBefore = usdc(seller);
        ChatModel small = model("small");
        StreamingChatModel streamed = streaming("small");
        ExecutorService callers = Executors.newFixedThreadPool(calls);
        try {
            List<Future<String>> answers = new ArrayList<>();
            for (int i = 0; i < calls; i++) {
                String question = "question " + i;
                boolean stream = i % 5 == 4;
                answers.add(callers.submit(() -> stream
                        ? stream(streamed, question, new ArrayList<>())
                                .aiMessage()
                                .text()
                        : small.chat(question)));
            }
            for (int i = 0; i < calls; i++) {
                assertThat(answers.get(i).get(120, TimeUnit.SECONDS)).isEqualTo("echo question " + i);
            }
        } finally {
            callers.shutdownNow();
        }

        BigInteger settled =
                wallet.totals().settled().stream().map(Amount::atomic).reduce(BigInteger.ZERO, BigInteger::add);
        assertThat(settled).isEqualTo(BigInteger.valueOf(1000L * calls));
        assertThat(wallet.totals().held()).isEmpty();
        assertThat(buyerBefore.subtract(usdc(buyer))).isEqualTo(settled);
        assertThat(usdc(seller).subtract(sellerBefore)).isEqualTo(settled);
        assertThat(cheap.requestCount()).isEqualTo(calls);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void an_answer_whose_payment_does_not_settle_is_withheld(boolean stream) throws Exception {
        CountDownLatch bothVerified = new CountDownLatch(2);
        dear.answer(asked -> {
            bothVerified.countDown();
            reached(bothVerified);
            return Answer.text("worth six hundred");
        });
        List<CompletableFuture<HttpResponse<String>>> both = new ArrayList<>();
        for (String question : List.of("first", "second")) {
            both.add(paying().sendAsync(chat("luxury", question, stream), HttpResponse.BodyHandlers.ofString()));
        }
        dear.awaitRequests(2, Duration.ofSeconds(60)); // both verified against 1,000 USDC

        List<String> answers = new ArrayList<>();
        for (CompletableFuture<HttpResponse<String>> one : both) {
            try {
                answers.add(one.get(60, TimeUnit.SECONDS).body());
            } catch (ExecutionException refused) {
                answers.add("refused");
            }
        }

        assertThat(answers).filteredOn(body -> body.contains("hundred")).hasSize(1);
        assertThat(answers).containsOnlyOnce("refused");
        assertThat(usdc(buyer)).isEqualTo(BigInteger.valueOf(400_000_000L));
        assertThat(usdc(seller)).isEqualTo(BigInteger.valueOf(1_600_000_000L));
    }

    @Test
    void bills_for_the_name_that_it_was_called_by() throws Exception {
        HttpRequest request = HttpRequest.newBuilder(
                        URI.create("http://localhost:" + gateway.uri().getPort() + "/v1/chat/completions"))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body("small", "by name", false)))
                .build();

        assertThat(paying().send(request, HttpResponse.BodyHandlers.ofString()).statusCode())
                .isEqualTo(200);
    }

    @Test
    void keeps_paid_answers_over_a_restart() throws Exception {
        HttpRequest request = chat("small", "durable", false);
        Recording recording = new Recording();
        HttpResponse<String> first = paying(recording).send(request, HttpResponse.BodyHandlers.ofString());
        gateway.close();
        gateway = open();

        HttpResponse<String> again = plain.send(
                paid(chat("small", "durable", false), recording.payment()), HttpResponse.BodyHandlers.ofString());

        assertThat(again.body()).isEqualTo(first.body());
        assertThat(usdc(buyer)).isEqualTo(BigInteger.valueOf(1_000_000_000L - 1000));
    }

    @Test
    void other_spellings_of_the_path_do_not_go_around_the_gate() throws Exception {
        for (String path : List.of(
                "/v1/chat/completions/",
                "/v1//chat/completions",
                "/v1/chat/completions;x=1",
                "/v1/chat%2Fcompletions",
                "/V1/chat/completions",
                "/v1/./chat/completions")) {
            HttpRequest request = HttpRequest.newBuilder(URI.create(gateway.uri() + path))
                    .header("Content-Type", "application/json")
                    .POST(HttpRequest.BodyPublishers.ofString(body("small", "free?", false)))
                    .build();
            assertThat(plain.send(request, HttpResponse.BodyHandlers.ofString()).statusCode())
                    .as(path)
                    .isIn(400, 402, 404);
        }
        assertThat(cheap.requestCount()).isZero();
    }

    @Test
    void refuses_payments_that_cannot_be_read_or_come_twice() throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(gateway.uri() + "/v1/chat/completions"))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body("small", "x", false)));

        HttpResponse<String> garbage = plain.send(
                request.copy().header(Headers.PAYMENT_SIGNATURE, "!!!").build(), HttpResponse.BodyHandlers.ofString());
        HttpResponse<String> twice = plain.send(
                request.copy()
                        .header(Headers.PAYMENT_SIGNATURE, "e30=")
                        .header(Headers.PAYMENT_SIGNATURE, "e30=")
                        .build(),
                HttpResponse.BodyHandlers.ofString());

        assertThat(garbage.statusCode()).isEqualTo(400);
        assertThat(twice.statusCode()).isEqualTo(400);
        assertThat(JSON.readTree(twice.body()).path("error").path("message").asText())
                .contains("once");
    }

    @Test
    void says_that_the_chain_is_reachable_and_later_that_it_is_not() throws Exception {
        assertThat(JSON.readTree(get("/health").body()).path("chain").asText()).isEqualTo("reachable");
        gateway.close();
        gateway = open();
        chain.close();

        JsonNode health = JSON.readTree(get("/health").body());
        Throwable refused = catchThrowable(
                () -> paying().send(chat("small", "no chain", false), HttpResponse.BodyHandlers.ofString()));

        assertThat(health.path("chain").asText()).isEqualTo("unreachable");
        assertThat(health.path("status").asText()).isEqualTo("degraded");
        assertThat(refused).isInstanceOf(IOException.class);
        assertThat(cheap.requestCount()).isZero();
    }

    /** What the wallet's client put on the wire. */
    private static final class Recording {

        private final List<String> payments = new ArrayList<>();

        synchronized void saw(HttpRequest request) {
            request.headers().firstValue(Headers.PAYMENT_SIGNATURE).ifPresent(payments::add);
        }

        synchronized String payment() {
            return payments.get(0);
        }
    }

    private HttpClient paying() {
        return PayingHttpClient.over(plain, wallet);
    }

    private HttpClient paying(Recording recording) {
        return PayingHttpClient.over(new WatchedClient(plain, recording::saw), wallet);
    }

    private HttpRequest paid(HttpRequest request, String payment) {
        return HttpRequest.newBuilder(request, (name, value) -> true)
                .header(Headers.PAYMENT_SIGNATURE, payment)
                .build();
    }

    private HttpResponse<String> untilAnswered(HttpRequest request) throws Exception {
        HttpResponse<String> answer = plain.send(request, HttpResponse.BodyHandlers.ofString());
        long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
        while (answer.statusCode() == 409 && System.nanoTime() < deadline) {
            answer = plain.send(request, HttpResponse.BodyHandlers.ofString());
        }
        return answer;
    }

    private ChatModel model(String name) {
        return OpenAiChatModel.builder()
                .baseUrl(gateway.uri() + "/v1")
                .apiKey("unused")
                .modelName(name)
                .maxRetries(0)
                .timeout(Duration.ofSeconds(60))
                .httpClientBuilder(JdkHttpClient.builder().httpClientBuilder(PayingHttpClient.builder(wallet)))
                .build();
    }

    private StreamingChatModel streaming(String name) {
        return OpenAiStreamingChatModel.builder()
                .baseUrl(gateway.uri() + "/v1")
                .apiKey("unused")
                .modelName(name)
                .timeout(Duration.ofSeconds(60))
                .httpClientBuilder(JdkHttpClient.builder().httpClientBuilder(PayingHttpClient.builder(wallet)))
                .build();
    }

    private static ChatResponse stream(StreamingChatModel model, String question, List<String> parts) throws Exception {
        CompletableFuture<ChatResponse> whole = new CompletableFuture<>();
        model.chat(question, new StreamingChatResponseHandler() {
            @Override
            public void onPartialResponse(String part) {
                parts.add(part);
            }

            @Override
            public void onCompleteResponse(ChatResponse response) {
                whole.complete(response);
            }

            @Override
            public void onError(Throwable error) {
                whole.completeExceptionally(error);
            }
        });
        return whole.get(120, TimeUnit.SECONDS);
    }

    private HttpRequest chat(String model, String question, boolean stream) {
        return HttpRequest.newBuilder(URI.create(gateway.uri() + "/v1/chat/completions"))
                .timeout(Duration.ofSeconds(60))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body(model, question, stream)))
                .build();
    }

    private static String body(String model, String question, boolean stream) {
        return "{\"model\":\"" + model + "\",\"stream\":" + stream + ",\"messages\":[{\"role\":\"user\",\"content\":\""
                + question + "\"}]}";
    }

    private HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return plain.send(
                HttpRequest.newBuilder(URI.create(gateway.uri() + path)).build(), HttpResponse.BodyHandlers.ofString());
    }

    private BigInteger usdc(DevAccount account) {
        return chain.balanceOf(chain.usdc(), account.address());
    }

    private static void reached(CountDownLatch latch) {
        try {
            assertThat(latch.await(60, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String header(Map<String, List<String>> headers, String name) {
        return headers.entrySet().stream()
                .filter(entry -> name.equalsIgnoreCase(entry.getKey()))
                .map(entry -> entry.getValue().get(0))
                .findFirst()
                .orElseThrow();
    }
}
