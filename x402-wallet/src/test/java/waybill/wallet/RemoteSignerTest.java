package waybill.wallet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.web3j.crypto.Credentials;
import org.web3j.crypto.Sign;
import org.web3j.crypto.StructuredDataEncoder;
import org.web3j.utils.Numeric;
import waybill.x402.Address;
import waybill.x402.CancelAuthorization;
import waybill.x402.Json;

/** A service that trusts nothing: it hashes the typed data with another library and compares before it signs. */
class RemoteSignerTest {
    private static final String TOKEN = "a-token-of-the-test-0123456789";
    private static final Credentials KEY = Credentials.create(Fixture.KEY);
    private static final Address ACCOUNT = Address.parse(KEY.getAddress());

    @TempDir
    Path folder;

    private interface Service {
        Answer answer(HttpExchange exchange, Map<String, Object> question) throws Exception;
    }

    private record Answer(int status, String body) {}

    private static final class ScriptedService implements AutoCloseable {
        private final HttpServer server;
        private final List<Map<String, Object>> questions = new CopyOnWriteArrayList<>();

        @SuppressWarnings("unchecked")
        ScriptedService(Service service) throws Exception {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            server.setExecutor(Executors.newCachedThreadPool(task -> {
                Thread thread = new Thread(task, "scripted-signer");
                thread.setDaemon(true);
                return thread;
            }));
            server.createContext("/sign", exchange -> {
                try (exchange) {
                    Map<String, Object> question = (Map<String, Object>) (Map<?, ?>)
                            Json.parseObject(exchange.getRequestBody().readAllBytes(), 64 * 1024);
                    questions.add(question);
                    Answer answer = service.answer(exchange, question);
                    byte[] body = answer.body().getBytes(StandardCharsets.UTF_8);
                    exchange.sendResponseHeaders(answer.status(), body.length == 0 ? -1 : body.length);
                    exchange.getResponseBody().write(body);
                } catch (Exception e) {
                    // the caller went away
                }
            });
            server.start();
        }

        URI url() {
            return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/sign");
        }

        @Override
        public void close() {
            server.stop(0);
        }
    }

    private static Answer signing(HttpExchange exchange, Map<String, Object> question) throws Exception {
        if (!("Bearer " + TOKEN).equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
            return new Answer(401, "{\"error\":\"unknown token\"}");
        }
        byte[] digest = new StructuredDataEncoder(Json.write(question.get("typedData"))).hashStructuredData();
        if (!Numeric.toHexString(digest).equals(question.get("digest"))) {
            return new Answer(400, "{\"error\":\"the digest is not that of the typed data\"}");
        }
        Sign.SignatureData signature = Sign.signMessage(digest, KEY.getEcKeyPair(), false);
        String hex = Numeric.toHexString(signature.getR())
                + Numeric.toHexStringNoPrefix(signature.getS())
                + Numeric.toHexStringNoPrefix(signature.getV());
        return new Answer(200, "{\"signature\":\"" + hex + "\"}");
    }

    @Test
    void a_service_that_hashes_for_itself_signs_transfers_and_cancels() throws Exception {
        try (ScriptedService service = new ScriptedService(RemoteSignerTest::signing)) {
            RemoteSigner signer = RemoteSigner.at(service.url(), ACCOUNT, TOKEN);
            Signable.Transfer transfer = KmsSignerTest.transfer(ACCOUNT, 7);
            Signable.Cancel cancel = new Signable.Cancel(
                    new CancelAuthorization(ACCOUNT, transfer.authorization().nonce()), ScriptedSeller.USDC);
            assertThat(signer.sign(transfer).recover(transfer.digest())).isEqualTo(ACCOUNT);
            assertThat(signer.sign(cancel).recover(cancel.digest())).isEqualTo(ACCOUNT);
            assertThat(service.questions)
                    .extracting(question -> question.get("kind"))
                    .containsExactly("eip3009-transfer", "eip3009-cancel");
            assertThat(service.questions)
                    .allSatisfy(question -> assertThat(question.get("account")).isEqualTo(ACCOUNT.toString()));
        }
    }

