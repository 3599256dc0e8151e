package waybill.wallet;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import waybill.wallet.StoredPayment.Facts;

/** The rows of payments and refusals. Each carries a seal, which its last event repeats. */
final class PaymentTable {
    private static final String INSERT = "INSERT INTO payment (" + String.join(", ", StoredPayment.COLUMNS)
            + ", mac, owner) VALUES (" + "?, ".repeat(StoredPayment.COLUMNS.size()) + "?, ?)";

    private static final String UPDATE = "UPDATE payment SET " + String.join(" = ?, ", StoredPayment.COLUMNS)
            + " = ?, mac = ?, owner = ? WHERE id = ?";

    private final Sql sql;
    private final LedgerSecret secret;
    private final EventChain chain;
    private final TokenTable tokens;
    private final long owner;

    /** With {@code owner} written into every row, so that others see whose calls run. */
    PaymentTable(Sql sql, LedgerSecret secret, EventChain chain, TokenTable tokens, long owner) {
        this.sql = sql;
        this.secret = secret;
        this.chain = chain;
        this.tokens = tokens;
        this.owner = owner;
    }

    /** Writes a row and its event; returns the event's number. */
    long insert(StoredPayment payment, String kind, Map<String, @Nullable Object> detail, Instant now)
            throws SQLException {
        return save(INSERT, payment, kind, detail, now);
    }

    /** The same for a payment that has a row. */
    long update(StoredPayment payment, String kind, Map<String, @Nullable Object> detail, Instant now)
            throws SQLException {
        return save(UPDATE, payment, kind, detail, now);
    }

    private long save(
            String statement, StoredPayment payment, String kind, Map<String, @Nullable Object> detail, Instant now)
            throws SQLException {
        String mac = secret.row(payment.canonical());
        List<@Nullable Object> values = new ArrayList<>(payment.values());
        values.add(mac);
        values.add(owner);
        if (statement.equals(UPDATE)) {
            values.add(payment.facts().id());
        }
        sql.update(statement, values.toArray());
        detail.put("row", mac);
        return chain.append(payment.facts().id(), kind, detail, now);
    }

    /** What every event of a payment says. */
    static Map<String, @Nullable Object> detail(StoredPayment payment) {
        Facts facts = payment.facts();
        Map<String, @Nullable Object> detail = new LinkedHashMap<>();
        detail.put("state", payment.progress().state().name());
        detail.put("call", payment.progress().call().name());
        detail.put("token", facts.token());
        detail.put("amount", facts.amount());
        detail.put("micros", facts.micros());
        return detail;
    }

    /**
     * The payment, to be changed.
     *
     * @throws Damage when its row is not what the ledger wrote
     */
    Optional<StoredPayment> find(String id) throws SQLException {
        return sql.first("SELECT * FROM payment WHERE id = ?", this::sealed, id);
    }

    StoredPayment load(String id) throws SQLException {
        return find(id).orElseThrow(() -> new IllegalArgumentException("no payment " + Words.cut(id, 60)));
    }

    /** The payment that stands against making this call anew. */
    Optional<StoredPayment> standing(String fingerprint) throws SQLException {
        return sql.first(
                "SELECT * FROM payment WHERE fingerprint = ? AND call_state <> 'CLOSED'", this::sealed, fingerprint);
    }

    /** Those whose call runs, as their owners left them. */
    List<StoredPayment> running(long runner) throws SQLException {
        return sql.list(
                "SELECT * FROM payment WHERE call_state = 'OPEN' AND owner = ? ORDER BY id", this::sealed, runner);
    }

    /** Who has calls that run. */
    List<Long> runners() throws SQLException {
        return sql.list(
                "SELECT DISTINCT owner FROM payment WHERE call_state = 'OPEN' ORDER BY owner", row -> row.getLong(1));
    }

    private StoredPayment sealed(ResultSet row) throws SQLException {
        StoredPayment payment = StoredPayment.read(row);
        if (!secret.row(payment.canonical()).equals(row.getString("mac"))) {
            throw new Damage(
                    "payment " + payment.facts().id() + " was changed by somebody else: its seal does not match");
        }
        return payment;
    }

    /** Rows to be shown: {@code rest} is what follows {@code SELECT * FROM payment}. */
    List<PaymentRecord> list(String rest, @Nullable Object... values) throws SQLException {
        List<PaymentRecord> shown = new ArrayList<>();
        for (StoredPayment payment : sql.list("SELECT * FROM payment " + rest, StoredPayment::read, values)) {
            shown.add(shown(payment));
        }
        return shown;
    }

    PaymentRecord shown(StoredPayment payment) throws SQLException {
        String token = payment.facts().token();
        return payment.record(token == null ? null : tokens.require(token));
    }
}
