package waybill.seller;

import java.math.BigInteger;
import java.security.SecureRandom;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import waybill.seller.Claim.State;
import waybill.seller.ClaimDatabase.Work;
import waybill.x402.Json;
import waybill.x402.SettlementResponse;
import waybill.x402.StreamOutcome;
import waybill.x402.WireFormat;

/**
 * Claims in tables: the steps from state to state, as SQL that SQLite and PostgreSQL both take. A step names the state that
 * it starts from and, where a request is at work, this instance as the holder, so that a step out of turn changes nothing.
 */
abstract class SqlClaimStore implements ClaimStore {
    private static final Duration CREDIT_LIFE = Duration.ofDays(30);
    private static final Duration PAID_LIFE = Duration.ofDays(30); // behind it, the chain's own memory is enough
    private static final Duration GRACE = Duration.ofHours(1);
    private static final String HOUSEKEEPING = "housekeeping";

    private final ClaimDatabase database;
    private final KeptAnswers kept;
    private final String me;
    private final QuoteKey quoteKey;

    /**
     * Claims in tables that are up to date.
     *
     * @param me this instance, which the database knows to live
     */
    SqlClaimStore(ClaimDatabase database, String me, Limits limits, SecureRandom random) {
        this.database = database;
        this.me = me;
        this.kept = new KeptAnswers(limits);
        this.quoteKey = write("make the secret of quotes", sql -> {
            sql.update(
                    "INSERT INTO secret (name, bytes) VALUES ('quote', ?) ON CONFLICT (name) DO NOTHING",
                    QuoteKey.generate(random).bytes());
            return sql.first("SELECT bytes FROM secret WHERE name = 'quote'", row -> new QuoteKey(row.getBytes(1)))
                    .orElseThrow(() -> new SQLException("the secret of quotes is not there"));
        });
        recover();
    }

    /** A name that no other instance has. */
    static String newInstance(SecureRandom random) {
        byte[] name = new byte[16];
        random.nextBytes(name);
        return HexFormat.of().formatHex(name);
    }

    @Override
    public QuoteKey quoteKey() {
        return quoteKey;
    }

    // --- what there is ---

    @Override
    public Optional<Claim> find(String key) {
        return database.read("find a claim", sql -> find(sql, key));
    }

    @Override
    public Optional<Claim> findByPayment(String payment) {
        return database.read(
                "find a claim",
                sql -> sql.first(ClaimRow.SELECT + "WHERE payment = ? LIMIT 1", ClaimRow::read, payment));
    }

    @Override
    public Optional<Claim> findByIdentifier(String identifier) {
        return database.read(
                "find a claim", sql -> sql.first(ClaimRow.SELECT + "WHERE identifier = ?", ClaimRow::read, identifier));
    }

    @Override
    public boolean visited(String visit, Instant now) {
        return database.read(
                "look for a payment of before",
                sql -> sql.number(
                                "SELECT count(*) FROM claim WHERE visit = ? AND visit_until >= ?"
                                        + " AND state IN ('PAID', 'ANSWERED', 'CREDIT', 'USED')",
                                visit,
                                ClaimRow.minutes(now))
                        > 0);
    }

    @Override
    public boolean useNonce(String nonce, Instant until) {
        return write(
                "use a nonce",
                sql -> sql.update(
                                "INSERT INTO nonce (nonce, until) VALUES (?, ?) ON CONFLICT (nonce) DO NOTHING",
                                nonce,
                                until.getEpochSecond())
                        == 1);
    }

    @Override
    public Open open(String scope) {
        return database.read("sum up what a payer has open", sql -> openNow(sql, scope));
    }

    @Override
    public List<Unsettled> settling(String after, int limit) {
        return database.read(
                "list settlements",
                sql -> sql.list(
                        "SELECT claim_key, payment FROM claim WHERE (state = 'SETTLING' OR state = 'RUNNING' AND released = 1)"
                                + " AND (holder IS NULL OR holder = ? OR " + gone(sql) + ")"
                                + " AND claim_key > ? ORDER BY claim_key LIMIT ?",
                        row -> new Unsettled(row.getString(1), row.getString(2)),
                        me,
                        after,
                        limit));
    }

