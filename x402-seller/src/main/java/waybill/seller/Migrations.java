package waybill.seller;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.Collectors;

/** Brings the tables of claims up to date: numbered SQL files, each run once, in order, in a transaction of its own. */
final class Migrations {
    private static final int NEWEST = 4;

    private Migrations() {}

    static void run(Sql sql) throws SQLException, IOException {
        long version = version(sql);
        if (version > NEWEST) {
            throw new ClaimStoreException("the claim store has schema " + version + "; this version knows " + NEWEST);
        }
        for (long next = version + 1; next <= NEWEST; next++) {
            sql.begin();
            for (String statement : statements("claims-" + next + ".sql")) {
                sql.update(statement);
            }
            if (sql.dialect() == Sql.Dialect.SQLITE) {
                sql.update("PRAGMA user_version = " + next);
            } else {
                sql.update("INSERT INTO schema_version (version) VALUES (?)", next);
            }
            sql.commit();
        }
    }

    private static long version(Sql sql) throws SQLException {
        if (sql.dialect() == Sql.Dialect.SQLITE) {
            return sql.number("PRAGMA user_version");
        }
        sql.update("CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL PRIMARY KEY)");
        return sql.number("SELECT coalesce(max(version), 0) FROM schema_version");
    }

    private static List<String> statements(String name) throws IOException {
        try (InputStream in = Migrations.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new ClaimStoreException("the migration " + name + " is missing from the jar");
            }
            String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            String code = text.lines().filter(line -> !line.startsWith("--")).collect(Collectors.joining("\n"));
            return List.of(code.strip().split("\n\\s*\n"));
        }
    }
}
