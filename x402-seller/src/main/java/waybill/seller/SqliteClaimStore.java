package waybill.seller;

import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;
import waybill.seller.Claim.State;
import waybill.x402.Json;
import waybill.x402.SettlementResponse;
import waybill.x402.StreamOutcome;
import waybill.x402.WireFormat;

/**
 * Claims in one SQLite file: write-ahead log, every commit synced, one writer, one process (a second one is refused). It
 * owns the connection and the count of bytes kept for answers. Readable by its owner only, where the file system has
 * owners: it holds answers that people paid for, and signatures of payments on their way.
 */
public final class SqliteClaimStore implements ClaimStore {
    private static final int SCHEMA = 2;
    private static final int MAX_HEADER_BYTES = 64 * 1024;
    private static final Duration CREDIT_LIFE = Duration.ofDays(30);
    private static final Duration PAID_LIFE = Duration.ofDays(30); // behind it, the chain's own memory is enough
    private static final Duration GRACE = Duration.ofHours(1);
    private static final String COLUMNS = "claim_key, payment, request, credit_for, payload, valid_before, state,"
            + " settlement, answer_status, answer_headers, answer_body, scope, outcome, released, lost";

    /**
     * How much is kept for re-sends.
     *
     * @param answerBytes the largest answer that is kept
     * @param totalBytes all kept answers together; the oldest go first
     */
    public record Limits(int answerBytes, long totalBytes) {
        public Limits {
            if (answerBytes < 0 || totalBytes < answerBytes) {
                throw new IllegalArgumentException("the total holds at least one answer of the largest size");
            }
        }

        /** Answers of 1 MiB, 256 MiB in all. */
        public static Limits defaults() {
            return new Limits(1024 * 1024, 256L * 1024 * 1024);
        }
    }

    private final ReentrantLock lock = new ReentrantLock();
    private final Connection connection; // guarded by lock
    private final Limits limits;
    private final QuoteKey quoteKey;
    private long keptBytes; // guarded by lock

    /**
     * Opens the file, makes it when it is not there, and puts right what a crash left.
     *
     * @throws ClaimStoreException when it cannot be opened, is in use, or is of a later version
     */
    public static SqliteClaimStore open(Path file, Limits limits, SecureRandom random) {
        return new SqliteClaimStore(file, limits, random);
    }

    /** Opens the file with default limits. */
    public static SqliteClaimStore open(Path file) {
        return open(file, Limits.defaults(), new SecureRandom());
    }

