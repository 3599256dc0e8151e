package waybill.seller;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import waybill.seller.Admission.Declined;
import waybill.seller.RemoteFacilitator.Credentials;
import waybill.seller.RemoteFacilitator.Endpoint;
import waybill.seller.RemoteFacilitator.Timeouts;
import waybill.x402.Address;
import waybill.x402.FacilitatorMessages;
import waybill.x402.Headers;
import waybill.x402.SettlementResponse;
import waybill.x402.VerifyResponse;

/** A seller whose facilitator is behind a URL that is down, slow, or lies: nothing is given away, nothing is paid twice. */
class FacilitatorFaultsTest {
    private static final Duration PATIENT = Duration.ofSeconds(60);
    private static final Duration QUICK = Duration.ofMillis(300);
    private static final Timeouts LONG = new Timeouts(PATIENT, PATIENT);
    private static final Answer ANSWER = Answer.of(200, "text/plain", "sold".getBytes(UTF_8));
    private static final Address OTHER = new Buyer(9).address();

    /** What can be wrong with an answer. */
    enum Fault {
        SILENT,
        DRIPPING,
        CUT_OFF,
        NOT_JSON,
        TOO_LONG,
        SERVER_ERROR,
        OTHER_PAYER,
        OTHER_AMOUNT,
        OTHER_NETWORK,
        NO_TRANSACTION
    }

    @TempDir
    Path folder;

    private final HandClock clock = new HandClock();
    private final Buyer buyer = new Buyer(1);
    private final AtomicInteger handlerRuns = new AtomicInteger();
    private final CountDownLatch over = new CountDownLatch(1);
    private SqliteClaimStore store;
    private Peer peer;

    @BeforeEach
    void open() throws IOException {
        store = SqliteClaimStore.open(folder.resolve("claims.db"));
        peer = new Peer();
    }

    @AfterEach
    void close() {
        over.countDown();
        peer.close();
        store.close();
    }

    /** A facilitator over HTTP that settles each authorisation once, and answers with the fault of the path. */
    private final class Peer {
        final Map<String, Fault> faults = new ConcurrentHashMap<>();
        final Map<String, String> moved = new ConcurrentHashMap<>();
        final Map<String, @Nullable String> credentials = new ConcurrentHashMap<>();
        final AtomicInteger settles = new AtomicInteger();
        private final ExecutorService threads = Executors.newCachedThreadPool();
        private final HttpServer server;
        private final ScriptedFacilitator honest = new ScriptedFacilitator();

        Peer() throws IOException {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 50);
            server.setExecutor(threads);
            server.createContext("/", this::serve);
            server.start();
        }

        URI url() {
            return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
        }

        private void serve(HttpExchange exchange) throws IOException {
            try (exchange) {
                String path = exchange.getRequestURI().getPath();
                String shown = exchange.getRequestHeaders().getFirst("Authorization");
                credentials.put(path, shown == null ? "none" : shown);
                byte[] body = exchange.getRequestBody().readAllBytes();
                byte[] answer;
                if (path.equals("/supported")) {
                    answer = FacilitatorMessages.write(honest.supported()).getBytes(UTF_8);
                } else {
                    FacilitatorMessages.Request asked = FacilitatorMessages.request(body);
                    if (path.equals("/settle")) {
                        settles.incrementAndGet();
                        SettlementResponse settled = honest.settle(asked.payment(), asked.required());
                        moved.put(settled.transaction(), String.valueOf(settled.payer()));
                        answer = FacilitatorMessages.write(bent(settled, faults.get(path)), 2)
                                .getBytes(UTF_8);
                    } else {
                        VerifyResponse verdict = honest.verify(asked.payment(), asked.required());
                        answer = FacilitatorMessages.write(
                                        faults.get(path) == Fault.OTHER_PAYER ? VerifyResponse.valid(OTHER) : verdict)
                                .getBytes(UTF_8);
                    }
                }
                send(exchange, faults.get(path), answer);
            }
        }

