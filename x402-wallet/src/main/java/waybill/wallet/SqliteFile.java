package waybill.wallet;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteConnection;
import org.sqlite.SQLiteOpenMode;

/** Connections to one SQLite file, with settings that lose nothing. */
final class SqliteFile {
    private static final int BUSY_TIMEOUT_MILLIS = 5_000;

    /** Pages of write-ahead log after which a commit itself folds it into the file; a quiet moment does so before. */
    private static final int LOG_PAGES = 8_000;

    private SqliteFile() {}

    /** One that writes: each commit is on disk when it returns. */
    static Sql connect(Path file) throws SQLException {
        return new Sql(open(file), Sql.Dialect.SQLITE);
    }

    /** One that sees what is committed and can write nothing. */
    static Sql connectReading(Path file) throws SQLException {
        Sql sql = connect(file);
        try {
            sql.execute("PRAGMA query_only = 1");
            return sql;
        } catch (SQLException e) {
            sql.close();
            throw e;
        }
    }

    /** One to a database in memory that ends with it. */
    static Sql connectMemory() throws SQLException {
        SQLiteConfig config = new SQLiteConfig();
        config.setGetGeneratedKeys(false);
        return new Sql(config.createConnection("jdbc:sqlite::memory:"), Sql.Dialect.SQLITE);
    }

    private static Connection open(Path file) throws SQLException {
        SQLiteConfig config = new SQLiteConfig();
        config.setOpenMode(SQLiteOpenMode.FULLMUTEX);
        config.setJournalMode(SQLiteConfig.JournalMode.WAL);
        config.setSynchronous(SQLiteConfig.SynchronousMode.FULL);
        config.setTransactionMode(SQLiteConfig.TransactionMode.IMMEDIATE);
        config.setBusyTimeout(BUSY_TIMEOUT_MILLIS);
        config.setGetGeneratedKeys(false); // the driver asks for them after every insert, and nobody wants them
        Connection connection = config.createConnection("jdbc:sqlite:" + file);
        try {
            try (Statement statement = connection.createStatement()) {
                statement.execute("PRAGMA wal_autocheckpoint = " + LOG_PAGES);
            }
            requireDurable(connection);
            return connection;
        } catch (SQLException | RuntimeException e) {
            connection.close();
            throw e;
        }
    }

    /** A setting that did not take would lose payments in silence. */
    private static void requireDurable(Connection connection) throws SQLException {
        SQLiteConfig.TransactionMode mode =
                connection.unwrap(SQLiteConnection.class).getConnectionConfig().getTransactionMode();
        boolean durable = "wal".equalsIgnoreCase(pragma(connection, "journal_mode"))
                && "2".equals(pragma(connection, "synchronous"))
                && String.valueOf(BUSY_TIMEOUT_MILLIS).equals(pragma(connection, "busy_timeout"))
                && mode == SQLiteConfig.TransactionMode.IMMEDIATE;
        if (!durable) {
            throw new LedgerException(
                    "SQLite did not take WAL, synchronous FULL, IMMEDIATE and the busy timeout; is the file on a network"
                            + " drive? Put the ledger on a local disk",
                    null);
        }
    }

    private static String pragma(Connection connection, String name) throws SQLException {
        try (ResultSet row = connection.createStatement().executeQuery("PRAGMA " + name)) {
            return row.next() ? row.getString(1) : "";
        }
    }
}