    private SqliteClaimStore(Path file, Limits limits, SecureRandom random) {
        this.limits = limits;
        Connection opened = null;
        try {
            createPrivately(file);
            SQLiteConfig config = new SQLiteConfig();
            config.setJournalMode(SQLiteConfig.JournalMode.WAL);
            config.setSynchronous(SQLiteConfig.SynchronousMode.FULL);
            config.setTransactionMode(SQLiteConfig.TransactionMode.IMMEDIATE);
            config.setLockingMode(SQLiteConfig.LockingMode.EXCLUSIVE);
            config.setBusyTimeout(500);
            opened = config.createConnection("jdbc:sqlite:" + file.toAbsolutePath());
            this.connection = opened;
            requirePragma("journal_mode", "wal");
            requirePragma("synchronous", "2");
            migrate();
            recover();
            this.quoteKey = loadQuoteKey(random);
            this.keptBytes = number("SELECT coalesce(sum(length(answer_body)), 0) FROM claim");
        } catch (IOException | SQLException | RuntimeException e) {
            closeQuietly(opened, e);
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
    public QuoteKey quoteKey() {
        return quoteKey;
    }

    @Override
    public Optional<Claim> find(String key) {
        return locked("find a claim", () -> read(key));
    }

    @Override
    public Optional<Claim> open(Claim claim, SettlementResponse ifCredited) {
        return transaction("write a claim", () -> {
            if (read(claim.key()).isPresent()) {
                return Optional.empty();
            }
            boolean credited = update(
                            "UPDATE claim SET state = 'USED' WHERE state = 'CREDIT' AND claim_key ="
                                    + " (SELECT claim_key FROM claim WHERE credit_for = ? AND state = 'CREDIT' LIMIT 1)",
                            claim.creditFor())
                    == 1;
            Claim written = new Claim(
                    claim.key(),
                    claim.payment(),
                    claim.request(),
                    claim.creditFor(),
                    credited ? "" : claim.payload(), // with a credit there is nothing to settle
                    claim.validBefore(),
                    credited ? State.PAID : State.RUNNING,
                    credited ? ifCredited : null,
                    null,
                    null);
            insert(written);
            return Optional.of(written);
        });
    }

    @Override
    public Open open(String scope) {
        return locked("sum up what a payer has open", () -> openNow(scope));
    }

    @Override
    public boolean openMetered(Claim claim, Open seen) {
        Claim.Metered metered = claim.metered();
        if (metered == null || claim.state() != State.RUNNING) {
            throw new IllegalArgumentException("a metered claim begins as RUNNING, with its ceiling");
        }
        return transaction("write a metered claim", () -> {
            Open now = openNow(metered.scope());
            if (now.lost()
                    || now.ceilings().compareTo(seen.ceilings()) > 0
                    || read(claim.key()).isPresent()) {
                return false;
            }
            insert(claim);
            return true;
        });
    }

    @Override
    public boolean checkpoint(String key, StreamOutcome running) {
        return transaction("note what was delivered", () -> {
            Optional<Claim> claim = read(key);
            Claim.Metered metered = claim.map(Claim::metered).orElse(null);
            if (metered == null || claim.orElseThrow().state() != State.RUNNING) {
                return false;
            }
            if (metered.outcome().amount().compareTo(running.amount()) <= 0) {
                update(
                        "UPDATE claim SET outcome = ?, released = 1 WHERE claim_key = ?",
                        Json.write(running.json()),
                        key);
            }
            return true;
        });
    }

    @Override
    public boolean settlingMetered(
            String key, StreamOutcome used, boolean released, @Nullable Answer answer, Instant keepUntil) {
        return transaction("note that a metered payment is being settled", () -> {
            boolean moved = update(
                            "UPDATE claim SET state = 'SETTLING', outcome = ?, released = max(released, ?)"
                                    + " WHERE claim_key = ? AND state = 'RUNNING' AND scope IS NOT NULL",
                            Json.write(used.json()),
                            released ? 1 : 0,
                            key)
                    == 1;
            if (moved) {
                keep(key, answer, keepUntil);
            }
            return moved;
        });
    }

    @Override
    public void lost(String key) {
        transaction(
                "note a lost settlement",
                () -> update(
                        "UPDATE claim SET lost = 1 WHERE claim_key = ? AND state = 'SETTLING' AND scope IS NOT NULL",
                        key));
    }

    @Override
    public boolean forgive(String payment, Instant now) {
        return transaction(
                "forget what is owed",
                () -> update(
                                "DELETE FROM claim WHERE payment = ? AND state = 'SETTLING' AND scope IS NOT NULL"
                                        + " AND valid_before < ?",
                                payment,
                                now.getEpochSecond())
                        > 0);
    }

    @Override
    public Optional<Claim> findByPayment(String payment) {
        return locked("find a claim", () -> {
            try (PreparedStatement statement =
                            bound("SELECT " + COLUMNS + " FROM claim WHERE payment = ? LIMIT 1", payment);
                    ResultSet row = statement.executeQuery()) {
                return row.next() ? Optional.of(claim(row)) : Optional.empty();
            }
        });
    }

    @Override
    public boolean settling(String key, @Nullable Answer answer, Instant keepUntil) {
        return transaction("note that a payment is being settled", () -> {
            boolean moved =
                    update("UPDATE claim SET state = 'SETTLING' WHERE claim_key = ? AND state = 'RUNNING'", key) == 1;
            if (moved) {
                keep(key, answer, keepUntil);
            }
            return moved;
        });
    }

    @Override
    public void note(String key, SettlementResponse response) {
        transaction(
                "note a pending settlement",
                () -> update(
                        "UPDATE claim SET settlement = ? WHERE claim_key = ? AND state = 'SETTLING'",
                        WireFormat.encode(response),
                        key));
    }

    @Override
    public boolean settled(String key, SettlementResponse response, State next, Instant keepUntil) {
        if (next != State.ANSWERED && next != State.PAID && next != State.CREDIT) {
            throw new IllegalArgumentException("a settled claim is ANSWERED, PAID or CREDIT, not " + next);
        }
        return transaction("note a settlement", () -> {
            String paidBy = response.network() + "|" + response.transaction();
            if (number("SELECT count(*) FROM claim WHERE transaction_id = ?", paidBy) > 0) {
                return false;
            }
            return update(
                            "UPDATE claim SET state = ?, settlement = ?, transaction_id = ?, payload = '', lost = 0,"
                                    + " keep_until = max(keep_until, ?) WHERE claim_key = ? AND state = 'SETTLING'",
                            next.name(),
                            WireFormat.encode(response),
                            paidBy,
                            (next == State.CREDIT ? keepUntil.plus(CREDIT_LIFE) : keepUntil).getEpochSecond(),
                            key)
                    == 1;
        });
    }

    @Override
    public boolean resume(String key) {
        return transaction(
                "take up a credit",
                () -> update("UPDATE claim SET state = 'PAID' WHERE claim_key = ? AND state = 'CREDIT'", key) == 1);
    }

    @Override
    public boolean answered(String key, @Nullable Answer answer, Instant keepUntil) {
        return transaction("note an answer", () -> {
            boolean moved = update(
                            "UPDATE claim SET state = 'ANSWERED', keep_until = ? WHERE claim_key = ? AND state = 'PAID'",
                            keepUntil.getEpochSecond(),
                            key)
                    == 1;
            if (moved) {
                keep(key, answer, keepUntil);
            }
            return moved;
        });
    }

    @Override
    public void credit(String key, Instant keepUntil) {
        transaction(
                "note a credit",
                () -> update(
                        "UPDATE claim SET state = 'CREDIT', keep_until = ? WHERE claim_key = ? AND state = 'PAID'",
                        keepUntil.plus(CREDIT_LIFE).getEpochSecond(),
                        key));
    }

    @Override
    public void release(String key, State from) {
        if (from != State.RUNNING && from != State.SETTLING) {
            throw new IllegalArgumentException("a claim that is " + from + " has been paid");
        }
        transaction("give up a claim", () -> {
            long freed = number("SELECT coalesce(sum(length(answer_body)), 0) FROM claim WHERE claim_key = ?", key);
            int gone = update("DELETE FROM claim WHERE claim_key = ? AND state = ? AND released = 0", key, from.name());
            keptBytes -= gone == 1 ? freed : 0;
            return gone;
        });
    }

    @Override
    public List<Claim> settling(String after, int limit) {
        return locked("list settlements", () -> {
            List<Claim> claims = new ArrayList<>();
            try (PreparedStatement statement = bound(
                    "SELECT " + COLUMNS
                            + " FROM claim WHERE (state = 'SETTLING' OR state = 'RUNNING' AND released = 1) AND claim_key > ?"
                            + " ORDER BY claim_key LIMIT ?",
                    after,
                    limit)) {
                try (ResultSet rows = statement.executeQuery()) {
                    while (rows.next()) {
                        claims.add(claim(rows));
                    }
                }
            }
            return claims;
        });
    }

    @Override
    public void prune(Instant now) {
        long second = now.getEpochSecond();
        long past = now.minus(GRACE).getEpochSecond(); // until then the chain may still take the authorisation
        transaction("forget old claims", () -> {
            update(
                    "UPDATE claim SET answer_body = NULL WHERE answer_body IS NOT NULL AND state = 'ANSWERED' AND keep_until < ?",
                    second);
            update("DELETE FROM claim WHERE valid_before < ? AND state = 'RUNNING' AND released = 0", past);
            update(
                    "DELETE FROM claim WHERE keep_until < ? AND (valid_before < ? OR keep_until < ?)"
                            + " AND state IN ('ANSWERED', 'CREDIT', 'USED')",
                    second,
                    past,
                    now.minus(PAID_LIFE).getEpochSecond());
            keptBytes = number("SELECT coalesce(sum(length(answer_body)), 0) FROM claim");
            return keptBytes;
        });
    }

    @Override
    public void close() {
        lock.lock();
        try {
            connection.close();
        } catch (SQLException e) {
            throw new ClaimStoreException("the claim store could not be closed", e);
        } finally {
            lock.unlock();
        }
    }

    // --- inside ---

    private void recover() throws SQLException {
        connection.setAutoCommit(false);
        update("DELETE FROM claim WHERE state = 'RUNNING' AND released = 0");
        update("UPDATE claim SET state = 'SETTLING' WHERE state = 'RUNNING'"); // for what had been let go of it
        update("UPDATE claim SET lost = 1 WHERE state = 'SETTLING' AND scope IS NOT NULL");
        update(
                "UPDATE claim SET state = 'CREDIT', keep_until = max(keep_until, valid_before) + ? WHERE state = 'PAID'",
                CREDIT_LIFE.toSeconds());
        connection.commit();
        connection.setAutoCommit(true);
    }

    private void keep(String key, @Nullable Answer answer, Instant keepUntil) throws SQLException {
        if (answer == null || answer.size() > limits.answerBytes()) {
            return;
        }
        byte[] headers = Json.write(answer.headers()).getBytes(StandardCharsets.UTF_8);
        if (headers.length > MAX_HEADER_BYTES) {
            return;
        }
        while (keptBytes + answer.size() > limits.totalBytes()) {
            if (!evictOldest()) {
                return; // all the rest belongs to payments on their way
            }
        }
        update(
                "UPDATE claim SET answer_status = ?, answer_headers = ?, answer_body = ?, keep_until = ? WHERE claim_key = ?",
                answer.status(),
                new String(headers, StandardCharsets.UTF_8),
                answer.body(),
                keepUntil.getEpochSecond(),
                key);
        keptBytes += answer.size();
    }

    private void insert(Claim claim) throws SQLException {
        Claim.Metered metered = claim.metered();
        update(
                "INSERT INTO claim (claim_key, payment, request, credit_for, payload, valid_before, state, settlement,"
                        + " scope, outcome) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                claim.key(),
                claim.payment(),
                claim.request(),
                claim.creditFor(),
                claim.payload(),
                claim.validBefore().getEpochSecond(),
                claim.state().name(),
                claim.settlement() == null ? null : WireFormat.encode(claim.settlement()),
                metered == null ? null : metered.scope(),
                metered == null ? null : Json.write(metered.outcome().json()));
    }

    private Open openNow(String scope) throws SQLException {
        BigInteger ceilings = BigInteger.ZERO;
        boolean lost = false;
        try (PreparedStatement statement = bound(
                        "SELECT outcome, lost FROM claim WHERE scope = ? AND state IN ('RUNNING', 'SETTLING')", scope);
                ResultSet rows = statement.executeQuery()) {
            while (rows.next()) {
                ceilings = ceilings.add(outcome(rows).ceiling());
                lost |= rows.getInt("lost") == 1;
            }
        }
        return new Open(ceilings, lost);
    }

    private static StreamOutcome outcome(ResultSet row) throws SQLException {
        byte[] json = row.getString("outcome").getBytes(StandardCharsets.UTF_8);
        return StreamOutcome.of(Json.parseObject(json, MAX_HEADER_BYTES));
    }

    private boolean evictOldest() throws SQLException {
        try (PreparedStatement statement =
                bound("SELECT claim_key, length(answer_body) FROM claim WHERE answer_body IS NOT NULL"
                        + " AND state = 'ANSWERED' ORDER BY keep_until LIMIT 1")) {
            try (ResultSet row = statement.executeQuery()) {
                if (!row.next()) {
                    return false;
                }
                String oldest = row.getString(1);
                long size = row.getLong(2);
                update("UPDATE claim SET answer_body = NULL WHERE claim_key = ?", oldest);
                keptBytes -= size;
                return true;
            }
        }
    }

    private Optional<Claim> read(String key) throws SQLException {
        try (PreparedStatement statement = bound("SELECT " + COLUMNS + " FROM claim WHERE claim_key = ?", key)) {
            try (ResultSet row = statement.executeQuery()) {
                return row.next() ? Optional.of(claim(row)) : Optional.empty();
            }
        }
    }

    private static Claim claim(ResultSet row) throws SQLException {
        String settlement = row.getString("settlement");
        String scope = row.getString("scope");
        byte[] body = row.getBytes("answer_body");
        return new Claim(
                row.getString("claim_key"),
                row.getString("payment"),
                row.getString("request"),
                row.getString("credit_for"),
                row.getString("payload"),
                Instant.ofEpochSecond(row.getLong("valid_before")),
                State.valueOf(row.getString("state")),
                settlement == null ? null : WireFormat.settlementResponse(settlement),
                body == null ? null : new Answer(row.getInt("answer_status"), headers(row), body),
                scope == null
                        ? null
                        : new Claim.Metered(scope, outcome(row), row.getInt("released") == 1, row.getInt("lost") == 1));
    }

    private static Map<String, String> headers(ResultSet row) throws SQLException {
        byte[] json = row.getString("answer_headers").getBytes(StandardCharsets.UTF_8);
        Map<String, String> headers = new LinkedHashMap<>();
        Json.parseObject(json, MAX_HEADER_BYTES).forEach((name, value) -> headers.put(name, String.valueOf(value)));
        return headers;
    }

    private QuoteKey loadQuoteKey(SecureRandom random) throws SQLException {
        update(
                "INSERT OR IGNORE INTO secret (name, bytes) VALUES ('quote', ?)",
                QuoteKey.generate(random).bytes());
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT bytes FROM secret WHERE name = 'quote'")) {
            row.next();
            return new QuoteKey(row.getBytes(1));
        }
    }

    private void migrate() throws SQLException, IOException {
        long version = number("PRAGMA user_version");
        if (version > SCHEMA) {
            throw new ClaimStoreException("the claim store has schema " + version + "; this version knows " + SCHEMA);
        }
        for (long next = version + 1; next <= SCHEMA; next++) {
            connection.setAutoCommit(false);
            for (String sql : script("claims-" + next + ".sql").split(";", -1)) {
                if (!sql.isBlank()) {
                    update(sql);
                }
            }
            update("PRAGMA user_version = " + next);
            connection.commit();
            connection.setAutoCommit(true);
        }
    }

    private static String script(String name) throws IOException {
        try (InputStream in = SqliteClaimStore.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new ClaimStoreException("the migration " + name + " is missing from the jar");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).replaceAll("(?m)^--.*$", "");
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

    private void requirePragma(String name, String expected) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("PRAGMA " + name)) {
            String actual = row.next() ? row.getString(1) : "nothing";
            if (!expected.equalsIgnoreCase(actual)) {
                throw new ClaimStoreException("SQLite's " + name + " is " + actual + " where " + expected
                        + " is needed to keep what was promised");
            }
        }
    }

