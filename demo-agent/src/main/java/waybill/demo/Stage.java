package waybill.demo;

import dev.langchain4j.model.chat.ChatModel;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.web3j.protocol.Web3j;
import org.web3j.protocol.core.Request;
import org.web3j.protocol.core.Response;
import waybill.devnet.DevAccount;
import waybill.devnet.Devnet;
import waybill.gateway.Gateway;
import waybill.gateway.GatewaySettings;
import waybill.langchain4j.providers.ProviderModels;
import waybill.routing.Candidate;
import waybill.routing.Endpoint;
import waybill.routing.Price;
import waybill.routing.Profile;
import waybill.routing.Provider;
import waybill.testing.ScriptedModelServer;
import waybill.wallet.DevelopmentSigner;
import waybill.wallet.KeystoreSigner;
import waybill.wallet.PayingHttpClient;
import waybill.wallet.PaymentSigner;
import waybill.wallet.Policy;
import waybill.wallet.SqliteLedger;
import waybill.wallet.Wallet;
import waybill.wallet.WalletListener;
import waybill.x402.Address;
import waybill.x402.Network;

/**
 * What the analyst runs on: a development chain with a pool, the candidates, and the wallet that pays them. Closing it
 * stops whatever it started.
 */
final class Stage implements AutoCloseable {
    private static final Network NETWORK = new Network(Devnet.CHAIN_ID);
    private static final int BUYER = 1;
    private static final int SELLER = 2;
    private static final int GAS = 3;
    private static final BigDecimal PER_PAYMENT = new BigDecimal("0.02");
    private static final BigDecimal PER_DAY = new BigDecimal("0.25");
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Deque<AutoCloseable> open = new ArrayDeque<>();
    private final List<Candidate<ChatModel>> candidates = new ArrayList<>();
    private final List<Fact> description = new ArrayList<>();
    private final boolean simulated;
    private final Devnet devnet;
    private final Web3j chain;
    private final PoolReader pool;
    private @Nullable Wallet wallet;
    private @Nullable Address seller;

    private Stage(boolean simulated, MarketFacts market) {
        this.simulated = simulated;
        BigDecimal ether = BigDecimal.valueOf(400);
        BigDecimal dollars = ether.multiply(BigDecimal.valueOf(market.price()));
        devnet = Devnet.builder()
                .pool(
                        ether.movePointRight(18).toBigIntegerExact(),
                        dollars.movePointRight(6).toBigInteger())
                .start();
        open.push(devnet);
        chain = Web3j.build(devnet.web3jService());
        open.push(chain::shutdown);
        pool = new PoolReader(chain, Devnet.CHAIN_ID, devnet.pool(), devnet.weth());
        describe("chain", "development chain " + Devnet.CHAIN_ID + " at " + devnet.rpcUrl() + ", in this process");
    }

    /** Starts simulated providers, the gateway that sells them, and a wallet with a development key and real limits. */
    static Stage simulated(MarketFacts market, WalletListener listener) throws IOException, InterruptedException {
        Stage stage = new Stage(true, market);
        try {
            stage.sellSimulatedModels(listener);
            return stage;
        } catch (IOException | InterruptedException | RuntimeException e) {
            stage.close();
            throw e;
        }
    }

    /** Takes the models of a file; starts the chain, for its pool, and nothing else. */
    static Stage of(ModelsFile file, MarketFacts market, WalletListener listener)
            throws IOException, InterruptedException {
        Stage stage = new Stage(false, market);
        try {
            stage.takeModels(file, listener);
            return stage;
        } catch (IOException | InterruptedException | RuntimeException e) {
            stage.close();
            throw e;
        }
    }

