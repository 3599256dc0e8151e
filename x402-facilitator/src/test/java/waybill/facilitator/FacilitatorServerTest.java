package waybill.facilitator;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import waybill.devnet.Devnet;
import waybill.seller.FacilitatorException;
import waybill.seller.RemoteFacilitator;
import waybill.seller.RemoteFacilitator.Credentials;
import waybill.seller.RemoteFacilitator.Endpoint;
import waybill.seller.RemoteFacilitator.Timeouts;
import waybill.x402.Address;
import waybill.x402.FacilitatorMessages;
import waybill.x402.Json;
import waybill.x402.Offer;
import waybill.x402.PaymentPayload;
import waybill.x402.ResourceInfo;
import waybill.x402.SettlementResponse;
import waybill.x402.VerifyResponse;

class FacilitatorServerTest {
    private static final Address SHOP = Address.parse("0x00000000000000000000000000000000000a11ce");
    private static final Offer OFFER = Payer.offer("0.01", SHOP);

    private final HttpClient http = HttpClient.newHttpClient();
    private Devnet devnet;
    private ScriptedNode node;
    private LocalFacilitator local;
    private FacilitatorServer server;
    private Payer payer;

    @BeforeEach
    void open() {
        devnet = Devnet.start();
        node = new ScriptedNode(devnet.web3jService());
        Chain chain = Chain.inProcess(node, Payer.NETWORK);
        local = LocalFacilitator.of(
                chain, GasKey.ofDevelopment(devnet.accounts().get(0).privateKey(), chain), SettlementStore.inMemory());
        server = start(null);
        payer = new Payer(devnet.accounts().get(1));
    }

    @AfterEach
    void close() {
        server.close();
        local.close();
        devnet.close();
    }

