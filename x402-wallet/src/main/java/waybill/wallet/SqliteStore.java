package waybill.wallet;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** One SQLite file: a connection that writes, one that reads what is committed, and the head of the chain in a file. */
final class SqliteStore implements LedgerStore {
    private final Path file;
    private final OneProcess process;
    private final LedgerTables writing;
    private final LedgerHead head;
    private final LedgerTables reading;
    private final ReentrantLock reader = new ReentrantLock(true);
    private final GroupCommit writer;

    /** Owns all that it is given, once it is made. */
    SqliteStore(Path file, OneProcess process, LedgerTables tables, LedgerHead head) throws SQLException {
        this.file = file;
        this.process = process;
        this.writing = tables;
        this.head = head;
        this.reading = new LedgerTables(SqliteFile.connectReading(file), tables.secret(), 0);
        this.writer = new GroupCommit(new OneConnection(), "waybill-ledger");
    }

    /** The writer's side. */
    private final class OneConnection implements GroupCommit.Transactions {
        private @Nullable SQLException broken; // a failed write that could not be undone

        @Override
        public LedgerTables begin() throws SQLException {
            if (broken != null) {
                throw broken;
            }
            writing.sql().begin();
            return writing;
        }

        @Override
        public void commit() throws SQLException, IOException {
            LedgerHead.Mark mark = writing.chain().last();
            writing.sql().commit();
            head.write(mark);
        }

        /** Folds the write-ahead log into the file, as far as no reader needs it. */
        @Override
        public void rest() {
            try {
                writing.sql().execute("PRAGMA wal_checkpoint(PASSIVE)");
            } catch (SQLException e) {
                // what is committed is in the log as safely as in the file; a later one folds it in
            }
        }

        @Override
        public void rollback() {
            writing.forget();
            try {
                writing.sql().rollback();
            } catch (SQLException e) {
                broken = new SQLException("a failed write could not be undone: " + e.getMessage(), e);
            }
        }

        @Override
        public LedgerException failed(Exception cause) {
            return new LedgerException(
                    "the ledger " + file + " cannot be written: " + cause.getMessage()
                            + ". Nothing is paid until it can be (is the disk full, or the file read-only?)",
                    cause);
        }

        @Override
        public void close() {
            SqliteLedger.closeAll(List.of(process, head, writing));
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
            return work.on(reading);
        } catch (SQLException e) {
            forgetStatements();
            throw new LedgerException("the ledger " + file + " cannot be read: " + e.getMessage(), e);
        } finally {
            reader.unlock();
        }
    }

    /** A statement that has failed cannot be used again. */
    private void forgetStatements() {
        try {
            reading.sql().forget();
        } catch (SQLException e) {
            // they are gone either way
        }
    }

    @Override
    public Verification verify() {
        List<String> findings = new ArrayList<>();
        try (LedgerTables apart = new LedgerTables(SqliteFile.connectReading(file), writing.secret(), 0)) {
            List<LedgerHead.Mark> marks = head.marks(findings); // before the snapshot, which may only be ahead of it
            apart.sql().beginReading();
            Verification found = Books.verify(apart, marks);
            if (marks.isEmpty() && findings.isEmpty() && found.events() > 0) {
                findings.add("the head file is empty, but the ledger has " + found.events()
                        + " events; restore the head file from a backup");
            }
            findings.addAll(found.findings());
            return new Verification(found.events(), findings);
        } catch (SQLException | IOException | RuntimeException e) {
            findings.add("the ledger cannot be read: " + Words.cut(e.getMessage(), 300));
            return new Verification(0, findings);
        }
    }

    @Override
    public String name() {
        return file.toString();
    }

    @Override
    public void close() {
        reader.lock();
        try {
            SqliteLedger.closeAll(List.of(reading));
        } finally {
            reader.unlock();
        }
        writer.close(); // the last connection folds the write-ahead log into the file
    }
}
