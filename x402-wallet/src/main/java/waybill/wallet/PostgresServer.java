package waybill.wallet;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Properties;

/** Connections to one PostgreSQL database, with settings that lose nothing and wait for nobody for ever. */
final class PostgresServer {
    /** Any number, the same for every instance: one migrates at a time. */
    private static final long MIGRATION_LOCK = 0x7761_7962_696c_6cL;

    private final String url;
    private final Properties login;
    private final long instance;

    PostgresServer(String url, Properties login, long instance) {
        this.url = url;
        this.login = new Properties();
        this.login.put("connectTimeout", "10");
        this.login.put("socketTimeout", "30");
        this.login.put("tcpKeepAlive", "true");
        this.login.putAll(login);
        this.instance = instance;
    }

    /** Who this process is among those that write. */
    long instance() {
        return instance;
    }

    /** The URL without its query, which may hold a password. */
    String name() {
        return url.split("\\?", 2)[0];
    }

    /** A connection whose session shows, for as long as it lives, that this instance does. */
    Sql connect() throws SQLException {
        Sql sql = connectReading();
        try {
            sql.execute("SET synchronous_commit = on");
            sql.execute("SET lock_timeout = '10s'");
            sql.execute("SET idle_in_transaction_session_timeout = '10s'");
            if (!"on".equals(setting(sql, "fsync"))) {
                throw new LedgerException(
                        "the server " + name() + " has fsync off: it would lose payments. Switch it on", null);
            }
            sql.first("SELECT pg_advisory_lock_shared(?)", row -> true, instance); // others see that it lives
            return sql;
        } catch (SQLException | RuntimeException e) {
            sql.close();
            throw e;
        }
    }

    /** Says that this instance is gone, at once; the end of its session would say so a moment later. */
    void leave(Sql sql) {
        try {
            sql.first("SELECT pg_advisory_unlock_shared(?)", row -> true, instance);
        } catch (SQLException e) {
            // a connection that is lost has left already
        }
    }

    /** A connection that reads. */
    Sql connectReading() throws SQLException {
        Connection connection = DriverManager.getConnection(url, login);
        return new Sql(connection, Sql.Dialect.POSTGRES);
    }

    private static String setting(Sql sql, String name) throws SQLException {
        return sql.first("SHOW " + name, row -> row.getString(1)).orElse("");
    }

    /** Makes the tables what they should be; one instance at a time. */
    void migrate(Sql sql, Instant now) throws SQLException, IOException {
        sql.first("SELECT pg_advisory_lock(?)", row -> true, MIGRATION_LOCK);
        try {
            Migrations.run(sql, now.toEpochMilli());
        } finally {
            sql.first("SELECT pg_advisory_unlock(?)", row -> true, MIGRATION_LOCK);
        }
    }

    /** All instances seal with one secret; the first has left its fingerprint. */
    void requireSecret(Sql sql, LedgerSecret secret, Path file) throws SQLException {
        sql.update(
                "INSERT INTO setting (name, text) VALUES ('secret', ?) ON CONFLICT (name) DO NOTHING",
                secret.fingerprint());
        String first = sql.first("SELECT text FROM setting WHERE name = 'secret'", row -> row.getString(1))
                .orElse("");
        if (!first.equals(secret.fingerprint())) {
            throw new LedgerException(
                    "the ledger " + name() + " is sealed with another secret than " + file
                            + "; copy the file of the instance that was first",
                    null);
        }
    }

    /** The server's clock. */
    Instant time(Sql sql) throws SQLException {
        return sql.first(
                        "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)",
                        row -> Instant.ofEpochMilli(row.getLong(1)))
                .orElseThrow(() -> new SQLException("the server does not say what time it is"));
    }
}
