package waybill.configuration;

import java.io.IOException;
import java.math.BigDecimal;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import waybill.wallet.DevelopmentSigner;
import waybill.wallet.KeystoreSigner;
import waybill.wallet.Ledger;
import waybill.wallet.LedgerException;
import waybill.wallet.Origin;
import waybill.wallet.PaymentApprover;
import waybill.wallet.PaymentSigner;
import waybill.wallet.Policy;
import waybill.wallet.PostgresLedger;
import waybill.wallet.PriceTags;
import waybill.wallet.RemoteSigner;
import waybill.wallet.SigningException;
import waybill.wallet.SqliteLedger;
import waybill.wallet.Wallet;
import waybill.wallet.WalletListener;
import waybill.x402.Address;
import waybill.x402.Network;

/**
 * A wallet with its ledger open, as the properties under {@code waybill.wallet} declare it. It reads the price lists of the
 * candidates that it pays, once before it is handed out and then again and again, and asks its node, where there is one, how
 * payments ended. Closing it closes the ledger too. Thread-safe.
 */
public final class OpenWallet implements AutoCloseable {

    private static final System.Logger LOG = System.getLogger(OpenWallet.class.getName());
    private static final Duration FIRST_PRICES = Duration.ofSeconds(15);
    private static final Path LEDGER = Path.of("waybill-ledger", "ledger.db");
    private static final String ROOT = "waybill.wallet.";

