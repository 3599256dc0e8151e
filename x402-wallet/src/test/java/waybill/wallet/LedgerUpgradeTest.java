package waybill.wallet;

import static org.assertj.core.api.Assertions.assertThat;
import static waybill.wallet.Buying.WIDE;
import static waybill.wallet.Buying.code;
import static waybill.wallet.Buying.reserve;
import static waybill.wallet.Fixture.usdc;

import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Opens ledgers that older versions wrote; each is kept as a fixture, as that version left it. */
class LedgerUpgradeTest {
    /** When the fixture's first payment was made. */
    private static final Instant BEGAN = Instant.ofEpochSecond(1_790_000_000);

    @TempDir
    Path folder;

    private Path fixture(String version) throws Exception {
        Path file = folder.resolve("ledger.db");
        for (String suffix : List.of("", ".head", ".secret")) {
            try (InputStream in = getClass().getResourceAsStream(version + "/ledger.db" + suffix)) {
                Files.copy(in, folder.resolve("ledger.db" + suffix));
            }
        }
        return file;
    }

    @Test
    void the_first_schema_opens_with_the_same_sums_and_states() throws Exception {
        Path file = fixture("ledger-0001");
        MovableClock clock = new MovableClock(BEGAN.plusSeconds(4_200));
        for (int opening = 0; opening < 2; opening++) {
            try (SqliteLedger ledger = SqliteLedger.open(file, clock)) {
                assertThat(ledger.verify().findings()).isEmpty();
                assertThat(ledger.totals()).isEqualTo(new Totals(List.of(usdc("0.05")), List.of(usdc("0.04"))));
                Map<String, PaymentState> states = new TreeMap<>();
                ledger.payments(10).forEach(payment -> states.put(payment.id(), payment.state()));
                assertThat(states)
                        .isEqualTo(Map.of(
                                "settled", PaymentState.SETTLED,
                                "confirmed", PaymentState.SETTLED,
                                "unknown", PaymentState.UNKNOWN,
                                "void", PaymentState.VOID,
                                "denied", PaymentState.DENIED));
                assertThat(ledger.payment("confirmed").orElseThrow().charged()).isEqualTo(usdc("0.03"));
                assertThat(ledger.frozen()).contains("a person looked away");
            }
        }
    }

    @Test
    void the_windows_count_what_the_first_schema_paid_in_scopes_that_it_did_not_know() throws Exception {
        Instant now = BEGAN.plusSeconds(4_200);
        try (SqliteLedger ledger = SqliteLedger.open(fixture("ledger-0001"), new MovableClock(now))) {
            assertThat(dollars(ledger, Scope.WALLET, "", Window.DAY, now)).isEqualTo(90_000);
            assertThat(dollars(ledger, Scope.WALLET, "", Window.HOUR, now)).isEqualTo(70_000);
            assertThat(dollars(ledger, Scope.HOST, "a.example.com", Window.DAY, now))
                    .isEqualTo(60_000);
            assertThat(dollars(ledger, Scope.HOST, "b.example.com", Window.DAY, now))
                    .isEqualTo(30_000);
            assertThat(dollars(ledger, Scope.AGENT, "analyst", Window.DAY, now)).isEqualTo(90_000);
            ledger.unfreeze(now);
            assertThat(code(reserve(ledger, "next", "0.01", WIDE, now))).isNull();
            assertThat(ledger.verify().findings()).isEmpty();
        }
    }

    private static long dollars(Ledger ledger, Scope scope, String value, Window window, Instant now) {
        return ledger.used(scope, value, Limit.Measure.DOLLARS, window, now);
    }

    @Test
    void an_old_ledger_that_was_changed_does_not_become_sound_by_its_upgrade() throws Exception {
        Path file = fixture("ledger-0001");
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file)) {
            connection.createStatement().executeUpdate("UPDATE payment SET amount = '1' WHERE id = 'settled'");
        }
        try (SqliteLedger ledger = SqliteLedger.open(file, new MovableClock(BEGAN.plusSeconds(4_200)))) {
            assertThat(ledger.verify().findings())
                    .anySatisfy(finding -> assertThat(finding).contains("payment settled was changed"));
        }
    }
}
