package waybill.seller;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Deque;
import java.util.Properties;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/**
 * One PostgreSQL database as one instance sees it: a few connections, with settings that lose nothing and wait for nobody
 * for ever, and the lease on this instance's life. It owns the connections and the thread that renews the lease.
 */
final class PostgresDatabase implements ClaimDatabase {
    private static final System.Logger LOG = System.getLogger(PostgresDatabase.class.getName());
    /** A password among the parameters, or a user before the host, which PostgreSQL's driver does not know. */
    private static final Pattern SECRET = Pattern.compile("(?i)password=|^[^/?]*//[^/?]*@");

    private static final int CONNECTIONS = 8;
    private static final long WAIT_SECONDS = 10;
    /** Any number, the same for every instance: one migrates at a time. */
    private static final long MIGRATION_LOCK = 0x7761_7962_636c_6dL;

    private final String url;
    private final Properties login = new Properties();
    private final String instance;
    private final Duration lease;
    private final Semaphore free = new Semaphore(CONNECTIONS, true);
    private final Deque<Sql> idle = new ConcurrentLinkedDeque<>();
    private final ScheduledExecutorService renewing;
    private volatile boolean closed;

    private PostgresDatabase(String url, Properties login, String instance, Duration lease) {
        this.url = url;
        this.login.put("connectTimeout", "10");
        this.login.put("socketTimeout", "30");
        this.login.put("tcpKeepAlive", "true");
        this.login.putAll(login);
        this.instance = instance;
        this.lease = lease;
        this.renewing = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "waybill-claims-lease");
            thread.setDaemon(true);
            return thread;
        });
    }

    /** Connects, brings the tables up to date, and takes the lease. A driver repeats its URL in what it says. */
    static PostgresDatabase open(String url, Properties login, String instance, Duration lease) {
        if (SECRET.matcher(url).find()) {
            throw new ClaimStoreException(
                    "the URL of the claim store holds a password, which would stand in messages and"
                            + " logs: give user and password as properties of the login");
        }
        PostgresDatabase database = new PostgresDatabase(url, login, instance, lease);
        try {
            database.begin();
            return database;
        } catch (IOException | SQLException e) {
            database.release();
            throw new ClaimStoreException(
                    "the claim store " + database.name() + " cannot be opened: " + e.getMessage(), e);
        } catch (RuntimeException e) {
            database.release();
            throw e;
        }
    }

    private void begin() throws SQLException, IOException {
        Sql sql = connect();
        idle.push(sql);
        String fsync = sql.first("SHOW fsync", row -> row.getString(1)).orElse("");
        if (!fsync.equals("on")) {
            throw new ClaimStoreException(
                    "the server " + name() + " has fsync off: it would lose claims. Switch it on");
        }
        sql.first("SELECT pg_advisory_lock(?)", row -> true, MIGRATION_LOCK);
        try {
            Migrations.run(sql);
        } finally {
            sql.first("SELECT pg_advisory_unlock(?)", row -> true, MIGRATION_LOCK);
        }
        renew();
        long third = Math.max(1, lease.toMillis() / 3);
        ScheduledFuture<?> unused =
                renewing.scheduleWithFixedDelay(this::renewOrTell, third, third, TimeUnit.MILLISECONDS);
    }

    /** A lease that ran out can be taken again: what others have taken over meanwhile is theirs by its row. */
    private void renew() {
        write("say that this instance lives", sql -> {
            String until = sql.dialect().now() + " + " + lease.toMillis();
            return sql.update(
                    "INSERT INTO instance (id, until) VALUES (?, " + until + ")"
                            + " ON CONFLICT (id) DO UPDATE SET until = excluded.until",
                    instance);
        });
    }

    private void renewOrTell() {
        try {
            renew();
        } catch (RuntimeException e) {
            LOG.log(Level.WARNING, "the lease on " + name() + " was not renewed; tried again in a moment", e);
        }
    }

    @Override
    public <T> T write(String what, Work<T> work) {
        return with(what, sql -> {
            sql.begin();
            T result = work.on(sql);
            sql.commit();
            return result;
        });
    }

    @Override
    public <T> T read(String what, Work<T> work) {
        return with(what, work);
    }

    private <T> T with(String what, Work<T> work) {
        Sql sql = null;
        try {
            if (closed || !free.tryAcquire(WAIT_SECONDS, TimeUnit.SECONDS)) {
                throw new ClaimStoreException("the claim store " + name() + " could not " + what
                        + (closed ? ": it is closed" : ": its connections are all busy"));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ClaimStoreException("interrupted before the claim store could " + what, e);
        }
        boolean done = false;
        try {
            sql = idle.poll();
            if (sql == null) {
                sql = connect();
            }
            T result = work.on(sql);
            done = true;
            return result;
        } catch (SQLException e) {
            throw new ClaimStoreException(
                    "the claim store " + name() + " could not " + what + ": " + e.getMessage(), e);
        } finally {
            if (sql != null) {
                giveBack(sql, done);
            }
            free.release();
        }
    }

    /** A connection that fails may be the first of all to show that the server was away. */
    private void giveBack(Sql sql, boolean whole) {
        boolean usable = whole;
        if (!whole) {
            try {
                sql.rollback();
                usable = true;
            } catch (SQLException e) {
                dropIdle();
            }
        }
        if (usable && !closed) {
            idle.push(sql);
        } else {
            close(sql);
        }
        if (closed) {
            dropIdle(); // it may have been closed since
        }
    }

    private Sql connect() throws SQLException {
        Connection connection = DriverManager.getConnection(url, login);
        Sql sql = new Sql(connection, Sql.Dialect.POSTGRES);
        try {
            connection.setTransactionIsolation(
                    Connection.TRANSACTION_READ_COMMITTED); // each row, and each turn, is locked
            sql.update("SET synchronous_commit = on");
            sql.update("SET lock_timeout = '10s'");
            sql.update("SET idle_in_transaction_session_timeout = '10s'");
            return sql;
        } catch (SQLException e) {
            close(sql);
            throw e;
        }
    }

    /** Its URL without its query. */
    private String name() {
        return url.split("\\?", 2)[0];
    }

    /** Leaves, so that others need not wait for the lease to run out, and closes the connections. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        renewing.shutdownNow();
        try {
            if (!renewing.awaitTermination(WAIT_SECONDS, TimeUnit.SECONDS)) {
                LOG.log(Level.WARNING, "the lease on " + name() + " is still being renewed; it runs out by itself");
            }
            write("say that this instance leaves", sql -> sql.update("DELETE FROM instance WHERE id = ?", instance));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ClaimStoreException e) {
            LOG.log(Level.WARNING, "the lease on " + name() + " was not given back; it runs out by itself", e);
        } finally {
            release();
        }
    }

    private void release() {
        closed = true;
        renewing.shutdownNow();
        dropIdle();
    }

    private void dropIdle() {
        for (Sql sql = idle.poll(); sql != null; sql = idle.poll()) {
            close(sql);
        }
    }

    private static void close(Sql sql) {
        try {
            sql.close();
        } catch (SQLException e) {
            LOG.log(Level.DEBUG, "a connection could not be closed", e);
        }
    }
}