    private void sellSimulatedModels(WalletListener listener) throws IOException, InterruptedException {
        Path folder = Files.createTempDirectory("waybill-demo");
        open.push(() -> deleteTree(folder));
        List<DevAccount> accounts = devnet.accounts();
        Address payee = Address.parse(accounts.get(SELLER).address());
        Gateway gateway = Gateway.start(
                GatewaySettings.from(gatewaySettings(folder, payee)),
                Map.of("WAYBILL_FACILITATOR_KEY", accounts.get(GAS).privateKey()));
        open.push(gateway);
        SqliteLedger ledger = SqliteLedger.open(folder.resolve("ledger.db"));
        open.push(ledger);
        Policy policy = Policy.defaults()
                .perPayment(PER_PAYMENT)
                .perDay(PER_DAY)
                .allowNetwork(NETWORK)
                .allowPayee(gateway.uri().getAuthority(), payee);
        PaymentSigner signer =
                DevelopmentSigner.fromEnvironment(accounts.get(BUYER).privateKey(), devnet.rpcUrl(), NETWORK);
        Wallet paying = Wallet.builder(signer, ledger)
                .policy(policy)
                .node(NETWORK, devnet.rpcUrl())
                .listener(listener)
                .build();
        open.push(paying);
        wallet = paying;
        seller = payee;
        URI base = URI.create(gateway.uri() + "/v1");
        PriceList prices = PriceList.of(base, HttpClient.newHttpClient());
        for (SimulatedModel model : SimulatedModel.ALL) {
            PriceList.Tag tag = prices.find(model.id());
            if (tag == null) {
                throw new IllegalStateException("The gateway does not list " + model.id() + ".");
            }
            Profile profile = Profile.of(tag.price())
                    .withTools(tag.tools())
                    .withJsonSchema(tag.jsonSchema())
                    .withQuality(model.quality(), "the demo's script", LocalDate.of(2026, 11, 1))
                    .withSpeed(model.latency().toMillis(), 400);
            candidates.add(
                    Candidate.of(model.id(), chatModel(base, model.id(), "none", PATIENCE, profile, paying), profile));
        }
        describe("models", "simulated, sold at " + base + " by x402: " + pricesOf(candidates));
        describe(
                "wallet",
                paying.address() + ", at most " + Figures.price(PER_PAYMENT) + " a payment and "
                        + Figures.price(PER_DAY) + " in 24 h, to one payee");
    }

    private Map<String, Object> gatewaySettings(Path folder, Address payee) throws IOException {
        List<Map<String, Object>> models = new ArrayList<>();
        for (SimulatedModel model : SimulatedModel.ALL) {
            ScriptedModelServer provider = ScriptedModelServer.start();
            open.push(provider);
            provider.answer(model.id(), new SimulatedWriter(model));
            Map<String, Object> sold = new LinkedHashMap<>();
            sold.put("id", model.id());
            sold.put("base-url", provider.baseUrl());
            sold.put("price", model.price());
            sold.put("json-schema", model.jsonSchema());
            models.add(sold);
        }
        Map<String, Object> settings = new LinkedHashMap<>();
        settings.put("waybill.gateway.port", 0);
        settings.put("waybill.gateway.pay-to", payee.toString());
        settings.put("waybill.gateway.rpc", devnet.rpcUrl().toString());
        settings.put("waybill.gateway.data-dir", folder.resolve("gateway").toString());
        settings.put("waybill.gateway.shutdown-grace-seconds", 1);
        settings.put("waybill.gateway.models", models);
        return settings;
    }

    private void takeModels(ModelsFile file, WalletListener listener) throws IOException, InterruptedException {
        ModelsFile.WalletEntry entry = file.wallet();
        wallet = entry == null ? null : wallet(entry, file.models(), listener);
        HttpClient http = HttpClient.newHttpClient();
        Map<URI, PriceList> lists = new LinkedHashMap<>();
        for (ModelsFile.Model model : file.models()) {
            Profile profile = model.profile();
            if (model.paid() && !profile.price().known()) {
                PriceList list = lists.get(model.baseUrl());
                if (list == null) {
                    list = PriceList.of(model.baseUrl(), http);
                    lists.put(model.baseUrl(), list);
                }
                PriceList.Tag tag = list.find(model.upstreamModel());
                profile = profile.withPrice(tag == null ? Price.unknown() : tag.price());
            }
            String key = model.apiKey().isEmpty() ? "none" : model.apiKey();
            Wallet paying = model.paid() ? wallet : null;
            candidates.add(Candidate.of(
                    model.id(),
                    chatModel(model.baseUrl(), model.upstreamModel(), key, model.timeout(), profile, paying),
                    profile));
        }
        describe("models", pricesOf(candidates));
        if (wallet != null && entry != null) {
            describe(
                    "wallet",
                    wallet.address() + ", at most " + Figures.price(entry.perPayment()) + " a payment and "
                            + Figures.price(entry.perDay()) + " in 24 h");
        }
    }

