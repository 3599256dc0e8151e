package waybill.seller;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicInteger;

/** A real PostgreSQL server of the test's own, unpacked from a jar; one for all tests of a process. */
final class EmbeddedServer {
    private static final EmbeddedPostgres SERVER = start();
    private static final AtomicInteger SELLERS = new AtomicInteger();

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

    /** The URL of a place for a new seller. */
    static String newSeller() {
        String schema = "seller" + SELLERS.incrementAndGet();
        execute(root(), "CREATE SCHEMA " + schema);
        return root() + "?currentSchema=" + schema;
    }

    static Properties login() {
        Properties login = new Properties();
        login.put("user", "postgres");
        return login;
    }

    /** Says it to the server, past every store. */
    static int execute(String url, String sql) {
        try (Connection connection = DriverManager.getConnection(url, login())) {
            return connection.createStatement().executeUpdate(sql);
        } catch (SQLException e) {
            throw new IllegalStateException(sql, e);
        }
    }

    /** Has every instance's lease run out now. */
    static void endLeases(String url) {
        execute(url, "UPDATE instance SET until = 0");
    }

    /** Ends every other session, as a restart of the server would, and waits until they are gone. */
    static void endSessions() {
        String others = " FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = 'postgres'";
        try (Connection connection = DriverManager.getConnection(root(), login());
                Statement statement = connection.createStatement()) {
            statement.executeQuery("SELECT pg_terminate_backend(pid)" + others).close();
            int left = 1;
            for (int tries = 0; left > 0 && tries < 6_000; tries++) {
                statement.executeQuery("SELECT pg_sleep(0.01)").close();
                try (ResultSet row = statement.executeQuery("SELECT count(*)" + others)) {
                    row.next();
                    left = row.getInt(1);
                }
            }
            if (left > 0) {
                throw new IllegalStateException(left + " sessions do not end");
            }
        } catch (SQLException e) {
            throw new IllegalStateException("sessions could not be ended", e);
        }
    }

    private static String root() {
        return "jdbc:postgresql://127.0.0.1:" + SERVER.getPort() + "/postgres";
    }
}
