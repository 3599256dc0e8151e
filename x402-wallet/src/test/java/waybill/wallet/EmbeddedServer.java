package waybill.wallet;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicInteger;

/** A real PostgreSQL server of the test's own, unpacked from a jar; one for all tests of a process. */
final class EmbeddedServer {
    private static final EmbeddedPostgres SERVER = start();
    private static final AtomicInteger LEDGERS = new AtomicInteger();

    private EmbeddedServer() {}

    /**
     * With its data in this module's own folder: a server whose files somebody tidies out of the system's temporary folder
     * shuts itself down in the middle of a test.
     */
    private static EmbeddedPostgres start() {
        try {
            Path data = Files.createTempDirectory(Files.createDirectories(Path.of("target")), "postgres");
            return EmbeddedPostgres.builder()
                    .setDataDirectory(data)
                    .setCleanDataDirectory(true)
                    .setServerConfig("fsync", "on")
                    .setServerConfig("synchronous_commit", "on")
                    .setPGStartupWait(Duration.ofSeconds(60))
                    .start();
        } catch (IOException e) {
            throw new IllegalStateException("no PostgreSQL for the tests", e);
        }
    }

    /** The URL of a place for a new ledger. */
    static String newLedger() throws SQLException {
        String schema = "ledger" + LEDGERS.incrementAndGet();
        execute("CREATE SCHEMA " + schema);
        return "jdbc:postgresql://127.0.0.1:" + SERVER.getPort() + "/postgres?currentSchema=" + schema;
    }

    static Properties login() {
        Properties login = new Properties();
        login.put("user", "postgres");
        return login;
    }

    /** Says it to the server, past every ledger. */
    static int execute(String url, String sql) throws SQLException {
        try (Connection connection = DriverManager.getConnection(url, login())) {
            return connection.createStatement().executeUpdate(sql);
        }
    }

    /** Ends every other session, as a restart of the server would. */
    static void endSessions() throws SQLException {
        try (Connection connection = DriverManager.getConnection(root(), login())) {
            connection
                    .createStatement()
                    .executeQuery("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
                            + " AND datname = 'postgres'");
        }
    }

    private static void execute(String sql) throws SQLException {
        execute(root(), sql);
    }

    private static String root() {
        return "jdbc:postgresql://127.0.0.1:" + SERVER.getPort() + "/postgres";
    }
}