    private Wallet wallet(ModelsFile.WalletEntry entry, List<ModelsFile.Model> models, WalletListener listener)
            throws IOException {
        Policy policy = Policy.defaults()
                .perPayment(entry.perPayment())
                .perDay(entry.perDay())
                .mainnet(entry.mainnet());
        for (ModelsFile.Model model : models) {
            if (model.paid()) {
                policy = policy.allowHost(model.baseUrl().getAuthority());
            }
        }
        Path folder = entry.ledger().toAbsolutePath().getParent();
        if (folder != null) {
            Files.createDirectories(folder);
        }
        Path keystore = entry.keystore();
        PaymentSigner signer = keystore == null
                ? DevelopmentSigner.fromEnvironment(entry.key(), entry.rpc())
                : KeystoreSigner.open(keystore, entry.passphrase().toCharArray());
        SqliteLedger ledger = SqliteLedger.open(entry.ledger());
        open.push(ledger);
        Wallet paying =
                Wallet.builder(signer, ledger).policy(policy).listener(listener).build();
        open.push(paying);
        return paying;
    }

    private static ChatModel chatModel(
            URI base, String model, String key, Duration timeout, Profile profile, @Nullable Wallet paying) {
        Map<String, String> headers = paying == null ? Map.of() : planned(profile.price());
        Endpoint endpoint = Endpoint.of(Provider.compatible(base), model)
                .withKey(key)
                .within(Endpoint.CONNECT_WITHIN, timeout)
                .withJsonSchema(profile.jsonSchema())
                .withHeaders(() -> headers);
        return ProviderModels.over(paying == null ? HttpClient::newBuilder : () -> PayingHttpClient.builder(paying))
                .chat(endpoint);
    }

    /** Holds a payment to the price that the plan was made with; a dearer bill is refused and the router moves on. */
    private static Map<String, String> planned(Price price) {
        return price instanceof Price.PerCall call
                ? Map.of(PayingHttpClient.MAX_PRICE, call.usd().toPlainString())
                : Map.of();
    }

    private static String pricesOf(List<Candidate<ChatModel>> candidates) {
        List<String> prices = new ArrayList<>();
        candidates.forEach(c -> prices.add(c.name() + " " + c.profile().price()));
        return String.join(", ", prices);
    }

    private void describe(String name, String text) {
        description.add(new Fact(name, text));
    }

    boolean isSimulated() {
        return simulated;
    }

    /** What was started, for people. */
    List<Fact> description() {
        return List.copyOf(description);
    }

    List<Candidate<ChatModel>> candidates() {
        return List.copyOf(candidates);
    }

    PoolReader pool() {
        return pool;
    }

    /** The wallet; absent when nothing is paid by x402. */
    @Nullable
    Wallet wallet() {
        return wallet;
    }

    /** Who is paid on this stage's own chain; absent when that is not where the money goes. */
    @Nullable
    Address seller() {
        return seller;
    }

    /** The USDC that an account holds on this stage's chain. */
    BigDecimal balance(Address account) {
        return new BigDecimal(devnet.balanceOf(devnet.usdc(), account.toString()), 6);
    }

    /** Lets time pass on the chain, which is a development chain and can. */
    void letPass(Duration time) throws IOException {
        ask("evm_increaseTime", time.toSeconds());
        ask("evm_mine");
    }

    private void ask(String method, Object... params) throws IOException {
        Response<?> answer = new Request<>(method, List.of(params), devnet.web3jService(), Response.class).send();
        if (answer.hasError()) {
            throw new IOException(method + " failed: " + answer.getError().getMessage());
        }
    }

    @Override
    public void close() {
        while (!open.isEmpty()) {
            try {
                open.pop().close();
            } catch (Exception e) {
                System.getLogger(Stage.class.getName()).log(System.Logger.Level.WARNING, "Could not stop cleanly", e);
            }
        }
    }

    private static void deleteTree(Path folder) throws IOException {
        Files.walkFileTree(folder, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path done, @Nullable IOException failure) throws IOException {
                Files.delete(done);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