        private SettlementResponse bent(SettlementResponse honest, @Nullable Fault fault) {
            String hash = fault == Fault.NO_TRANSACTION ? "" : honest.transaction();
            String network = fault == Fault.OTHER_NETWORK ? "eip155:1" : honest.network();
            String payer = fault == Fault.OTHER_PAYER ? OTHER.toString() : honest.payer();
            String amount = fault == Fault.OTHER_AMOUNT ? "1" : null;
            return new SettlementResponse(true, hash, network, payer, null, null, amount, Map.of());
        }

        private void send(HttpExchange exchange, @Nullable Fault fault, byte[] answer) throws IOException {
            if (fault == Fault.SILENT) {
                awaitEnd();
                return;
            }
            byte[] body = answer;
            if (fault == Fault.NOT_JSON) body = "<html>so sorry</html>".getBytes(UTF_8);
            if (fault == Fault.TOO_LONG) body = new byte[FacilitatorMessages.MAX_BODY_BYTES + 1];
            if (fault == Fault.SERVER_ERROR) body = "{\"error\":\"it broke\"}".getBytes(UTF_8);
            exchange.sendResponseHeaders(fault == Fault.SERVER_ERROR ? 500 : 200, body.length);
            if (fault == Fault.DRIPPING || fault == Fault.CUT_OFF) {
                exchange.getResponseBody().write(body, 0, 5);
                exchange.getResponseBody().flush();
                if (fault == Fault.DRIPPING) awaitEnd();
                return;
            }
            exchange.getResponseBody().write(body);
        }

        private void awaitEnd() throws IOException {
            try {
                over.await(60, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
        }

        void close() {
            server.stop(0);
            threads.shutdownNow();
        }
    }

    private PaymentGate gate(Facilitator facilitator) {
        return new PaymentGate(facilitator, store, GateSettings.defaults(), clock, new SecureRandom());
    }

    private PaymentGate gate() {
        return gate(LONG);
    }

    private PaymentGate gate(Timeouts timeouts) {
        return gate(new RemoteFacilitator(List.of(Endpoint.open(peer.url())), timeouts, clock));
    }

    /** What is waited for an answer with this fault: long, unless it never comes. */
    private static Duration patience(Fault fault) {
        return fault == Fault.SILENT || fault == Fault.DRIPPING ? QUICK : PATIENT;
    }

    private static Admission ask(PaymentGate gate, String... payments) {
        return gate.admit(new PricedRequest(
                "GET",
                "/a",
                "https://shop.example/a",
                "",
                List.of(PriceTag.of(Buyer.usdc("0.01"), Buyer.SHOP)),
                List.of(payments),
                List.of()));
    }

    /** Serves as a host does: the answer when it is sold, or the refusal. */
    private Object serve(PaymentGate gate, String... payments) {
        Admission admission = ask(gate, payments);
        if (admission instanceof Admitted admitted) {
            try (admitted) {
                handlerRuns.incrementAndGet();
                Settlement settlement = admitted.settle(ANSWER);
                return settlement instanceof Settlement.Withheld withheld ? withheld.answer() : ANSWER;
            }
        }
        return admission instanceof Admission.Kept kept ? kept.answer() : admission;
    }

    private static void assertUnavailable(Object answer) {
        assertThat(answer).isInstanceOf(Declined.class);
        Declined declined = (Declined) answer;
        assertThat(declined.status()).isEqualTo(503);
        assertThat(declined.headers()).containsKey("Retry-After").doesNotContainKey(Headers.PAYMENT_REQUIRED);
    }

    @ParameterizedTest
    @EnumSource(
            value = Fault.class,
            names = {"SILENT", "DRIPPING", "CUT_OFF", "NOT_JSON", "TOO_LONG", "SERVER_ERROR", "OTHER_PAYER"})
    void sells_nothing_while_no_verdict_is_to_be_had(Fault fault) {
        PaymentGate gate = gate(new Timeouts(patience(fault), PATIENT));
        String payment = buyer.pay(ask(gate), clock.instant());
        peer.faults.put("/verify", fault);

        assertUnavailable(serve(gate, payment));
        assertThat(handlerRuns).hasValue(0);
        assertThat(peer.settles).hasValue(0);

        peer.faults.clear();
        assertThat(serve(gate(), payment)).isEqualTo(ANSWER);
        assertThat(peer.moved).hasSize(1);
    }

    @ParameterizedTest
    @EnumSource(Fault.class)
    void gives_nothing_away_and_pays_once_when_settling_ends_in(Fault fault) {
        PaymentGate gate = gate(new Timeouts(PATIENT, patience(fault)));
        String payment = buyer.pay(ask(gate), clock.instant());
        peer.faults.put("/settle", fault);

        assertUnavailable(serve(gate, payment));
        assertUnavailable(serve(gate, payment)); // asks again, and still does not know

        peer.faults.clear();
        PaymentGate patient = gate();
        assertThat(serve(patient, payment)).isEqualTo(ANSWER);
        assertThat(serve(patient, payment)).isEqualTo(ANSWER);
        assertThat(handlerRuns).hasValue(1);
        assertThat(peer.moved).hasSize(1);
    }

    @Test
    void sells_nothing_while_no_facilitator_can_be_reached() throws IOException {
        URI nobody;
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            nobody = URI.create("http://127.0.0.1:" + taken.getLocalPort());
        }
        PaymentGate down = gate(new RemoteFacilitator(List.of(Endpoint.open(nobody)), LONG, clock));
        String payment = buyer.pay(ask(down), clock.instant());

        assertUnavailable(serve(down, payment));
        assertThat(handlerRuns).hasValue(0);
        assertThat(serve(gate(), payment)).isEqualTo(ANSWER);
    }