    @Test
    void pays_a_seller_with_a_key_that_is_elsewhere() throws Exception {
        try (ScriptedService service = new ScriptedService(RemoteSignerTest::signing);
                ScriptedSeller seller = ScriptedSeller.selling("0.01", "the answer");
                SqliteLedger ledger = SqliteLedger.open(folder.resolve("ledger.db"));
                Wallet wallet = Wallet.builder(RemoteSigner.at(service.url(), ACCOUNT, TOKEN), ledger)
                        .policy(Fixture.policy(seller))
                        .build()) {
            var client = PayingHttpClient.over(java.net.http.HttpClient.newHttpClient(), wallet);
            var response = client.send(
                    java.net.http.HttpRequest.newBuilder(seller.uri("/")).build(),
                    java.net.http.HttpResponse.BodyHandlers.ofString());
            assertThat(response.body()).isEqualTo("the answer");
            assertThat(service.questions).hasSize(1);
        }
    }

    @Test
    void a_refusal_is_told_in_the_services_words_cut_and_nothing_is_held() throws Exception {
        String lines = "over the limit of the service" + " x".repeat(500);
        try (ScriptedService service =
                        new ScriptedService((exchange, question) -> new Answer(403, "{\"error\":\"" + lines + "\"}"));
                ScriptedSeller seller = ScriptedSeller.selling("0.01", "x");
                SqliteLedger ledger = SqliteLedger.open(folder.resolve("ledger.db"));
                Wallet wallet = Wallet.builder(RemoteSigner.at(service.url(), ACCOUNT, TOKEN), ledger)
                        .policy(Fixture.policy(seller))
                        .build()) {
            var client = PayingHttpClient.over(java.net.http.HttpClient.newHttpClient(), wallet);
            assertThatThrownBy(() -> client.send(
                            java.net.http.HttpRequest.newBuilder(seller.uri("/"))
                                    .build(),
                            java.net.http.HttpResponse.BodyHandlers.ofString()))
                    .isInstanceOfSatisfying(
                            PaymentException.class, e -> assertThat(e.code()).isEqualTo(PaymentCode.SIGNER_REFUSED))
                    .hasMessageContaining("over the limit of the service")
                    .message()
                    .hasSizeLessThan(600);
            assertThat(wallet.totals()).isEqualTo(new Totals(List.of(), List.of()));
            assertThat(seller.paidRequests()).isEmpty();
        }
    }

    @Test
    void answers_that_are_not_the_protocol_are_refused_and_never_asked_twice() throws Exception {
        Signable.Transfer transfer = KmsSignerTest.transfer(ACCOUNT, 1);
        Sign.SignatureData others = Sign.signMessage(
                transfer.digest().bytes(),
                Credentials.create("0x" + "11".repeat(32)).getEcKeyPair(),
                false);
        String strangers = Numeric.toHexString(others.getR())
                + Numeric.toHexStringNoPrefix(others.getS())
                + Numeric.toHexStringNoPrefix(others.getV());
        for (String body : List.of(
                "",
                "signed!",
                "[]",
                "{}",
                "{\"signature\":5}",
                "{\"signature\":\"0x00\"}",
                "{\"signature\":\"0x" + "ff".repeat(65) + "\"}",
                "{\"signature\":\"" + strangers + "\"}",
                "{\"signature\":\"0x1b\",\"signature\":\"0x1c\"}",
                "[".repeat(3_000),
                "{\"signature\":\"" + "0".repeat(5_000) + "\"}")) {
            try (ScriptedService service = new ScriptedService((exchange, question) -> new Answer(200, body))) {
                RemoteSigner signer = RemoteSigner.at(service.url(), ACCOUNT, TOKEN);
                assertThatThrownBy(() -> signer.sign(transfer))
                        .as(body.substring(0, Math.min(40, body.length())))
                        .isInstanceOf(SigningException.class)
                        .hasMessageNotContaining(TOKEN);
                assertThat(service.questions).hasSize(1);
            }
        }
    }

