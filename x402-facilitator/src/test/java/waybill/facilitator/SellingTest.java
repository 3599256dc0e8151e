package waybill.facilitator;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.math.BigInteger;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import waybill.devnet.Devnet;
import waybill.facilitator.ScriptedNode.Fault;
import waybill.x402.Address;
import waybill.x402.Headers;
import waybill.x402.SettlementResponse;
import waybill.x402.WireFormat;

/** The whole seller on sockets, SQLite and a chain: who paid what, and what was given for it. */
class SellingTest {
    private static final BigInteger PRICE = BigInteger.valueOf(10_000);

    private static Devnet devnet;

    @TempDir
    Path folder;

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private ScriptedNode node;
    private Shop shop;
    private Payer payer;
    private BigInteger payerHad;
    private BigInteger shopHad;

    @BeforeAll
    static void startChain() {
        devnet = Devnet.start();
    }

    @AfterAll
    static void stopChain() {
        devnet.close();
    }

    @BeforeEach
    void open() throws IOException {
        node = new ScriptedNode(devnet.web3jService());
        shop = Shop.open(devnet, node, folder);
        payer = new Payer(devnet.accounts().get(1));
        payerHad = usdc(payer.address());
        shopHad = usdc(Shop.PAY_TO);
    }

    @AfterEach
    void close() {
        shop.close();
    }

    private static BigInteger usdc(Address owner) {
        return devnet.balanceOf(devnet.usdc(), owner.toString());
    }

    private void assertSold(int answers) {
        BigInteger sum = PRICE.multiply(BigInteger.valueOf(answers));
        assertThat(payerHad.subtract(usdc(payer.address()))).isEqualTo(sum);
        assertThat(usdc(Shop.PAY_TO).subtract(shopHad)).isEqualTo(sum);
    }

