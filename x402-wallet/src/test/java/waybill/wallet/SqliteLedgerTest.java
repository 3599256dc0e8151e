package waybill.wallet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static waybill.wallet.Buying.WIDE;
import static waybill.wallet.Buying.call;
import static waybill.wallet.Buying.code;
import static waybill.wallet.Buying.limits;
import static waybill.wallet.Buying.perDay;
import static waybill.wallet.Buying.purchase;
import static waybill.wallet.Buying.reserve;
import static waybill.wallet.Buying.settle;
import static waybill.wallet.Fixture.usdc;
import static waybill.wallet.ScriptedSeller.OTHER_PAYEE;
import static waybill.wallet.ScriptedSeller.PAYEE;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SqliteLedgerTest extends LedgerContract {
    @TempDir
    Path folder;

    @Override
    Ledger openNew() {
        return SqliteLedger.open(folder.resolve("contract.db"), clock);
    }

    @Override
    Ledger openOther() {
        return SqliteLedger.open(folder.resolve("other.db"), clock);
    }

    private SqliteLedger open() {
        return SqliteLedger.open(folder.resolve("ledger.db"), clock);
    }

    private Instant now() {
        return clock.instant();
    }

    private void tamper(String sql) throws SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + folder.resolve("ledger.db"))) {
            assertThat(connection.createStatement().executeUpdate(sql)).as(sql).isPositive();
        }
    }

    @Test
    void a_payment_goes_its_way_and_the_books_balance() {
        try (SqliteLedger ledger = open()) {
            PaymentRecord held = reserve(ledger, "p1", "0.02", WIDE, now()).payment();
            assertThat(held.state()).isEqualTo(PaymentState.RESERVED);
            assertThat(held.validBefore()).isEqualTo(now().plusSeconds(120));
            assertThat(ledger.totals()).isEqualTo(new Totals(List.of(), List.of(usdc("0.02"))));

            assertThat(settle(ledger, "p1", now()).state()).isEqualTo(PaymentState.SETTLED);
            assertThat(ledger.totals()).isEqualTo(new Totals(List.of(usdc("0.02")), List.of()));
            assertThat(ledger.verify().findings()).isEmpty();
        }
        try (SqliteLedger ledger = open()) {
            assertThat(ledger.totals()).isEqualTo(new Totals(List.of(usdc("0.02")), List.of()));
            assertThat(ledger.payment("p1"))
                    .get()
                    .extracting(PaymentRecord::state)
                    .isEqualTo(PaymentState.SETTLED);
        }
    }

    @Test
    void every_limit_holds_at_its_edge() {
        try (SqliteLedger ledger = open()) {
            Limits limits = limits(500_000, 300_000, 700_000, 1_000_000, 100, null);
            assertThat(code(reserve(ledger, "first-over", "0.300001", limits, now())))
                    .isEqualTo(PaymentCode.PAYEE_NOT_ALLOWED);
            assertThat(code(reserve(ledger, "first", "0.30", limits, now()))).isNull();
            assertThat(code(reserve(ledger, "over", "0.500001", limits, now()))).isEqualTo(PaymentCode.PER_PAYMENT_CAP);
            assertThat(code(reserve(ledger, "hour-over", "0.400001", limits, now())))
                    .isEqualTo(PaymentCode.CUMULATIVE_CAP);
            assertThat(code(reserve(ledger, "hour", "0.40", limits, now()))).isNull();
            settle(ledger, "first", now());
            settle(ledger, "hour", now());
            clock.move(Duration.ofMinutes(61));
            assertThat(code(reserve(ledger, "day-over", "0.300001", limits, now())))
                    .isEqualTo(PaymentCode.CUMULATIVE_CAP);
            assertThat(code(reserve(ledger, "day", "0.30", limits, now()))).isNull();
            assertThat(ledger.verify().findings()).isEmpty();
        }
    }

    @Test
    void payments_begun_within_a_minute_are_counted_even_when_they_come_to_nothing() {
        Limits limits = limits(1_000_000, 1_000_000, 1_000_000, 1_000_000, 3, null);
        try (SqliteLedger ledger = open()) {
            for (int i = 0; i < 3; i++) {
                reserve(ledger, "p" + i, "0.01", limits, now());
                ledger.move("p" + i, new Step.Voided("not signed"), now());
            }
            assertThat(code(reserve(ledger, "p3", "0.01", limits, now()))).isEqualTo(PaymentCode.VELOCITY);
            clock.move(Duration.ofSeconds(66));
            assertThat(code(reserve(ledger, "p4", "0.01", limits, now()))).isNull();
        }
    }

    @Test
    void what_is_held_counts_whatever_its_age_and_what_is_spent_counts_a_whole_day() {
        Limits limits = perDay("1");
        try (SqliteLedger ledger = open()) {
            reserve(ledger, "spent", "0.50", limits, now());
            settle(ledger, "spent", now());
            reserve(ledger, "held", "0.50", limits, now());
            ledger.move("held", new Step.Signed("h"), now());
            ledger.move("held", new Step.Sent(), now());
            ledger.move("held", new Step.Unknown("cut"), now());
            clock.move(Duration.ofHours(24).minusSeconds(1));
            assertThat(code(reserve(ledger, "early", "0.01", limits, now()))).isEqualTo(PaymentCode.CUMULATIVE_CAP);
            clock.move(Duration.ofHours(1).plusSeconds(1));
            assertThat(code(reserve(ledger, "half", "0.50", limits, now()))).isNull();
            clock.move(Duration.ofDays(30));
            assertThat(code(reserve(ledger, "never", "0.500001", limits, now())))
                    .isEqualTo(PaymentCode.CUMULATIVE_CAP);
        }
    }

    @Test
    void a_clock_that_goes_back_or_forth_and_back_refills_nothing() {
        Limits limits = perDay("1");
        try (SqliteLedger ledger = open()) {
            reserve(ledger, "p", "1", limits, now());
            settle(ledger, "p", now());
            clock.move(Duration.ofDays(-3));
            assertThat(code(reserve(ledger, "back", "0.01", limits, now()))).isEqualTo(PaymentCode.CUMULATIVE_CAP);
            clock.move(Duration.ofDays(5));
            reserve(ledger, "ahead", "1", limits, now());
            settle(ledger, "ahead", now());
            clock.move(Duration.ofDays(-2));
            assertThat(code(reserve(ledger, "again", "0.01", limits, now()))).isEqualTo(PaymentCode.CUMULATIVE_CAP);
        }
    }

    /** Whatever the moments of payment, no 24 hours see more than the cap. The seed is in the failure. */
    @Test
    void no_24_hours_see_more_than_the_cap_whatever_the_moments() {
        for (long seed = 1; seed <= 5; seed++) {
            Random random = new Random(seed);
            Limits limits = perDay("1");
            TreeMap<Instant, Long> spent = new TreeMap<>();
            try (SqliteLedger ledger = SqliteLedger.open(folder.resolve("w" + seed + ".db"), clock)) {
                for (int i = 0; i < 50; i++) {
                    clock.move(Duration.ofSeconds(random.nextInt(4 * 3600)));
                    String id = "p" + i;
                    long cents = 1 + random.nextInt(40);
                    if (code(reserve(ledger, id, "0." + String.format("%02d", cents), limits, now())) == null) {
                        settle(ledger, id, now());
                        spent.merge(now(), cents, Long::sum);
                    }
                }
                assertThat(ledger.verify().findings()).isEmpty();
            }
            for (Instant from : spent.keySet()) {
                long sum = spent.subMap(from, true, from.plus(Duration.ofHours(24)), false).values().stream()
                        .mapToLong(Long::longValue)
                        .sum();
                assertThat(sum).as("seed %d, from %s", seed, from).isLessThanOrEqualTo(100);
            }
        }
    }

    @Test
    void the_first_payee_is_remembered_per_place_and_a_persons_word_is_above_it() {
        try (SqliteLedger ledger = open()) {
            reserve(ledger, "p1", "0.01", WIDE, now());
            Purchase other = purchase(ledger, "p2", usdc("0.01"), OTHER_PAYEE, now());
            assertThat(code(ledger.reserve(other, WIDE, now()))).isEqualTo(PaymentCode.PAYEE_CHANGED);
            Limits named = limits(1_000_000, 1_000_000, 1_000_000, 1_000_000, 100, OTHER_PAYEE);
            Purchase again = purchase(ledger, "p3", usdc("0.01"), OTHER_PAYEE, now());
            assertThat(code(ledger.reserve(again, named, now()))).isNull();
            Purchase first = purchase(ledger, "p4", usdc("0.01"), PAYEE, now());
            assertThat(code(ledger.reserve(first, named, now()))).isEqualTo(PaymentCode.PAYEE_NOT_ALLOWED);
        }
    }

    @Test
    void moves_only_along_the_states() {
        try (SqliteLedger ledger = open()) {
            reserve(ledger, "p", "0.01", WIDE, now());
            assertThatThrownBy(() -> ledger.move("p", new Step.Sent(), now()))
                    .isInstanceOf(IllegalStateException.class);
            settle(ledger, "p", now());
            for (Step step : List.of(
                    new Step.Signed("again"),
                    new Step.Sent(),
                    new Step.Unknown("no"),
                    new Step.Settled(ScriptedSeller.TRANSACTION, false),
                    new Step.Voided("give it back"))) {
                assertThatThrownBy(() -> ledger.move("p", step, now())).isInstanceOf(IllegalStateException.class);
            }
            assertThat(ledger.totals().settled()).containsExactly(usdc("0.01"));
            assertThat(ledger.verify().findings()).isEmpty();
        }
    }

    @Test
    void refusals_are_written_down_with_code_and_reason() {
        try (SqliteLedger ledger = open()) {
            PaymentRecord denied = ledger.deny(
                    "d", call("d"), null, null, PaymentCode.ASSET_NOT_ALLOWED, "a token\u202e nobody\nknows", now());
            assertThat(denied.state()).isEqualTo(PaymentState.DENIED);
            assertThat(denied.code()).isEqualTo(PaymentCode.ASSET_NOT_ALLOWED);
            assertThat(denied.reason()).isEqualTo("a token? nobody?knows");
            assertThat(ledger.payments(10)).containsExactly(denied);
        }
    }

    @Test
    void a_second_opening_is_refused_while_the_first_is_open() {
        try (SqliteLedger ledger = open()) {
            assertThatThrownBy(this::open).isInstanceOf(LedgerException.class).hasMessageContaining("in use");
            assertThat(ledger.verify().sound()).isTrue();
        }
        open().close();
    }

    @Test
    void its_files_are_for_their_owner_only() throws Exception {
        try (SqliteLedger ledger = open()) {
            reserve(ledger, "p", "0.01", WIDE, now());
            try (var files = Files.list(folder)) {
                assertThat(files.toList()).hasSizeGreaterThanOrEqualTo(4).allSatisfy(file -> assertThat(
                                PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                        .as(file.toString())
                        .isEqualTo("rw-------"));
            }
        }
    }

    @Test
    void opening_ends_what_a_dead_process_left() {
        SqliteLedger dead = open();
        reserve(dead, "reserved", "0.01", WIDE, now());
        reserve(dead, "signed", "0.01", WIDE, now());
        dead.move("signed", new Step.Signed("h1"), now());
        reserve(dead, "sent", "0.01", WIDE, now());
        dead.move("sent", new Step.Signed("h2"), now());
        dead.move("sent", new Step.Sent(), now());
        dead.awaitApproval("asked", call("asked"), usdc("0.01"), PAYEE, now().plusSeconds(60), now());
        reserve(dead, "paid", "0.01", WIDE, now());
        dead.move("paid", new Step.Signed("h3"), now());
        dead.move("paid", new Step.Sent(), now());
        dead.move("paid", new Step.Settled(ScriptedSeller.TRANSACTION, false), now());
        dead.close();

        try (SqliteLedger ledger = open()) {
            Map<String, PaymentState> states = new TreeMap<>();
            ledger.payments(10).forEach(payment -> states.put(payment.id(), payment.state()));
            assertThat(states)
                    .containsEntry("reserved", PaymentState.VOID)
                    .containsEntry("signed", PaymentState.UNKNOWN)
                    .containsEntry("sent", PaymentState.UNKNOWN)
                    .containsEntry("asked", PaymentState.DENIED)
                    .containsEntry("paid", PaymentState.SETTLED);
            assertThat(ledger.totals()).isEqualTo(new Totals(List.of(usdc("0.01")), List.of(usdc("0.02"))));
            // the answers of both were never read: the same calls are about these very payments
            assertThat(ledger.unanswered("sent", now()))
                    .get()
                    .extracting(Unanswered::header)
                    .isEqualTo("h2");
            assertThat(ledger.unanswered("paid", now()))
                    .get()
                    .extracting(Unanswered::header)
                    .isEqualTo("h3");
            assertThat(ledger.unanswered("reserved", now())).isEmpty();
            assertThat(ledger.verify().findings()).isEmpty();
        }
    }

    @Test
    void an_answer_never_had_is_given_up_when_its_payment_runs_out() {
        try (SqliteLedger ledger = open()) {
            reserve(ledger, "p", "0.01", WIDE, now());
            ledger.move("p", new Step.Signed("h"), now());
            ledger.move("p", new Step.Sent(), now());
            ledger.move("p", new Step.Settled(ScriptedSeller.TRANSACTION, false), now());
            ledger.callEnded("p", false, now());
            assertThat(ledger.unanswered("p", now())).isPresent();
            clock.move(Duration.ofSeconds(120));
            assertThat(ledger.unanswered("p", now())).isEmpty();
            Purchase again = new Purchase(
                    "q",
                    call("p"),
                    usdc("0.01"),
                    PAYEE,
                    purchase(ledger, "q", usdc("0.01"), PAYEE, now()).authorization());
            assertThat(ledger.reserve(again, WIDE, now())).isInstanceOf(Reservation.Held.class);
            assertThat(ledger.verify().findings()).isEmpty();
        }
    }

    @Test
    void verify_names_the_row_that_somebody_changed_and_payments_are_denied() throws Exception {
        List<String[]> changes = List.of(
                new String[] {"UPDATE payment SET amount = '1' WHERE id = 'p1'", "payment p1"},
                new String[] {"UPDATE payment SET pay_to = '" + OTHER_PAYEE + "' WHERE id = 'p1'", "payment p1"},
                new String[] {"UPDATE payment SET state = 'VOID' WHERE id = 'p2'", "payment p2"},
                new String[] {"DELETE FROM payment WHERE id = 'p2'", "payment p2 has events but no row"},
                new String[] {
                    "UPDATE event SET detail = replace(detail, '20000', '2') WHERE payment = 'p1'", "of payment p1"
                },
                new String[] {"DELETE FROM event WHERE seq = 3", "event 3 is missing"},
                new String[] {"DELETE FROM event WHERE seq = (SELECT MAX(seq) FROM event)", "cut short"},
                new String[] {"UPDATE entry SET amount = '1' WHERE payment = 'p1'", "entry of event"},
                new String[] {"UPDATE account SET balance = '0' WHERE name = 'held'", "account held"},
                new String[] {"UPDATE rule SET held = 0 WHERE id = 'wallet'", "held by rule wallet"},
                new String[] {"UPDATE rule SET latest_seconds = latest_seconds + 90000", "is at time"},
                new String[] {"UPDATE slot SET spent = 0 WHERE rule = 'wallet'", "slot wallet of 60 s"},
                new String[] {"DELETE FROM slot WHERE rule LIKE 'host %'", "slot host api.example.com of 3600 s"},
                new String[] {"UPDATE payee SET pay_to = '" + OTHER_PAYEE + "'", "payee at"},
                new String[] {"UPDATE token SET decimals = 18", "token eip155:84532"},
                new String[] {"INSERT INTO setting VALUES ('frozen', 'x')", "kill switch"});
        try (SqliteLedger ledger = open()) {
            reserve(ledger, "p1", "0.02", WIDE, now());
            settle(ledger, "p1", now());
            reserve(ledger, "p2", "0.02", WIDE, now());
            ledger.move("p2", new Step.Signed("h"), now());
            ledger.move("p2", new Step.Sent(), now());
            ledger.move("p2", new Step.Unknown("cut"), now());
        }
        Path copies = Files.createDirectory(folder.resolve("good"));
        copy(folder, copies);
        for (String[] change : changes) {
            copy(copies, folder);
            tamper(change[0]);
            try (SqliteLedger ledger = open()) {
                Verification found = ledger.verify();
                assertThat(found.findings()).as(change[0]).isNotEmpty();
                assertThat(String.join("\n", found.findings())).as(change[0]).contains(change[1]);
                assertThatThrownBy(() -> reserve(ledger, "p3", "0.01", WIDE, now()))
                        .as(change[0])
                        .isInstanceOf(LedgerException.class)
                        .hasMessageContaining("does not add up");
            }
        }
    }

    private static void copy(Path from, Path to) throws Exception {
        for (String name : List.of("ledger.db", "ledger.db.secret", "ledger.db.head")) {
            Files.copy(from.resolve(name), to.resolve(name), StandardCopyOption.REPLACE_EXISTING);
        }
        Files.deleteIfExists(to.resolve("ledger.db-wal"));
        Files.deleteIfExists(to.resolve("ledger.db-shm"));
    }

    @Test
    void an_older_copy_of_the_ledger_is_noticed() throws Exception {
        Path copies = Files.createDirectory(folder.resolve("old"));
        try (SqliteLedger ledger = open()) {
            reserve(ledger, "p1", "0.02", WIDE, now());
        }
        copy(folder, copies);
        try (SqliteLedger ledger = open()) {
            reserve(ledger, "p2", "0.02", WIDE, now());
        }
        Files.copy(copies.resolve("ledger.db"), folder.resolve("ledger.db"), StandardCopyOption.REPLACE_EXISTING);
        try (SqliteLedger ledger = open()) {
            assertThat(ledger.verify().findings())
                    .anySatisfy(finding -> assertThat(finding).contains("older copy"));
        }
    }

    @Test
    void a_ledger_whose_files_are_gone_does_not_start_anew() throws Exception {
        open().close();
        Files.delete(folder.resolve("ledger.db"));
        assertThatThrownBy(this::open).isInstanceOf(LedgerException.class).hasMessageContaining("is gone");
    }

    @Test
    void a_ledger_without_its_secret_does_not_open() throws Exception {
        try (SqliteLedger ledger = open()) {
            reserve(ledger, "p1", "0.02", WIDE, now());
        }
        Files.delete(folder.resolve("ledger.db.secret"));
        assertThatThrownBy(this::open).isInstanceOf(LedgerException.class).hasMessageContaining(".secret");
    }

    @Test
    void a_flipped_byte_is_found_wherever_it_is_or_does_no_harm() throws Exception {
        try (SqliteLedger ledger = open()) {
            for (int i = 0; i < 20; i++) {
                reserve(ledger, "p" + i, "0.02", WIDE, now());
                settle(ledger, "p" + i, now());
            }
        }
        Path copies = Files.createDirectory(folder.resolve("good"));
        copy(folder, copies);
        byte[] good = Files.readAllBytes(copies.resolve("ledger.db"));
        long seed = 42;
        Random random = new Random(seed);
        int noticed = 0;
        for (int i = 0; i < 40; i++) {
            copy(copies, folder);
            byte[] bad = good.clone();
            int place = random.nextInt(bad.length);
            bad[place] ^= (byte) (1 << random.nextInt(8));
            Files.write(folder.resolve("ledger.db"), bad);
            try (SqliteLedger ledger = open()) {
                if (ledger.verify().sound()) {
                    assertThat(ledger.totals())
                            .as("seed %d, byte %d", seed, place)
                            .isEqualTo(new Totals(List.of(usdc("0.4")), List.of()));
                } else {
                    noticed++;
                    assertThatThrownBy(() -> reserve(ledger, "after", "0.01", WIDE, now()))
                            .isInstanceOf(LedgerException.class);
                }
            } catch (LedgerException e) {
                noticed++; // not even a database any more
            }
        }
        assertThat(noticed).as("most bytes of the file mean something").isGreaterThan(10);
    }

    @Test
    void a_write_that_fails_half_way_denies_and_leaves_nothing_behind() throws Exception {
        try (SqliteLedger ledger = open()) {
            reserve(ledger, "p1", "0.02", WIDE, now());
            tamperSchema("ALTER TABLE entry RENAME TO elsewhere");
            assertThatThrownBy(() -> reserve(ledger, "p2", "0.02", WIDE, now()))
                    .isInstanceOf(LedgerException.class)
                    .hasMessageContaining("cannot be written");
            tamperSchema("ALTER TABLE elsewhere RENAME TO entry");
            assertThat(ledger.payment("p2")).isEmpty();
            assertThat(ledger.totals().held()).containsExactly(usdc("0.02"));
            assertThat(ledger.verify().findings()).isEmpty();
            assertThat(code(reserve(ledger, "p2", "0.02", WIDE, now()))).isNull();
        }
    }

    private void tamperSchema(String sql) throws SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + folder.resolve("ledger.db"))) {
            connection.createStatement().executeUpdate(sql);
        }
    }

    @Test
    void the_nonce_of_a_payment_is_always_the_same_and_differs_between_ledgers() {
        String one;
        try (SqliteLedger ledger = open()) {
            one = ledger.nonce("p").toString();
            assertThat(ledger.nonce("q").toString()).isNotEqualTo(one);
        }
        try (SqliteLedger ledger = open();
                SqliteLedger other = SqliteLedger.open(folder.resolve("second.db"))) {
            assertThat(ledger.nonce("p").toString()).isEqualTo(one);
            assertThat(other.nonce("p").toString()).isNotEqualTo(one);
        }
    }

    /** Random operations against a model of three numbers. The seed is in the failure. */
    @Test
    void random_operations_keep_the_books_equal_to_a_model() {
        for (long seed = 1; seed <= 4; seed++) {
            Random random = new Random(seed);
            long held = 0;
            long spent = 0;
            long cap = 3_000;
            Map<String, Long> open = new TreeMap<>();
            try (SqliteLedger ledger = SqliteLedger.open(folder.resolve("m" + seed + ".db"), clock)) {
                for (int i = 0; i < 100; i++) {
                    if (open.isEmpty() || random.nextInt(3) > 0) {
                        long amount = 1 + random.nextInt(300);
                        boolean fits = held + spent + amount <= cap;
                        String dollars = new java.math.BigDecimal(amount)
                                .movePointLeft(6)
                                .toPlainString();
                        Reservation reservation = reserve(ledger, "p" + i, dollars, perDay("0.003"), now());
                        assertThat(reservation instanceof Reservation.Held)
                                .as("seed %d step %d", seed, i)
                                .isEqualTo(fits);
                        if (fits) {
                            held += amount;
                            open.put("p" + i, amount);
                        }
                    } else {
                        String id = List.copyOf(open.keySet()).get(random.nextInt(open.size()));
                        long amount = open.remove(id);
                        held -= amount;
                        if (random.nextBoolean()) {
                            settle(ledger, id, now());
                            spent += amount;
                        } else {
                            ledger.move(id, new Step.Voided("not signed"), now());
                        }
                    }
                }
                Totals totals = ledger.totals();
                assertThat(sum(totals.held())).as("seed %d", seed).isEqualTo(held);
                assertThat(sum(totals.settled())).as("seed %d", seed).isEqualTo(spent);
                assertThat(ledger.verify().findings()).as("seed %d", seed).isEmpty();
            }
        }
    }

    private static long sum(List<waybill.x402.Amount> amounts) {
        return amounts.stream()
                .mapToLong(amount -> amount.atomic().longValueExact())
                .sum();
    }
}
