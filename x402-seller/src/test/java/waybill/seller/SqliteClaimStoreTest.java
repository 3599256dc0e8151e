package waybill.seller;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.sql.DriverManager;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SqliteClaimStoreTest extends ClaimStoreContract {
    /** As the first version wrote it. */
    private static final String VERSION_1 =
            """
            CREATE TABLE claim (
                claim_key      TEXT    NOT NULL PRIMARY KEY,
                payment        TEXT    NOT NULL,
                request        TEXT    NOT NULL,
                credit_for     TEXT    NOT NULL,
                payload        TEXT    NOT NULL,
                valid_before   INTEGER NOT NULL,
                state          TEXT    NOT NULL,
                settlement     TEXT,
                transaction_id TEXT,
                answer_status  INTEGER,
                answer_headers TEXT,
                answer_body    BLOB,
                keep_until     INTEGER NOT NULL DEFAULT 0
            ) STRICT, WITHOUT ROWID;
            CREATE UNIQUE INDEX claim_transaction ON claim (transaction_id) WHERE transaction_id IS NOT NULL;
            CREATE TABLE secret (
                name  TEXT NOT NULL PRIMARY KEY,
                bytes BLOB NOT NULL
            ) STRICT, WITHOUT ROWID
            """;

    @TempDir
    Path folder;

    @Override
    ClaimStore openNew(ClaimStore.Limits limits) {
        return SqliteClaimStore.open(folder.resolve("a.db"), limits, new SecureRandom());
    }

    /** The files as a crash would leave them: copied while the store is open, never closed. */
    @Override
    ClaimStore afterCrash(ClaimStore store) throws IOException {
        for (String suffix : new String[] {"", "-wal"}) {
            Files.copy(folder.resolve("a.db" + suffix), folder.resolve("after.db" + suffix));
        }
        return open("after.db");
    }

    private SqliteClaimStore open(String name) {
        return SqliteClaimStore.open(folder.resolve(name));
    }

    @Test
    void refuses_a_second_opening() {
        try (SqliteClaimStore store = open("a.db")) {
            begin(store, "k");
            assertThatThrownBy(() -> open("a.db"))
                    .isInstanceOf(ClaimStoreException.class)
                    .hasMessageContaining("in use");
        }
    }

    @Test
    void refuses_a_file_that_is_no_store() throws IOException {
        Files.writeString(folder.resolve("a.db"), "this is not a database, however long one makes it".repeat(100));
        assertThatThrownBy(() -> open("a.db"))
                .isInstanceOf(ClaimStoreException.class)
                .hasMessageContaining("a.db");
    }

    @Test
    void is_readable_by_its_owner_only() throws IOException {
        try (SqliteClaimStore store = open("a.db")) {
            begin(store, "k");
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve("a.db"))))
                    .isEqualTo("rw-------");
        }
    }

    @Test
    void a_store_of_the_first_version_is_brought_up() throws Exception {
        Path old = folder.resolve("old.db");
        try (var connection = DriverManager.getConnection("jdbc:sqlite:" + old);
                var statement = connection.createStatement()) {
            for (String sql : VERSION_1.split(";")) {
                statement.execute(sql);
            }
            statement.execute(
                    "INSERT INTO claim (claim_key, payment, request, credit_for, payload, valid_before, state)"
                            + " VALUES ('k', 'p', 'r', 'c', 'w', 0, 'SETTLING')");
            statement.execute("PRAGMA user_version = 1");
        }
        try (SqliteClaimStore store = SqliteClaimStore.open(old)) {
            assertThat(store.find("k").orElseThrow().metered()).isNull();
            assertThat(store.settling("", 10)).hasSize(1);
            assertThat(store.hold("k")).isPresent();
        }
    }
}
