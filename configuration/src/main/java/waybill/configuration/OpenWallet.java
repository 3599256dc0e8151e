package waybill.configuration;

import java.io.IOException;
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
import org.jspecify.annotations.Nullable;
import waybill.wallet.Ledger;
import waybill.wallet.LedgerException;
import waybill.wallet.PaymentApprover;
import waybill.wallet.PaymentSigner;
import waybill.wallet.Policy;
import waybill.wallet.PostgresLedger;
import waybill.wallet.PriceTags;
import waybill.wallet.SqliteLedger;
import waybill.wallet.Wallet;
import waybill.wallet.WalletListener;
import waybill.wallet.okhttp.PinnedHttpClient;
import waybill.x402.Assets;
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
     * @param own a signer of the application's, which goes before every key of the properties; null for none
     * @param approver who is asked above the threshold, before whoever the properties name; null for none
     * @param listener who hears of every change
     * @throws InvalidConfigurationException naming the property that is wrong; it holds no secret
     */
    public static OpenWallet from(
            Settings settings,
            @Nullable PaymentSigner own,
            @Nullable PaymentApprover approver,
            WalletListener listener) {
        WalletSettings its = settings.wallet();
        List<String> problems = new ArrayList<>();
        Network network = network(its, problems);
        Set<URI> sellers = sellers(settings, problems);
        DeclaredPolicy declared = new DeclaredPolicy(its, problems);
        Policy policy = declared.policy(network, sellers);
        Assets assets = declared.assets();
        if (its.rpc() != null && network == null) {
            problems.add(ROOT + "rpc needs " + ROOT + "network, such as eip155:84532: whose node it is");
        }
        if (policy.openHosts() && !isThere("okhttp3.OkHttpClient")) {
            problems.add(
                    ROOT + "open-hosts needs com.squareup.okhttp3:okhttp on the class path: it connects to the very"
                            + " address that was checked");
        }
        PaymentSigner signer = own == null ? new DeclaredKey(its, network, problems).signer() : own;
        PaymentApprover asked = signer == null || approver != null
                ? approver
                : new DeclaredApprover(its, policy.approvalTimeout(), problems).approver(signer);
        if (!problems.isEmpty() || signer == null) {
            throw new InvalidConfigurationException(problems);
        }
        Ledger ledger = ledger(its);
        try {
            Wallet.Builder builder = Wallet.builder(signer, ledger)
                    .policy(policy)
                    .assets(assets)
                    .listener(listener)
                    .killSwitch(its.killSwitch() == null ? file(its).resolveSibling("frozen") : its.killSwitch());
            if (asked != null) builder.approver(asked);
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

    /**
     * A client that follows no redirects and reaches every place that the policy allows, to put paying ones or an agent's
     * tools over.
     */
    public HttpClient plainClient() {
        return wallet.policy().openHosts() ? PinnedHttpClient.under(wallet.policy()) : client();
    }

    private static HttpClient client() {
        return HttpClient.newBuilder()
                .connectTimeout(Duration.ofSeconds(5))
                .followRedirects(HttpClient.Redirect.NEVER)
                .build();
    }

    private void begin(WalletSettings settings, Set<URI> sellers) {
        if (!sellers.isEmpty()) {
            Duration every = settings.pricesEvery() == null ? PriceTags.READ_EVERY : settings.pricesEvery();
            ScheduledFuture<?> unused =
                    wallet.priceTags().readModelsBy(scheduler, every, client(), List.copyOf(sellers));
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

    private static boolean isThere(String type) {
        try {
            Class.forName(type, false, OpenWallet.class.getClassLoader());
            return true;
        } catch (ClassNotFoundException absent) {
            return false;
        }
    }

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

    private static Path file(WalletSettings settings) {
        return (settings.ledger() == null ? LEDGER : settings.ledger()).toAbsolutePath();
    }

    private static Ledger ledger(WalletSettings settings) {
        Path file = file(settings);
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
