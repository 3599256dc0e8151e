package waybill.wallet;

import java.io.IOException;
import java.security.SecureRandom;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import waybill.x402.Network;

/**
 * A ledger that is forgotten when it is closed, for tests: it holds money of test networks only. It behaves as the one
 * in a file does, except that nothing is durable and nothing outside can damage it.
 */
public final class MemoryLedger extends SqlLedger {
    private MemoryLedger(LedgerStore store, LedgerSecret secret) {
        super(store, secret, null);
    }

    /** An empty one. */
    public static MemoryLedger open() {
        LedgerSecret secret = LedgerSecret.random(new SecureRandom());
        Instant now = Clock.systemUTC().instant();
        try {
            Sql sql = SqliteFile.connectMemory();
            Migrations.run(sql, now.toEpochMilli());
            MemoryLedger ledger = new MemoryLedger(new MemoryStore(new LedgerTables(sql, secret, 0)), secret);
            ledger.begin(now);
            return ledger;
        } catch (SQLException | IOException e) {
            throw new LedgerException("a ledger in memory cannot be made: " + e.getMessage(), e);
        }
    }

    @Override
    @Nullable
    String refusal(Network network) {
        return network.isTestnet()
                ? null
                : "a ledger in memory forgets what was paid, so it pays on test networks only, not on " + network
                        + "; open a SqliteLedger";
    }

    @Override
    boolean isGone(LedgerTables tables, long runner) {
        return false;
    }

    /** Reads wait their turn like writes: the one connection sees what is not committed. */
    private static final class MemoryStore implements LedgerStore {
        private final GroupCommit writer;

        MemoryStore(LedgerTables tables) {
            this.writer = new GroupCommit(new OneConnection(tables), "waybill-ledger-memory");
        }

        @Override
        public <T> T write(Work<T> work) {
            return writer.write(work);
        }

        @Override
        public <T> T read(Work<T> work) {
            return writer.write(work);
        }

        @Override
        public Verification verify() {
            return writer.write(all -> Books.verify(all, List.of()));
        }

        @Override
        public String name() {
            return "in memory";
        }

        @Override
        public void close() {
            writer.close();
        }
    }

    private static final class OneConnection implements GroupCommit.Transactions {
        private final LedgerTables tables;

        OneConnection(LedgerTables tables) {
            this.tables = tables;
        }

        @Override
        public LedgerTables begin() throws SQLException {
            tables.sql().begin();
            return tables;
        }

        @Override
        public void commit() throws SQLException {
            tables.sql().commit();
        }

        @Override
        public void rollback() {
            tables.forget();
            try {
                tables.sql().rollback();
            } catch (SQLException e) {
                throw failed(e);
            }
        }

        @Override
        public LedgerException failed(Exception cause) {
            return new LedgerException("the ledger in memory failed: " + cause.getMessage(), cause);
        }

        @Override
        public void close() {
            SqliteLedger.closeAll(List.of(tables));
        }
    }
}
