package waybill.wallet;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import waybill.wallet.StoredPayment.Facts;

/**
 * What a rolling limit counts together. The ledger counts every payment in each scope that it belongs to, whether or
 * not a limit is set there, so that a limit set later sees the past.
 */
public enum Scope {
    /** Everything that the wallet pays. */
    WALLET,
    /** One host and port, as {@link Origin#authority()} spells it. */
    HOST,
    /** One payee. */
    PAYEE,
    /** One value of the call's tag {@code agent}. */
    AGENT,
    /** One value of the call's tag {@code session}. */
    SESSION,
    /** One value of the call's tag {@code model}. */
    MODEL;

    /** The name of its tag or property, in lower case. */
    String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The id of its row for {@code value}, which is empty for the wallet. */
    String rule(String value) {
        return this == WALLET ? word() : word() + " " + value;
    }

    /** The row that counts this payment; empty when the payment does not belong to this scope. */
    Optional<String> rule(Facts facts) {
        String value =
                switch (this) {
                    case WALLET -> "";
                    case HOST -> facts.authority();
                    case PAYEE -> facts.payTo();
                    case AGENT, SESSION, MODEL -> facts.tag(word());
                };
        return value == null ? Optional.empty() : Optional.of(rule(value));
    }

    /** All rows that count this payment, in the order in which they are locked. */
    static List<String> rules(Facts facts) {
        List<String> rules = new ArrayList<>();
        for (Scope scope : values()) {
            scope.rule(facts).ifPresent(rules::add);
        }
        Collections.sort(rules);
        return rules;
    }
}
