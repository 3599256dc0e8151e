package waybill.wallet;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A ledger in one SQLite file of one process. Beside the file {@code x} stand {@code x.secret} (keys of the event chain
 * and of the nonces), {@code x.head} (the last event) and {@code x.lock}; keep the first two with the file. Each write
 * is on disk (WAL, synchronous FULL) before its method returns. One thread writes for all callers, in the order of
 * arrival, and what waits together goes to disk together.
 *
 * <p>Opening reads and compares everything, and ends what a dead process left: what was reserved and never signed is
 * void, what was signed or sent is unknown and stays held.
 */
public final class SqliteLedger extends SqlLedger {
    private SqliteLedger(LedgerStore store, LedgerSecret secret, @Nullable ClockWatch watch) {
        super(store, secret, watch);
    }

    /**
     * Opens the ledger in {@code file}, which is made when it and its companions are missing. It watches the system's
     * clock: set forward by more than two minutes while the ledger is open, it freezes the wallet.
     *
     * @throws LedgerException when another process has it open, a companion file is missing or damaged, or it cannot be
     *     read. A ledger that does not add up opens, but refuses every reservation; {@link #verify} says why
     */
    public static SqliteLedger open(Path file) {
        return open(file, Clock.systemUTC(), System::nanoTime);
    }

    /** The same with a clock of the caller's, which dates what a dead process left and is not watched. */
    public static SqliteLedger open(Path file, Clock clock) {
        return open(file, clock, null);
    }

    /**
     * The same with a clock that is watched.
     *
     * @param nanoTime counts nanoseconds and is never set, like {@link System#nanoTime()}; null to watch nothing
     */
    static SqliteLedger open(Path file, Clock clock, @Nullable LongSupplier nanoTime) {
        List<AutoCloseable> opened = new ArrayList<>();
        try {
            Path real = real(file);
            Path headFile = beside(real, ".head");
            OneProcess process = OneProcess.hold(beside(real, ".lock"), real);
            opened.add(process);
            if (!Files.exists(real)) {
                requireNothingLost(real, headFile);
                OwnerOnly.createFile(real);
            }
            Sql sql = SqliteFile.connect(real);
            opened.add(sql);
            Migrations.run(sql, clock.millis());
            LedgerSecret secret = LedgerSecret.open(
                    beside(real, ".secret"), sql.number("SELECT COUNT(*) FROM event") > 0, real.toString());
            OwnerOnly.createFileIfMissing(headFile);
            LedgerHead head = new LedgerHead(headFile, secret);
            opened.add(head);
            if (head.isEmpty() && sql.number("SELECT COUNT(*) FROM event") == 0) {
                head.begin();
            }
            SqliteStore store = new SqliteStore(real, process, new LedgerTables(sql, secret, 0), head);
            opened.clear();
            opened.add(store);
            ClockWatch watch = nanoTime == null ? null : new ClockWatch(clock.instant(), nanoTime);
            SqliteLedger ledger = new SqliteLedger(store, secret, watch);
            ledger.begin(clock.instant());
            return ledger;
        } catch (SQLException | IOException e) {
            closeAll(opened);
            throw new LedgerException("the ledger " + file + " cannot be opened: " + e.getMessage(), e);
        } catch (RuntimeException e) {
            closeAll(opened);
            throw e;
        }
    }

    /** Whoever had this file before is dead, for one process has it at a time; called while it is being opened. */
    @Override
    boolean isGone(LedgerTables tables, long runner) {
        return opening();
    }

    private static Path real(Path file) throws IOException {
        Path absolute =
                Files.exists(file) ? file.toRealPath() : file.toAbsolutePath().normalize();
        Path parent = absolute.getParent();
        Path name = absolute.getFileName();
        if (parent == null || name == null) {
            throw new IOException("not a file name");
        }
        return Files.isDirectory(parent) ? parent.toRealPath().resolve(name) : absolute;
    }

    private static Path beside(Path file, String suffix) {
        return file.resolveSibling(file.getFileName() + suffix);
    }

    private static void requireNothingLost(Path file, Path headFile) throws IOException {
        if (Files.exists(headFile) && Files.size(headFile) > 0) {
            throw new LedgerException(
                    "the ledger " + file + " is gone, but " + headFile
                            + " shows that there was one. Restore it from a backup;"
                            + " starting anew would forget what was spent",
                    null);
        }
    }

    /** Closes them from last to first. */
    static void closeAll(List<AutoCloseable> opened) {
        for (int i = opened.size() - 1; i >= 0; i--) {
            try {
                opened.get(i).close();
            } catch (Exception e) {
                // what led here is the one to report
            }
        }
    }
}
