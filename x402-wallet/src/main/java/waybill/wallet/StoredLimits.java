package waybill.wallet;

import java.math.BigDecimal;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import waybill.wallet.StoredPayment.Facts;
import waybill.x402.Address;

/**
 * The limits that depend on what was paid before: remembered payees and rolling windows, as the ledger's tables hold
 * them. Used inside a transaction of the ledger, which {@link #advance} begins by locking the rules.
 */
final class StoredLimits {
    private static final List<Window> SUMS = List.of(Window.DAY, Window.HOUR);

    private final Sql sql;

    StoredLimits(Sql sql) {
        this.sql = sql;
    }

    /** Locks the rules, in the order of their ids, and moves their time on; it never goes back. */
    long advance(Instant now) throws SQLException {
        long latest = 0;
        for (String rule : List.of(Window.MINUTE.rule(), Window.DAY.rule(), Window.HOUR.rule())) {
            long seconds = Window.seconds(now);
            int present = sql.update(
                    "UPDATE rule SET latest_seconds = CASE WHEN latest_seconds > ? THEN latest_seconds ELSE ? END WHERE id = ?",
                    seconds,
                    seconds,
                    rule);
            if (present == 0) {
                sql.update("INSERT INTO rule (id, latest_seconds, held) VALUES (?, ?, 0)", rule, seconds);
            }
            latest = Math.max(latest, sql.number("SELECT latest_seconds FROM rule WHERE id = ?", rule));
        }
        return latest;
    }

    /** Checks payee, sum and windows, in this order. */
    Decision judge(Purchase purchase, Limits limits, Facts facts, long time) throws SQLException {
        Decision payee = judgePayee(purchase, limits, facts);
        if (payee instanceof Decision.Denied) {
            return payee;
        }
        if (facts.micros() > limits.perPayment()) {
            return Decision.denied(
                    PaymentCode.PER_PAYMENT_CAP,
                    Sentences.overPayment(
                            BigDecimal.valueOf(facts.micros(), 6), BigDecimal.valueOf(limits.perPayment(), 6)));
        }
        return judgeWindows(facts, limits, time);
    }

    private Decision judgePayee(Purchase purchase, Limits limits, Facts facts) throws SQLException {
        Address payTo = purchase.payTo();
        Address named = limits.payee();
        if (named != null) {
            return named.equals(payTo)
                    ? Decision.allowed()
                    : Decision.denied(
                            PaymentCode.PAYEE_NOT_ALLOWED,
                            Sentences.otherPayee(payTo.toString(), facts.origin(), named.toString()));
        }
        Optional<String> remembered = sql.first(
                "SELECT pay_to FROM payee WHERE origin = ? AND token = ?",
                row -> row.getString(1),
                facts.origin(),
                facts.token());
        if (remembered.isPresent()) {
            return remembered.get().equals(payTo.toString())
                    ? Decision.allowed()
                    : Decision.denied(
                            PaymentCode.PAYEE_CHANGED,
                            Sentences.changedPayee(payTo.toString(), facts.origin(), remembered.get()));
        }
        if (facts.micros() > limits.firstPayment() && !purchase.approved()) {
            return Decision.denied(
                    PaymentCode.PAYEE_NOT_ALLOWED,
                    Dollars.show(facts.micros()) + " was asked by a payee never paid at " + facts.origin()
                            + " before; the first payment may be at most " + Dollars.show(limits.firstPayment())
                            + ". A person names the payee with waybill.wallet.payees, or raises"
                            + " waybill.wallet.first-payment");
        }
        return Decision.allowed();
    }

    private Decision judgeWindows(Facts facts, Limits limits, long time) throws SQLException {
        Decision day = judgeSum(Window.DAY, facts.micros(), limits.perDay(), time, "24 hours", "per-day");
        if (day instanceof Decision.Denied) {
            return day;
        }
        Decision hour = judgeSum(Window.HOUR, facts.micros(), limits.perHour(), time, "hour", "per-hour");
        if (hour instanceof Decision.Denied) {
            return hour;
        }
        long begun = used(Window.MINUTE, time);
        if (begun >= limits.perMinute()) {
            return Decision.denied(
                    PaymentCode.VELOCITY,
                    begun + " payments were begun within a minute; at most " + limits.perMinute()
                            + " may be. A person raises it with waybill.wallet.per-minute");
        }
        return Decision.allowed();
    }

    private Decision judgeSum(Window window, long asked, long limit, long time, String length, String property)
            throws SQLException {
        long used = used(window, time);
        if (asked > limit - used) {
            return Decision.denied(
                    PaymentCode.CUMULATIVE_CAP,
                    Dollars.show(asked) + " was asked; " + Dollars.show(used) + " of the "
                            + Dollars.show(limit) + " for a rolling " + length
                            + " is held or spent. A person raises it with waybill.wallet." + property);
        }
        return Decision.allowed();
    }

    /** Held sums count whatever their age; spent ones while they are inside the window. */
    private long used(Window window, long time) throws SQLException {
        long held = sql.number("SELECT held FROM rule WHERE id = ?", window.rule());
        return held
                + sql.number(
                        "SELECT COALESCE(SUM(spent), 0) FROM slot WHERE rule = ? AND slot >= ?",
                        window.rule(),
                        window.oldest(time));
    }

    /** Counts a payment that begins, and holds its sum. */
    void hold(Facts facts, long time) throws SQLException {
        for (Window window : SUMS) {
            sql.update("UPDATE rule SET held = held + ? WHERE id = ?", facts.micros(), window.rule());
        }
        spend(Window.MINUTE, 1, time);
    }

    /** Frees a held sum. */
    void free(Facts facts) throws SQLException {
        for (Window window : SUMS) {
            sql.update("UPDATE rule SET held = held - ? WHERE id = ?", facts.micros(), window.rule());
        }
    }

    /** Turns a held sum into a spent one. */
    void spend(Facts facts, long time) throws SQLException {
        free(facts);
        for (Window window : SUMS) {
            spend(window, facts.micros(), time);
        }
    }

    private void spend(Window window, long sum, long time) throws SQLException {
        long slot = window.slot(time);
        int present =
                sql.update("UPDATE slot SET spent = spent + ? WHERE rule = ? AND slot = ?", sum, window.rule(), slot);
        if (present == 0) {
            sql.update("INSERT INTO slot (rule, slot, spent) VALUES (?, ?, ?)", window.rule(), slot, sum);
        }
    }
}