    private HttpResponse<String> post(String path, String body, String... payments) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(shop.url(path)).POST(BodyPublishers.ofString(body));
        for (String payment : payments) {
            request.header(Headers.PAYMENT_SIGNATURE, payment);
        }
        return http.send(request.build(), BodyHandlers.ofString());
    }

    private String payment(String path, String body) throws Exception {
        HttpResponse<String> challenge = post(path, body);
        assertThat(challenge.statusCode()).isEqualTo(402);
        return WireFormat.encode(payer.pay(bill(challenge)));
    }

    private static waybill.x402.Offer bill(HttpResponse<String> challenge) {
        return WireFormat.paymentRequired(
                        challenge.headers().firstValue(Headers.PAYMENT_REQUIRED).orElseThrow())
                .accepts()
                .get(0);
    }

    private static SettlementResponse settlement(HttpResponse<String> response) {
        return WireFormat.settlementResponse(
                response.headers().firstValue(Headers.PAYMENT_RESPONSE).orElseThrow());
    }

    private static <T> List<T> together(int times, Callable<T> call) throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(Math.min(times, 32));
        try {
            List<Future<T>> futures = new ArrayList<>();
            for (int i = 0; i < times; i++) {
                futures.add(pool.submit(call));
            }
            List<T> results = new ArrayList<>();
            for (Future<T> future : futures) {
                results.add(future.get());
            }
            return results;
        } finally {
            pool.shutdownNow();
        }
    }

    @Test
    void answers_500_copies_of_one_payment_with_one_run_and_one_settlement() throws Exception {
        String payment = payment("/answer", "q");

        List<HttpResponse<String>> responses = together(500, () -> post("/answer", "q", payment));
        responses.add(post("/answer", "q", payment));

        assertThat(shop.handlerRuns).hasValue(1);
        assertThat(node.calls("eth_sendRawTransaction")).isEqualTo(1);
        assertThat(responses).extracting(HttpResponse::statusCode).containsOnly(200, 409);
        assertThat(responses).allSatisfy(response -> {
            assertThat(response.headers().firstValue(Headers.PAYMENT_REQUIRED)).isEmpty();
            if (response.statusCode() == 409) {
                assertThat(response.headers().firstValue("Retry-After")).contains("1");
            } else {
                assertThat(response.body()).isEqualTo("answer 1");
                assertThat(settlement(response).success()).isTrue();
            }
        });
        assertThat(responses.get(500).statusCode()).isEqualTo(200);
        assertSold(1);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 10, 100})
    void takes_exactly_the_price_from_each_of_concurrent_buyers(int purchases) throws Exception {
        List<HttpResponse<String>> responses = together(purchases, () -> post("/answer", "q", payment("/answer", "q")));

        assertThat(responses).extracting(HttpResponse::statusCode).containsOnly(200);
        assertThat(responses).extracting(r -> settlement(r).transaction()).doesNotHaveDuplicates();
        assertThat(shop.handlerRuns).hasValue(purchases);
        assertSold(purchases);
    }

    @Test
    void gives_the_kept_answer_after_a_restart() throws Exception {
        String payment = payment("/answer", "q");
        HttpResponse<String> first = post("/answer", "q", payment);
        shop.close();
        shop = Shop.open(devnet, node, folder);

        HttpResponse<String> again = post("/answer", "q", payment);

        assertThat(again.statusCode()).isEqualTo(200);
        assertThat(again.body()).isEqualTo(first.body());
        assertThat(settlement(again)).isEqualTo(settlement(first));
        assertThat(shop.handlerRuns).hasValue(0);
        assertSold(1);
    }

    @Test
    void settles_after_a_restart_what_was_pending_before() throws Exception {
        String payment = payment("/answer", "q");
        node.fail("eth_getTransactionReceipt", Fault.NOTHING);
        HttpResponse<String> pending = post("/answer", "q", payment);
        assertThat(pending.statusCode()).isEqualTo(503);
        assertThat(settlement(pending).pending()).isTrue();
        shop.close();
        node.heal();
        shop = Shop.open(devnet, node, folder);

        assertThat(shop.gate.reconcile()).isEqualTo(1);

        HttpResponse<String> again = post("/answer", "q", payment);
        assertThat(again.statusCode()).isEqualTo(200);
        assertThat(again.body()).isEqualTo("answer 1");
        assertThat(settlement(again).transaction())
                .isEqualTo(settlement(pending).transaction());
        assertThat(shop.handlerRuns).hasValue(0);
        assertSold(1);
    }

    @Test
    void gives_nothing_away_while_the_node_is_down() throws Exception {
        String payment = payment("/answer", "q");
        for (String method : List.of("eth_call", "eth_sendRawTransaction", "eth_getTransactionReceipt")) {
            node.fail(method, Fault.REFUSED);
            HttpResponse<String> response = post("/answer", "q", payment);
            assertThat(response.statusCode()).as(method).isEqualTo(503);
            assertThat(response.headers().firstValue("Retry-After")).contains("1");
            assertThat(response.headers().firstValue(Headers.PAYMENT_REQUIRED)).isEmpty();
            assertThat(response.body()).doesNotContain("answer ");
            node.heal();
            node.fail("eth_getTransactionReceipt", Fault.NOTHING); // so that nothing settles between two faults
        }
        node.heal();

        assertThat(post("/answer", "q", payment).body()).isEqualTo("answer 1");
        assertThat(shop.handlerRuns).hasValue(1);
        assertSold(1);
    }

    @Test
    void runs_a_paid_and_failed_stream_again_for_nothing() throws Exception {
        String payment = payment("/stream", "fail");
        HttpResponse<String> failed = post("/stream", "fail", payment);
        assertThat(failed.statusCode()).isEqualTo(500);
        assertThat(settlement(failed).success()).isTrue();

        HttpResponse<String> free = post("/stream", "q", payment("/stream", "q"));

        assertThat(free.statusCode()).isEqualTo(200);
        assertThat(settlement(free).amount()).isEqualTo("0");
        assertSold(1);
    }

    @Test
    void charges_nothing_for_a_plain_answer_that_failed() throws Exception {
        assertThat(post("/answer", "fail", payment("/answer", "fail")).statusCode())
                .isEqualTo(500);
        assertSold(0);
    }

    @Test
    void refuses_a_payment_on_another_route_body_or_method() throws Exception {
        String payment = payment("/answer", "q");
        for (HttpResponse<String> response : List.of(
                post("/stream", "q", payment),
                post("/answer", "another", payment),
                http.send(
                        HttpRequest.newBuilder(shop.url("/answer"))
                                .PUT(BodyPublishers.ofString("q"))
                                .header(Headers.PAYMENT_SIGNATURE, payment)
                                .build(),
                        BodyHandlers.ofString()))) {
            assertThat(response.statusCode()).isEqualTo(402);
        }
        assertThat(shop.handlerRuns).hasValue(0);
        assertThat(post("/answer", "q", payment).statusCode()).isEqualTo(200);
        assertThat(post("/stream", "q", payment).statusCode()).isEqualTo(409);
        assertThat(post("/answer", "another", payment).statusCode()).isEqualTo(409);
        assertSold(1);
    }

    @Test
    void answers_400_to_headers_twice_or_too_long() throws Exception {
        String payment = payment("/answer", "q");
        assertThat(post("/answer", "q", payment, payment).statusCode()).isEqualTo(400);
        assertThat(post("/answer", "q", payment + "A".repeat(16 * 1024)).statusCode())
                .isEqualTo(400);
        assertThat(shop.handlerRuns).hasValue(0);
        assertSold(0);
    }

    @Test
    void lets_no_balance_buy_twice_what_it_covers() throws Exception {
        Payer poor = new Payer(devnet.accounts().get(9));
        BigInteger left = PRICE.multiply(BigInteger.valueOf(3));
        BigInteger spare = usdc(poor.address()).subtract(left);
        var away = waybill.x402.Offer.exact(new waybill.x402.Amount(Payer.USDC, spare), devnetAddress(8), 300);
        assertThat(shop.facilitator().settle(poor.pay(away), away).success()).isTrue();
        AtomicInteger ok = new AtomicInteger();

        List<Integer> statuses = together(12, () -> {
            HttpResponse<String> challenge = post("/answer", "q");
            HttpResponse<String> response = post("/answer", "q", WireFormat.encode(poor.pay(bill(challenge))));
            if (response.statusCode() == 200) {
                ok.incrementAndGet();
            }
            return response.statusCode();
        });

        assertThat(statuses).containsOnly(200, 402);
        assertThat(ok).hasValue(3);
        assertThat(usdc(poor.address())).isZero();
        assertThat(usdc(Shop.PAY_TO).subtract(shopHad)).isEqualTo(left);
    }

    private static Address devnetAddress(int index) {
        return Address.parse(devnet.accounts().get(index).address());
    }
}