    private final Wallet wallet;
    private final Ledger ledger;
    private final ScheduledExecutorService scheduler = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "waybill-wallet-housekeeping");
        thread.setDaemon(true);
        return thread;
    });

    private OpenWallet(Wallet wallet, Ledger ledger) {
        this.wallet = wallet;
        this.ledger = ledger;
    }

    /**
     * Opens it.
     *
     * @param approver who is asked above the threshold; null for nobody
     * @param listener who hears of every change
     * @throws InvalidConfigurationException naming the property that is wrong; it holds no secret
     */
    public static OpenWallet from(Settings settings, @Nullable PaymentApprover approver, WalletListener listener) {
        WalletSettings its = settings.wallet();
        List<String> problems = new ArrayList<>();
        Network network = network(its, problems);
        Set<URI> sellers = sellers(settings, problems);
        Policy policy = policy(its, network, sellers, problems);
        if (its.rpc() != null && network == null) {
            problems.add(ROOT + "rpc needs " + ROOT + "network, such as eip155:84532: whose node it is");
        }
        PaymentSigner signer = signer(its, network, problems);
        if (!problems.isEmpty() || signer == null) {
            throw new InvalidConfigurationException(problems);
        }
        Ledger ledger = ledger(its);
        try {
            Wallet.Builder builder =
                    Wallet.builder(signer, ledger).policy(policy).listener(listener);
            if (approver != null) builder.approver(approver);
            if (its.rpc() != null && network != null) builder.node(network, its.rpc());
            OpenWallet open = new OpenWallet(builder.build(), ledger);
            open.begin(its, sellers);
            return open;
        } catch (RuntimeException e) {
            ledger.close();
            throw e;
        }
    }

    /** The wallet. */
    public Wallet wallet() {
        return wallet;
    }

    private void begin(WalletSettings settings, Set<URI> sellers) {
        if (!sellers.isEmpty()) {
            HttpClient plain = HttpClient.newBuilder()
                    .connectTimeout(Duration.ofSeconds(5))
                    .followRedirects(HttpClient.Redirect.NEVER)
                    .build();
            Duration every = settings.pricesEvery() == null ? PriceTags.READ_EVERY : settings.pricesEvery();
            ScheduledFuture<?> unused = wallet.priceTags().readModelsBy(scheduler, every, plain, List.copyOf(sellers));
            await(scheduler.submit(() -> {})); // one thread: the lists have been read then
        }
        if (settings.rpc() != null) {
            ScheduledFuture<?> unused = wallet.reconcileBy(scheduler, Wallet.RECONCILE_EVERY);
        }
    }

    /** Waits for the first price lists, but not for ever: without them prices are unknown, which is never zero. */
    private static void await(Future<?> read) {
        try {
            read.get(FIRST_PRICES.toSeconds(), TimeUnit.SECONDS);
        } catch (TimeoutException | ExecutionException e) {
            LOG.log(System.Logger.Level.WARNING, "Not every price list could be read in time");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    // ---- reading the properties

    private static @Nullable Network network(WalletSettings settings, List<String> problems) {
        if (settings.network() == null) {
            return null;
        }
        try {
            return Network.parse(settings.network());
        } catch (IllegalArgumentException e) {
            problems.add(ROOT + "network: " + e.getMessage());
            return null;
        }
    }

    private static Set<URI> sellers(Settings settings, List<String> problems) {
        Set<URI> sellers = new LinkedHashSet<>();
        List<CandidateSettings> candidates = settings.candidates();
        for (int i = 0; i < candidates.size(); i++) {
            URI url = candidates.get(i).baseUrl();
            if (!"x402".equals(candidates.get(i).pay())) {
                continue;
            }
            if (url == null) {
                problems.add("waybill.candidates[" + i + "].base-url is missing: who is paid by x402 has an address");
            } else {
                sellers.add(url);
            }
        }
        return sellers;
    }

    private static Policy policy(
            WalletSettings settings, @Nullable Network network, Set<URI> sellers, List<String> problems) {
        Policy policy = Policy.defaults();
        policy = dollars("per-payment", settings.perPayment(), policy, Policy::perPayment, problems);
        policy = dollars("first-payment", settings.firstPayment(), policy, Policy::firstPayment, problems);
        policy = dollars("per-day", settings.perDay(), policy, Policy::perDay, problems);
        policy = dollars("per-hour", settings.perHour(), policy, Policy::perHour, problems); // the day pulls it along
        policy = with("per-minute", settings.perMinute(), policy, Policy::perMinute, problems);
        BigDecimal above = settings.approvalAbove() == null ? policy.approvalAbove() : settings.approvalAbove();
        Duration timeout = settings.approvalTimeout() == null ? policy.approvalTimeout() : settings.approvalTimeout();
        policy = with("approval-above", above, policy, (p, usd) -> p.approvalAbove(usd, timeout), problems);
        policy = policy.mainnet(Boolean.TRUE.equals(settings.mainnetEnabled()));
        if (network != null) {
            policy = policy.allowNetwork(network);
        }
        if (settings.allowedNetworks() != null) {
            for (String name : settings.allowedNetworks()) {
                policy = with(
                        "allowed-networks", name, policy, (p, text) -> p.allowNetwork(Network.parse(text)), problems);
            }
        }
        for (URI seller : sellers) {
            policy = with(
                    "allowed-hosts",
                    seller,
                    policy,
                    (p, url) -> p.allowHost(Origin.of(url).authority()),
                    problems);
        }
        if (settings.allowedHosts() != null) {
            for (String host : settings.allowedHosts()) {
                policy = with("allowed-hosts", host, policy, Policy::allowHost, problems);
            }
        }
        if (settings.payees() != null) {
            for (var payee : settings.payees().entrySet()) {
                policy = with(
                        "payees",
                        payee.getValue(),
                        policy,
                        (p, address) -> p.allowPayee(payee.getKey(), Address.parse(address)),
                        problems);
            }
        }
        return policy;
    }

    private static Policy dollars(
            String property,
            @Nullable BigDecimal usd,
            Policy policy,
            BiFunction<Policy, BigDecimal, Policy> with,
            List<String> problems) {
        return with(property, usd, policy, with, problems);
    }

    private static <T> Policy with(
            String property,
            @Nullable T value,
            Policy policy,
            BiFunction<Policy, T, Policy> with,
            List<String> problems) {
        if (value == null) {
            return policy;
        }
        try {
            return with.apply(policy, value);
        } catch (IllegalArgumentException e) {
            problems.add(ROOT + property + ": " + e.getMessage());
            return policy;
        }
    }

    private static @Nullable PaymentSigner signer(
            WalletSettings settings, @Nullable Network network, List<String> problems) {
        int ways = (settings.keystore() == null ? 0 : 1)
                + (settings.hasDevelopmentKey() ? 1 : 0)
                + (settings.signerUrl() == null ? 0 : 1);
        if (ways != 1) {
            problems.add("waybill.wallet needs one way to sign, not " + ways + ": " + ROOT + "keystore, " + ROOT
                    + "signer-url, or for a chain on this machine " + ROOT + "development-key");
            return null;
        }
        if (!problems.isEmpty()) {
            return null;
        }
        try {
            if (settings.keystore() != null) {
                return keystore(settings, problems);
            }
            return settings.signerUrl() == null
                    ? development(settings, network, problems)
                    : remote(settings, settings.signerUrl(), problems);
        } catch (SigningException | IllegalArgumentException e) {
            problems.add("waybill.wallet: " + e.getMessage());
            return null;
        }
    }

    private static @Nullable PaymentSigner keystore(WalletSettings settings, List<String> problems) {
        Secret phrase = settings.passphrase();
        if (phrase == null || phrase.isBlank() || settings.keystore() == null) {
            problems.add(ROOT + "passphrase is missing: what opens " + ROOT + "keystore");
            return null;
        }
        return KeystoreSigner.open(settings.keystore(), phrase.reveal().toCharArray());
    }

    private static @Nullable PaymentSigner development(
            WalletSettings settings, @Nullable Network network, List<String> problems) {
        URI rpc = settings.rpc();
        Secret key = settings.developmentKey();
        if (rpc == null || key == null) {
            problems.add(ROOT + "development-key needs " + ROOT
                    + "rpc, a node on this machine: such a key works nowhere else");
            return null;
        }
        return network == null
                ? DevelopmentSigner.fromEnvironment(key.reveal(), rpc)
                : DevelopmentSigner.fromEnvironment(key.reveal(), rpc, network);
    }

    private static @Nullable PaymentSigner remote(WalletSettings settings, URI url, List<String> problems) {
        Secret token = settings.signerToken();
        if (settings.signerAddress() == null || token == null || token.isBlank()) {
            problems.add(ROOT + "signer-url needs " + ROOT + "signer-address and " + ROOT + "signer-token");
            return null;
        }
        return RemoteSigner.at(url, Address.parse(settings.signerAddress()), token.reveal());
    }

    private static Ledger ledger(WalletSettings settings) {
        Path file = (settings.ledger() == null ? LEDGER : settings.ledger()).toAbsolutePath();
        try {
            Path folder = file.getParent();
            if (folder != null) {
                Files.createDirectories(folder);
            }
            return settings.ledgerUrl() == null
                    ? SqliteLedger.open(file)
                    : shared(settings, settings.ledgerUrl(), file);
        } catch (IOException | LedgerException e) {
            String property = settings.ledgerUrl() == null ? "ledger: " : "ledger-url: ";
            throw new InvalidConfigurationException(List.of(ROOT + property + e.getMessage()));
        }
    }

    /** The database, and beside the name of the ledger's file the instances' secret and this one's head. */
    private static Ledger shared(WalletSettings settings, String url, Path file) {
        Properties login = new Properties();
        if (settings.ledgerUser() != null) login.setProperty("user", settings.ledgerUser());
        if (settings.ledgerPassword() != null)
            login.setProperty("password", settings.ledgerPassword().reveal());
        return PostgresLedger.open(
                url,
                login,
                file.resolveSibling(file.getFileName() + ".secret"),
                file.resolveSibling(file.getFileName() + ".head"));
    }

    @Override
    public void close() {
        scheduler.shutdownNow();
        wallet.close();
        ledger.close();
    }
}
