package waybill.gateway;

import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import waybill.facilitator.Chain;
import waybill.facilitator.ChainFunds;
import waybill.facilitator.FacilitatorSettings;
import waybill.facilitator.GasKey;
import waybill.facilitator.LocalFacilitator;
import waybill.facilitator.SettlementStore;
import waybill.seller.ClaimStore;
import waybill.seller.ClaimStoreException;
import waybill.seller.Exposure;
import waybill.seller.Facilitator;
import waybill.seller.FacilitatorException;
import waybill.seller.GateSettings;
import waybill.seller.PayerFunds;
import waybill.seller.PaymentGate;
import waybill.seller.PostgresClaimStore;
import waybill.seller.SqliteClaimStore;
import waybill.x402.Address;
import waybill.x402.Assets;
import waybill.x402.Network;

/** Where the money comes in: the gate, its claims, and who settles: in this process, or at a URL. */
final class Till implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Till.class);
    private static final long RECONCILE_SECONDS = 30;

    /** What is left of a payment's time when a stream is stopped for it. */
    private static final Duration TO_SETTLE = Duration.ofSeconds(30);

    private final PaymentGate gate;
    private final List<AutoCloseable> opened;
    private final Network network;
    private final Clock clock;
    private final ScheduledExecutorService reconciler;
    private final ExecutorService blocking = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "waybill-gateway-till");
        thread.setDaemon(true);
        return thread;
    });

    private Till(PaymentGate gate, List<AutoCloseable> opened, Network network, Clock clock) {
        this.gate = gate;
        this.opened = List.copyOf(opened);
        this.network = network;
        this.clock = clock;
        this.reconciler = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "waybill-gateway-reconciler");
            thread.setDaemon(true);
            return thread;
        });
    }

    /** Reaches who settles, opens the stores, and asks again about settlements that a crash left open. */
    static Till open(
            GatewaySettings.Selling selling, Map<String, String> environment, Clock clock, SecureRandom random) {
        List<AutoCloseable> opened = new ArrayList<>();
        try {
            Chain chain = connect(selling);
            Facilitator facilitator = facilitator(selling, chain, environment, clock, opened);
            ClaimStore claims = claims(selling, random);
            opened.add(claims);
            PayerFunds funds = chain == null
                    ? (network, token, owner) -> {
                        throw new FacilitatorException("without a node nobody sees what a payer can spend");
                    }
                    : new ChainFunds(chain);
            PaymentGate gate = new PaymentGate(
                    facilitator,
                    claims,
                    GateSettings.defaults(),
                    clock,
                    random,
                    new Exposure(funds, List.of(selling.mostOpen())));
            Till till = new Till(gate, opened, selling.asset().network(), clock);
            var unused =
                    till.reconciler.scheduleWithFixedDelay(till::reconcile, 0, RECONCILE_SECONDS, TimeUnit.SECONDS);
            LOG.info("Sells for {} to {}", selling.asset(), selling.payTo());
            return till;
        } catch (RuntimeException e) {
            close(opened);
            throw e;
        }
    }

    private static Facilitator facilitator(
            GatewaySettings.Selling selling,
            @Nullable Chain chain,
            Map<String, String> environment,
            Clock clock,
            List<AutoCloseable> opened) {
        if (!selling.facilitators().isEmpty()) {
            Facilitator remote = Facilitators.at(selling, environment, clock);
            LOG.info("Payments are settled by {}", selling.facilitators().get(0));
            return remote;
        }
        if (chain == null) {
            throw invalid("rpc is missing: payments are settled in this process");
        }
        GasKey key = gasKey(selling, environment, chain);
        makePrivate(selling.dataDir());
        SettlementStore settlements = SettlementStore.open(selling.dataDir().resolve("settlements.db"));
        opened.add(settlements);
        LocalFacilitator here = new LocalFacilitator(
                chain,
                key,
                settlements,
                Assets.standard().with(selling.asset()),
                FacilitatorSettings.defaultsOn(chain),
                clock);
        opened.set(opened.size() - 1, here); // which owns the settlements
        LOG.info("Gas is paid by {}", key.address());
        return here;
    }

    private static ClaimStore claims(GatewaySettings.Selling selling, SecureRandom random) {
        GatewaySettings.SharedClaims shared = selling.claims();
        if (shared == null) {
            makePrivate(selling.dataDir());
            return SqliteClaimStore.open(selling.dataDir().resolve("claims.db"), ClaimStore.Limits.defaults(), random);
        }
        try {
            return PostgresClaimStore.open(shared.url(), login(shared), ClaimStore.Limits.defaults(), random);
        } catch (ClaimStoreException e) {
            throw invalid("claims cannot be used: " + e.getMessage());
        }
    }

    private static Properties login(GatewaySettings.SharedClaims shared) {
        Properties login = new Properties();
        Path file = shared.loginFile();
        if (file != null) {
            try (Reader reader = Files.newBufferedReader(file)) {
                login.load(reader);
            } catch (IOException | IllegalArgumentException e) {
                throw invalid("claims-login-file " + file + " cannot be read: " + e.getMessage());
            }
        }
        return login;
    }

    PaymentGate gate() {
        return gate;
    }

    /** The account that settles what is sold by use. */
    Address settler() {
        return gate.settlingAccount(network);
    }

    /** Runs what waits for disk and chain, off the threads that move bytes. */
    Executor blocking() {
        return blocking;
    }

    /**
     * Runs {@code task} shortly before {@code end}, while there is still time to settle, unless the returned future is
     * cancelled before.
     */
    ScheduledFuture<?> before(Instant end, Runnable task) {
        long millis = Duration.between(clock.instant(), end).minus(TO_SETTLE).toMillis();
        return reconciler.schedule(() -> blocking.execute(task), Math.max(0, millis), TimeUnit.MILLISECONDS);
    }

    @Override
    public void close() {
        reconciler.shutdown();
        try {
            if (!reconciler.awaitTermination(5, TimeUnit.SECONDS)) {
                reconciler.shutdownNow();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        blocking.shutdown();
        close(opened);
    }

    private static void close(List<AutoCloseable> opened) {
        for (AutoCloseable each : opened) {
            try {
                each.close();
            } catch (Exception e) {
                LOG.warn("{} could not be closed", each.getClass().getSimpleName(), e);
            }
        }
    }

    private void reconcile() {
        try {
            int ended = gate.reconcile();
            if (ended > 0) {
                LOG.info("{} open settlements came to an end", ended);
            }
        } catch (RuntimeException | Error e) { // or the repetition would end without a word
            LOG.warn("Open settlements could not be asked about; tried again in {} s", RECONCILE_SECONDS, e);
        }
    }

    private static @Nullable Chain connect(GatewaySettings.Selling selling) {
        URI rpc = selling.rpc();
        try {
            return rpc == null ? null : Chain.connect(rpc, selling.asset().network());
        } catch (IllegalArgumentException | FacilitatorException e) {
            throw invalid("rpc cannot be used: " + e.getMessage());
        }
    }

    private static GasKey gasKey(GatewaySettings.Selling selling, Map<String, String> environment, Chain chain) {
        Path keystore = selling.gasKeystore();
        try {
            if (keystore == null) {
                return GasKey.fromEnvironment(environment, chain);
            }
            String passphrase = environment.get(GatewaySettings.PASSPHRASE_VARIABLE);
            if (passphrase == null) {
                throw invalid("facilitator-keystore is set, and " + GatewaySettings.PASSPHRASE_VARIABLE
                        + " with its passphrase is not set in the environment");
            }
            return GasKey.fromKeystore(keystore, passphrase.toCharArray());
        } catch (InvalidSettingsException e) {
            throw e;
        } catch (IllegalArgumentException e) {
            throw invalid("facilitator-keystore: " + e.getMessage());
        }
    }

    private static void makePrivate(Path directory) {
        try {
            if (Files.isDirectory(directory)) {
                return;
            }
            if (directory.getFileSystem().supportedFileAttributeViews().contains("posix")) {
                Files.createDirectories(
                        directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            } else {
                Files.createDirectories(directory);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(invalidDirectory(directory), e);
        }
    }

    private static String invalidDirectory(Path directory) {
        return GatewaySettings.ROOT + ".data-dir " + directory + " cannot be made.";
    }

    static InvalidSettingsException invalid(String what) {
        return new InvalidSettingsException(List.of(GatewaySettings.ROOT + "." + what + "."));
    }
}
