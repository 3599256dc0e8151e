package waybill.seller;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.SQLException;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/** One SQLite file: write-ahead log, every commit synced, one connection, one process. It owns the connection. */
final class SqliteDatabase implements ClaimDatabase {
    private final ReentrantLock lock = new ReentrantLock();
    private final Sql sql; // guarded by lock

    private SqliteDatabase(Sql sql) {
        this.sql = sql;
    }

    /**
     * Opens the file, makes it when it is not there, and brings its tables up to date.
     *
     * @param instance who has it from now on, and nobody else
     */
    static SqliteDatabase open(Path file, String instance) {
        Sql sql = null;
        try {
            createPrivately(file);
            SQLiteConfig config = new SQLiteConfig();
            config.setJournalMode(SQLiteConfig.JournalMode.WAL);
            config.setSynchronous(SQLiteConfig.SynchronousMode.FULL);
            config.setTransactionMode(SQLiteConfig.TransactionMode.IMMEDIATE);
            config.setLockingMode(SQLiteConfig.LockingMode.EXCLUSIVE);
            config.setBusyTimeout(500);
            config.setGetGeneratedKeys(false); // the driver asks for them after every insert, and nobody wants them
            sql = new Sql(config.createConnection("jdbc:sqlite:" + file.toAbsolutePath()), Sql.Dialect.SQLITE);
            requirePragma(sql, "journal_mode", "wal");
            requirePragma(sql, "synchronous", "2");
            Migrations.run(sql);
            sql.begin();
            sql.update("DELETE FROM instance");
            sql.update("INSERT INTO instance (id, until) VALUES (?, ?)", instance, Long.MAX_VALUE);
            sql.commit();
            return new SqliteDatabase(sql);
        } catch (IOException | SQLException | RuntimeException e) {
            closeQuietly(sql, e);
            if (e instanceof SQLiteException busy && busy.getResultCode() == SQLiteErrorCode.SQLITE_BUSY) {
                throw new ClaimStoreException(
                        "the claim store " + file.getFileName() + " is in use by another process; it takes one", e);
            }
            throw e instanceof ClaimStoreException known
                    ? known
                    : new ClaimStoreException("the claim store " + file.getFileName() + " cannot be opened", e);
        }
    }

    @Override
    public <T> T write(String what, Work<T> work) {
        return read(what, connection -> {
            boolean committed = false;
            connection.begin();
            try {
                T result = work.on(connection);
                connection.commit();
                committed = true;
                return result;
            } finally {
                if (!committed) {
                    connection.rollback();
                }
            }
        });
    }

    @Override
    public <T> T read(String what, Work<T> work) {
        lock.lock();
        try {
            return work.on(sql);
        } catch (SQLException e) {
            throw new ClaimStoreException("the claim store could not " + what, e);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        lock.lock();
        try {
            sql.close();
        } catch (SQLException e) {
            throw new ClaimStoreException("the claim store could not be closed", e);
        } finally {
            lock.unlock();
        }
    }

    private static void createPrivately(Path file) throws IOException {
        if (!Files.getFileStore(file.toAbsolutePath().getParent()).supportsFileAttributeView("posix")) {
            return;
        }
        try {
            Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        } catch (FileAlreadyExistsException e) {
            // made before, with the rights that it has
        }
    }

    private static void requirePragma(Sql sql, String name, String expected) throws SQLException {
        String actual = sql.first("PRAGMA " + name, row -> row.getString(1)).orElse("nothing");
        if (!expected.equalsIgnoreCase(actual)) {
            throw new ClaimStoreException("SQLite's " + name + " is " + actual + " where " + expected
                    + " is needed to keep what was promised");
        }
    }

    private static void closeQuietly(@Nullable Sql sql, Exception cause) {
        if (sql != null) {
            try {
                sql.close();
            } catch (SQLException e) {
                cause.addSuppressed(e);
            }
        }
    }
}
