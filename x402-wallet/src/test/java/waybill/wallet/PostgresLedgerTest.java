package waybill.wallet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static waybill.wallet.Buying.WIDE;
import static waybill.wallet.Buying.code;
import static waybill.wallet.Buying.perDay;
import static waybill.wallet.Buying.reserve;
import static waybill.wallet.Buying.settle;
import static waybill.wallet.Fixture.usdc;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PostgresLedgerTest extends LedgerContract {
    @TempDir
    Path folder;

    private Instant now() {
        return clock.instant();
    }

    @Override
    Ledger openNew() throws SQLException {
        return instance(EmbeddedServer.newLedger(), "contract");
    }

    @Override
    Ledger openOther() throws SQLException {
        return instance(EmbeddedServer.newLedger(), "other");
    }

    /** Fewer, for a server syncs for every turn; the slow test makes 20,000. */
    @Override
    int tries() {
        return 300;
    }

    @Override
    int fitting() {
        return 250;
    }

    /** An instance with its own head and, within a test, the one secret of the ledger in {@code url}. */
    private PostgresLedger instance(String url, String name) {
        Path secret = folder.resolve(url.replaceAll(".*=", "") + ".secret");
        return PostgresLedger.open(url, EmbeddedServer.login(), secret, folder.resolve(name + ".head"), clock);
    }

    @Test
    void instances_share_one_budget_to_the_last_unit() throws Exception {
        String url = EmbeddedServer.newLedger();
        AtomicInteger held = new AtomicInteger();
        ExecutorService threads = Executors.newFixedThreadPool(32);
        try (PostgresLedger one = instance(url, "one");
                PostgresLedger two = instance(url, "two")) {
            List<CompletableFuture<Void>> tries = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                PostgresLedger ledger = i % 2 == 0 ? one : two;
                String id = "p" + i;
                tries.add(CompletableFuture.runAsync(
                        () -> {
                            if (code(reserve(ledger, id, "0.000001", perDay("0.0001"), now())) == null) {
                                held.incrementAndGet();
                            }
                        },
                        threads));
            }
            CompletableFuture.allOf(tries.toArray(new CompletableFuture[0])).join();
            assertThat(held.get()).isEqualTo(100);
            assertThat(one.totals()).isEqualTo(two.totals());
            assertThat(one.verify().findings()).isEmpty();
            assertThat(two.verify().findings()).isEmpty();
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void the_calls_of_an_instance_that_is_gone_are_ended_by_the_others_and_those_of_a_living_one_are_not()
            throws Exception {
        String url = EmbeddedServer.newLedger();
        try (PostgresLedger living = instance(url, "living")) {
            PostgresLedger dead = instance(url, "dead");
            reserve(dead, "reserved", "0.01", WIDE, now());
            reserve(dead, "signed", "0.01", WIDE, now());
            dead.move("signed", new Step.Signed("h"), now());
            assertThat(living.recover(now())).isZero();
            try (PostgresLedger third = instance(url, "third")) {
                assertThat(third.payment("reserved").orElseThrow().state()).isEqualTo(PaymentState.RESERVED);
            }
            dead.close();
            assertThat(living.recover(now())).isEqualTo(2);
            assertThat(living.payment("reserved").orElseThrow().state()).isEqualTo(PaymentState.VOID);
            assertThat(living.payment("signed").orElseThrow().state()).isEqualTo(PaymentState.UNKNOWN);
            assertThat(living.verify().findings()).isEmpty();
        }
    }

    @Test
    void a_lost_connection_denies_and_the_next_payment_connects_again() throws Exception {
        try (PostgresLedger ledger = instance(EmbeddedServer.newLedger(), "lost")) {
            reserve(ledger, "before", "0.01", WIDE, now());
            ledger.totals();
            EmbeddedServer.endSessions();
            assertThatThrownBy(() -> reserve(ledger, "during", "0.01", WIDE, now()))
                    .isInstanceOf(LedgerException.class)
                    .hasMessageContaining("cannot be written");
            assertThatThrownBy(ledger::totals).isInstanceOf(LedgerException.class);
            assertThat(code(reserve(ledger, "after", "0.01", WIDE, now()))).isNull();
            assertThat(ledger.totals().held()).containsExactly(usdc("0.02"));
            assertThat(ledger.verify().findings()).isEmpty();
        }
        closeLedger(); // its session was ended too, and its next verify connects anew
        openLedger();
    }

    @Test
    void a_database_put_back_to_an_older_state_is_noticed_by_the_next_write() throws Exception {
        String url = EmbeddedServer.newLedger();
        try (PostgresLedger ledger = instance(url, "older")) {
            reserve(ledger, "p", "0.01", WIDE, now());
            settle(ledger, "p", now());
            EmbeddedServer.execute(url, "DELETE FROM event WHERE seq > 3");
            assertThatThrownBy(() -> reserve(ledger, "q", "0.01", WIDE, now()))
                    .isInstanceOf(LedgerException.class)
                    .hasMessageContaining("older state");
            assertThat(ledger.verify().findings())
                    .anySatisfy(finding -> assertThat(finding).contains("cut short"));
        }
    }

    @Test
    void verify_names_the_row_that_somebody_changed_and_payments_are_denied() throws Exception {
        String url = EmbeddedServer.newLedger();
        try (PostgresLedger ledger = instance(url, "changed")) {
            reserve(ledger, "p", "0.01", WIDE, now());
            EmbeddedServer.execute(url, "UPDATE payment SET amount = '1' WHERE id = 'p'");
            assertThat(ledger.verify().findings())
                    .anySatisfy(finding -> assertThat(finding).contains("payment p was changed"));
            assertThatThrownBy(() -> reserve(ledger, "q", "0.01", WIDE, now()))
                    .isInstanceOf(LedgerException.class)
                    .hasMessageContaining("does not add up");
        }
    }

    @Test
    void an_instance_with_another_secret_does_not_open() throws Exception {
        String url = EmbeddedServer.newLedger();
        instance(url, "first").close();
        Path another = folder.resolve("another.secret");
        Files.writeString(another, "00".repeat(32) + "\n");
        assertThatThrownBy(() -> PostgresLedger.open(
                        url, EmbeddedServer.login(), another, folder.resolve("another.head"), clock))
                .isInstanceOf(LedgerException.class)
                .hasMessageContaining("another secret");
    }

    @Test
    void an_instance_on_a_machine_whose_clock_is_wrong_does_not_open() {
        assertThatThrownBy(() -> PostgresLedger.open(
                        EmbeddedServer.newLedger(),
                        EmbeddedServer.login(),
                        folder.resolve("s"),
                        folder.resolve("h"),
                        clock,
                        () -> 0))
                .isInstanceOf(LedgerException.class)
                .hasMessageContaining("clock");
    }

    /** Their time begins a second before an hour's slot ends, so that the tries straddle the edge. */
    @Test
    @Tag("slow")
    void four_processes_and_20_000_tries_hold_exactly_1_000() throws Exception {
        String url = EmbeddedServer.newLedger();
        Path secret = folder.resolve("shared.secret");
        PostgresLedger.open(url, EmbeddedServer.login(), secret, folder.resolve("parent.head"), clock)
                .close();
        List<Process> children = new ArrayList<>();
        int held = 0;
        try {
            for (int i = 0; i < 4; i++) {
                children.add(PostgresBuyer.start(url, secret, folder.resolve("child" + i + ".head"), "c" + i));
            }
            for (Process child : children) {
                try (BufferedReader out = new BufferedReader(
                                new InputStreamReader(child.getInputStream(), StandardCharsets.UTF_8));
                        Stream<String> lines = out.lines()) {
                    List<String> said = lines.toList();
                    assertThat(said).as("what a child said").last().asString().startsWith("HELD ");
                    held += Integer.parseInt(said.get(said.size() - 1).substring(5));
                }
                assertThat(child.waitFor(60, TimeUnit.SECONDS)).isTrue();
            }
        } finally {
            children.forEach(Process::destroyForcibly);
        }
        assertThat(held).isEqualTo(1_000);
        try (PostgresLedger ledger =
                PostgresLedger.open(url, EmbeddedServer.login(), secret, folder.resolve("parent.head"), clock)) {
            assertThat(ledger.verify().findings()).isEmpty();
            assertThat(ledger.payments(Instant.MIN, Instant.MAX, null, 30_000)).hasSize(20_000);
        }
    }
}