    private FacilitatorServer start(@Nullable String token) {
        return FacilitatorServer.start(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), local, token, Clock.systemUTC());
    }

    private static byte[] asked(PaymentPayload payment, Offer required) {
        return FacilitatorMessages.write(new FacilitatorMessages.Request(2, payment, required))
                .getBytes(UTF_8);
    }

    private HttpResponse<String> post(String path, byte[] body) throws Exception {
        return http.send(
                HttpRequest.newBuilder(server.uri().resolve(path))
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private HttpResponse<String> get(String path) throws Exception {
        return http.send(
                HttpRequest.newBuilder(server.uri().resolve(path)).build(), HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void verifies_and_settles_for_a_seller_elsewhere() {
        RemoteFacilitator remote = RemoteFacilitator.at(server.uri());
        PaymentPayload payment = payer.pay(OFFER);

        VerifyResponse verdict = remote.verify(payment, OFFER);
        SettlementResponse settled = remote.settle(payment, OFFER);
        SettlementResponse again = remote.settle(payment, OFFER);

        assertThat(verdict.valid()).as(verdict.toString()).isTrue();
        assertThat(verdict.payer()).isEqualTo(payer.address());
        assertThat(settled.success()).as(settled.toString()).isTrue();
        assertThat(again).isEqualTo(settled);
        assertThat(devnet.balanceOf(devnet.usdc(), SHOP.toString())).isEqualTo(10_000);
        assertThat(remote.supported()).isEqualTo(local.supported());
    }

    /** The reference's sellers serve every request whose settlement succeeds. */
    @Test
    void tells_one_of_a_strangers_requests_that_its_payment_settled() throws Exception {
        byte[] asked = asked(payer.pay(OFFER), OFFER);
        ExecutorService together = Executors.newFixedThreadPool(5);
        try {
            List<Future<HttpResponse<String>>> answers = new ArrayList<>();
            for (int i = 0; i < 5; i++) answers.add(together.submit(() -> post("/settle", asked)));
            List<SettlementResponse> said = new ArrayList<>();
            for (Future<HttpResponse<String>> answer : answers) {
                said.add(FacilitatorMessages.settlementResponse(
                        answer.get(60, TimeUnit.SECONDS).body().getBytes(UTF_8)));
            }
            said.add(FacilitatorMessages.settlementResponse(
                    post("/settle", asked).body().getBytes(UTF_8)));

            assertThat(said).filteredOn(SettlementResponse::success).hasSize(1);
            assertThat(said)
                    .filteredOn(response -> !response.success())
                    .allMatch(response -> "invalid_exact_evm_nonce_already_used".equals(response.errorReason()));
        } finally {
            together.shutdownNow();
        }
        assertThat(devnet.balanceOf(devnet.usdc(), SHOP.toString())).isEqualTo(10_000);
    }

    @Test
    void says_in_status_200_why_a_payment_does_not_hold() throws Exception {
        PaymentPayload payment = payer.pay(OFFER);
        Offer dearer = Payer.offer("0.02", SHOP);

        HttpResponse<String> verdict = post("/verify", asked(payment, dearer));

        assertThat(verdict.statusCode()).isEqualTo(200);
        assertThat(FacilitatorMessages.verifyResponse(verdict.body().getBytes(UTF_8))
                        .reason())
                .isEqualTo("invalid_exact_evm_payload_authorization_value_mismatch");
    }

    @Test
    void refuses_what_is_no_request_with_a_reason() throws Exception {
        byte[] good = asked(payer.pay(OFFER), OFFER);
        byte[] long_ = new byte[FacilitatorMessages.MAX_BODY_BYTES + 1];
        String otherVersion = new String(good, UTF_8).replace("\"x402Version\":2", "\"x402Version\":7");

        for (byte[] body :
                List.of(new byte[0], "[]".getBytes(UTF_8), "{}".getBytes(UTF_8), long_, otherVersion.getBytes(UTF_8))) {
            HttpResponse<String> answer = post("/settle", body);
            assertThat(answer.statusCode()).isEqualTo(400);
            assertThat(answer.body()).contains("invalid_payload").contains("message");
        }
        assertThat(get("/settle").statusCode()).isEqualTo(405);
        assertThat(post("/supported", good).statusCode()).isEqualTo(405);
        assertThat(get("/elsewhere").statusCode()).isEqualTo(404);
        assertThat(devnet.balanceOf(devnet.usdc(), SHOP.toString())).isZero();
    }

    @Test
    void answers_503_and_no_verdict_while_its_node_is_down() throws Exception {
        byte[] asked = asked(payer.pay(OFFER), OFFER);
        node.fail("eth_call", ScriptedNode.Fault.REFUSED);

        for (String path : List.of("/verify", "/settle")) {
            HttpResponse<String> answer = post(path, asked);
            assertThat(answer.statusCode()).isEqualTo(503);
            assertThat(answer.headers().firstValue("Retry-After")).isPresent();
            assertThat(answer.body()).doesNotContain("isValid").doesNotContain("success");
        }
        assertThatThrownBy(() -> RemoteFacilitator.at(server.uri()).verify(payer.pay(OFFER), OFFER))
                .isInstanceOf(FacilitatorException.class);
    }

    @Test
    void serves_only_those_who_know_its_token() throws Exception {
        try (FacilitatorServer guarded = start("a-secret-of-the-sellers")) {
            URI url = guarded.uri();
            RemoteFacilitator stranger = RemoteFacilitator.at(url);
            RemoteFacilitator seller = new RemoteFacilitator(
                    List.of(new Endpoint(url, Credentials.bearer("a-secret-of-the-sellers"))),
                    Timeouts.defaults(),
                    Clock.systemUTC());

            assertThatThrownBy(() -> stranger.verify(payer.pay(OFFER), OFFER)).isInstanceOf(FacilitatorException.class);
            assertThat(seller.verify(payer.pay(OFFER), OFFER).valid()).isTrue();
        }
    }

    @Test
    void lists_what_was_paid_for_when_its_seller_asked_to_be_listed() throws Exception {
        Map<String, Object> bazaar =
                Map.of("info", Map.of("input", Map.of("type", "http", "method", "GET")), "schema", Map.of());
        PaymentPayload paid = payer.pay(OFFER);
        PaymentPayload listed = new PaymentPayload(
                OFFER,
                paid.payload(),
                new ResourceInfo("https://shop.example/weather", "the weather", "application/json"),
                Map.of("bazaar", bazaar));

        post("/verify", asked(listed, OFFER)); // costs nothing, so it lists nothing
        assertThat(get("/discovery/resources").body()).contains("\"total\":0");
        post("/settle", asked(listed, OFFER));
        post("/settle", asked(payer.pay(OFFER), OFFER)); // did not ask

        String page = get("/discovery/resources?type=http&limit=5").body();
        Map<String, ?> read = Json.parseObject(page.getBytes(UTF_8), 10_000);
        assertThat((List<?>) read.get("items")).hasSize(1);
        assertThat(page)
                .contains("https://shop.example/weather", "\"description\":\"the weather\"", "\"amount\":\"10000\"");
        assertThat(get("/discovery/resources?payTo=" + SHOP).body()).contains("\"total\":1");
        assertThat(get("/discovery/resources?network=eip155:1").body()).contains("\"total\":0");
        assertThat(get("/discovery/resources?limit=many").statusCode()).isEqualTo(400);
    }

    /** What a web page of another name on this machine could send: no JSON, or another name than loopback's. */
    @Test
    void lists_nothing_longer_than_its_bounds() throws Exception {
        Map<String, Object> bazaar = Map.of("info", Map.of());
        Offer padded = OFFER.withExtra("padding", "x".repeat(10_000));
        for (String words : List.of("short", "x".repeat(10_000))) {
            Offer offer = words.equals("short") ? padded : OFFER;
            PaymentPayload listed = new PaymentPayload(
                    offer,
                    payer.pay(OFFER).payload(),
                    new ResourceInfo("https://shop.example/" + words.length(), words, null),
                    Map.of("bazaar", bazaar));
            assertThat(post("/settle", asked(listed, offer)).body()).contains("\"success\":true");
        }
        assertThat(get("/discovery/resources").body()).contains("\"total\":0");
    }

    @Test
    void answers_no_web_page() throws Exception {
        byte[] good = asked(payer.pay(OFFER), OFFER);
        HttpRequest plain = HttpRequest.newBuilder(server.uri().resolve("/settle"))
                .header("Content-Type", "text/plain")
                .POST(HttpRequest.BodyPublishers.ofByteArray(good))
                .build();
        assertThat(http.send(plain, HttpResponse.BodyHandlers.discarding()).statusCode())
                .isEqualTo(415);

        try (Socket socket = new Socket(server.uri().getHost(), server.uri().getPort())) {
            String head = "POST /settle HTTP/1.1\r\nHost: rebound.example\r\nConnection: close\r\n"
                    + "Content-Type: application/json\r\nContent-Length: " + good.length + "\r\n\r\n";
            socket.getOutputStream().write(head.getBytes(UTF_8));
            socket.getOutputStream().write(good);
            String answer = new String(socket.getInputStream().readAllBytes(), UTF_8);
            assertThat(answer).startsWith("HTTP/1.1 403").contains("host_not_allowed");
        }
        assertThat(devnet.balanceOf(devnet.usdc(), SHOP.toString())).isZero();
    }
}
