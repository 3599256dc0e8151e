package waybill.wallet;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.List;

/** Brings a ledger's schema up to date: numbered SQL files, each run once, in order, in a transaction of its own. */
final class Migrations {
    private static final List<String> FILES =
            List.of("0001_ledger.sql", "0002_scopes.sql", "0003_methods.sql", "0004_receipts.sql");

    private Migrations() {}

    static void run(Sql sql, long nowMillis) throws SQLException, IOException {
        sql.execute(
                "CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL PRIMARY KEY, applied BIGINT NOT NULL)");
        long present = sql.number("SELECT COALESCE(MAX(version), 0) FROM schema_version");
        if (present > FILES.size()) {
            throw new LedgerException(
                    "the ledger was written by a newer version (schema " + present + "; this one knows " + FILES.size()
                            + "): use that version",
                    null);
        }
        for (int version = (int) present + 1; version <= FILES.size(); version++) {
            sql.begin();
            for (String statement : statements(FILES.get(version - 1))) {
                sql.execute(statement);
            }
            sql.update("INSERT INTO schema_version (version, applied) VALUES (?, ?)", version, nowMillis);
            sql.commit();
        }
    }

    private static List<String> statements(String name) throws IOException {
        try (InputStream in = Migrations.class.getResourceAsStream("ledger/" + name)) {
            if (in == null) {
                throw new IOException("the migration " + name + " is missing from the jar");
            }
            String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            String code =
                    text.lines().filter(line -> !line.startsWith("--")).reduce("", (all, line) -> all + line + "\n");
            return List.of(code.strip().split("\n\\s*\n"));
        }
    }
}