    // --- who is at it ---

    @Override
    public Optional<Claim> hold(String key) {
        return write("take up a claim", sql -> {
            putRight(sql, " AND claim_key = ?", key);
            sql.update(
                    "UPDATE claim SET holder = ? WHERE claim_key = ? AND holder IS NULL"
                            + " AND state IN ('RUNNING', 'SETTLING', 'PAID')",
                    me,
                    key);
            return sql.first(
                    ClaimRow.SELECT + "WHERE claim_key = ? AND (holder IS NULL OR holder = ?)",
                    ClaimRow::read,
                    key,
                    me);
        });
    }

    @Override
    public void recover() {
        write("put right what was left under way", sql -> {
            sql.turn(HOUSEKEEPING);
            putRight(sql, "");
            return true;
        });
    }

    /** What gone instances were at, as {@link ClaimStore} says. */
    private static void putRight(Sql sql, String which, @Nullable Object... values) throws SQLException {
        String left = " AND " + gone(sql) + which;
        sql.update("DELETE FROM claim WHERE state = 'RUNNING' AND released = 0" + left, values);
        sql.update("UPDATE claim SET state = 'SETTLING' WHERE state = 'RUNNING'" + left, values); // what was let go
        sql.update("UPDATE claim SET lost = 1 WHERE state = 'SETTLING' AND scope IS NOT NULL" + left, values);
        sql.update(
                "UPDATE claim SET state = 'CREDIT', keep_until = " + CREDIT_LIFE.toSeconds()
                        + " + CASE WHEN keep_until < valid_before THEN valid_before ELSE keep_until END"
                        + " WHERE state = 'PAID'" + left,
                values);
        sql.update("UPDATE claim SET holder = NULL WHERE 1 = 1" + left, values);
    }

    private static String gone(Sql sql) {
        return "(holder IS NOT NULL AND holder NOT IN (SELECT id FROM instance WHERE until > "
                + sql.dialect().now() + "))";
    }

    // --- the steps ---

    @Override
    public Optional<Claim> open(Claim claim, SettlementResponse ifCredited) {
        return write("write a claim", sql -> {
            sql.turn(claim.creditFor());
            if (find(sql, claim.key()).isPresent() || named(sql, claim)) {
                return Optional.empty();
            }
            boolean credited = sql.update(
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
                    null,
                    claim.marks());
            if (ClaimRow.insert(sql, written, me)) {
                return Optional.of(written);
            }
            if (credited) {
                throw new SQLException("another instance claimed the key; the credit stays");
            }
            return Optional.empty();
        });
    }

    @Override
    public boolean openMetered(Claim claim, Open seen) {
        Claim.Metered metered = claim.metered();
        if (metered == null || claim.state() != State.RUNNING) {
            throw new IllegalArgumentException("a metered claim begins as RUNNING, with its ceiling");
        }
        return write("write a metered claim", sql -> {
            sql.turn(metered.scope());
            Open now = openNow(sql, metered.scope());
            return !now.lost()
                    && now.ceilings().compareTo(seen.ceilings()) <= 0
                    && !named(sql, claim)
                    && ClaimRow.insert(sql, claim, me);
        });
    }

    @Override
    public boolean checkpoint(String key, StreamOutcome running) {
        return write("note what was delivered", sql -> {
            Claim.Metered metered = find(sql, key).map(Claim::metered).orElse(null);
            boolean more = metered != null && metered.outcome().amount().compareTo(running.amount()) <= 0;
            return sql.update(
                            "UPDATE claim SET released = 1, outcome = CASE WHEN ? = 1 THEN ? ELSE outcome END"
                                    + " WHERE claim_key = ? AND state = 'RUNNING' AND scope IS NOT NULL AND holder = ?",
                            more ? 1 : 0,
                            Json.write(running.json()),
                            key,
                            me)
                    == 1;
        });
    }

