package waybill.wallet;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import waybill.devnet.Devnet;
import waybill.facilitator.Chain;
import waybill.facilitator.FacilitatorSettings;
import waybill.facilitator.GasKey;
import waybill.facilitator.LocalFacilitator;
import waybill.facilitator.SettlementStore;
import waybill.seller.Admission;
import waybill.seller.Admitted;
import waybill.seller.Answer;
import waybill.seller.PaymentGate;
import waybill.seller.PriceTag;
import waybill.seller.PricedRequest;
import waybill.seller.Settlement;
import waybill.seller.SqliteClaimStore;
import waybill.x402.Amount;
import waybill.x402.Assets;

/** A seller with a real gate and a real facilitator on the chain inside the JVM. {@code /0.02/x} costs two cents. */
final class DevnetShop implements AutoCloseable {
    final AtomicInteger sold = new AtomicInteger();
    private final HttpServer server;
    private final ExecutorService threads = Executors.newFixedThreadPool(8);
    private final SqliteClaimStore claims;
    private final LocalFacilitator facilitator;
    private final PaymentGate gate;

    static DevnetShop open(Devnet devnet, Path folder) throws IOException {
        Chain chain = Chain.inProcess(devnet.web3jService(), ScriptedSeller.NETWORK);
        LocalFacilitator facilitator = new LocalFacilitator(
                chain,
                GasKey.ofDevelopment(devnet.accounts().get(5).privateKey(), chain),
                SettlementStore.inMemory(),
                Assets.standard(),
                FacilitatorSettings.defaults().waiting(Duration.ofSeconds(10), Duration.ofMillis(20)),
                Clock.systemUTC());
        return new DevnetShop(facilitator, SqliteClaimStore.open(folder.resolve("claims.db")));
    }

    private DevnetShop(LocalFacilitator facilitator, SqliteClaimStore claims) throws IOException {
        this.facilitator = facilitator;
        this.claims = claims;
        this.gate = PaymentGate.of(facilitator, claims);
        this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 50);
        server.setExecutor(threads);
        server.createContext("/", this::serve);
        server.start();
    }

    URI url(String path) {
        return URI.create("http://" + host() + path);
    }

    String host() {
        return "127.0.0.1:" + server.getAddress().getPort();
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
        facilitator.close();
        claims.close();
    }

    private void serve(HttpExchange exchange) throws IOException {
        try (exchange) {
            String path = exchange.getRequestURI().getPath();
            PriceTag tag = PriceTag.of(
                            Amount.parse(path.split("/")[1], ScriptedSeller.USDC), ScriptedSeller.OTHER_PAYEE)
                    .described("a report on the pool", "text/plain");
            Admission admission = gate.admit(PricedRequest.of(
                    exchange.getRequestMethod(),
                    path,
                    url(path).toString(),
                    exchange.getRequestBody().readAllBytes(),
                    List.of(tag),
                    name -> exchange.getRequestHeaders().getOrDefault(name, List.of())));
            if (admission instanceof Admission.Declined declined) {
                send(exchange, declined.status(), declined.headers(), declined.message());
            } else if (admission instanceof Admitted admitted) {
                try (admitted) {
                    sell(exchange, admitted);
                }
            } // anything else is not sold here: the connection is cut
        }
    }

    private void sell(HttpExchange exchange, Admitted admitted) throws IOException {
        String report = "report " + sold.incrementAndGet();
        if (admitted.settle(Answer.of(200, "text/plain", report.getBytes(UTF_8)))
                instanceof Settlement.Settled settled) {
            send(exchange, 200, settled.headers(), report);
        }
    }

    private static void send(HttpExchange exchange, int status, Map<String, String> headers, String text)
            throws IOException {
        byte[] body = text.getBytes(UTF_8);
        headers.forEach((name, value) -> exchange.getResponseHeaders().set(name, value));
        exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
        exchange.getResponseBody().write(body);
    }
}
