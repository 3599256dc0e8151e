package waybill.wallet;

import java.math.BigDecimal;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import waybill.wallet.StoredPayment.Facts;
import waybill.x402.Address;

/**
 * The limits that depend on what was paid before: remembered payees, and rolling windows over every scope. A row of
 * {@code rule} holds what is held in a scope, rows of {@code slot} what was spent and begun there. The wallet's own row
 * is locked before anything else is looked at.
 */
final class StoredLimits {
    private static final String WALLET = Scope.WALLET.rule("");

    private final Sql sql;
    private final EventChain chain;

    StoredLimits(Sql sql, EventChain chain) {
        this.sql = sql;
        this.chain = chain;
    }

    /** Keeps every other writer out until the transaction ends. SQLite's transaction has done so already. */
    void lock() throws SQLException {
        if (sql.dialect() == Sql.Dialect.POSTGRES) {
            sql.number("SELECT latest_seconds FROM rule WHERE id = ? FOR UPDATE", WALLET);
        }
    }

    /** The latest time that the windows have seen. */
    long latest() throws SQLException {
        return sql.number("SELECT latest_seconds FROM rule WHERE id = ?", WALLET);
    }

    /** Moves the windows' time on; it never goes back. Returns where it stands. */
    long advance(Instant now) throws SQLException {
        long before = latest();
        long seconds = Window.seconds(now);
        if (seconds <= before) {
            return before;
        }
        sql.update("UPDATE rule SET latest_seconds = ? WHERE id = ?", seconds, WALLET);
        if (Window.DAY.slot(seconds) != Window.DAY.slot(before)) {
            for (Window window : Window.ALL) {
                sql.update(
                        "DELETE FROM slot WHERE width_seconds = ? AND slot < ?",
                        window.width(),
                        window.oldest(seconds));
            }
        }
        return seconds;
    }

    /** Checks payee, sum and windows, in this order. */
    Decision judge(Address payTo, Limits limits, Facts facts, boolean approved, long time) throws SQLException {
        Decision payee = judgePayee(payTo, limits, facts, approved);
        if (payee instanceof Decision.Denied) {
            return payee;
        }
        if (facts.micros() > limits.perPayment()) {
            return Decision.denied(
                    PaymentCode.PER_PAYMENT_CAP,
                    Sentences.overPayment(
                            BigDecimal.valueOf(facts.micros(), 6), BigDecimal.valueOf(limits.perPayment(), 6)));
        }
        for (Limit limit : limits.rolling()) {
            Optional<String> rule = limit.scope().rule(facts);
            if (rule.isPresent() && judge(limit, rule.get(), facts, time) instanceof Decision.Denied denied) {
                return denied;
            }
        }
        return Decision.allowed();
    }

    private Decision judgePayee(Address payTo, Limits limits, Facts facts, boolean approved) throws SQLException {
        Address named = limits.payee();
        if (named != null) {
            return named.equals(payTo)
                    ? Decision.allowed()
                    : Decision.denied(
                            PaymentCode.PAYEE_NOT_ALLOWED,
                            Sentences.otherPayee(payTo.toString(), facts.origin(), named.toString()));
        }
        Optional<Address> remembered = payee(facts.origin(), facts.token());
        if (remembered.isPresent()) {
            return remembered.get().equals(payTo)
                    ? Decision.allowed()
                    : Decision.denied(
                            PaymentCode.PAYEE_CHANGED,
                            Sentences.changedPayee(
                                    payTo.toString(),
                                    facts.origin(),
                                    remembered.get().toString()));
        }
        if (facts.micros() > limits.firstPayment() && !approved) {
            return Decision.denied(
                    PaymentCode.PAYEE_NOT_ALLOWED,
                    Dollars.show(facts.micros()) + " was asked by a payee never paid at " + facts.origin()
                            + " before; the first payment may be at most " + Dollars.show(limits.firstPayment())
                            + ". A person names the payee with waybill.wallet.payees, or raises"
                            + " waybill.wallet.first-payment");
        }
        return Decision.allowed();
    }