    @Override
    public boolean settling(String key, @Nullable Answer answer, Instant keepUntil) {
        return write("note that a payment is being settled", sql -> {
            boolean moved = sql.update(
                            "UPDATE claim SET state = 'SETTLING' WHERE claim_key = ? AND state = 'RUNNING' AND holder = ?",
                            key,
                            me)
                    == 1;
            if (moved) {
                kept.keep(sql, key, answer, keepUntil);
            }
            return moved;
        });
    }

    @Override
    public boolean settlingMetered(
            String key, StreamOutcome used, boolean released, @Nullable Answer answer, Instant keepUntil) {
        return write("note that a metered payment is being settled", sql -> {
            boolean moved = sql.update(
                            "UPDATE claim SET state = 'SETTLING', outcome = ?,"
                                    + " released = CASE WHEN ? = 1 THEN 1 ELSE released END"
                                    + " WHERE claim_key = ? AND state = 'RUNNING' AND scope IS NOT NULL AND holder = ?",
                            Json.write(used.json()),
                            released ? 1 : 0,
                            key,
                            me)
                    == 1;
            if (moved) {
                kept.keep(sql, key, answer, keepUntil);
            }
            return moved;
        });
    }

    @Override
    public void note(String key, @Nullable SettlementResponse response) {
        write(
                "note a pending settlement",
                sql -> sql.update(
                        "UPDATE claim SET settlement = coalesce(?, settlement), holder = NULL"
                                + " WHERE claim_key = ? AND state = 'SETTLING' AND holder = ?",
                        response == null ? null : WireFormat.encode(response),
                        key,
                        me));
    }

    @Override
    public void lost(String key) {
        write(
                "note a lost settlement",
                sql -> sql.update(
                        "UPDATE claim SET lost = 1 WHERE claim_key = ? AND state = 'SETTLING' AND scope IS NOT NULL",
                        key));
    }

    @Override
    public boolean settled(String key, SettlementResponse response, State next, Instant keepUntil) {
        if (next != State.ANSWERED && next != State.PAID && next != State.CREDIT) {
            throw new IllegalArgumentException("a settled claim is ANSWERED, PAID or CREDIT, not " + next);
        }
        return write("note a settlement", sql -> {
            String paidBy = response.network() + "|" + response.transaction();
            sql.turn(paidBy);
            if (sql.number("SELECT count(*) FROM claim WHERE transaction_id = ?", paidBy) > 0) {
                return false;
            }
            long until = (next == State.CREDIT ? keepUntil.plus(CREDIT_LIFE) : keepUntil).getEpochSecond();
            return sql.update(
                            "UPDATE claim SET state = ?, settlement = ?, transaction_id = ?, payload = '', lost = 0,"
                                    + " keep_until = CASE WHEN keep_until < ? THEN ? ELSE keep_until END, holder = ?"
                                    + " WHERE claim_key = ? AND state = 'SETTLING' AND holder = ?",
                            next.name(),
                            WireFormat.encode(response),
                            paidBy,
                            until,
                            until,
                            next == State.PAID ? me : null,
                            key,
                            me)
                    == 1;
        });
    }

    @Override
    public boolean resume(String key) {
        return write(
                "take up a credit",
                sql -> sql.update(
                                "UPDATE claim SET state = 'PAID', holder = ? WHERE claim_key = ? AND state = 'CREDIT'",
                                me,
                                key)
                        == 1);
    }

    @Override
    public boolean answered(String key, @Nullable Answer answer, Instant keepUntil) {
        return write("note an answer", sql -> {
            boolean moved = sql.update(
                            "UPDATE claim SET state = 'ANSWERED', keep_until = ?, holder = NULL"
                                    + " WHERE claim_key = ? AND state = 'PAID' AND holder = ?",
                            keepUntil.getEpochSecond(),
                            key,
                            me)
                    == 1;
            if (moved) {
                kept.keep(sql, key, answer, keepUntil);
            }
            return moved;
        });
    }

