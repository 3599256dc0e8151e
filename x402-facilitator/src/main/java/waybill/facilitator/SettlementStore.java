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
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.sqlite.SQLiteConfig;
import waybill.seller.FacilitatorException;
import waybill.x402.Address;

/**
 * Which transaction was sent for which payment, written before it is sent. It makes settling the same payment again find
 * the first transaction, after a crash too. A SQLite file of one process, every commit synced. Thread-safe.
 */
public final class SettlementStore implements AutoCloseable {
    private static final int SCHEMA = 2;

    /**
     * What was sent for a payment.
     *
     * @param last the transaction that was sent last; once done, the one that moved the money
     * @param earlier hashes of those that it replaced, any of which may yet be the one
     * @param fromBlock the chain's height before the first was sent
     * @param done whether the transfer has been seen
     * @param amount what it moves, in atomic units
     */
    record Sent(Broadcast last, List<String> earlier, BigInteger fromBlock, boolean done, BigInteger amount) {
        Sent {
            earlier = List.copyOf(earlier);
        }

        /** All that may have moved the money, the last one first. */
        List<String> hashes() {
            List<String> all = new ArrayList<>();
            all.add(last.hash());
            all.addAll(earlier);
            return all;
        }

        Sent replacedBy(Broadcast next) {
            return new Sent(next, hashes(), fromBlock, done, amount);
        }

        Sent doneBy(String hash) {
            return new Sent(
                    new Broadcast(hash, last.sender(), last.nonce(), last.fees()), List.of(), fromBlock, true, amount);
        }
    }

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
            try (PreparedStatement statement = connection.prepareStatement(
                    "SELECT hash, earlier, from_block, done, amount, sender, account_nonce, tip, max_fee"
                            + " FROM settlement WHERE payment = ?")) {
                statement.setString(1, payment);
                try (ResultSet row = statement.executeQuery()) {
                    return row.next() ? Optional.of(sent(row)) : Optional.empty();
                }
            }
        });
    }

    private static Sent sent(ResultSet row) throws SQLException {
        String earlier = row.getString("earlier");
        return new Sent(
                new Broadcast(
                        row.getString("hash"),
                        Address.parse(row.getString("sender")),
                        new BigInteger(row.getString("account_nonce")),
                        new Fees(new BigInteger(row.getString("tip")), new BigInteger(row.getString("max_fee")))),
                earlier.isEmpty() ? List.of() : List.of(earlier.split(",", -1)),
                new BigInteger(row.getString("from_block")),
                row.getInt("done") == 1,
                new BigInteger(row.getString("amount")));
    }

    /** Writes or replaces; what no longer needs to be known goes at the same time. */
    void put(String payment, Sent sent, Instant forgetAfter, Instant now) {
        locked(() -> {
            try (PreparedStatement forget =
                            connection.prepareStatement("DELETE FROM settlement WHERE forget_after < ?");
                    PreparedStatement write = connection.prepareStatement(
                            "INSERT OR REPLACE INTO settlement (payment, hash, from_block, done, forget_after, earlier,"
                                    + " amount, sender, account_nonce, tip, max_fee)"
                                    + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")) {
                connection.setAutoCommit(false);
                forget.setLong(1, now.getEpochSecond());
                forget.executeUpdate();
                Broadcast last = sent.last();
                write.setString(1, payment);
                write.setString(2, last.hash());
                write.setString(3, sent.fromBlock().toString());
                write.setInt(4, sent.done() ? 1 : 0);
                write.setLong(5, forgetAfter.getEpochSecond());
                write.setString(6, String.join(",", sent.earlier()));
                write.setString(7, sent.amount().toString());
                write.setString(8, last.sender().toString());
                write.setString(9, last.nonce().toString());
                write.setString(10, last.fees().tip().toString());
                write.setString(11, last.fees().max().toString());
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
            for (int next = version + 1; next <= SCHEMA; next++) {
                connection.setAutoCommit(false);
                statement.executeUpdate(script("settlements-" + next + ".sql"));
                statement.executeUpdate("PRAGMA user_version = " + next);
                connection.commit();
                connection.setAutoCommit(true);
            }
        }
    }

    private static String script(String name) throws IOException {
        try (InputStream in = SettlementStore.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new FacilitatorException("the settlement store's schema " + name + " is missing from the jar");
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
