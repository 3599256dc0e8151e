package waybill.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import waybill.devnet.DevAccount;
import waybill.devnet.Devnet;
import waybill.facilitator.Chain;
import waybill.facilitator.FacilitatorServer;
import waybill.facilitator.FacilitatorSettings;
import waybill.facilitator.GasKey;
import waybill.facilitator.LocalFacilitator;
import waybill.facilitator.SettlementStore;
import waybill.seller.Facilitator;
import waybill.seller.FacilitatorException;
import waybill.testing.Answer;
import waybill.testing.ScriptedModelServer;
import waybill.x402.Address;
import waybill.x402.Asset;
import waybill.x402.Assets;
import waybill.x402.Bytes32;
import waybill.x402.Headers;
import waybill.x402.Network;
import waybill.x402.Offer;
import waybill.x402.PaymentPayload;
import waybill.x402.PaymentRequired;
import waybill.x402.SchemePayload.Eip3009;
import waybill.x402.SettlementResponse;
import waybill.x402.SigningKey;
import waybill.x402.Supported;
import waybill.x402.TransferAuthorization;
import waybill.x402.VerifyResponse;
import waybill.x402.Version1;
import waybill.x402.WireFormat;

/** A gateway that holds no key: a facilitator at a URL settles for it, for buyers of both versions of the protocol. */
class SettledElsewhereTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String TOKEN = "one-token";

    @TempDir
    Path directory;

    private final Devnet chain = Devnet.start();
    private final ScriptedModelServer provider = ScriptedModelServer.start();
    private final DevAccount gas = chain.accounts().get(0);
    private final DevAccount seller = chain.accounts().get(1);
    private final DevAccount buyer = chain.accounts().get(2);
    private final Asset usdc =
            Assets.standard().find(new Network(Devnet.CHAIN_ID), "USDC").orElseThrow();
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .build();
    private LocalFacilitator settling;
    private FacilitatorServer facilitator;
    private @Nullable Gateway gateway;
    private byte nonces;
    private volatile boolean away;

    @BeforeEach
    void start() {
        provider.answer(request -> Answer.text("echo " + request.lastUserText()).usage(10, 2));
        Chain node = Chain.connect(chain.rpcUrl(), new Network(Devnet.CHAIN_ID));
        settling = new LocalFacilitator(
                node,
                GasKey.fromEnvironment(Map.of("WAYBILL_FACILITATOR_KEY", gas.privateKey()), node),
                SettlementStore.inMemory(),
                Assets.standard(),
                FacilitatorSettings.defaultsOn(node),
                Clock.systemUTC());
        facilitator = FacilitatorServer.start(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), switched(), TOKEN, Clock.systemUTC());
    }

    /** Settles, and says that nobody knows while it is away. */
    private Facilitator switched() {
        return new Facilitator() {
            @Override
            public VerifyResponse verify(PaymentPayload payment, Offer required) {
                return there().verify(payment, required);
            }

            @Override
            public SettlementResponse settle(PaymentPayload payment, Offer required) {
                return there().settle(payment, required);
            }

            @Override
            public Supported supported() {
                return settling.supported();
            }

            private Facilitator there() {
                if (away) {
                    throw new FacilitatorException("away");
                }
                return settling;
            }
        };
    }

    @AfterEach
    void stop() {
        provider.close();
        if (gateway != null) {
            gateway.close();
        }
        facilitator.close();
        settling.close();
        chain.close();
    }

    /** Without a key and without a node. */
    private Gateway open(Map<String, Object> more, Map<String, String> environment) {
        return Gateway.start(settings(more), environment);
    }

    private GatewaySettings settings(Map<String, Object> more) {
        Map<String, Object> properties = new HashMap<>(Map.of(
                "waybill.gateway.port", 0,
                "waybill.gateway.pay-to", seller.address(),
                "waybill.gateway.data-dir", directory.resolve("gateway"),
                "waybill.gateway.models",
                        List.of(Map.of("id", "small", "base-url", provider.baseUrl(), "price", "0.001"))));
        more.forEach((name, value) -> properties.put("waybill.gateway." + name, value));
        return GatewaySettings.from(properties);
    }

    private Gateway openAt(String url) {
        return open(Map.of("facilitator-url", url, "facilitator-token-env", "PAY_TOKEN"), Map.of("PAY_TOKEN", TOKEN));
    }

    private HttpResponse<String> ask(String... headers) throws IOException, InterruptedException {
        return askAt(gateway, headers);
    }

    private HttpResponse<String> askAt(Gateway asked, String... headers) throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(asked.uri().resolve("/v1/chat/completions"))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(
                        "{\"model\":\"small\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}"));
        for (int i = 0; i < headers.length; i += 2) {
            request.header(headers[i], headers[i + 1]);
        }
        return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private PaymentPayload pay(Offer offer) {
        byte[] nonce = new byte[32];
        nonce[31] = ++nonces;
        SigningKey key = SigningKey.parse(buyer.privateKey());
        TransferAuthorization authorization = new TransferAuthorization(
                key.address(),
                Address.parse(offer.payTo()),
                new BigInteger(offer.amount()),
                BigInteger.ZERO,
                BigInteger.valueOf(Instant.now().getEpochSecond() + offer.maxTimeoutSeconds()),
                Bytes32.of(nonce));
        return new PaymentPayload(
                offer, new Eip3009(key.sign(authorization, usdc).toHex(), authorization), null, Map.of());
    }

    private Offer offerOf(HttpResponse<String> bill) {
        return WireFormat.paymentRequired(
                        bill.headers().firstValue(Headers.PAYMENT_REQUIRED).orElseThrow())
                .accepts()
                .get(0);
    }

    private BigInteger balanceOfSeller() {
        return chain.balanceOf(chain.usdc(), seller.address());
    }

    @Test
    void a_gateway_without_key_and_node_sells_through_a_facilitator_that_wants_a_token() throws Exception {
        gateway = openAt(facilitator.uri().toString());
        BigInteger before = balanceOfSeller();

        HttpResponse<String> answer = ask(Headers.PAYMENT_SIGNATURE, WireFormat.encode(pay(offerOf(ask()))));

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(answer.body()).contains("echo hi");
        assertThat(balanceOfSeller().subtract(before)).isEqualTo(1000);
        HttpResponse<String> health = http.send(
                HttpRequest.newBuilder(gateway.uri().resolve("/health")).build(), HttpResponse.BodyHandlers.ofString());
        assertThat(health.body()).contains("not needed");
    }

    @Test
    void the_next_facilitator_is_asked_when_one_cannot_be_reached() throws Exception {
        gateway = open(
                Map.of(
                        "facilitators",
                        List.of(
                                Map.of("url", "http://127.0.0.1:1"), // nobody listens there
                                Map.of("url", facilitator.uri().toString(), "token-env", "PAY_TOKEN"))),
                Map.of("PAY_TOKEN", TOKEN));

        assertThat(ask(Headers.PAYMENT_SIGNATURE, WireFormat.encode(pay(offerOf(ask()))))
                        .statusCode())
                .isEqualTo(200);
    }

    @Test
    void while_no_facilitator_answers_nothing_is_sold_and_the_same_payment_is_good_later() throws Exception {
        gateway = openAt(facilitator.uri().toString());
        String payment = WireFormat.encode(pay(offerOf(ask())));
        away = true;

        HttpResponse<String> down = ask(Headers.PAYMENT_SIGNATURE, payment);
        assertThat(down.statusCode()).isEqualTo(503);
        assertThat(down.headers().firstValue("Retry-After")).isPresent();
        assertThat(down.headers().firstValue(Headers.PAYMENT_REQUIRED)).isEmpty();
        assertThat(provider.requestCount()).isZero();

        away = false;
        assertThat(ask(Headers.PAYMENT_SIGNATURE, payment).statusCode()).isEqualTo(200);
    }

    @Test
    void a_token_that_is_not_there_and_a_facilitator_of_another_chain_are_told_at_the_start() {
        assertThatThrownBy(() -> open(
                        Map.of(
                                "facilitator-url",
                                facilitator.uri().toString(),
                                "facilitator-settle-token-env",
                                "PAY_TOKEN"),
                        Map.of()))
                .isInstanceOf(InvalidSettingsException.class)
                .hasMessageContaining("/settle of http://" + facilitator.uri().getAuthority()
                        + ", names PAY_TOKEN, which is not set in the environment");
        assertThatThrownBy(() -> open(
                        Map.of(
                                "facilitator-url",
                                facilitator.uri().toString(),
                                "facilitator-token-env",
                                "PAY_TOKEN",
                                "network",
                                "eip155:8453"),
                        Map.of("PAY_TOKEN", TOKEN)))
                .isInstanceOf(InvalidSettingsException.class)
                .hasMessageContaining("nobody there settles payments on eip155:8453");
    }

    @Test
    void a_facilitators_path_which_may_be_a_credential_stays_out_of_what_is_said_of_it() {
        String url = facilitator.uri().resolve("/project-key-hidden").toString();
        GatewaySettings settings = settings(Map.of(
                "facilitators",
                List.of(
                        Map.of("url", url, "token-env", "PAY_TOKEN"),
                        Map.of("url", "http://127.0.0.1:1/also-hidden"))));

        assertThat(settings.selling().toString()).contains("127.0.0.1:1").doesNotContain("hidden");
        assertThatThrownBy(() -> Gateway.start(settings, Map.of()))
                .isInstanceOf(InvalidSettingsException.class)
                .hasMessageContaining("names PAY_TOKEN")
                .hasMessageNotContaining("hidden");
    }

    @Test
    void a_buyer_of_version_1_reads_its_bill_beside_openais_error_and_pays_once() throws Exception {
        gateway = openAt(facilitator.uri().toString());
        HttpResponse<String> unpaid = ask();
        JsonNode body = JSON.readTree(unpaid.body());
        assertThat(unpaid.statusCode()).isEqualTo(402);
        assertThat(body.path("error").path("type").asText()).isEqualTo("payment_error");
        assertThat(body.path("x402Version").asInt()).isEqualTo(1);
        assertThat(body.path("accepts").get(0).path("network").asText()).isEqualTo("base-sepolia");
        PaymentRequired bill = Version1.paymentRequired(unpaid.body().getBytes(UTF_8));
        assertThat(bill.error()).isEqualTo("payment_required");
        BigInteger before = balanceOfSeller();
        String payment = Version1.encode(pay(bill.accepts().get(0)));

        HttpResponse<String> answer = ask(Headers.V1_PAYMENT, payment);

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(answer.body()).contains("echo hi");
        SettlementResponse settled = Version1.settlementResponse(
                answer.headers().firstValue(Headers.V1_PAYMENT_RESPONSE).orElseThrow());
        assertThat(settled.success()).isTrue();
        assertThat(balanceOfSeller().subtract(before)).isEqualTo(1000);
        assertThat(ask(Headers.V1_PAYMENT, payment).statusCode()).isEqualTo(410);
        assertThat(provider.requestCount()).isEqualTo(1);
    }

    @Test
    void a_payment_of_version_1_of_another_amount_is_told_so_in_the_body_and_not_charged() throws Exception {
        gateway = openAt(facilitator.uri().toString());
        Offer offer =
                Version1.paymentRequired(ask().body().getBytes(UTF_8)).accepts().get(0);
        Offer cheaper = new Offer(
                offer.scheme(),
                offer.network(),
                "1",
                offer.asset(),
                offer.payTo(),
                offer.maxTimeoutSeconds(),
                offer.extra());

        HttpResponse<String> refused = ask(Headers.V1_PAYMENT, Version1.encode(pay(cheaper)));

        assertThat(refused.statusCode()).isEqualTo(402);
        assertThat(Version1.paymentRequired(refused.body().getBytes(UTF_8)).error())
                .isEqualTo("price_changed");
        assertThat(JSON.readTree(refused.body()).path("error").path("message").asText())
                .contains("now 1000 atomic units");
        assertThat(provider.requestCount()).isZero();
    }

    @Test
    void payments_of_both_versions_at_once_are_malformed_and_open_nothing() throws Exception {
        gateway = openAt(facilitator.uri().toString());
        PaymentPayload payment = pay(offerOf(ask()));

        HttpResponse<String> both = ask(
                Headers.PAYMENT_SIGNATURE, WireFormat.encode(payment), Headers.V1_PAYMENT, Version1.encode(payment));

        assertThat(both.statusCode()).isEqualTo(400);
        assertThat(both.body()).contains("send one payment header, once");
        assertThat(ask(Headers.V1_PAYMENT, "%%%").statusCode()).isEqualTo(400);
        assertThat(provider.requestCount()).isZero();
    }

    @Test
    void two_gateways_that_share_their_claims_serve_one_payment_once() throws Exception {
        Path data = Files.createTempDirectory(Files.createDirectories(Path.of("target")), "postgres");
        Path login = Files.writeString(directory.resolve("login.properties"), "user=postgres\n");
        try (EmbeddedPostgres database = EmbeddedPostgres.builder()
                .setDataDirectory(data)
                .setCleanDataDirectory(true)
                .setServerConfig("fsync", "on")
                .setPGStartupWait(Duration.ofSeconds(60))
                .start()) {
            Map<String, Object> shared = Map.of(
                    "facilitator-url",
                    facilitator.uri().toString(),
                    "facilitator-token-env",
                    "PAY_TOKEN",
                    "claims",
                    "jdbc:postgresql://127.0.0.1:" + database.getPort() + "/postgres",
                    "claims-login-file",
                    login);
            gateway = open(shared, Map.of("PAY_TOKEN", TOKEN));
            try (Gateway other = open(shared, Map.of("PAY_TOKEN", TOKEN))) {
                BigInteger before = balanceOfSeller();
                String payment = WireFormat.encode(pay(offerOf(ask()))); // by the one's quote

                HttpResponse<String> first = askAt(other, Headers.PAYMENT_SIGNATURE, payment);
                HttpResponse<String> again = ask(Headers.PAYMENT_SIGNATURE, payment);

                assertThat(first.statusCode()).as(first.body()).isEqualTo(200);
                assertThat(again.body()).isEqualTo(first.body());
                assertThat(provider.requestCount()).isEqualTo(1);
                assertThat(balanceOfSeller().subtract(before)).isEqualTo(1000);
            }
            gateway.close();
        }
        assertThatThrownBy(() -> open(
                        Map.of(
                                "facilitator-url",
                                facilitator.uri().toString(),
                                "claims",
                                "jdbc:postgresql://127.0.0.1:1/nowhere"),
                        Map.of()))
                .isInstanceOf(InvalidSettingsException.class)
                .hasMessageContaining("waybill.gateway.claims cannot be used");
    }
}
