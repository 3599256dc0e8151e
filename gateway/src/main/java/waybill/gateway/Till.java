package waybill.gateway;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import waybill.facilitator.Chain;
import waybill.facilitator.FacilitatorSettings;
import waybill.facilitator.GasKey;
import waybill.facilitator.LocalFacilitator;
import waybill.facilitator.SettlementStore;
import waybill.seller.Exposure;
import waybill.seller.FacilitatorException;
import waybill.seller.GateSettings;
import waybill.seller.PaymentGate;
import waybill.seller.SqliteClaimStore;
import waybill.x402.Address;
import waybill.x402.Assets;
import waybill.x402.Network;

/** Where the money comes in: the gate, its claims, and the facilitator in this process that settles on the chain. */
final class Till implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Till.class);
    private static final long RECONCILE_SECONDS = 30;

    /** What is left of a payment's time when a stream is stopped for it. */
    private static final Duration TO_SETTLE = Duration.ofSeconds(30);

    private final PaymentGate gate;
    private final SqliteClaimStore claims;
    private final LocalFacilitator facilitator;
    private final Network network;
    private final Clock clock;
    private final ScheduledExecutorService reconciler;
    private final ExecutorService blocking = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "waybill-gateway-till");
        thread.setDaemon(true);
        return thread;
    });

    private Till(
            PaymentGate gate, SqliteClaimStore claims, LocalFacilitator facilitator, Network network, Clock clock) {
        this.gate = gate;
        this.network = network;
        this.clock = clock;
        this.claims = claims;
        this.facilitator = facilitator;
        this.reconciler = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "waybill-gateway-reconciler");
            thread.setDaemon(true);
            return thread;
        });
    }

    /** Connects to the chain, opens the stores, and asks again about settlements that a crash left open. */
    static Till open(
            GatewaySettings.Selling selling, Map<String, String> environment, Clock clock, SecureRandom random) {
        Chain chain = connect(selling);
        GasKey key = gasKey(selling, environment, chain);
        makePrivate(selling.dataDir());
        SettlementStore settlements = SettlementStore.open(selling.dataDir().resolve("settlements.db"));
        SqliteClaimStore claims;
        try {
            claims = SqliteClaimStore.open(
                    selling.dataDir().resolve("claims.db"), SqliteClaimStore.Limits.defaults(), random);
        } catch (RuntimeException e) {
            settlements.close();
            throw e;
        }
        LocalFacilitator facilitator = new LocalFacilitator(
                chain,
                key,
                settlements,
                Assets.standard().with(selling.asset()),
                FacilitatorSettings.defaultsOn(chain),
                clock);
        PaymentGate gate = new PaymentGate(
                facilitator,
                claims,
                GateSettings.defaults(),
                clock,
                random,
                new Exposure(facilitator, List.of(selling.mostOpen())));
        Till till = new Till(gate, claims, facilitator, selling.asset().network(), clock);
        var unused = till.reconciler.scheduleWithFixedDelay(till::reconcile, 0, RECONCILE_SECONDS, TimeUnit.SECONDS);
        LOG.info("Sells for {} to {}; gas is paid by {}", selling.asset(), selling.payTo(), key.address());
        return till;
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
        facilitator.close();
        claims.close();
    }

    private void reconcile() {
        try {
            int ended = gate.reconcile();
            if (ended > 0) {
                LOG.info("{} open settlements came to an end", ended);
            }
        } catch (RuntimeException e) {
            LOG.warn("Open settlements could not be asked about; tried again in {} s", RECONCILE_SECONDS, e);
        }
    }

    private static Chain connect(GatewaySettings.Selling selling) {
        try {
            return Chain.connect(selling.rpc(), selling.asset().network());
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

    private static InvalidSettingsException invalid(String what) {
        return new InvalidSettingsException(List.of(GatewaySettings.ROOT + "." + what + "."));
    }
}
