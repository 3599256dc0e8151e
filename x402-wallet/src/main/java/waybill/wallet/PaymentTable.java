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
import waybill.x402.Asset;

/** The rows of payments and refusals. Each carries a seal, which its last event repeats. */
final class PaymentTable {
    private static final String INSERT = "INSERT INTO payment (" + String.join(", ", StoredPayment.COLUMNS)
            + ", mac, owner) VALUES (" + "?, ".repeat(StoredPayment.COLUMNS.size()) + "?, ?)";

    private static final List<String> CHANGING =
            StoredPayment.COLUMNS.subList(StoredPayment.FACTS, StoredPayment.COLUMNS.size());

    // names no column that never changes: their indexes would be written again with every step
    private static final String UPDATE =
            "UPDATE payment SET " + String.join(" = ?, ", CHANGING) + " = ?, mac = ?, owner = ? WHERE id = ?";

    /** What {@link StoredPayment#read} reads, and the seal behind it. */
    static final String SELECT = "SELECT " + String.join(", ", StoredPayment.COLUMNS) + ", mac FROM payment";

    private static final int MAC = StoredPayment.COLUMNS.size() + 1;

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
        String mac = secret.row(payment.canonical());
        List<@Nullable Object> values = new ArrayList<>(payment.values());
        values.add(mac);
        values.add(owner);
        sql.update(INSERT, values.toArray());
        return append(payment, kind, detail, mac, now);
    }

    /** The same for a payment that has a row, of which the facts stay. */
    long update(StoredPayment payment, String kind, Map<String, @Nullable Object> detail, Instant now)
            throws SQLException {
        String mac = secret.row(payment.canonical());
        List<@Nullable Object> values =
                new ArrayList<>(payment.values().subList(StoredPayment.FACTS, StoredPayment.COLUMNS.size()));
        values.add(mac);
        values.add(owner);
        values.add(payment.facts().id());
        sql.update(UPDATE, values.toArray());
        return append(payment, kind, detail, mac, now);
    }

    private long append(
            StoredPayment payment, String kind, Map<String, @Nullable Object> detail, String mac, Instant now)
            throws SQLException {
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
        return sql.first(SELECT + " WHERE id = ?", this::sealed, id);
    }

    StoredPayment load(String id) throws SQLException {
        return find(id).orElseThrow(() -> new IllegalArgumentException("no payment " + Words.cut(id, 60)));
    }

    /** The payment that stands against making this call anew. */
    Optional<StoredPayment> standing(String fingerprint) throws SQLException {
        return sql.first(SELECT + " WHERE fingerprint = ? AND call_state <> 'CLOSED'", this::sealed, fingerprint);
    }

    /** Those whose call runs, as their owners left them. */
    List<StoredPayment> running(long runner) throws SQLException {
        return sql.list(SELECT + " WHERE call_state = 'OPEN' AND owner = ? ORDER BY id", this::sealed, runner);
    }

    /** Who has calls that run. */
    List<Long> runners() throws SQLException {
        return sql.list(
                "SELECT DISTINCT owner FROM payment WHERE call_state = 'OPEN' ORDER BY owner", row -> row.getLong(1));
    }

    private StoredPayment sealed(ResultSet row) throws SQLException {
        StoredPayment payment = StoredPayment.read(row);
        if (!secret.row(payment.canonical()).equals(row.getString(MAC))) {
            throw new Damage(
                    "payment " + payment.facts().id() + " was changed by somebody else: its seal does not match");
        }
        return payment;
    }

    /** Rows to be shown: {@code rest} is what follows {@link #SELECT}. */
    List<PaymentRecord> list(String rest, @Nullable Object... values) throws SQLException {
        List<PaymentRecord> shown = new ArrayList<>();
        for (StoredPayment payment : sql.list(SELECT + " " + rest, StoredPayment::read, values)) {
            shown.add(line(payment).record());
        }
        return shown;
    }

    /** A row with its token, ready to be shown. */
    Line line(StoredPayment payment) throws SQLException {
        String token = payment.facts().token();
        return new Line(payment, token == null ? null : tokens.require(token));
    }

    /**
     * A row with its token. Making the record of it is left to whoever waits for it, because the writer has others to
     * write for.
     *
     * @param asset null where the payment has no token
     */
    record Line(StoredPayment payment, @Nullable Asset asset) {
        PaymentRecord record() {
            return payment.record(asset);
        }
    }
}
