package waybill.facilitator;

import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.sqlite.SQLiteConfig;
import waybill.seller.FacilitatorException;

/**
 * Which transaction was sent for which payment, written before it is sent. It makes settling the same payment again find
 * the first transaction, after a crash too. A SQLite file of one process, every commit synced. Thread-safe.
 */
public final class SettlementStore implements AutoCloseable {
    private static final int SCHEMA = 1;

    /**
     * A transaction that was sent.
     *
     * @param hash of the transaction; once done, of the one that moved the money
     * @param fromBlock the chain's height before it was sent
     * @param done whether the transfer has been seen
     */
    record Sent(String hash, BigInteger fromBlock, boolean done) {}

    private final ReentrantLock lock = new ReentrantLock();
    private final Connection connection; // guarded by lock

    private SettlementStore(Connection connection) {
        this.connection = connection;
    }

    private static SettlementStore at(String url) {
        SQLiteConfig config = new SQLiteConfig();
        config.setJournalMode(SQLiteConfig.JournalMode.WAL);
        config.setSynchronous(SQLiteConfig.SynchronousMode.FULL);
        config.setTransactionMode(SQLiteConfig.TransactionMode.IMMEDIATE);
        config.setLockingMode(SQLiteConfig.LockingMode.EXCLUSIVE);
        config.setBusyTimeout(500);
        try {
            Connection connection = config.createConnection(url);
            try {
                migrate(connection);
                return new SettlementStore(connection);
            } catch (IOException | SQLException | RuntimeException e) {
                connection.close();
                throw e;
            }
        } catch (IOException | SQLException e) {
            throw new FacilitatorException(
                    "the settlement store cannot be opened; it takes one process and a file that it may write", e);
        }
    }

    /**
     * Opens the file, or makes it.
     *
     * @throws FacilitatorException when it cannot be opened or is in use by another process
     */
    public static SettlementStore open(Path file) {
        return at("jdbc:sqlite:" + file.toAbsolutePath());
    }

    /** A store that forgets when it is closed: for tests and demonstrations. */
    public static SettlementStore inMemory() {
        return at("jdbc:sqlite::memory:");
    }

    Optional<Sent> find(String payment) {
        return locked(() -> {
            try (PreparedStatement statement =
                    connection.prepareStatement("SELECT hash, from_block, done FROM settlement WHERE payment = ?")) {
                statement.setString(1, payment);
                try (ResultSet row = statement.executeQuery()) {
                    return row.next()
                            ? Optional.of(
                                    new Sent(row.getString(1), new BigInteger(row.getString(2)), row.getInt(3) == 1))
                            : Optional.empty();
                }
            }
        });
    }

    /** Writes or replaces; what no longer needs to be known goes at the same time. */
    void put(String payment, Sent sent, Instant forgetAfter, Instant now) {
        locked(() -> {
            try (PreparedStatement forget =
                            connection.prepareStatement("DELETE FROM settlement WHERE forget_after < ?");
                    PreparedStatement write = connection.prepareStatement(
                            "INSERT OR REPLACE INTO settlement (payment, hash, from_block, done, forget_after)"
                                    + " VALUES (?, ?, ?, ?, ?)")) {
                connection.setAutoCommit(false);
                forget.setLong(1, now.getEpochSecond());
                forget.executeUpdate();
                write.setString(1, payment);
                write.setString(2, sent.hash());
                write.setString(3, sent.fromBlock().toString());
                write.setInt(4, sent.done() ? 1 : 0);
                write.setLong(5, forgetAfter.getEpochSecond());
                int written = write.executeUpdate();
                connection.commit();
                return written;
            } catch (SQLException e) {
                connection.rollback();
                throw e;
            } finally {
                connection.setAutoCommit(true);
            }
        });
    }

    void forget(String payment) {
        locked(() -> {
            try (PreparedStatement statement =
                    connection.prepareStatement("DELETE FROM settlement WHERE payment = ?")) {
                statement.setString(1, payment);
                return statement.executeUpdate();
            }
        });
    }

    @Override
    public void close() {
        lock.lock();
        try {
            connection.close();
        } catch (SQLException e) {
            throw new FacilitatorException("the settlement store could not be closed", e);
        } finally {
            lock.unlock();
        }
    }

    private static void migrate(Connection connection) throws SQLException, IOException {
        try (Statement statement = connection.createStatement()) {
            int version;
            try (ResultSet row = statement.executeQuery("PRAGMA user_version")) {
                version = row.next() ? row.getInt(1) : 0;
            }
            if (version > SCHEMA) {
                throw new FacilitatorException(
                        "the settlement store has schema " + version + "; this version knows " + SCHEMA);
            }
            if (version == SCHEMA) {
                return;
            }
            connection.setAutoCommit(false);
            statement.executeUpdate(script());
            statement.executeUpdate("PRAGMA user_version = " + SCHEMA);
            connection.commit();
            connection.setAutoCommit(true);
        }
    }

    private static String script() throws IOException {
        try (InputStream in = SettlementStore.class.getResourceAsStream("settlements-1.sql")) {
            if (in == null) {
                throw new FacilitatorException("the settlement store's schema is missing from the jar");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private interface Step<T> {
        T run() throws SQLException;
    }

    private <T> T locked(Step<T> step) {
        lock.lock();
        try {
            return step.run();
        } catch (SQLException e) {
            throw new FacilitatorException("the settlement store failed", e);
        } finally {
            lock.unlock();
        }
    }
}
