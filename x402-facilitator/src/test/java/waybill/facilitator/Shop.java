package waybill.facilitator;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import waybill.devnet.Devnet;
import waybill.seller.Admission;
import waybill.seller.Admitted;
import waybill.seller.Answer;
import waybill.seller.Facilitator;
import waybill.seller.PaymentGate;
import waybill.seller.PriceTag;
import waybill.seller.PricedRequest;
import waybill.seller.Settlement;
import waybill.seller.SqliteClaimStore;
import waybill.x402.Address;
import waybill.x402.Amount;
import waybill.x402.Assets;

/** A small shop on a loopback socket: {@code /answer} sells a plain answer, {@code /stream} a stream that settles first. */
final class Shop implements AutoCloseable {
    static final Address PAY_TO = Address.parse("0x00000000000000000000000000000000000a11ce");

    final AtomicInteger handlerRuns = new AtomicInteger();
    final PaymentGate gate;

    private final HttpServer server;
    private final ExecutorService threads = Executors.newFixedThreadPool(32);
    private final SqliteClaimStore claims;
    private final LocalFacilitator facilitator;

    /** Opens a shop that keeps its books in {@code folder}. */
    static Shop open(Devnet devnet, ScriptedNode node, Path folder) throws IOException {
        Chain chain = Chain.inProcess(node, Payer.NETWORK);
        LocalFacilitator facilitator = new LocalFacilitator(
                chain,
                GasKey.ofDevelopment(devnet.accounts().get(0).privateKey(), chain),
                SettlementStore.open(folder.resolve("settlements.db")),
                Assets.standard(),
                FacilitatorSettings.defaults().waiting(Duration.ofMillis(200), Duration.ofMillis(20)),
                java.time.Clock.systemUTC());
        return new Shop(facilitator, SqliteClaimStore.open(folder.resolve("claims.db")));
    }

    private Shop(LocalFacilitator facilitator, SqliteClaimStore claims) throws IOException {
        this.facilitator = facilitator;
        this.claims = claims;
        this.gate = PaymentGate.of(facilitator, claims);
        this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 600);
        server.setExecutor(threads);
        server.createContext("/answer", exchange -> serve(exchange, "/answer"));
        server.createContext("/stream", exchange -> serve(exchange, "/stream"));
        server.start();
    }

    URI url(String path) {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + path);
    }

    Facilitator facilitator() {
        return facilitator;
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
        facilitator.close();
        claims.close();
    }

    private void serve(HttpExchange exchange, String route) throws IOException {
        try (exchange) {
            byte[] body = exchange.getRequestBody().readAllBytes();
            PriceTag tag = PriceTag.of(Amount.parse("0.01", Payer.USDC), PAY_TO).described("an answer", "text/plain");
            Admission admission = gate.admit(PricedRequest.of(
                    exchange.getRequestMethod(),
                    route,
                    url(exchange.getRequestURI().toString()).toString(),
                    body,
                    List.of(tag),
                    name -> exchange.getRequestHeaders().getOrDefault(name, List.of())));
            if (admission instanceof Admission.Declined declined) {
                send(
                        exchange,
                        declined.status(),
                        declined.headers(),
                        declined.message().getBytes(UTF_8));
            } else if (admission instanceof Admission.Kept kept) {
                send(
                        exchange,
                        kept.answer().status(),
                        kept.headers(),
                        kept.answer().body());
            } else if (admission instanceof Admitted admitted) {
                try (admitted) {
                    sell(exchange, route, admitted, body);
                }
            }
        }
    }

    private void sell(HttpExchange exchange, String route, Admitted admitted, byte[] body) throws IOException {
        boolean stream = route.equals("/stream");
        if (stream && admitted.settleFirst() instanceof Settlement.Withheld withheld) {
            send(exchange, withheld.answer().status(), withheld.answer().headers(), new byte[0]);
            return;
        }
        Answer answer = answer(body);
        Settlement settlement = stream ? admitted.settleFirst() : admitted.settle(answer);
        if (settlement instanceof Settlement.Settled settled) {
            if (stream && answer.status() >= 400) {
                send(exchange, answer.status(), settled.headers(), answer.body());
                return; // closing the admission leaves a credit
            }
            send(exchange, answer.status(), settled.headers(), answer.body());
            if (stream) {
                admitted.delivered(answer);
            }
        } else if (settlement instanceof Settlement.Withheld withheld) {
            send(exchange, withheld.answer().status(), withheld.answer().headers(), new byte[0]);
        } else if (settlement instanceof Settlement.NotCharged notCharged) {
            send(exchange, answer.status(), notCharged.headers(), answer.body());
        }
    }

    private Answer answer(byte[] body) {
        int run = handlerRuns.incrementAndGet();
        return new String(body, UTF_8).equals("fail")
                ? Answer.of(500, "text/plain", "the handler failed".getBytes(UTF_8))
                : Answer.of(200, "text/plain", ("answer " + run).getBytes(UTF_8));
    }

    private static void send(HttpExchange exchange, int status, Map<String, String> headers, byte[] body)
            throws IOException {
        headers.forEach((name, value) -> exchange.getResponseHeaders().set(name, value));
        exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
        exchange.getResponseBody().write(body);
    }
}
