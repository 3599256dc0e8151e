package waybill.wallet;

import java.sql.SQLException;

/** Where a ledger's tables are, and how work on them is made atomic and durable. Thread-safe. */
interface LedgerStore extends AutoCloseable {
    /** Work on the tables; it may be undone and may not have effects elsewhere. */
    interface Work<T> {
        T on(LedgerTables tables) throws SQLException;
    }

    /** Does all of {@code work} or nothing; returns after it is durable. */
    <T> T write(Work<T> work);

    /** Reads what is durable. */
    <T> T read(Work<T> work);

    /** Compares everything, and says what is wrong. */
    Verification verify();

    /** Its file or server, for messages. */
    String name();

    @Override
    void close();
}
