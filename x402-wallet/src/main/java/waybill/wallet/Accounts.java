package waybill.wallet;

import java.math.BigInteger;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import waybill.wallet.StoredPayment.Facts;
import waybill.x402.Amount;

/** Double entry: every line takes from one account what it gives to another, in atomic units of one token. */
final class Accounts {
    static final String AVAILABLE = "available";
    static final String HELD = "held";
    static final String SPENT = "spent";

    private final Sql sql;
    private final TokenTable tokens;
    private final Map<String, BigInteger> known = new HashMap<>(); // by account and token

    Accounts(Sql sql, TokenTable tokens) {
        this.sql = sql;
        this.tokens = tokens;
    }

    /** One line that takes from {@code debit} and gives to {@code credit}. */
    void enter(long event, int line, Facts facts, String debit, String credit, BigInteger amount) throws SQLException {
        sql.update(
                "INSERT INTO entry (event, line, payment, token, debit, credit, amount) VALUES (?, ?, ?, ?, ?, ?, ?)",
                event,
                line,
                facts.id(),
                facts.token(),
                debit,
                credit,
                amount);
        balance(debit, facts, amount.negate());
        balance(credit, facts, amount);
    }

    private void balance(String account, Facts facts, BigInteger change) throws SQLException {
        String key = account + " " + facts.token();
        BigInteger before = known.get(key);
        if (before == null) {
            before = sql.first(
                            "SELECT balance FROM account WHERE name = ? AND token = ?",
                            row -> new BigInteger(row.getString(1)),
                            account,
                            facts.token())
                    .orElse(BigInteger.ZERO);
        }
        BigInteger after = before.add(change);
        sql.update(
                "INSERT INTO account (name, token, balance) VALUES (?, ?, ?)"
                        + " ON CONFLICT (name, token) DO UPDATE SET balance = excluded.balance",
                account,
                facts.token(),
                after);
        known.put(key, after);
    }

    /** Forgets what may have been undone, or written by others. */
    void forget() {
        known.clear();
    }

    /** What stands in {@code account}, one sum per token, without zeros. */
    List<Amount> sums(String account) throws SQLException {
        List<Amount> sums = new ArrayList<>();
        for (Map.Entry<String, String> line : sql.list(
                "SELECT token, balance FROM account WHERE name = ? ORDER BY token",
                row -> Map.entry(row.getString(1), row.getString(2)),
                account)) {
            Amount sum = new Amount(tokens.require(line.getKey()), new BigInteger(line.getValue()));
            if (!sum.isZero()) {
                sums.add(sum);
            }
        }
        return sums;
    }
}
