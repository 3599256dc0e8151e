package waybill.wallet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static waybill.wallet.ScriptedSeller.bill;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import waybill.devnet.Devnet;
import waybill.x402.Amount;
import waybill.x402.Asset;
import waybill.x402.Assets;
import waybill.x402.Network;
import waybill.x402.Offer;

/** A clock that was set forward while the wallet did not run: only a chain can tell. */
class ChainClockTest {
    private static final Network BASE = new Network(8453);

    @TempDir
    Path folder;

    /** The chain of the devnet under the id of a real one. */
    private static HttpServer asBase(Devnet devnet) throws IOException {
        HttpClient client = HttpClient.newHttpClient();
        return node(asked -> {
            if (asked.contains("eth_chainId")) {
                return "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":\"0x2105\"}";
            }
            HttpRequest request = HttpRequest.newBuilder(devnet.rpcUrl())
                    .header("Content-Type", "application/json")
                    .POST(HttpRequest.BodyPublishers.ofString(asked))
                    .build();
            return client.send(request, BodyHandlers.ofString()).body();
        });
    }

    private interface Node {
        String answer(String asked) throws Exception;
    }

    private static HttpServer node(Node node) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            byte[] answer;
            try {
                String asked = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
                answer = node.answer(asked).getBytes(StandardCharsets.UTF_8);
            } catch (Exception e) {
                throw new IOException(e);
            }
            exchange.sendResponseHeaders(200, answer.length);
            exchange.getResponseBody().write(answer);
            exchange.close();
        });
        server.start();
        return server;
    }

    private static URI rpc(HttpServer node) {
        return URI.create("http://127.0.0.1:" + node.getAddress().getPort());
    }

    @Test
    void a_wallet_started_ahead_of_the_chain_pays_nothing_until_the_clock_is_right_and_a_person_says_so()
            throws Exception {
        Asset usdc = Assets.standard().find(BASE, "USDC").orElseThrow();
        Offer offer = Offer.exact(Amount.parse("0.01", usdc), ScriptedSeller.PAYEE, 60);
        MovableClock time = MovableClock.atNow();
        try (ScriptedSeller seller = ScriptedSeller.start(request -> bill(request, List.of(offer)));
                Devnet chain = Devnet.builder().clock(MovableClock.atNow()).start()) {
            HttpServer node = asBase(chain);
            time.move(ChainClock.AHEAD_AT_MOST.plusSeconds(1));
            try (SqliteLedger ledger = SqliteLedger.open(folder.resolve("ledger.db"), time)) {
                try (Wallet wallet = wallet(seller, ledger, time, node)) {
                    PaymentException refusal = failure(seller, wallet);
                    assertThat(refusal.code()).isEqualTo(PaymentCode.KILL_SWITCH);
                    assertThat(refusal).hasMessageContaining("latest block of eip155:8453");
                    assertThat(seller.paidRequests()).isEmpty();
                    wallet.unfreeze(); // but the clock is as wrong as before
                    assertThat(failure(seller, wallet).code()).isEqualTo(PaymentCode.KILL_SWITCH);
                }
                time.move(Duration.ofSeconds(-2));
                try (Wallet wallet = wallet(seller, ledger, time, node)) {
                    assertThat(failure(seller, wallet).code()).isEqualTo(PaymentCode.KILL_SWITCH);
                    wallet.unfreeze();
                    assertThat(failure(seller, wallet).code())
                            .as("the clock lets it pass; a key of the tests signs for no real chain")
                            .isEqualTo(PaymentCode.SIGNER_REFUSED);
                }
            } finally {
                node.stop(0);
            }
        }
    }

    private static Wallet wallet(ScriptedSeller seller, Ledger ledger, MovableClock time, HttpServer node) {
        return Wallet.builder(Fixture.SIGNER, ledger)
                .policy(Fixture.policy(seller).mainnet(true))
                .clock(time)
                .node(BASE, rpc(node))
                .build();
    }

    private static PaymentException failure(ScriptedSeller seller, Wallet wallet) {
        PaymentException failure = catchThrowableOfType(
                PaymentException.class, () -> PayingHttpClient.over(HttpClient.newHttpClient(), wallet)
                        .send(HttpRequest.newBuilder(seller.uri("/")).build(), BodyHandlers.ofString()));
        assertThat(failure).isNotNull();
        return failure;
    }

    private static HttpServer node(Network network, Instant latest) throws IOException {
        return node(asked -> "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":"
                + (asked.contains("eth_chainId")
                        ? "\"0x" + Long.toHexString(network.chainId()) + "\"}"
                        : "{\"number\":\"0x10\",\"timestamp\":\"0x" + Long.toHexString(latest.getEpochSecond())
                                + "\"}}"));
    }

    @ParameterizedTest
    @CsvSource({"8453, 901, true", "8453, 899, false", "8453, -86400, false", "84532, 90000, false"})
    void a_clock_far_ahead_of_a_real_chain_freezes_the_wallet_at_start(long chain, long ahead, boolean freezes)
            throws Exception {
        ScheduledExecutorService scheduler = Executors.newSingleThreadScheduledExecutor();
        MovableClock clock = MovableClock.atNow();
        Network network = new Network(chain);
        HttpServer node = node(network, clock.instant().minusSeconds(ahead));
        URI rpc = URI.create("http://127.0.0.1:" + node.getAddress().getPort());
        try (SqliteLedger ledger = SqliteLedger.open(folder.resolve("ledger.db"), clock);
                Wallet wallet = Wallet.builder(Fixture.SIGNER, ledger)
                        .clock(clock)
                        .node(network, rpc)
                        .build()) {
            wallet.reconcileBy(scheduler, Duration.ofHours(1));
            scheduler.submit(() -> {}).get(60, TimeUnit.SECONDS); // one thread: the first look is over
            assertThat(wallet.frozen().isPresent()).isEqualTo(freezes);
        } finally {
            node.stop(0);
            scheduler.shutdownNow();
        }
    }
}