    private interface Step<T extends @Nullable Object> {
        T run() throws SQLException;
    }

    private <T extends @Nullable Object> T locked(String what, Step<T> step) {
        lock.lock();
        try {
            return step.run();
        } catch (SQLException e) {
            throw new ClaimStoreException("the claim store could not " + what, e);
        } finally {
            lock.unlock();
        }
    }

    private <T extends @Nullable Object> T transaction(String what, Step<T> step) {
        return locked(what, () -> {
            long keptBefore = keptBytes;
            boolean committed = false;
            connection.setAutoCommit(false);
            try {
                T result = step.run();
                connection.commit();
                committed = true;
                return result;
            } finally {
                if (!committed) {
                    keptBytes = keptBefore;
                    connection.rollback();
                }
                connection.setAutoCommit(true);
            }
        });
    }

    private int update(String sql, @Nullable Object... values) throws SQLException {
        try (PreparedStatement statement = bound(sql, values)) {
            return statement.executeUpdate();
        }
    }

    private long number(String sql, @Nullable Object... values) throws SQLException {
        try (PreparedStatement statement = bound(sql, values);
                ResultSet row = statement.executeQuery()) {
            return row.next() ? row.getLong(1) : 0;
        }
    }

    private PreparedStatement bound(String sql, @Nullable Object... values) throws SQLException {
        PreparedStatement statement = connection.prepareStatement(sql);
        for (int i = 0; i < values.length; i++) {
            statement.setObject(i + 1, values[i]);
        }
        return statement;
    }

    private static void closeQuietly(@Nullable Connection connection, Exception cause) {
        if (connection != null) {
            try {
                connection.close();
            } catch (SQLException e) {
                cause.addSuppressed(e);
            }
        }
    }
}
