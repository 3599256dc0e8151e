package waybill.seller.checkout;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import waybill.seller.ClaimStore;
import waybill.seller.Exposure;
import waybill.seller.Facilitator;
import waybill.seller.PayerFunds;
import waybill.seller.PaymentGate;
import waybill.seller.SqliteClaimStore;

/**
 * A gate as settings describe it, with its claims, and with a thread that asks again about settlements that a crash or a lost
 * connection left open. Close it to stop; a claim store that was given stays open.
 */
public final class Counter implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Counter.class.getName());
    private static final Duration RECONCILE_EVERY = Duration.ofSeconds(30);
    private static final long KEPT_ANSWERS = 256L * 1024 * 1024;

    private final PaymentGate gate;
    private final @Nullable ClaimStore own;
    private final ScheduledExecutorService reconciler = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "waybill-seller-reconciler");
        thread.setDaemon(true);
        return thread;
    });

    private Counter(PaymentGate gate, @Nullable ClaimStore own, Duration every) {
        this.gate = gate;
        this.own = own;
        var unused = reconciler.scheduleWithFixedDelay(this::reconcile, 0, every.toMillis(), TimeUnit.MILLISECONDS);
    }

    /**
     * Opens the gate.
     *
     * @param claims where claims are kept; null keeps them in {@link SellerSettings#dataDir()}
     * @param funds shows what payers can spend, for what is sold by use; null sells nothing so
     * @throws InvalidSellerException when something is to be sold by use and nobody shows funds, or when instances share
     *     their claims and each has a facilitator of its own
     */
    public static Counter open(
            SellerSettings settings,
            Facilitator facilitator,
            @Nullable ClaimStore claims,
            @Nullable PayerFunds funds,
            Clock clock,
            SecureRandom random) {
        return open(settings, facilitator, claims, funds, clock, random, RECONCILE_EVERY);
    }

    /** The same, which asks about open settlements each time {@code every} has passed since it last did. */
    static Counter open(
            SellerSettings settings,
            Facilitator facilitator,
            @Nullable ClaimStore claims,
            @Nullable PayerFunds funds,
            Clock clock,
            SecureRandom random,
            Duration every) {
        List<String> problems = new ArrayList<>();
        if (!settings.mostOpen().isEmpty() && funds == null) {
            problems.add(SellerProperties.ROOT
                    + ".most-open is set, and nothing shows what a payer can spend: give a PayerFunds, such as a"
                    + " LocalFacilitator or a ChainFunds.");
        }
        if (claims != null && claims.shared() && facilitator.remembers()) {
            problems.add(SellerProperties.ROOT
                    + ".facilitator-url must name one facilitator for all instances: the claims ("
                    + claims.getClass().getName() + ") are shared by several, and a facilitator of this one's own ("
                    + facilitator.getClass().getName() + ") does not know what another has sent. Leave that Facilitator"
                    + " out, or the shared ClaimStore.");
        }
        if (!problems.isEmpty()) {
            throw new InvalidSellerException(problems);
        }
        Exposure exposure =
                settings.mostOpen().isEmpty() || funds == null ? null : new Exposure(funds, settings.mostOpen());
        ClaimStore own = claims == null ? store(settings, random) : null;
        ClaimStore store = own == null ? Objects.requireNonNull(claims) : own;
        return new Counter(new PaymentGate(facilitator, store, settings.times(), clock, random, exposure), own, every);
    }

    /** The gate. */
    public PaymentGate gate() {
        return gate;
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
        if (own != null) {
            own.close();
        }
    }

    /** Whatever it throws would end the repetition without a word. */
    private void reconcile() {
        try {
            int ended = gate.reconcile();
            if (ended > 0) {
                LOG.log(Level.INFO, ended + " open settlements came to an end");
            }
        } catch (RuntimeException | Error e) {
            LOG.log(Level.WARNING, "open settlements could not be asked about; tried again later", e);
        }
    }

    private static ClaimStore store(SellerSettings settings, SecureRandom random) {
        Path folder = settings.dataDir();
        try {
            if (!Files.isDirectory(folder)) {
                if (folder.getFileSystem().supportedFileAttributeViews().contains("posix")) {
                    Files.createDirectories(
                            folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
                } else {
                    Files.createDirectories(folder);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(SellerProperties.ROOT + ".data-dir " + folder + " cannot be made", e);
        }
        return SqliteClaimStore.open(
                folder.resolve("claims.db"),
                new ClaimStore.Limits(settings.maxAnswer(), Math.max(KEPT_ANSWERS, settings.maxAnswer())),
                random);
    }
}
