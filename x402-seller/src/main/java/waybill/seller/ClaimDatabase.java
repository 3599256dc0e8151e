package waybill.seller;

import java.sql.SQLException;

/** Where the tables of claims are, and how work on them is made atomic and durable. Thread-safe. */
interface ClaimDatabase extends AutoCloseable {
    /** Work on the tables; it may be undone and may not have effects elsewhere. */
    interface Work<T> {
        T on(Sql sql) throws SQLException;
    }

    /**
     * Does all of {@code work} or nothing; returns after it is durable.
     *
     * @param what it does, for the message of a failure
     */
    <T> T write(String what, Work<T> work);

    /** Reads what is durable. */
    <T> T read(String what, Work<T> work);

    @Override
    void close();
}
