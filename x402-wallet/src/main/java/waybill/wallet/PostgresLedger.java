package waybill.wallet;

import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A ledger in a PostgreSQL database, for several instances that spend from one budget. The instances share the database
 * and one secret file; each keeps the head of the chain, as it last saw it, in a file of its own, so that a database
 * put back to an older state is noticed by everyone. One instance writes at a time, under a lock on the wallet's row;
 * within an instance, what waits together is committed together. Needs the driver {@code org.postgresql:postgresql}.
 *
 * <p>Opening reads and compares everything, and ends the calls of instances that are gone: each holds a lock of the
 * server for as long as its session lives.
 */
public final class PostgresLedger extends SqlLedger {
    private final long instance;

    private PostgresLedger(PostgresStore store, LedgerSecret secret, @Nullable ClockWatch watch, long instance) {
        super(store, secret, watch);
        this.instance = instance;
    }

    /**
     * Opens the ledger in a database, whose tables are made when they are missing.
     *
     * @param url of the driver, such as {@code jdbc:postgresql://db.example.com/waybill}; {@code currentSchema} in it
     *     tells several ledgers of one database apart
     * @param login the driver's properties, such as user and password
     * @param secretFile keys of the chain and of the nonces; made by the first instance and copied to the others
     * @param headFile this instance's own
     * @throws LedgerException when the database or a file cannot be read, or this machine's clock is not the server's. A
     *     ledger that does not add up opens, but refuses every reservation; {@link #verify} says why
     */
    public static PostgresLedger open(String url, Properties login, Path secretFile, Path headFile) {
        return open(url, login, secretFile, headFile, Clock.systemUTC(), System::nanoTime);
    }

    /** The same with a clock of the caller's, which is not watched. */
    public static PostgresLedger open(String url, Properties login, Path secretFile, Path headFile, Clock clock) {
        return open(url, login, secretFile, headFile, clock, null);
    }

    /**
     * The same with a clock that is watched.
     *
     * @param nanoTime counts nanoseconds and is never set; null to watch nothing
     */
    static PostgresLedger open(
            String url,
            Properties login,
            Path secretFile,
            Path headFile,
            Clock clock,
            @Nullable LongSupplier nanoTime) {
        List<AutoCloseable> opened = new ArrayList<>();
        try {
            Path head = headFile.toAbsolutePath();
            OneProcess process = OneProcess.hold(head.resolveSibling(head.getFileName() + ".lock"), head);
            opened.add(process);
            PostgresServer server = new PostgresServer(url, login, newInstance());
            Sql sql = server.connect();
            opened.add(sql);
            server.migrate(sql, clock.instant());
            if (nanoTime != null) {
                requireSameTime(server.time(sql), clock.instant());
            }
            LedgerSecret secret =
                    LedgerSecret.open(secretFile, sql.number("SELECT COUNT(*) FROM event") > 0, server.name());
            server.requireSecret(sql, secret, secretFile);
            OwnerOnly.createFileIfMissing(head);
            LedgerHead file = new LedgerHead(head, secret);
            opened.add(file);
            if (file.isEmpty()) {
                file.begin(); // a new instance has seen nothing yet
            }
            PostgresStore store = new PostgresStore(server, process, sql, secret, file);
            opened.clear();
            opened.add(store);
            ClockWatch watch = nanoTime == null ? null : new ClockWatch(clock.instant(), nanoTime);
            PostgresLedger ledger = new PostgresLedger(store, secret, watch, server.instance());
            ledger.begin(clock.instant());
            return ledger;
        } catch (SQLException | IOException e) {
            SqliteLedger.closeAll(opened);
            throw new LedgerException("the ledger in PostgreSQL cannot be opened: " + e.getMessage(), e);
        } catch (RuntimeException e) {
            SqliteLedger.closeAll(opened);
            throw e;
        }
    }

    private static long newInstance() {
        return 1 + (new SecureRandom().nextLong() >>> 2);
    }

    private static void requireSameTime(Instant server, Instant here) {
        Duration apart = Duration.between(server, here).abs();
        if (apart.compareTo(ClockWatch.TOLERANCE) > 0) {
            throw new LedgerException(
                    "this machine's clock says " + here + ", the database's " + server
                            + "; rolling limits need one time. Set the wrong one right",
                    null);
        }
    }

    @Override
    boolean isGone(LedgerTables tables, long runner) throws SQLException {
        return runner != instance
                && tables.sql().number("SELECT CASE WHEN pg_try_advisory_xact_lock(?) THEN 1 ELSE 0 END", runner) == 1;
    }
}
