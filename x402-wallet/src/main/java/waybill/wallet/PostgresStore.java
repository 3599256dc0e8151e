package waybill.wallet;

import java.io.IOException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** One PostgreSQL database as one instance sees it: a connection that writes, one that reads, and its own head file. */
final class PostgresStore implements LedgerStore {
    private final PostgresServer server;
    private final OneProcess process;
    private final LedgerSecret secret;
    private final LedgerHead head;
    private final ReentrantLock reader = new ReentrantLock(true);
    private final GroupCommit writer;
    private @Nullable LedgerTables reading; // null: connect again

    /** Owns all that it is given, once it is made. */
    PostgresStore(PostgresServer server, OneProcess process, Sql sql, LedgerSecret secret, LedgerHead head)
            throws IOException {
        this.server = server;
        this.process = process;
        this.secret = secret;
        this.head = head;
        long seen = head.read().map(LedgerHead.Mark::seq).orElse(0L);
        LedgerTables tables = new LedgerTables(sql, secret, server.instance());
        this.writer = new GroupCommit(new Writing(tables, seen), "waybill-ledger");
    }

    /** The writer's side: connects again after a failure. */
    private final class Writing implements GroupCommit.Transactions {
        private @Nullable LedgerTables tables; // null: connect again
        private long seen;

        Writing(LedgerTables tables, long seen) {
            this.tables = tables;
            this.seen = seen;
        }

        @Override
        public LedgerTables begin() throws SQLException {
            LedgerTables ready = tables;
            if (ready == null) {
                ready = new LedgerTables(server.connect(), secret, server.instance());
                tables = ready;
            }
            ready.sql().begin();
            ready.limits().lock();
            ready.forget(); // others may have written since
            LedgerHead.Mark last = ready.chain().last();
            if (last.seq() < seen) {
                throw new SQLException("the database ends at event " + last.seq()
                        + ", but this instance has seen event " + seen + ": it was put back to an older state");
            }
            return ready;
        }

        @Override
        public void commit() throws SQLException, IOException {
            LedgerTables ready = tables;
            if (ready == null) {
                throw new SQLException("the connection is gone");
            }
            LedgerHead.Mark mark = ready.chain().last();
            ready.sql().commit();
            seen = mark.seq();
            head.write(mark);
        }

        @Override
        public void rollback() {
            LedgerTables ready = tables;
            if (ready == null) {
                return;
            }
            ready.forget();
            try {
                ready.sql().rollback();
            } catch (SQLException e) {
                tables = null; // the server undoes what a lost connection did not commit
                SqliteLedger.closeAll(List.of(ready));
            }
        }

        @Override
        public LedgerException failed(Exception cause) {
            return new LedgerException(
                    "the ledger " + name() + " cannot be written: " + cause.getMessage()
                            + ". Nothing is paid until it can be",
                    cause);
        }

        @Override
        public void close() {
            LedgerTables ready = tables;
            if (ready == null) {
                SqliteLedger.closeAll(List.of(process, head));
                return;
            }
            server.leave(ready.sql());
            SqliteLedger.closeAll(List.of(process, head, ready));
        }
    }

    @Override
    public <T> T write(Work<T> work) {
        return writer.write(work);
    }

    @Override
    public <T> T read(Work<T> work) {
        reader.lock();
        try {
            LedgerTables ready = reading;
            if (ready == null) {
                ready = new LedgerTables(server.connectReading(), secret, server.instance());
                reading = ready;
            }
            return work.on(ready);
        } catch (SQLException e) {
            closeReading();
            throw new LedgerException("the ledger " + name() + " cannot be read: " + e.getMessage(), e);
        } finally {
            reader.unlock();
        }
    }

    private void closeReading() {
        LedgerTables failed = reading;
        reading = null;
        if (failed != null) {
            SqliteLedger.closeAll(List.of(failed));
        }
    }

    @Override
    public Verification verify() {
        List<String> findings = new ArrayList<>();
        try (LedgerTables apart = new LedgerTables(server.connectReading(), secret, server.instance())) {
            List<LedgerHead.Mark> marks = head.marks(findings); // before the snapshot, which may only be ahead of it
            apart.sql().beginReading();
            Verification found = Books.verify(apart, marks);
            findings.addAll(found.findings());
            return new Verification(found.events(), findings);
        } catch (SQLException | IOException | RuntimeException e) {
            findings.add("the ledger cannot be read: " + Words.cut(e.getMessage(), 300));
            return new Verification(0, findings);
        }
    }

    @Override
    public String name() {
        return server.name();
    }

    @Override
    public void close() {
        writer.close();
        reader.lock();
        try {
            closeReading();
        } finally {
            reader.unlock();
        }
    }
}
