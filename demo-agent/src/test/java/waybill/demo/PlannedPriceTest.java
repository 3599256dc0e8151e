package waybill.demo;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.langchain4j.http.client.jdk.JdkHttpClient;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.openai.OpenAiChatModel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import waybill.langchain4j.RoutingChatModel;
import waybill.routing.Candidate;
import waybill.routing.Objective;
import waybill.routing.Price;
import waybill.routing.Profile;
import waybill.wallet.DevelopmentSigner;
import waybill.wallet.PayingHttpClient;
import waybill.wallet.PaymentCode;
import waybill.wallet.PaymentRecord;
import waybill.wallet.PaymentState;
import waybill.wallet.Policy;
import waybill.wallet.SqliteLedger;
import waybill.wallet.Wallet;
import waybill.x402.Address;
import waybill.x402.Amount;
import waybill.x402.Assets;
import waybill.x402.Headers;
import waybill.x402.Network;
import waybill.x402.Offer;
import waybill.x402.PaymentRequired;
import waybill.x402.ResourceInfo;
import waybill.x402.SchemePayload;
import waybill.x402.SettlementResponse;
import waybill.x402.WireFormat;

/** The router ranks by the planned price; a seller that then asks for more is refused unsigned and passed over. */
class PlannedPriceTest {
    private static final Network NETWORK = new Network(84532);
    private static final Address PAYEE = Address.parse("0x70997970C51812dc3A010C7d01b50e0d17dc79C8");
    private static final String KEY = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";

    @TempDir
    private Path folder;

    /** A model for sale that asks {@code price} and counts the payments that it was sent. */
    private static HttpServer selling(String price, String answer, AtomicInteger paid) throws Exception {
        Amount amount =
                Amount.parse(price, Assets.standard().find(NETWORK, "USDC").orElseThrow());
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            exchange.getRequestBody().readAllBytes();
            String header = exchange.getRequestHeaders().getFirst(Headers.PAYMENT_SIGNATURE);
            assertThat(exchange.getRequestHeaders().getFirst(PayingHttpClient.MAX_PRICE))
                    .isNull();
            byte[] body =
                    ("{\"id\":\"1\",\"object\":\"chat.completion\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,"
                                    + "\"message\":{\"role\":\"assistant\",\"content\":\"" + answer
                                    + "\"},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":1,"
                                    + "\"total_tokens\":2}}")
                            .getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            if (header == null) {
                exchange.getResponseHeaders()
                        .set(
                                Headers.PAYMENT_REQUIRED,
                                WireFormat.encode(new PaymentRequired(
                                        null,
                                        new ResourceInfo("/v1/chat/completions", null, null),
                                        List.of(Offer.exact(amount, PAYEE, 60)),
                                        Map.of())));
                exchange.sendResponseHeaders(402, 2);
                exchange.getResponseBody().write("{}".getBytes(StandardCharsets.UTF_8));
            } else {
                paid.incrementAndGet();
                Address payer = ((SchemePayload.Eip3009)
                                WireFormat.paymentPayload(header).payload())
                        .authorization()
                        .from();
                exchange.getResponseHeaders()
                        .set(
                                Headers.PAYMENT_RESPONSE,
                                WireFormat.encode(SettlementResponse.settled("0x" + "ab".repeat(32), NETWORK, payer)));
                exchange.sendResponseHeaders(200, body.length);
                exchange.getResponseBody().write(body);
            }
            exchange.close();
        });
        server.start();
        return server;
    }

    private static Candidate<ChatModel> candidate(String name, HttpServer seller, String planned, Wallet wallet) {
        ChatModel model = OpenAiChatModel.builder()
                .baseUrl("http://127.0.0.1:" + seller.getAddress().getPort() + "/v1")
                .apiKey("none")
                .modelName(name)
                .maxRetries(0)
                .customHeaders(Map.of(PayingHttpClient.MAX_PRICE, planned))
                .httpClientBuilder(JdkHttpClient.builder().httpClientBuilder(PayingHttpClient.builder(wallet)))
                .build();
        return Candidate.of(name, model, Profile.of(Price.perCall(planned)));
    }

    @Test
    void a_seller_dearer_than_planned_is_refused_unsigned_and_the_next_candidate_is_paid() throws Exception {
        AtomicInteger drifterPaid = new AtomicInteger();
        AtomicInteger honestPaid = new AtomicInteger();
        HttpServer drifter = selling("0.02", "dear", drifterPaid);
        HttpServer honest = selling("0.01", "fair", honestPaid);
        Policy policy = Policy.defaults()
                .allowHost("127.0.0.1:" + drifter.getAddress().getPort())
                .allowHost("127.0.0.1:" + honest.getAddress().getPort());
        try (SqliteLedger ledger = SqliteLedger.open(folder.resolve("ledger.db"));
                Wallet wallet = Wallet.builder(
                                DevelopmentSigner.fromEnvironment(KEY, URI.create("http://127.0.0.1:8545")), ledger)
                        .policy(policy)
                        .build()) {
            RoutingChatModel model = RoutingChatModel.builder(List.of(
                            candidate("drifter", drifter, "0.001", wallet),
                            candidate("honest", honest, "0.01", wallet)))
                    .objective(Objective.cheapest())
                    .build();
            assertThat(model.chat("Hello?")).isEqualTo("fair");
            assertThat(drifterPaid).hasValue(0);
            assertThat(honestPaid).hasValue(1);
            List<PaymentRecord> lines = wallet.payments(10);
            assertThat(lines).extracting(PaymentRecord::state).contains(PaymentState.SETTLED, PaymentState.DENIED);
            assertThat(lines)
                    .filteredOn(line -> line.state() == PaymentState.DENIED)
                    .extracting(PaymentRecord::code)
                    .containsExactly(PaymentCode.QUOTE_DRIFT);
        } finally {
            drifter.stop(0);
            honest.stop(0);
        }
    }
}