    @Test
    void asks_the_next_facilitator_when_one_is_down() throws IOException {
        URI nobody;
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            nobody = URI.create("http://127.0.0.1:" + taken.getLocalPort());
        }
        PaymentGate gate =
                gate(new RemoteFacilitator(List.of(Endpoint.open(nobody), Endpoint.open(peer.url())), LONG, clock));

        assertThat(serve(gate, buyer.pay(ask(gate), clock.instant()))).isEqualTo(ANSWER);
        assertThat(peer.moved).hasSize(1);
    }

    @Test
    void never_asks_a_second_facilitator_to_settle_what_the_first_may_have_settled() throws IOException {
        Peer first = peer;
        Peer second = new Peer();
        try {
            PaymentGate gate = gate(new RemoteFacilitator(
                    List.of(Endpoint.open(first.url()), Endpoint.open(second.url())), LONG, clock));
            String payment = buyer.pay(ask(gate), clock.instant());
            first.faults.put("/settle", Fault.CUT_OFF);

            assertUnavailable(serve(gate, payment));

            assertThat(first.settles).hasValue(1);
            assertThat(second.settles).hasValue(0);
        } finally {
            second.close();
        }
    }

    @Test
    void shows_each_path_its_own_credentials() {
        Credentials perPath =
                path -> Map.of("Authorization", "Bearer for-" + path.text().substring(1));
        RemoteFacilitator facilitator = new RemoteFacilitator(List.of(new Endpoint(peer.url(), perPath)), LONG, clock);
        PaymentGate gate = gate(facilitator);

        facilitator.supported();
        serve(gate, buyer.pay(ask(gate), clock.instant()));

        assertThat(peer.credentials)
                .containsEntry("/supported", "Bearer for-supported")
                .containsEntry("/verify", "Bearer for-verify")
                .containsEntry("/settle", "Bearer for-settle");
    }

    @Test
    void refuses_a_facilitator_that_is_reached_in_the_clear() {
        assertThatThrownBy(() -> Endpoint.open(URI.create("http://facilitator.example")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("https");
        assertThat(new Endpoint(URI.create("https://facilitator.example/secret-path"), Credentials.bearer("t")))
                .hasToString("https://facilitator.example");
    }
}
