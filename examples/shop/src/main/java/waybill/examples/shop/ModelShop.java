package waybill.examples.shop;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import waybill.devnet.DevAccount;
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
import waybill.testing.Script;
import waybill.testing.ScriptedModelServer;
import waybill.x402.Address;
import waybill.x402.Amount;
import waybill.x402.Asset;
import waybill.x402.Assets;
import waybill.x402.Network;

/**
 * Sells scripted models by x402: a real gate, a real facilitator, and a chain inside the JVM that settles. A buyer with a
 * funded public test key is at hand. Close it to stop everything.
 */
public final class ModelShop implements AutoCloseable {

    private static final int BUYER = 1;
    private static final int SELLER = 2;
    private static final int GAS = 3;
    private static final Pattern MODEL = Pattern.compile("\"model\"\\s*:\\s*\"([^\"]+)\"");

    private final Devnet devnet = Devnet.start();
    private final Network network = new Network(Devnet.CHAIN_ID);
    private final Asset usdc = Assets.standard().find(network, "USDC").orElseThrow();
    private final ScriptedModelServer models = ScriptedModelServer.start();
    private final Map<String, Amount> prices = new ConcurrentHashMap<>();
    private final HttpClient http = HttpClient.newHttpClient();
    private final ExecutorService threads = Executors.newFixedThreadPool(4);
    private final SqliteClaimStore claims;
    private final LocalFacilitator facilitator;
    private final PaymentGate gate;
    private final HttpServer server;
    private final BigInteger atOpening =
            devnet.balanceOf(devnet.usdc(), devnet.accounts().get(SELLER).address());

    private ModelShop(Path folder) throws IOException {
        Chain chain = Chain.inProcess(devnet.web3jService(), network);
        this.facilitator = new LocalFacilitator(
                chain,
                GasKey.ofDevelopment(devnet.accounts().get(GAS).privateKey(), chain),
                SettlementStore.inMemory(),
                Assets.standard(),
                FacilitatorSettings.defaults().waiting(Duration.ofSeconds(10), Duration.ofMillis(20)),
                Clock.systemUTC());
        this.claims = SqliteClaimStore.open(folder.resolve("claims.db"));
        this.gate = PaymentGate.of(facilitator, claims);
        this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/v1/models", this::list);
        server.createContext("/v1/chat/completions", this::sell);
        server.start();
    }

    /** A shop without goods; what it must remember is kept in {@code folder}. */
    public static ModelShop open(Path folder) throws IOException {
        return new ModelShop(folder);
    }

    /** Sells a model at so many dollars a call. */
    public ModelShop sell(String model, String usd, Script answers) {
        models.answer(model, answers);
        prices.put(model, Amount.parse(usd, usdc));
        return this;
    }

    /** Sells this model no more: it is missing from now on. */
    public ModelShop withdraw(String model) {
        prices.remove(model);
        return this;
    }

    /** Where clients of the API find it. */
    public URI api() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/v1");
    }

    /** The chain's node. */
    public URI rpc() {
        return devnet.rpcUrl();
    }

    /** The chain, as the wallet names it. */
    public String network() {
        return network.toString();
    }

    /** A public test key whose account holds test dollars. */
    public String buyerKey() {
        return devnet.accounts().get(BUYER).privateKey();
    }

    /** What was earned, in millionths of a dollar, as the chain says. */
    public BigInteger earned() {
        DevAccount seller = devnet.accounts().get(SELLER);
        return devnet.balanceOf(devnet.usdc(), seller.address()).subtract(atOpening);
    }

    /** How many requests reached the models behind the gate. */
    public long served() {
        return models.requestCount();
    }

    private void list(HttpExchange exchange) throws IOException {
        String data = prices.entrySet().stream()
                .map(each -> "{\"id\":\"" + each.getKey()
                        + "\",\"object\":\"model\",\"pricing\":{\"per\":\"call\",\"scheme\":\"exact\",\"network\":\""
                        + network + "\",\"asset\":\"" + usdc.address() + "\",\"amount\":\""
                        + each.getValue().atomic() + "\"}}")
                .collect(Collectors.joining(","));
        try (exchange) {
            send(
                    exchange,
                    200,
                    Map.of("Content-Type", "application/json"),
                    ("{\"data\":[" + data + "]}").getBytes(UTF_8));
        }
    }

    private void sell(HttpExchange exchange) throws IOException {
        try (exchange) {
            byte[] body = exchange.getRequestBody().readAllBytes();
            Matcher model = MODEL.matcher(new String(body, UTF_8));
            Amount price = model.find() ? prices.get(model.group(1)) : null;
            if (price == null) {
                send(exchange, 404, Map.of(), "no such model".getBytes(UTF_8));
                return;
            }
            Admission admission = gate.admit(PricedRequest.of(
                    exchange.getRequestMethod(),
                    "/v1/chat/completions",
                    api() + "/chat/completions",
                    body,
                    List.of(PriceTag.of(
                                    price,
                                    Address.parse(devnet.accounts().get(SELLER).address()))
                            .described("one answer", "application/json")),
                    name -> exchange.getRequestHeaders().getOrDefault(name, List.of())));
            if (admission instanceof Admission.Declined declined) {
                send(
                        exchange,
                        declined.status(),
                        declined.headers(),
                        declined.message().getBytes(UTF_8));
            } else if (admission instanceof Admitted admitted) {
                try (admitted) {
                    release(exchange, admitted, body);
                }
            } // anything else is not sold here: the connection is cut
        }
    }

    /** Settles, and then releases the answer. */
    private void release(HttpExchange exchange, Admitted admitted, byte[] body) throws IOException {
        HttpResponse<byte[]> answer = ask(body);
        String type = answer.headers().firstValue("Content-Type").orElse("application/json");
        Settlement settlement = admitted.settle(Answer.of(answer.statusCode(), type, answer.body()));
        if (settlement instanceof Settlement.Settled settled) {
            exchange.getResponseHeaders().set("Content-Type", type);
            send(exchange, answer.statusCode(), settled.headers(), answer.body());
        }
    }

    private HttpResponse<byte[]> ask(byte[] body) throws IOException {
        try {
            return http.send(
                    HttpRequest.newBuilder(URI.create(models.baseUrl() + "/chat/completions"))
                            .header("Content-Type", "application/json")
                            .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                            .build(),
                    HttpResponse.BodyHandlers.ofByteArray());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    private static void send(HttpExchange exchange, int status, Map<String, String> headers, byte[] body)
            throws IOException {
        headers.forEach((name, value) -> exchange.getResponseHeaders().set(name, value));
        exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
        exchange.getResponseBody().write(body);
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
        facilitator.close();
        claims.close();
        models.close();
        devnet.close();
    }
}