    @Test
    void a_service_that_redirects_is_not_followed() throws Exception {
        try (ScriptedService thief = new ScriptedService(RemoteSignerTest::signing);
                ScriptedService service = new ScriptedService((exchange, question) -> {
                    exchange.getResponseHeaders().add("Location", thief.url().toString());
                    return new Answer(307, "{}");
                })) {
            assertThatThrownBy(() ->
                            RemoteSigner.at(service.url(), ACCOUNT, TOKEN).sign(KmsSignerTest.transfer(ACCOUNT, 1)))
                    .isInstanceOf(SigningException.class)
                    .hasMessageContaining("307");
            assertThat(thief.questions).isEmpty();
        }
    }

    @Test
    void a_service_that_stops_in_the_middle_of_its_answer_is_given_up() throws Exception {
        CountDownLatch told = new CountDownLatch(1);
        CountDownLatch onTime = new CountDownLatch(1);
        try (ScriptedSeller service = ScriptedSeller.start(
                request -> ScriptedSeller.Response.ok("{").then(() -> noteIfOpened(told, onTime), "}"))) {
            RemoteSigner signer =
                    RemoteSigner.at(service.uri("/sign"), ACCOUNT, TOKEN).within(Duration.ofSeconds(2));
            assertThatThrownBy(() -> signer.sign(KmsSignerTest.transfer(ACCOUNT, 1)))
                    .isInstanceOf(SigningException.class)
                    .hasMessageContaining("not all of it in 2000 ms");
            told.countDown();
            assertThat(onTime.await(60, TimeUnit.SECONDS)).isTrue();
        }
    }

    private static void noteIfOpened(CountDownLatch latch, CountDownLatch onTime) {
        try {
            if (latch.await(60, TimeUnit.SECONDS)) {
                onTime.countDown();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void a_service_that_is_silent_or_away_is_given_up() throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        URI url;
        try (ScriptedService service = new ScriptedService((exchange, question) -> {
            never.await(60, TimeUnit.SECONDS);
            return new Answer(200, "{}");
        })) {
            url = service.url();
            RemoteSigner signer = RemoteSigner.at(url, ACCOUNT, TOKEN).within(Duration.ofMillis(200));
            assertThatThrownBy(() -> signer.sign(KmsSignerTest.transfer(ACCOUNT, 1)))
                    .isInstanceOf(SigningException.class)
                    .hasMessageContaining("did not answer");
            never.countDown();
        }
        URI gone = url;
        assertThatThrownBy(() -> RemoteSigner.at(gone, ACCOUNT, TOKEN).sign(KmsSignerTest.transfer(ACCOUNT, 1)))
                .isInstanceOf(SigningException.class)
                .hasMessageContaining("did not answer");
    }

    @Test
    void is_asked_only_where_nobody_can_listen_and_never_prints_its_token() {
        URI local = URI.create("http://127.0.0.1:9/sign");
        for (String url : List.of("http://signer.example/sign", "ftp://127.0.0.1/", "https://me@signer.example/")) {
            assertThatThrownBy(() -> RemoteSigner.at(URI.create(url), ACCOUNT, TOKEN))
                    .isInstanceOf(SigningException.class)
                    .hasMessageNotContaining(TOKEN);
        }
        for (String token : List.of("", "short", "with a space in it, and long enough", "line\r\nbreak-0123456789")) {
            assertThatThrownBy(() -> RemoteSigner.at(local, ACCOUNT, token)).isInstanceOf(SigningException.class);
        }
        assertThat(RemoteSigner.at(local, ACCOUNT, TOKEN).toString())
                .contains(ACCOUNT.toString())
                .doesNotContain(TOKEN);
    }
}