    private Decision judge(Limit limit, String rule, Facts facts, long time) throws SQLException {
        long used = used(rule, limit.measure(), limit.window(), time);
        String where = limit.scope() == Scope.WALLET ? "" : " for " + Words.cut(rule, 120);
        String lift = ". A person raises it with waybill.wallet." + limit.property();
        if (limit.measure() == Limit.Measure.PAYMENTS) {
            return used < limit.most()
                    ? Decision.allowed()
                    : Decision.denied(
                            PaymentCode.VELOCITY,
                            used + " payments were begun within a rolling "
                                    + limit.window().length() + where + "; at most " + limit.most() + " may be" + lift);
        }
        return facts.micros() <= limit.most() - used
                ? Decision.allowed()
                : Decision.denied(
                        PaymentCode.CUMULATIVE_CAP,
                        Dollars.show(facts.micros()) + " was asked; " + Dollars.show(used) + " of the "
                                + Dollars.show(limit.most()) + where + " for a rolling "
                                + limit.window().length() + " is held or spent" + lift);
    }

    /** Held sums count whatever their age; spent ones and begun payments while they are inside the window. */
    long used(String rule, Limit.Measure measure, Window window, long time) throws SQLException {
        if (measure == Limit.Measure.PAYMENTS) {
            return slots("SELECT SUM(begun) FROM slot", rule, window, time);
        }
        return sql.number("SELECT held FROM rule WHERE id = ?", rule)
                + slots("SELECT SUM(spent) FROM slot", rule, window, time);
    }

    private long slots(String sum, String rule, Window window, long time) throws SQLException {
        return sql.number(
                sum + " WHERE rule = ? AND width_seconds = ? AND slot >= ?", rule, window.width(), window.oldest(time));
    }

    /** Counts a payment that begins, and holds its sum, in all its scopes. */
    void hold(Facts facts, long time) throws SQLException {
        List<String> rules = Scope.rules(facts);
        change(rules, facts.micros());
        count(rules, 0, 1, time);
    }

    /** Frees a held sum. */
    void free(Facts facts) throws SQLException {
        change(Scope.rules(facts), -facts.micros());
    }

    /** Frees a held sum, of which {@code charged} was spent. */
    void spend(Facts facts, long charged, long time) throws SQLException {
        free(facts);
        spendMore(facts, charged, time);
    }

    /** Counts what was spent beyond what was counted before. */
    void spendMore(Facts facts, long more, long time) throws SQLException {
        count(Scope.rules(facts), more, 0, time);
    }

    private void change(List<String> rules, long held) throws SQLException {
        List<@Nullable Object> values = new ArrayList<>();
        for (String rule : rules) {
            values.add(rule);
            values.add(held);
        }
        sql.update(
                "INSERT INTO rule (id, latest_seconds, held) VALUES " + rows("(?, 0, ?)", rules.size())
                        + " ON CONFLICT (id) DO UPDATE SET held = rule.held + excluded.held",
                values.toArray());
    }

    private void count(List<String> rules, long spent, long begun, long time) throws SQLException {
        List<@Nullable Object> values = new ArrayList<>();
        for (String rule : rules) {
            for (Window window : Window.ALL) {
                values.add(rule);
                values.add(window.width());
                values.add(window.slot(time));
                values.add(spent);
                values.add(begun);
            }
        }
        sql.update(
                "INSERT INTO slot (rule, width_seconds, slot, spent, begun) VALUES "
                        + rows("(?, ?, ?, ?, ?)", rules.size() * Window.ALL.size())
                        + " ON CONFLICT (rule, width_seconds, slot) DO UPDATE SET spent = slot.spent + excluded.spent,"
                        + " begun = slot.begun + excluded.begun",
                values.toArray());
    }

    private static String rows(String row, int count) {
        return row + (", " + row).repeat(count - 1);
    }

    Optional<Address> payee(String origin, @Nullable String token) throws SQLException {
        return sql.first(
                "SELECT pay_to FROM payee WHERE origin = ? AND token = ?",
                row -> Address.parse(row.getString(1)),
                origin,
                token);
    }

    /** Remembers whom a place is paid to, the first time. */
    void rememberPayee(Facts facts, Instant now) throws SQLException {
        if (payee(facts.origin(), facts.token()).isPresent()) {
            return;
        }
        sql.update(
                "INSERT INTO payee (origin, token, pay_to) VALUES (?, ?, ?)",
                facts.origin(),
                facts.token(),
                facts.payTo());
        Map<String, @Nullable Object> detail = new LinkedHashMap<>();
        detail.put("origin", facts.origin());
        detail.put("token", facts.token());
        detail.put("payTo", facts.payTo());
        chain.append(null, "PAYEE", detail, now);
    }
}
