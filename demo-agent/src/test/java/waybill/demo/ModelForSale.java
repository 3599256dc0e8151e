package waybill.demo;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import waybill.wallet.DevelopmentSigner;
import waybill.wallet.Ledger;
import waybill.wallet.PayingHttpClient;
import waybill.wallet.Policy;
import waybill.wallet.Wallet;
import waybill.x402.Address;
import waybill.x402.Amount;
import waybill.x402.Asset;
import waybill.x402.Assets;
import waybill.x402.Headers;
import waybill.x402.Network;
import waybill.x402.Offer;
import waybill.x402.PaymentRequired;
import waybill.x402.ResourceInfo;
import waybill.x402.SchemePayload;
import waybill.x402.SettlementResponse;
import waybill.x402.WireFormat;

/** A seller of one model, {@value #MODEL}, whose list and whose bills say what the test has them say. */
final class ModelForSale implements AutoCloseable {
    static final String MODEL = "small";

    private static final Asset USDC =
            Assets.standard().find(new Network(84532), "USDC").orElseThrow();
    private static final Address PAYEE = Address.parse("0x70997970C51812dc3A010C7d01b50e0d17dc79C8");
    private static final String KEY = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";

    private final HttpServer server;
    private final String answer;
    private final AtomicInteger prompts = new AtomicInteger();
    private final AtomicInteger paid = new AtomicInteger();
    private volatile String listed;
    private volatile String asked;

    private ModelForSale(HttpServer server, String price, String answer) {
        this.server = server;
        this.answer = answer;
        this.listed = price;
        this.asked = price;
    }

    /** On a port of its own, listed at {@code price} and asking it. */
    static ModelForSale asking(String price, String answer) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        ModelForSale seller = new ModelForSale(server, price, answer);
        server.createContext("/v1/models", seller::list);
        server.createContext("/v1/chat/completions", seller::sell);
        server.start();
        return seller;
    }

    /** A wallet with a public test key that may pay these sellers. */
    static Wallet buyer(Ledger ledger, ModelForSale... sellers) {
        Policy policy = Policy.defaults();
        for (ModelForSale seller : sellers) {
            policy = policy.allowHost(seller.api().getAuthority());
        }
        return Wallet.builder(DevelopmentSigner.fromEnvironment(KEY, URI.create("http://127.0.0.1:8545")), ledger)
                .policy(policy)
                .build();
    }

    URI api() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/v1");
    }

    void lists(String price) {
        listed = price;
    }

    void asks(String price) {
        asked = price;
    }

    /** How many prompts came, paid or not. */
    int prompts() {
        return prompts.get();
    }

    /** How many of them carried a payment. */
    int paid() {
        return paid.get();
    }

    private void list(HttpExchange exchange) throws IOException {
        Amount price = Amount.parse(listed, USDC);
        answer(
                exchange,
                200,
                "{\"object\":\"list\",\"data\":[{\"id\":\"" + MODEL
                        + "\",\"object\":\"model\",\"pricing\":{\"per\":\"call\","
                        + "\"scheme\":\"exact\",\"network\":\"" + USDC.network() + "\",\"asset\":\"" + USDC.address()
                        + "\",\"amount\":\"" + price.atomic() + "\"}}]}");
    }

    private void sell(HttpExchange exchange) throws IOException {
        exchange.getRequestBody().readAllBytes();
        prompts.incrementAndGet();
        assertThat(exchange.getRequestHeaders().getFirst(PayingHttpClient.MAX_PRICE))
                .isNull();
        assertThat(exchange.getRequestHeaders().getFirst(PayingHttpClient.TAG)).isNull();
        String payment = exchange.getRequestHeaders().getFirst(Headers.PAYMENT_SIGNATURE);
        if (payment == null) {
            exchange.getResponseHeaders()
                    .set(
                            Headers.PAYMENT_REQUIRED,
                            WireFormat.encode(new PaymentRequired(
                                    null,
                                    new ResourceInfo("/v1/chat/completions", null, null),
                                    List.of(Offer.exact(Amount.parse(asked, USDC), PAYEE, 60)),
                                    Map.of())));
            answer(exchange, 402, "{}");
            return;
        }
        paid.incrementAndGet();
        Address payer = ((SchemePayload.Eip3009)
                        WireFormat.paymentPayload(payment).payload())
                .authorization()
                .from();
        exchange.getResponseHeaders()
                .set(
                        Headers.PAYMENT_RESPONSE,
                        WireFormat.encode(SettlementResponse.settled("0x" + "ab".repeat(32), USDC.network(), payer)));
        answer(
                exchange,
                200,
                "{\"id\":\"1\",\"object\":\"chat.completion\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,"
                        + "\"message\":{\"role\":\"assistant\",\"content\":\"" + answer
                        + "\"},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":1,"
                        + "\"total_tokens\":2}}");
    }

    private static void answer(HttpExchange exchange, int status, String json) throws IOException {
        byte[] body = json.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(status, body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
