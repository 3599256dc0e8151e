package waybill.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.math.BigInteger;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import waybill.seller.Admission;
import waybill.seller.Admitted;
import waybill.seller.Answer;
import waybill.seller.PaymentGate;
import waybill.seller.PriceTag;
import waybill.seller.PricedRequest;
import waybill.seller.Reopening;
import waybill.seller.Settlement;
import waybill.x402.Address;
import waybill.x402.Amount;
import waybill.x402.Asset;
import waybill.x402.Bazaar;
import waybill.x402.Json;

/** The shop of {@link SellerCommand}: what a seller has to do around a {@link PaymentGate}, in one file. */
final class ExampleShop implements AutoCloseable {
    private static final int MAX_BODY = 64 * 1024;
    /** Made once and read often: it opens again to whoever has paid for it. */
    private static final String REPORT = "/report";

    private static final Duration REPORT_LASTS = Duration.ofDays(30);
    private static final int THREADS = 32;
    private static final Pattern USE = Pattern.compile("(?:^|&)use=([0-9]{1,18})(?:&|$)");

    private final PaymentGate gate;
    private final HttpServer server;
    private final ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    private final Map<String, Route> routes = new LinkedHashMap<>();

    /** A priced route: the method that it takes, and what it costs. */
    private record Route(String method, String path, PriceTag tag) {
        @Override
        public String toString() {
            return "%-4s %-9s %s%s".formatted(method, path, tag.metered() ? "at most " : "", tag.amount());
        }
    }

    private ExampleShop(PaymentGate gate, HttpServer server) {
        this.gate = gate;
        this.server = server;
    }

    static ExampleShop open(
            InetSocketAddress address,
            PaymentGate gate,
            Address payTo,
            Address settler,
            Asset usdc,
            @Nullable Asset usdt)
            throws IOException {
        ExampleShop shop = new ExampleShop(gate, HttpServer.create(address, 200));
        PriceTag cent = PriceTag.of(Amount.parse("0.01", usdc), payTo).described("an example", "application/json");
        shop.sell("GET", "/eip3009", cent);
        shop.sell(
                "POST",
                "/echo",
                PriceTag.of(Amount.parse("0.002", usdc), payTo).described("what you said", "application/json"));
        shop.sell("GET", "/permit2", cent.byPermit2());
        shop.sell("GET", "/upfront", cent.paidUpfront());
        shop.sell("GET", REPORT, cent);
        shop.sell("GET", "/upto", PriceTag.upto(Amount.parse("0.05", usdc), payTo, settler));
        if (usdt != null) shop.sell("GET", "/usdt", PriceTag.of(Amount.parse("0.01", usdt), payTo));
        shop.server.setExecutor(shop.threads);
        shop.server.createContext("/", shop::serve);
        shop.server.start();
        return shop;
    }

    private void sell(String method, String path, PriceTag tag) {
        routes.put(path, new Route(method, path, tag));
    }

    URI uri() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    List<String> routes() {
        return routes.values().stream().map(Route::toString).toList();
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }

    private void serve(HttpExchange exchange) throws IOException {
        try (exchange) {
            Route route = routes.get(exchange.getRequestURI().getPath());
            byte[] body = exchange.getRequestBody().readNBytes(MAX_BODY + 1);
            if (route == null || !route.method().equals(exchange.getRequestMethod()) || body.length > MAX_BODY) {
                send(exchange, Answer.of(404, "text/plain", "not sold here".getBytes(UTF_8)), Map.of());
                return;
            }
            PricedRequest request = PricedRequest.of(
                            route.method(),
                            route.path(),
                            uri() + exchange.getRequestURI().toString(),
                            body,
                            List.of(route.tag()),
                            name -> exchange.getRequestHeaders().getOrDefault(name, List.of()))
                    .listed(
                            route.method().equals("POST")
                                    ? Bazaar.body("POST", "json", Map.of("word", "hello"), null)
                                    : Bazaar.query("GET", Map.of(), null));
            Admission admission = gate.admit(
                    route.path().equals(REPORT) ? request.reopened(Reopening.at(uri(), REPORT_LASTS)) : request);
            if (admission instanceof Admitted admitted) {
                try (admitted) {
                    sold(exchange, admitted, route, body);
                }
            } else if (admission instanceof Admission.Opened opened) {
                send(exchange, answer(route, body), opened.headers());
            } else if (admission instanceof Admission.Kept kept) {
                send(exchange, kept.answer(), kept.headers());
            } else {
                decline(exchange, (Admission.Declined) admission);
            }
        }
    }

    private void sold(HttpExchange exchange, Admitted admitted, Route route, byte[] body) throws IOException {
        Answer answer = answer(route, body);
        Settlement settlement =
                admitted.metered() ? admitted.settle(answer, use(exchange.getRequestURI())) : admitted.settle(answer);
        if (settlement instanceof Settlement.Settled settled) {
            send(exchange, answer, settled.headers());
        } else if (settlement instanceof Settlement.NotCharged free) {
            send(exchange, answer, free.headers());
        } else {
            decline(exchange, ((Settlement.Withheld) settlement).answer());
        }
    }

    private static Answer answer(Route route, byte[] body) {
        Map<String, @Nullable Object> said = new LinkedHashMap<>();
        said.put("sold", route.path());
        if (body.length > 0) said.put("heard", new String(body, UTF_8));
        return Answer.of(200, "application/json", Json.write(said).getBytes(UTF_8));
    }

    /** What the caller says it used: an example has nothing to meter. */
    private static BigInteger use(URI uri) {
        Matcher use = USE.matcher(uri.getRawQuery() == null ? "" : uri.getRawQuery());
        return use.find() ? new BigInteger(use.group(1)) : BigInteger.ZERO;
    }

    private static void decline(HttpExchange exchange, Admission.Declined declined) throws IOException {
        Map<String, @Nullable Object> said = new LinkedHashMap<>();
        said.put("error", declined.code());
        said.put("message", declined.message());
        String body = declined.version1Body().orElseGet(() -> Json.write(said));
        send(exchange, Answer.of(declined.status(), "application/json", body.getBytes(UTF_8)), declined.headers());
    }

    private static void send(HttpExchange exchange, Answer answer, Map<String, String> headers) throws IOException {
        List<Map<String, String>> all = new ArrayList<>(List.of(answer.headers(), headers));
        all.forEach(each -> each.forEach(exchange.getResponseHeaders()::set));
        exchange.sendResponseHeaders(answer.status(), answer.size());
        exchange.getResponseBody().write(answer.body());
    }
}
