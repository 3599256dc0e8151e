package waybill.seller.contract;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.math.BigInteger;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import waybill.seller.Facilitator;
import waybill.seller.PayerFunds;
import waybill.x402.Headers;
import waybill.x402.PaymentRequired;
import waybill.x402.SettlementResponse;
import waybill.x402.Version1;
import waybill.x402.WireFormat;

/**
 * What a filter that sells handlers keeps. A framework's test starts an application with these handlers, each of which does
 * what {@link Goods} does under the name of its path, and answers text:
 *
 * <pre>
 * GET  /free                                     free
 * GET  /paid          "0.01 USDC"                status 201, header Origin-Farm: north
 * GET  /items/{id}    "0.01 USDC"                text: the id
 * POST /echo          "0.01 USDC"                text: the body
 * POST /form          "0.01 USDC"                text: the field "name" of a form
 * GET  /slow          "0.01 USDC"                serveSlowly
 * GET  /fails         "0.01 USDC"                fail
 * GET  /refuses       "0.01 USDC"                status 422
 * GET  /large         "0.01 USDC"                70,000 bytes
 * GET  /empty         "0.01 USDC"                status 204
 * GET  /nothing       "0.01 USDC"                status 204, without a result
 * GET  /nothing-later "0.01 USDC"                the same, asynchronous
 * GET  /upfront-nothing "0.01 USDC", upfront     the same
 * GET  /cookie        "0.01 USDC"                sets a cookie
 * GET  /moved         "0.01 USDC"                a redirect to /free
 * GET  /later         "0.01 USDC"                asynchronous
 * GET  /upfront       "0.01 USDC", upfront
 * GET  /upfront-fails "0.01 USDC", upfront       fail
 * GET  /stream        "0.01 USDC", upfront       events "one", then, served slowly, "two"
 * GET  /metered       "0.05 USDC", UPTO          header Waybill-Use: {@link Goods#USE}
 * GET  /class/one     "0.01 USDC" on the class
 * GET  /listed        not annotated; the list of prices says "0.01 USDC" when it can be read, and else fails
 * </pre>
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@SuppressWarnings("NullAway.Init") // JUnit sets them
public abstract class SellerContract {
    private static final int COPIES = 500;
    private static final int AT_ONCE = 64;
    private static final BigInteger CENT = BigInteger.valueOf(10_000);

    private final Goods goods = new Goods();
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .build();
    private Market market;
    private Application application;
    private Purse purse;

    /** A suite that a framework's test extends. */
    protected SellerContract() {}

    /**
     * An application that runs.
     *
     * @param port on loopback
     * @param stop ends it
     */
    public record Application(int port, AutoCloseable stop) {}

    /**
     * Starts an application on a free port of loopback.
     *
     * @param properties to be set, all of them under {@code waybill.seller}
     */
    protected abstract Application start(
            Goods goods, Facilitator facilitator, PayerFunds funds, Map<String, String> properties) throws Exception;

    @BeforeAll
    void open(@TempDir Path folder) throws Exception {
        market = new Market(folder);
        application =
                start(goods, market.facilitator(), market.facilitator(), market.properties(folder.resolve("claims")));
        purse = market.purse().approvePermit2();
    }

    @AfterAll
    void close() throws Exception {
        goods.open();
        application.stop().close();
        market.close();
    }

    // --- bills

    @Test
    void a_free_handler_is_left_alone() throws Exception {
        HttpResponse<String> answer = get("/free");

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).startsWith("free ");
        assertThat(answer.headers().map()).doesNotContainKeys("payment-required", "payment-response", "vary");
    }

    @Test
    void who_has_not_paid_gets_a_bill_in_both_versions_and_the_handler_does_not_run() throws Exception {
        int before = goods.served("paid");

        HttpResponse<String> answer = get("/paid?day=1");

        assertThat(answer.statusCode()).isEqualTo(402);
        PaymentRequired bill = Purse.bill(answer);
        assertThat(bill.accepts().get(0).amount()).isEqualTo("10000");
        assertThat(bill.resource().url()).isEqualTo(uri("/paid?day=1").toString());
        assertThat(answer.body()).contains("\"x402Version\":1", "\"accepts\"");
        assertThat(header(answer, "Content-Type")).startsWith("application/json");
        assertThat(header(answer, "Cache-Control")).contains("no-store");
        assertThat(goods.served("paid")).isEqualTo(before);
    }

    @Test
    void a_mark_on_the_class_sells_its_handlers() throws Exception {
        assertThat(get("/class/one").statusCode()).isEqualTo(402);
        assertThat(pay("/class/one").body()).startsWith("class ");
    }

    @Test
    void a_handler_without_a_mark_is_sold_by_the_list_and_not_at_all_when_the_list_cannot_be_read() throws Exception {
        assertThat(get("/listed").statusCode()).isEqualTo(402);
        int before = goods.served("listed");
        goods.forgetPrices();
        try {
            HttpResponse<String> answer = get("/listed");

            assertThat(answer.statusCode()).isEqualTo(503);
            assertThat(answer.headers().firstValue("Retry-After")).isPresent();
            assertThat(goods.served("listed")).isEqualTo(before);
        } finally {
            goods.rememberPrices();
        }
        assertThat(pay("/listed").body()).startsWith("listed ");
    }

    // --- payments

    @Test
    void a_wallet_pays_once_and_has_the_answer_as_the_handler_gave_it() throws Exception {
        BigInteger before = market.earned();
        HttpClient paying = market.paying(http, "127.0.0.1:" + application.port());

        HttpResponse<String> answer = paying.send(request("/paid").build(), BodyHandlers.ofString());

        assertThat(answer.statusCode()).isEqualTo(201);
        assertThat(answer.body()).startsWith("paid ");
        assertThat(header(answer, "Origin-Farm")).isEqualTo("north");
        assertThat(header(answer, "Cache-Control")).contains("private", "no-store");
        assertThat(settlement(answer).success()).isTrue();
        assertThat(market.earned().subtract(before)).isEqualTo(CENT);
    }

    @Test
    void a_payment_in_version_1_is_taken() throws Exception {
        String payment = Version1.encode(WireFormat.paymentPayload(purse.pay(get("/items/v1"))));

        HttpResponse<String> answer = http.send(
                request("/items/v1").header(Headers.V1_PAYMENT, payment).build(), BodyHandlers.ofString());

        assertThat(answer.body()).isEqualTo("v1");
        assertThat(answer.headers().firstValue(Headers.V1_PAYMENT_RESPONSE)).isPresent();
    }

    @Test
    void the_same_payment_again_gets_the_same_answer_for_nothing() throws Exception {
        BigInteger before = market.earned();
        int served = goods.served("paid");
        String payment = purse.pay(get("/paid"));
        HttpResponse<String> first = send("/paid", payment);

        HttpResponse<String> again = send("/paid", payment);

        assertThat(again.statusCode()).isEqualTo(201);
        assertThat(again.body()).isEqualTo(first.body());
        assertThat(header(again, "Content-Type")).isEqualTo(header(first, "Content-Type"));
        assertThat(header(again, "Origin-Farm")).isEqualTo("north");
        assertThat(settlement(again)).isEqualTo(settlement(first));
        assertThat(goods.served("paid")).isEqualTo(served + 1);
        assertThat(market.earned().subtract(before)).isEqualTo(CENT);
    }

    @Test
    void a_payment_opens_no_other_handler_path_query_or_method() throws Exception {
        String payment = purse.pay(get("/items/7"));
        int upfront = goods.served("upfront");
        int items = goods.served("items");

        for (String other : List.of("/upfront", "/items/8", "/items/7?more=1", "/items/7;v=2")) {
            assertThat(send(other, payment).statusCode()).as(other).isIn(400, 402, 404, 409);
        }
        assertThat(Wire.send(application.port(), "HEAD /items/7", Headers.PAYMENT_SIGNATURE + ": " + payment)
                        .status())
                .isIn(402, 409);
        assertThat(goods.served("upfront")).isEqualTo(upfront);
        assertThat(goods.served("items")).isEqualTo(items);
        assertThat(send("/items/7", payment).body()).isEqualTo("7");
    }

    @Test
    void a_body_reaches_the_handler_and_its_payment_opens_no_other_body() throws Exception {
        String payment = purse.pay(post("/echo", "hello", "text/plain", null));

        assertThat(post("/echo", "hellO", "text/plain", payment).statusCode()).isIn(402, 409);
        HttpResponse<String> answer = post("/echo", "hello", "text/plain", payment);

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo("hello");
        assertThat(post("/echo", "another", "text/plain", payment).statusCode()).isEqualTo(409);
    }

    @Test
    void a_form_reaches_the_handler_and_its_payment_opens_no_other_form() throws Exception {
        String form = "application/x-www-form-urlencoded";
        String payment = purse.pay(post("/form", "name=anna&age=7", form, null));

        assertThat(post("/form", "name=berta&age=7", form, payment).statusCode())
                .isIn(402, 409);
        assertThat(post("/form", "name=anna&age=7", form, payment).body()).isEqualTo("anna");
    }

    @Test
    void a_body_that_is_too_long_is_refused_before_it_is_sold() throws Exception {
        int before = goods.served("echo");

        HttpResponse<String> answer = post("/echo", "x".repeat(65_537), "text/plain", null);

        assertThat(answer.statusCode()).isEqualTo(413);
        assertThat(goods.served("echo")).isEqualTo(before);
    }

    @ParameterizedTest
    @ValueSource(strings = {"nonsense", "e30=", "{}", "====", "bm90IGpzb24="})
    void a_payment_that_cannot_be_read_is_told_so(String payment) throws Exception {
        int before = goods.served("paid");

        assertThat(send("/paid", payment).statusCode()).isIn(400, 402);
        assertThat(goods.served("paid")).isEqualTo(before);
    }

    @Test
    void two_payments_in_one_request_are_refused() throws Exception {
        int before = goods.served("paid");
        String payment = purse.pay(get("/paid"));
        HttpRequest twice = request("/paid")
                .header(Headers.PAYMENT_SIGNATURE, payment)
                .header(Headers.PAYMENT_SIGNATURE, payment)
                .build();

        assertThat(http.send(twice, BodyHandlers.ofString()).statusCode()).isEqualTo(400);
        assertThat(goods.served("paid")).isEqualTo(before);
    }

    @Test
    void one_payment_sent_500_times_at_once_runs_the_handler_once() throws Exception {
        BigInteger earned = market.earned();
        int served = goods.served("slow");
        String payment = purse.pay(get("/slow"));
        goods.shut();
        Semaphore refused = new Semaphore(0);
        ExecutorService lanes = Executors.newFixedThreadPool(AT_ONCE);
        List<HttpResponse<String>> answers = new ArrayList<>();
        try {
            List<CompletableFuture<HttpResponse<String>>> sent = new ArrayList<>();
            for (int i = 0; i < COPIES; i++) {
                sent.add(CompletableFuture.supplyAsync(() -> unchecked(() -> send("/slow", payment)), lanes)
                        .whenComplete((answer, failure) -> {
                            if (failure != null || answer.statusCode() != 200) refused.release();
                        }));
            }
            boolean allButOne = refused.tryAcquire(COPIES - 1, 100, TimeUnit.SECONDS);
            goods.open();
            assertThat(allButOne).as("all but one were refused while it ran").isTrue();
            for (CompletableFuture<HttpResponse<String>> each : sent) {
                answers.add(each.get(60, TimeUnit.SECONDS));
            }
        } finally {
            goods.open();
            lanes.shutdownNow();
        }

        assertThat(answers.stream().filter(answer -> answer.statusCode() == 200))
                .hasSize(1);
        assertThat(answers.stream().filter(answer -> answer.statusCode() == 409))
                .hasSize(COPIES - 1)
                .allSatisfy(answer -> {
                    assertThat(answer.headers().firstValue("Retry-After")).isPresent();
                    assertThat(answer.headers().firstValue(Headers.PAYMENT_REQUIRED))
                            .isEmpty();
                });
        assertThat(goods.served("slow")).isEqualTo(served + 1);
        assertThat(market.earned().subtract(earned)).isEqualTo(CENT);
        assertThat(send("/slow", payment).body()).isEqualTo("slow " + (served + 1));
    }

    // --- what is not charged

    @ParameterizedTest
    @ValueSource(strings = {"fails", "refuses"})
    void a_handler_that_fails_is_not_charged_and_the_payment_can_be_used_again(String name) throws Exception {
        BigInteger earned = market.earned();
        int served = goods.served(name);
        String payment = purse.pay(get("/" + name));

        HttpResponse<String> first = send("/" + name, payment);
        HttpResponse<String> again = send("/" + name, payment);

        assertThat(first.statusCode()).isEqualTo(name.equals("fails") ? 500 : 422);
        assertThat(again.statusCode()).isEqualTo(first.statusCode());
        assertThat(first.headers().firstValue(Headers.PAYMENT_RESPONSE)).isEmpty();
        assertThat(first.headers().firstValue(Headers.PAYMENT_REQUIRED)).isEmpty();
        assertThat(goods.served(name)).isEqualTo(served + 2);
        assertThat(market.earned()).isEqualTo(earned);
    }

    @Test
    void an_answer_that_is_too_long_to_be_held_back_is_not_charged() throws Exception {
        BigInteger earned = market.earned();

        HttpResponse<String> answer = pay("/large");

        assertThat(answer.statusCode()).isEqualTo(500);
        assertThat(answer.body().length()).isLessThan(1_000);
        assertThat(market.earned()).isEqualTo(earned);
    }

    @Test
    void an_answer_whose_settlement_is_not_known_is_withheld_and_given_when_it_is() throws Exception {
        BigInteger earned = market.earned();
        int served = goods.served("paid");
        String payment = purse.pay(get("/paid"));
        HttpResponse<String> unknown;
        market.facilitator().mute(true);
        try {
            unknown = send("/paid", payment);
        } finally {
            market.facilitator().mute(false);
        }

        assertThat(unknown.statusCode()).isEqualTo(503);
        assertThat(unknown.headers().firstValue("Retry-After")).isPresent();
        assertThat(unknown.headers().firstValue(Headers.PAYMENT_REQUIRED)).isEmpty();
        assertThat(unknown.headers().firstValue("Origin-Farm")).isEmpty();
        assertThat(unknown.body()).doesNotContain("paid " + (served + 1));
        HttpResponse<String> known = send("/paid", payment);
        assertThat(known.statusCode()).isEqualTo(201);
        assertThat(known.body()).isEqualTo("paid " + (served + 1));
        assertThat(goods.served("paid")).isEqualTo(served + 1);
        assertThat(market.earned().subtract(earned)).isEqualTo(CENT);
    }

    @Test
    void a_cookie_goes_out_with_the_answer_and_not_when_that_is_withheld() throws Exception {
        String payment = purse.pay(get("/cookie"));
        HttpResponse<String> unknown;
        market.facilitator().mute(true);
        try {
            unknown = send("/cookie", payment);
        } finally {
            market.facilitator().mute(false);
        }

        assertThat(unknown.statusCode()).isEqualTo(503);
        assertThat(unknown.headers().firstValue("Set-Cookie")).isEmpty();
        assertThat(header(pay("/cookie"), "Set-Cookie")).startsWith("farm=north");
    }

    // --- other kinds of handlers

    @Test
    void an_answer_without_a_body_is_sold_too() throws Exception {
        String payment = purse.pay(get("/empty"));

        assertThat(send("/empty", payment).statusCode()).isEqualTo(204);
        HttpResponse<String> again = send("/empty", payment);
        assertThat(again.statusCode()).isEqualTo(204);
        assertThat(settlement(again).success()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"nothing", "nothing-later", "upfront-nothing", "moved"})
    void a_handler_that_writes_nothing_is_sold_too_and_runs_once(String name) throws Exception {
        BigInteger earned = market.earned();
        int served = goods.served(name);
        String payment = purse.pay(get("/" + name));

        HttpResponse<String> first = send("/" + name, payment);
        HttpResponse<String> again = send("/" + name, payment);

        if (name.equals("moved")) {
            assertThat(first.statusCode()).isIn(302, 303);
            assertThat(header(first, "Location")).endsWith("/free");
        } else {
            assertThat(first.statusCode()).isEqualTo(204);
        }
        assertThat(settlement(first).success()).isTrue();
        assertThat(again.statusCode()).isEqualTo(first.statusCode());
        assertThat(header(again, "Location")).isEqualTo(header(first, "Location"));
        assertThat(settlement(again)).isEqualTo(settlement(first));
        assertThat(goods.served(name)).isEqualTo(served + 1);
        assertThat(market.earned().subtract(earned)).isEqualTo(CENT);
    }

    @Test
    void an_asynchronous_answer_is_held_back_until_it_is_paid() throws Exception {
        BigInteger earned = market.earned();
        String payment = purse.pay(get("/later"));

        HttpResponse<String> answer = send("/later", payment);

        assertThat(answer.body()).startsWith("later ");
        assertThat(settlement(answer).success()).isTrue();
        assertThat(send("/later", payment).body()).isEqualTo(answer.body());
        assertThat(market.earned().subtract(earned)).isEqualTo(CENT);
    }

    @Test
    void what_is_paid_upfront_is_kept_as_well() throws Exception {
        BigInteger earned = market.earned();
        String payment = purse.pay(get("/upfront"));

        HttpResponse<String> answer = send("/upfront", payment);

        assertThat(answer.body()).startsWith("upfront ");
        assertThat(settlement(answer).success()).isTrue();
        assertThat(send("/upfront", payment).body()).isEqualTo(answer.body());
        assertThat(market.earned().subtract(earned)).isEqualTo(CENT);
    }

    @Test
    void what_was_paid_upfront_and_failed_is_free_the_next_time() throws Exception {
        BigInteger earned = market.earned();
        int served = goods.served("upfront-fails");
        String payment = purse.pay(get("/upfront-fails"));

        assertThat(send("/upfront-fails", payment).statusCode()).isEqualTo(500);
        assertThat(send("/upfront-fails", payment).statusCode()).isEqualTo(500);

        assertThat(goods.served("upfront-fails")).isEqualTo(served + 2);
        assertThat(market.earned().subtract(earned)).isEqualTo(CENT);
    }

    @Test
    void a_stream_that_is_paid_upfront_flows() throws Exception {
        BigInteger earned = market.earned();
        String payment = purse.pay(get("/stream"));
        goods.shut();
        HttpRequest request =
                request("/stream").header(Headers.PAYMENT_SIGNATURE, payment).build();
        try {
            HttpResponse<InputStream> answer =
                    http.sendAsync(request, BodyHandlers.ofInputStream()).get(60, TimeUnit.SECONDS);
            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(settlement(answer).success()).isTrue();
            BufferedReader reader = new BufferedReader(new InputStreamReader(answer.body(), StandardCharsets.UTF_8));
            String first = CompletableFuture.supplyAsync(() -> unchecked(reader::readLine))
                    .get(60, TimeUnit.SECONDS);
            assertThat(first.replace(" ", "")).isEqualTo("data:one");
            assertThat(market.earned().subtract(earned)).isEqualTo(CENT);
            goods.open();
            assertThat(reader.lines().map(line -> line.replace(" ", ""))).contains("data:two");
        } finally {
            goods.open();
        }
        assertThat(goods.served("stream")).isEqualTo(1);
    }

    @Test
    void what_is_sold_by_use_is_charged_by_what_the_handler_says_was_used() throws Exception {
        BigInteger earned = market.earned();

        HttpResponse<String> answer = pay("/metered");

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().firstValue("Waybill-Use")).isEmpty();
        assertThat(settlement(answer).success()).isTrue();
        assertThat(market.earned().subtract(earned)).isEqualTo(4_000);
    }

    // --- ways around

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /paid",
                "GET /paid/",
                "GET //paid",
                "GET /./paid",
                "GET /free/../paid",
                "GET /%70aid",
                "GET /p%61id",
                "GET /paid%2F",
                "GET /%2Fpaid",
                "GET /paid%20",
                "GET /paid%00",
                "GET /paid;free",
                "GET /paid;a=b/",
                "GET /;x/paid",
                "GET /paid?free",
                "GET /paid%3Ffree",
                "GET /PAID",
                "GET /paid.json",
                "GET /paid..;/",
                "GET /paid#free",
                "GET /free%2e%2e/paid",
                "GET /free/..%2fpaid",
                "GET /paid\\",
                "HEAD /paid",
                "HEAD //paid",
                "OPTIONS /paid",
                "POST /paid",
                "PUT /paid",
                "TRACE /paid",
                "PATCH /paid",
                "DELETE /paid",
                "get /paid",
                "FOO /paid",
                "GET http://elsewhere.example/paid"
            })
    void no_spelling_of_a_request_reaches_a_paid_handler(String requestLine) throws Exception {
        int before = goods.served("paid");
        String[][] headers = {
            {},
            {"X-HTTP-Method-Override: GET"},
            {"X-Original-URL: /paid", "X-Rewrite-URL: /paid", "X-Forwarded-Prefix: /free"},
            {"Origin: http://elsewhere.example", "Access-Control-Request-Method: GET"},
            {"Range: bytes=0-1", "If-None-Match: *"},
            {"Accept: text/event-stream"},
            {"Expect: 100-continue"},
        };

        for (String[] each : headers) {
            Wire.Reply reply = Wire.send(application.port(), requestLine, each);

            assertThat(goods.served("paid"))
                    .as("%s %s: %s", requestLine, List.of(each), reply)
                    .isEqualTo(before);
            assertThat(reply.rest()).doesNotContain("Origin-Farm");
            assertThat(reply.status()).isNotEqualTo(201);
        }
    }

    @Test
    void a_question_for_the_options_of_a_paid_handler_costs_nothing_and_runs_nothing() throws Exception {
        int before = goods.served("paid");

        assertThat(Wire.send(application.port(), "OPTIONS /paid").status()).isNotEqualTo(201);
        assertThat(goods.served("paid")).isEqualTo(before);
    }

    @Test
    void an_error_page_is_not_sold() throws Exception {
        assertThat(get("/nowhere").statusCode()).isEqualTo(404);
    }

    // --- sending

    /** Where {@code target} is. */
    protected final URI uri(String target) {
        return URI.create("http://127.0.0.1:" + application.port() + target);
    }

    /** The goods of the application. */
    protected final Goods goods() {
        return goods;
    }

    /** Asks without paying. */
    protected final HttpResponse<String> get(String target) throws IOException, InterruptedException {
        return http.send(request(target).build(), BodyHandlers.ofString());
    }

    /** Asks, pays what is billed, and asks again. */
    protected final HttpResponse<String> pay(String target) throws IOException, InterruptedException {
        return send(target, purse.pay(get(target)));
    }

    /** The same with a body. */
    protected final HttpResponse<String> pay(String target, String body, String type)
            throws IOException, InterruptedException {
        return post(target, body, type, purse.pay(post(target, body, type, null)));
    }

    private HttpResponse<String> send(String target, String payment) throws IOException, InterruptedException {
        return http.send(
                request(target).header(Headers.PAYMENT_SIGNATURE, payment).build(), BodyHandlers.ofString());
    }

    private HttpResponse<String> post(String target, String body, String type, @Nullable String payment)
            throws IOException, InterruptedException {
        HttpRequest.Builder request =
                request(target).header("Content-Type", type).POST(BodyPublishers.ofString(body));
        if (payment != null) request.header(Headers.PAYMENT_SIGNATURE, payment);
        return http.send(request.build(), BodyHandlers.ofString());
    }

    private HttpRequest.Builder request(String target) {
        return HttpRequest.newBuilder(uri(target)).timeout(Duration.ofMinutes(2));
    }

    private static SettlementResponse settlement(HttpResponse<?> answer) {
        return WireFormat.settlementResponse(header(answer, Headers.PAYMENT_RESPONSE));
    }

    private static String header(HttpResponse<?> answer, String name) {
        return answer.headers().firstValue(name).orElse("");
    }

    private interface Step<T> {
        T take() throws Exception;
    }

    private static <T> T unchecked(Step<T> step) {
        try {
            return step.take();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