    @Override
    public void credit(String key, Instant keepUntil) {
        write(
                "note a credit",
                sql -> sql.update(
                        "UPDATE claim SET state = 'CREDIT', keep_until = ?, holder = NULL"
                                + " WHERE claim_key = ? AND state = 'PAID' AND holder = ?",
                        keepUntil.plus(CREDIT_LIFE).getEpochSecond(),
                        key,
                        me));
    }

    @Override
    public boolean release(String key, State from) {
        if (from != State.RUNNING && from != State.SETTLING) {
            throw new IllegalArgumentException("a claim that is " + from + " has been paid");
        }
        return write("give up a claim", sql -> {
            boolean answer =
                    find(sql, key).filter(claim -> claim.answer() != null).isPresent();
            if (answer) {
                kept.forgetCount();
            }
            return sql.update(
                            "DELETE FROM claim WHERE claim_key = ? AND state = ? AND released = 0 AND holder = ?",
                            key,
                            from.name(),
                            me)
                    == 1;
        });
    }

    @Override
    public boolean forgive(String payment, Instant now) {
        return write(
                "forget what is owed",
                sql -> sql.update(
                                "DELETE FROM claim WHERE payment = ? AND state = 'SETTLING' AND scope IS NOT NULL"
                                        + " AND valid_before < ?",
                                payment,
                                now.getEpochSecond())
                        > 0);
    }

    @Override
    public void prune(Instant now) {
        long second = now.getEpochSecond();
        long past = now.minus(GRACE).getEpochSecond(); // until then the chain may still take the authorisation
        write("forget old claims", sql -> {
            sql.turn(HOUSEKEEPING);
            sql.update(
                    "UPDATE claim SET answer_body = NULL WHERE answer_body IS NOT NULL AND state = 'ANSWERED' AND keep_until < ?",
                    second);
            sql.update("DELETE FROM claim WHERE valid_before < ? AND state = 'RUNNING' AND released = 0", past);
            sql.update(
                    "DELETE FROM claim WHERE keep_until < ? AND (valid_before < ? OR keep_until < ?)"
                            + " AND state IN ('ANSWERED', 'CREDIT', 'USED')"
                            + " AND (visit_until IS NULL OR visit_until < ?)",
                    second,
                    past,
                    now.minus(PAID_LIFE).getEpochSecond(),
                    ClaimRow.minutes(now));
            sql.update("DELETE FROM nonce WHERE until < ?", second);
            kept.count(sql);
            return true;
        });
    }

    @Override
    public void close() {
        database.close();
    }

    // --- inside ---

    private static Optional<Claim> find(Sql sql, String key) throws SQLException {
        return sql.first(ClaimRow.SELECT + "WHERE claim_key = ?", ClaimRow::read, key);
    }

    /** Whether another claim of the payer has the name of this one. */
    private static boolean named(Sql sql, Claim claim) throws SQLException {
        String identifier = claim.marks().identifier();
        if (identifier == null) {
            return false;
        }
        sql.turn(identifier);
        return sql.number("SELECT count(*) FROM claim WHERE identifier = ?", identifier) > 0;
    }

    private static Open openNow(Sql sql, String scope) throws SQLException {
        record One(BigInteger ceiling, boolean lost) {}
        List<One> open = sql.list(
                "SELECT outcome, lost FROM claim WHERE scope = ? AND state IN ('RUNNING', 'SETTLING')",
                row -> new One(ClaimRow.outcome(row).ceiling(), row.getInt("lost") == 1),
                scope);
        return new Open(
                open.stream().map(One::ceiling).reduce(BigInteger.ZERO, BigInteger::add),
                open.stream().anyMatch(One::lost));
    }

    private <T> T write(String what, Work<T> work) {
        boolean done = false;
        try {
            T result = database.write(what, work);
            done = true;
            return result;
        } finally {
            if (!done) {
                kept.forgetCount(); // what it kept was undone
            }
        }
    }
}
