package waybill.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import waybill.devnet.DevAccount;
import waybill.devnet.Devnet;
import waybill.testing.Answer;
import waybill.testing.Outcome;
import waybill.testing.ScriptedModelServer;
import waybill.testing.Usage;
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
import waybill.x402.StreamOutcome;
import waybill.x402.TokenPrice;
import waybill.x402.TokenUsage;
import waybill.x402.WireFormat;

/**
 * Models sold by use, under {@code upto}: a devnet chain, a buyer that signs ceilings, scripted providers behind the
 * gateway. A token read costs one atomic unit here, a token written ten, a token of reasoning twenty.
 */
class MeteredGatewayTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path directory;

    private final Devnet chain = Devnet.start();
    private final ScriptedModelServer provider = ScriptedModelServer.start();
    private final DevAccount seller = chain.accounts().get(1);
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .build();
    private final Gateway gateway;
    private final UptoBuyer buyer;

    MeteredGatewayTest(@TempDir Path directory) throws IOException {
        this.directory = directory;
        this.gateway = open(directory);
        this.buyer = new UptoBuyer(chain, chain.accounts().get(2)).approve();
    }

    private Gateway open(Path at) {
        return Gateway.start(
                GatewaySettings.from(KilledSeller.settings(
                        provider.baseUrl(), chain.rpcUrl().toString(), seller.address(), at.toString())),
                Map.of("WAYBILL_FACILITATOR_KEY", chain.accounts().get(0).privateKey()));
    }

    @AfterEach
    void stop() {
        gateway.close();
        provider.close();
        chain.close();
    }

    // --- what is asked, and what is settled ---

    @Test
    void a_bill_names_the_ceiling_of_prompt_and_longest_answer() throws Exception {
        Offer offer = offer("hello", 2_000);

        TokenPrice.Quoted quoted = TokenPrice.of(offer).orElseThrow();
        assertThat(offer.scheme()).isEqualTo(Offer.UPTO);
        assertThat(offer.facilitator())
                .isEqualToIgnoringCase(chain.accounts().get(0).address());
        assertThat(quoted.price()).isEqualTo(TokenPrice.parse("1", "10", "20", asset()));
        assertThat(new BigInteger(offer.amount())).isEqualTo(quoted.promptTokens() + 20 * 2_000);
        assertThat(provider.requestCount()).isZero();
    }

    @Test
    void a_stream_of_2000_tokens_is_settled_for_the_models_count_and_told_before_the_end() throws Exception {
        provider.enqueue(Answer.text(words(2_000)).usage(Usage.of(11, 2_000)));
        BigInteger before = balance(seller);

        HttpResponse<InputStream> answer = buy("long", 2_000);
        Reading reading = new Reading(answer);
        reading.toEnd();

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().firstValue(Headers.PAYMENT_RESPONSE)).isEmpty(); // not yet settled when it began
        assertThat(reading.tokens).isEqualTo(2_000);
        assertThat(reading.done).isTrue();
        StreamOutcome told = reading.outcome();
        assertThat(told.state()).isEqualTo(StreamOutcome.State.SETTLED);
        assertThat(told.end()).isEqualTo(StreamOutcome.End.COMPLETE);
        assertThat(told.counted()).isTrue();
        assertThat(told.amount()).isEqualTo(11 + 2_000 * 10);
        assertThat(balance(seller).subtract(before)).isEqualTo(told.amount());
        assertThat(BigInteger.valueOf(1_000_000_000L).subtract(buyer.balance())).isEqualTo(told.amount());
        assertThat(atUrl(answer)).isEqualTo(told);
    }

    @Test
    void the_first_token_waits_for_no_settlement() throws Exception {
        provider.enqueue(Answer.text(words(20)).stallAfter(1)); // the provider itself says no more than this

        HttpResponse<InputStream> answer = buy("first", 20);
        Reading reading = new Reading(answer);
        reading.tokens(1);

        assertThat(reading.tokens).isEqualTo(1);
        assertThat(buyer.balance()).isEqualTo(1_000_000_000L); // and nothing has moved
        assertThat(atUrl(answer).state()).isEqualTo(StreamOutcome.State.RUNNING);
        answer.body().close();
        settled(answer);
    }

    @Test
    void a_reader_that_leaves_at_token_700_pays_for_700() throws Exception {
        provider.enqueue(Answer.text(words(2_000)).stallAfter(700)); // so that nothing more is in flight
        HttpResponse<InputStream> answer = buy("leave", 2_000);
        Reading reading = new Reading(answer);
        reading.tokens(700);
        answer.body().close();

        StreamOutcome outcome = settled(answer);

        long prompt = TokenPrice.of(offer("leave", 2_000)).orElseThrow().promptTokens();
        assertThat(outcome.end()).isEqualTo(StreamOutcome.End.LEFT);
        assertThat(outcome.counted()).isFalse();
        assertThat(outcome.usage().output()).isEqualTo(700);
        assertThat(outcome.amount()).isEqualTo(prompt + 700 * 10);
        assertThat(BigInteger.valueOf(1_000_000_000L).subtract(buyer.balance())).isEqualTo(outcome.amount());
        assertThat(provider.requests().get(0).outcome().get(60, TimeUnit.SECONDS))
                .isEqualTo(Outcome.CLIENT_LEFT);
    }

    @Test
    void a_model_that_goes_on_is_stopped_at_the_ceiling() throws Exception {
        provider.enqueue(Answer.text(words(2_000)).usage(Usage.of(11, 2_000))); // although it was asked for 100
        HttpResponse<InputStream> answer = buy("more", 100);
        Reading reading = new Reading(answer);
        reading.toEnd();

        // the ceiling is of a hundred tokens of reasoning, which is two hundred of text
        assertThat(reading.tokens).isEqualTo(200);
        assertThat(reading.finish).isEqualTo("length");
        assertThat(reading.done).isTrue();
        StreamOutcome told = reading.outcome();
        assertThat(told.end()).isEqualTo(StreamOutcome.End.CEILING);
        assertThat(told.amount()).isEqualTo(told.ceiling());
        assertThat(BigInteger.valueOf(1_000_000_000L).subtract(buyer.balance())).isEqualTo(told.ceiling());
    }

    @Test
    void reasoning_is_priced_and_shown() throws Exception {
        provider.enqueue(Answer.text(words(30)).usage(new Usage(11, 130, 0, 100)));
        Reading reading = new Reading(buy("think", 500));
        reading.toEnd();

        StreamOutcome told = reading.outcome();
        assertThat(told.usage().reasoning()).isEqualTo(100);
        assertThat(told.usage().output()).isEqualTo(30);
        assertThat(told.amount()).isEqualTo(11 + 30 * 10 + 100 * 20);
    }

    @Test
    void a_provider_that_breaks_off_is_paid_for_what_came() throws Exception {
        CompletableFuture<Void> read = new CompletableFuture<>();
        provider.enqueue(Answer.text(words(50)).malformedAfter(20).endingOnce(read));
        Reading reading = new Reading(buy("break", 100));
        reading.tokens(20);
        read.complete(null);
        reading.toEnd();

        assertThat(reading.error).isTrue();
        assertThat(reading.done).isFalse();
        StreamOutcome told = reading.outcome();
        assertThat(told.end()).isEqualTo(StreamOutcome.End.BROKEN);
        assertThat(told.state()).isEqualTo(StreamOutcome.State.SETTLED);
        assertThat(told.usage().output()).isEqualTo(20);
    }

    @Test
    void a_provider_that_never_begins_costs_nothing() throws Exception {
        provider.enqueue(Answer.error(500, "boom"));
        String payment = buyer.pay(offer("never", 100));
        HttpResponse<InputStream> answer = send("never", 100, payment);
        assertThat(answer.statusCode()).isEqualTo(502);
        assertThat(buyer.balance()).isEqualTo(1_000_000_000L);

        provider.enqueue(Answer.text("now it does"));
        Reading again = new Reading(send("never", 100, payment)); // the same payment is good for the same request
        again.toEnd();
        assertThat(again.outcome().state()).isEqualTo(StreamOutcome.State.SETTLED);
    }

    @Test
    void a_plain_answer_is_settled_for_its_use_before_it_is_released() throws Exception {
        provider.enqueue(Answer.text("twelve words").usage(Usage.of(9, 12)));
        String body = body("plain", 100, false);
        Offer offer = bill(post(body, null));
        HttpResponse<InputStream> answer = post(body, buyer.pay(offer));

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(WireFormat.settlementResponse(answer.headers()
                                .firstValue(Headers.PAYMENT_RESPONSE)
                                .orElseThrow())
                        .amount())
                .isEqualTo(Integer.toString(9 + 12 * 10));
        assertThat(BigInteger.valueOf(1_000_000_000L).subtract(buyer.balance())).isEqualTo(129);
    }

    @Test
    void the_same_payment_gives_what_was_delivered_again() throws Exception {
        provider.enqueue(Answer.text(words(40)).usage(Usage.of(11, 40)));
        String payment = buyer.pay(offer("again", 100));
        Reading first = new Reading(send("again", 100, payment));
        first.toEnd();
        HttpResponse<InputStream> answer = send("again", 100, payment);
        Reading second = new Reading(answer);
        second.toEnd();

        assertThat(second.tokens).isEqualTo(40);
        assertThat(answer.headers().firstValue(Headers.PAYMENT_RESPONSE)).isPresent();
        assertThat(provider.requestCount()).isEqualTo(1);
    }

    // --- what may be open ---

    @Test
    void of_ten_streams_on_a_balance_that_covers_three_three_run() throws Exception {
        provider.answer(Answer.text(words(50)).stallAfter(3));
        BigInteger ceiling = new BigInteger(offer("stream 0", 100).amount());
        buyer.keepOnly(
                ceiling.multiply(BigInteger.valueOf(4)).subtract(BigInteger.ONE),
                chain.accounts().get(3));
        List<String> payments = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            payments.add(buyer.pay(offer("stream " + i, 100)));
        }
        ExecutorService callers = Executors.newFixedThreadPool(10);
        CountDownLatch go = new CountDownLatch(1);
        List<Future<HttpResponse<InputStream>>> calls = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            int number = i;
            calls.add(callers.submit(() -> {
                go.await();
                return send("stream " + number, 100, payments.get(number));
            }));
        }
        go.countDown();
        List<HttpResponse<InputStream>> running = new ArrayList<>();
        int refused = -1;
        for (int i = 0; i < 10; i++) {
            HttpResponse<InputStream> answer = calls.get(i).get(60, TimeUnit.SECONDS);
            if (answer.statusCode() == 200) {
                running.add(answer);
            } else {
                assertThat(answer.statusCode()).isEqualTo(429);
                assertThat(answer.headers().firstValue("Retry-After")).isPresent();
                assertThat(answer.headers().firstValue(Headers.PAYMENT_REQUIRED))
                        .isEmpty();
                refused = i;
            }
        }
        callers.shutdown();
        assertThat(running).hasSize(3);
        assertThat(provider.requestCount()).isEqualTo(3);

        for (HttpResponse<InputStream> answer : running) {
            new Reading(answer).tokens(3);
            answer.body().close();
            settled(answer);
        }
        HttpResponse<InputStream> late = send("stream " + refused, 100, payments.get(refused)); // it was not used up
        assertThat(late.statusCode()).isEqualTo(200);
        late.body().close();
        settled(late);
    }

    // --- the wallet as the buyer ---

    @Test
    void the_wallet_holds_the_ceiling_and_books_what_the_chain_shows() throws Exception {
        provider.enqueue(Answer.text(words(2_000)).usage(Usage.of(11, 2_000)));
        provider.enqueue(Answer.text(words(2_000)).stallAfter(700));
        try (SqliteLedger ledger = SqliteLedger.open(directory.resolve("ledger.db"));
                Wallet wallet = wallet(ledger, gateway.uri())) {
            HttpClient paying = PayingHttpClient.over(http, wallet);
            HttpResponse<InputStream> whole =
                    paying.send(request(gateway.uri(), body("whole", 2_000, true)), BodyHandlers.ofInputStream());
            Reading reading = new Reading(whole);
            reading.toEnd();
            PaymentRecord first = confirmed(wallet, whole);
            assertThat(first.charged().atomic()).isEqualTo(11 + 2_000 * 10);
            assertThat(reading.outcome().amount()).isEqualTo(first.charged().atomic());
            assertThat(wallet.checkUse(first.id(), reading.outcome().usage())
                            .orElseThrow()
                            .agrees())
                    .isTrue();
            assertThat(wallet.checkUse(first.id(), new TokenUsage(11, 1_999, 0))
                            .orElseThrow()
                            .overcharged())
                    .isTrue();

            HttpResponse<InputStream> cut =
                    paying.send(request(gateway.uri(), body("cut", 2_000, true)), BodyHandlers.ofInputStream());
            new Reading(cut).tokens(700);
            cut.body().close();
            StreamOutcome outcome = settled(cut);
            PaymentRecord second = confirmed(wallet, cut);
            assertThat(second.charged().atomic()).isEqualTo(outcome.amount());
            long prompt = TokenPrice.of(offer("cut", 2_000)).orElseThrow().promptTokens();
            assertThat(wallet.checkUse(second.id(), new TokenUsage(prompt, 700, 0))
                            .orElseThrow()
                            .agrees())
                    .isTrue();

            Amount spent = wallet.totals().settled().get(0);
            assertThat(wallet.totals().held()).isEmpty();
            assertThat(BigInteger.valueOf(1_000_000_000L).subtract(buyer.balance()))
                    .isEqualTo(spent.atomic());
            assertThat(wallet.verifyChain().findings()).isEmpty();
        }
    }

    private Wallet wallet(SqliteLedger ledger, URI at) {
        return Wallet.builder(
                        DevelopmentSigner.fromEnvironment(
                                chain.accounts().get(2).privateKey(), chain.rpcUrl()),
                        ledger)
                .policy(Policy.defaults()
                        .allowHost(at.getAuthority())
                        .approvalAbove(BigDecimal.ONE, Duration.ofSeconds(1)))
                .node(new waybill.x402.Network(Devnet.CHAIN_ID), chain.rpcUrl())
                .build();
    }

    /** The payment of an answer, once the chain has shown what was taken for it. */
    private static PaymentRecord confirmed(Wallet wallet, HttpResponse<?> answer) throws IOException {
        String id = answer.headers().firstValue(PayingHttpClient.PAYMENT_ID).orElseThrow();
        long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
        while (!wallet.payment(id).orElseThrow().confirmed() && System.nanoTime() < deadline) {
            wallet.reconcile();
        }
        PaymentRecord payment = wallet.payment(id).orElseThrow();
        assertThat(payment.state()).isEqualTo(PaymentState.SETTLED);
        return payment;
    }

    // --- a seller that dies ---

    @Test
    void a_seller_killed_in_a_stream_settles_no_more_than_was_delivered_and_the_buyers_ledger_agrees()
            throws Exception {
        provider.enqueue(Answer.text(words(2_000)).stallAfter(700));
        Path at = directory.resolve("killed");
        KilledSeller killed = KilledSeller.start(
                provider.baseUrl(),
                chain.rpcUrl().toString(),
                seller.address(),
                at.toString(),
                chain.accounts().get(4).privateKey());
        try (killed;
                SqliteLedger ledger = SqliteLedger.open(directory.resolve("ledger.db"));
                Wallet wallet = wallet(ledger, killed.uri())) {
            HttpResponse<InputStream> answer = PayingHttpClient.over(http, wallet)
                    .send(request(killed.uri(), body("killed", 2_000, true)), BodyHandlers.ofInputStream());
            URI outcome =
                    URI.create(answer.headers().firstValue(StreamOutcome.HEADER).orElseThrow());
            Reading reading = new Reading(answer);
            reading.tokens(700);
            StreamOutcome noted = told(outcome);
            long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
            while (noted.usage().output() == 0 && System.nanoTime() < deadline) {
                noted = told(outcome);
            }
            assertThat(noted.state()).isEqualTo(StreamOutcome.State.RUNNING);
            killed.close();

            assertThat(catchThrowable(reading::toEnd)).isInstanceOf(IOException.class);
            assertThat(buyer.balance()).isEqualTo(1_000_000_000L);
            assertThat(wallet.totals().settled()).isEmpty();
            assertThat(wallet.totals().held()).hasSize(1); // all of the ceiling

            try (Gateway again = Gateway.start(
                    GatewaySettings.from(KilledSeller.settings(
                            provider.baseUrl(), chain.rpcUrl().toString(), seller.address(), at.toString())),
                    Map.of("WAYBILL_FACILITATOR_KEY", chain.accounts().get(4).privateKey()))) {
                StreamOutcome settled = until(URI.create(again.uri() + outcome.getPath()));
                PaymentRecord payment = confirmed(wallet, answer);

                assertThat(settled.end()).isEqualTo(StreamOutcome.End.STOPPED);
                assertThat(settled.usage().output()).isPositive().isLessThanOrEqualTo(700);
                assertThat(BigInteger.valueOf(1_000_000_000L).subtract(buyer.balance()))
                        .isEqualTo(settled.amount());
                assertThat(payment.charged().atomic()).isEqualTo(settled.amount());
                assertThat(wallet.totals().held()).isEmpty();
                assertThat(wallet.verifyChain().findings()).isEmpty();
            }
        }
    }

    // --- how it is asked ---

    private HttpResponse<InputStream> buy(String question, int maxTokens) throws Exception {
        return send(question, maxTokens, buyer.pay(offer(question, maxTokens)));
    }

    private HttpResponse<InputStream> send(String question, int maxTokens, String payment) throws Exception {
        return post(body(question, maxTokens, true), payment);
    }

    private Offer offer(String question, int maxTokens) throws Exception {
        return bill(post(body(question, maxTokens, true), null));
    }

    private static Offer bill(HttpResponse<InputStream> answer) {
        assertThat(answer.statusCode()).isEqualTo(402);
        return WireFormat.paymentRequired(
                        answer.headers().firstValue(Headers.PAYMENT_REQUIRED).orElseThrow())
                .accepts()
                .get(0);
    }

    private HttpResponse<InputStream> post(String body, String payment) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(request(gateway.uri(), body), (name, value) -> true);
        if (payment != null) {
            request.header(Headers.PAYMENT_SIGNATURE, payment);
        }
        return http.send(request.build(), BodyHandlers.ofInputStream());
    }

    private static HttpRequest request(URI at, String body) {
        return HttpRequest.newBuilder(URI.create(at + "/v1/chat/completions"))
                .timeout(Duration.ofSeconds(60))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
    }

    private static String body(String question, int maxTokens, boolean stream) {
        return "{\"model\":\"metered\",\"stream\":" + stream + ",\"max_tokens\":" + maxTokens
                + ",\"messages\":[{\"role\":\"user\",\"content\":\"" + question + "\"}]}";
    }

    private StreamOutcome settled(HttpResponse<?> answer) throws Exception {
        return until(
                URI.create(answer.headers().firstValue(StreamOutcome.HEADER).orElseThrow()));
    }

    /** Asks until it is settled; every try is a whole exchange with the gateway. */
    private StreamOutcome until(URI url) throws Exception {
        StreamOutcome outcome = told(url);
        for (int i = 0; outcome.state() != StreamOutcome.State.SETTLED && i < 5_000; i++) {
            outcome = told(url);
        }
        assertThat(outcome.state()).isEqualTo(StreamOutcome.State.SETTLED);
        return outcome;
    }

    private StreamOutcome atUrl(HttpResponse<?> answer) throws Exception {
        return told(URI.create(answer.headers().firstValue(StreamOutcome.HEADER).orElseThrow()));
    }

    private StreamOutcome told(URI url) throws Exception {
        HttpResponse<String> answer = http.send(HttpRequest.newBuilder(url).build(), BodyHandlers.ofString());
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return outcome(JSON.readTree(answer.body()));
    }

    private static StreamOutcome outcome(JsonNode node) {
        return StreamOutcome.of(
                waybill.x402.Json.parseObject(node.toString().getBytes(StandardCharsets.UTF_8), 16 * 1024));
    }

    private BigInteger balance(DevAccount account) {
        return chain.balanceOf(chain.usdc(), account.address());
    }

    private static waybill.x402.Asset asset() {
        return waybill.x402.Assets.standard()
                .find(new waybill.x402.Network(Devnet.CHAIN_ID), "USDC")
                .orElseThrow();
    }

    /** This many words, each of them one token in one piece. */
    private static String words(int count) {
        return IntStream.range(0, count).mapToObj(i -> "word").collect(Collectors.joining(" "));
    }

    /** What a reader of a stream sees, event by event. */
    private static final class Reading {
        private final BufferedReader lines;
        private final Map<String, JsonNode> outcomes = new LinkedHashMap<>();
        private int tokens;
        private String finish = "";
        private boolean done;
        private boolean error;

        Reading(HttpResponse<InputStream> answer) {
            lines = new BufferedReader(new InputStreamReader(answer.body(), StandardCharsets.UTF_8));
            assertThat(answer.statusCode())
                    .as(() -> lines.lines().collect(Collectors.joining()))
                    .isEqualTo(200);
        }

        void tokens(int wanted) throws IOException {
            while (tokens < wanted) {
                assertThat(line()).isTrue();
            }
        }

        void toEnd() throws IOException {
            while (line()) {
                assertThat(tokens).isLessThan(10_000);
            }
        }

        StreamOutcome outcome() {
            assertThat(outcomes).hasSize(1);
            return MeteredGatewayTest.outcome(outcomes.values().iterator().next());
        }

        private boolean line() throws IOException {
            String line = lines.readLine();
            if (line == null) {
                return false;
            }
            if (line.equals("data: [DONE]")) {
                done = true;
            } else if (line.startsWith("data: ")) {
                assertThat(done).isFalse();
                JsonNode event = JSON.readTree(line.substring(6));
                error |= event.has("error");
                if (event.has(StreamOutcome.MEMBER)) {
                    outcomes.put(line, event.get(StreamOutcome.MEMBER));
                }
                JsonNode choice = event.path("choices").path(0);
                tokens += choice.path("delta").path("content").asText().isEmpty() ? 0 : 1;
                finish = choice.path("finish_reason").asText(finish);
            }
            return true;
        }
    }
}
