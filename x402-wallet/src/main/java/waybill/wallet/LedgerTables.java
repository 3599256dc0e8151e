package waybill.wallet;

import java.sql.SQLException;
import java.util.Optional;

/** All tables of a ledger over one connection. One thread at a time. */
final class LedgerTables implements AutoCloseable {
    private final Sql sql;
    private final LedgerSecret secret;
    private final EventChain chain;
    private final TokenTable tokens;
    private final PaymentTable payments;
    private final Accounts accounts;
    private final StoredLimits limits;

    /** With {@code owner} as the one whose calls run. */
    LedgerTables(Sql sql, LedgerSecret secret, long owner) {
        this.sql = sql;
        this.secret = secret;
        this.chain = new EventChain(sql, secret);
        this.tokens = new TokenTable(sql, chain);
        this.payments = new PaymentTable(sql, secret, chain, tokens, owner);
        this.accounts = new Accounts(sql, tokens);
        this.limits = new StoredLimits(sql, chain);
    }

    Sql sql() {
        return sql;
    }

    LedgerSecret secret() {
        return secret;
    }

    EventChain chain() {
        return chain;
    }

    TokenTable tokens() {
        return tokens;
    }

    PaymentTable payments() {
        return payments;
    }

    Accounts accounts() {
        return accounts;
    }

    StoredLimits limits() {
        return limits;
    }

    Optional<String> setting(String name) throws SQLException {
        return sql.first("SELECT text FROM setting WHERE name = ?", row -> row.getString(1), name);
    }

    void setting(String name, String text) throws SQLException {
        sql.update(
                "INSERT INTO setting (name, text) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET text = excluded.text",
                name,
                text);
    }

    void removeSetting(String name) throws SQLException {
        sql.update("DELETE FROM setting WHERE name = ?", name);
    }

    /** Forgets what is remembered of the tables, because it was undone or others may have written. */
    void forget() {
        chain.forget();
        tokens.forget();
        accounts.forget();
    }

    @Override
    public void close() throws SQLException {
        sql.close();
    }
}
