package waybill.wallet;

import static org.assertj.core.api.Assertions.assertThat;
import static waybill.wallet.Buying.code;
import static waybill.wallet.Buying.limits;
import static waybill.wallet.Buying.perDay;
import static waybill.wallet.Buying.reserve;
import static waybill.wallet.Buying.settle;

import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LedgerClockTest {
    private static final Duration DAY = Duration.ofDays(1);

    @TempDir
    Path folder;

    private final MovableClock clock = MovableClock.atNow();
    private final AtomicLong nanos = new AtomicLong(17);

    private SqliteLedger watched() {
        return SqliteLedger.open(folder.resolve("ledger.db"), clock, nanos::get);
    }

    private Instant now() {
        return clock.instant();
    }

    /** Time passes, as both clocks see it. */
    private void pass(Duration time) {
        clock.move(time);
        nanos.addAndGet(time.toNanos());
    }

    @Test
    void a_clock_set_forward_freezes_the_wallet_until_a_person_confirms() {
        try (SqliteLedger ledger = watched()) {
            reserve(ledger, "spent", "1", perDay("1"), now());
            settle(ledger, "spent", now());
            clock.move(DAY.plusHours(2));
            assertThat(code(reserve(ledger, "early", "1", perDay("1"), now()))).isEqualTo(PaymentCode.KILL_SWITCH);
            assertThat(ledger.frozen().orElseThrow()).contains("clock", "93600 s");
            assertThat(code(reserve(ledger, "still", "1", perDay("1"), now()))).isEqualTo(PaymentCode.KILL_SWITCH);

            clock.move(DAY.plusHours(2).negated()); // the person sets it right
            ledger.unfreeze(now());
            assertThat(code(reserve(ledger, "right", "1", perDay("1"), now())))
                    .as("the jump has moved no window")
                    .isEqualTo(PaymentCode.CUMULATIVE_CAP);
            pass(DAY.plusHours(2));
            assertThat(code(reserve(ledger, "later", "1", perDay("1"), now()))).isNull();
            assertThat(ledger.verify().findings()).isEmpty();
        }
    }

    @Test
    void a_settlement_while_the_clock_is_ahead_moves_no_window() {
        try (SqliteLedger ledger = watched()) {
            reserve(ledger, "a", "0.50", perDay("1"), now());
            reserve(ledger, "b", "0.50", perDay("1"), now());
            settle(ledger, "a", now());
            clock.move(DAY.plusHours(2));
            settle(ledger, "b", now());
            clock.move(DAY.plusHours(2).negated());
            assertThat(code(reserve(ledger, "c", "0.01", perDay("1"), now()))).isEqualTo(PaymentCode.CUMULATIVE_CAP);
            assertThat(ledger.verify().findings()).isEmpty();
        }
    }

    @Test
    void a_person_who_says_that_the_new_time_is_right_is_believed() {
        try (SqliteLedger ledger = watched()) {
            clock.move(Duration.ofHours(3));
            assertThat(code(reserve(ledger, "p", "1", perDay("1"), now()))).isEqualTo(PaymentCode.KILL_SWITCH);
            ledger.unfreeze(now());
            assertThat(code(reserve(ledger, "q", "1", perDay("1"), now()))).isNull();
        }
    }

    @Test
    void time_that_passes_a_clock_set_back_and_a_smeared_second_freeze_nothing() {
        try (SqliteLedger ledger = watched()) {
            pass(Duration.ofDays(300));
            assertThat(code(reserve(ledger, "a", "0.01", perDay("1"), now()))).isNull();
            clock.move(DAY.negated());
            assertThat(code(reserve(ledger, "b", "0.01", perDay("1"), now()))).isNull();
            clock.move(DAY);
            assertThat(code(reserve(ledger, "c", "0.01", perDay("1"), now()))).isNull();
            clock.move(Duration.ofSeconds(119));
            assertThat(code(reserve(ledger, "d", "0.01", perDay("1"), now()))).isNull();
            clock.move(Duration.ofSeconds(2));
            assertThat(code(reserve(ledger, "e", "0.01", perDay("1"), now()))).isEqualTo(PaymentCode.KILL_SWITCH);
        }
    }

    @Test
    void a_frozen_wallet_stays_frozen_over_a_restart() {
        try (SqliteLedger ledger = watched()) {
            clock.move(DAY);
            reserve(ledger, "p", "1", perDay("1"), now());
        }
        try (SqliteLedger ledger = watched()) {
            assertThat(ledger.frozen()).isPresent();
        }
    }

    /** Summer time ends and begins: the hour that comes twice, and the one that never comes. */
    @ParameterizedTest
    @ValueSource(strings = {"2026-10-24T12:00", "2026-03-28T12:00", "2016-12-31T12:00"})
    void no_window_sees_more_than_its_cap_over_a_change_of_summer_time_or_a_leap_second(String local) {
        MovableClock berlin = new MovableClock(
                LocalDateTime.parse(local).atZone(ZoneId.of("Europe/Berlin")).toInstant());
        edges(berlin, 7, 900);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void no_window_sees_more_than_its_cap_whatever_the_moments(long seed) {
        edges(MovableClock.atNow(), seed, seed % 2 == 0 ? 240 : 4_000);
    }

    /** Spends whatever is let, at random moments at most {@code gap} seconds apart, sometimes with the clock set back. */
    private static void edges(MovableClock clock, long seed, int gap) {
        Random random = new Random(seed);
        TreeMap<Instant, Long> spent = new TreeMap<>();
        Limits limits = limits(40_000, 40_000, 50_000, 100_000, 1_000, null);
        Instant latest = clock.instant();
        try (MemoryLedger ledger = MemoryLedger.open()) {
            for (int i = 0; i < 150; i++) {
                boolean back = random.nextInt(20) == 0;
                clock.move(Duration.ofSeconds(back ? -random.nextInt(90_000) : random.nextInt(gap)));
                long micros = 1 + random.nextInt(40_000);
                String dollars = BigDecimal.valueOf(micros, 6).toPlainString();
                latest = latest.isAfter(clock.instant()) ? latest : clock.instant();
                if (code(reserve(ledger, "p" + i, dollars, limits, clock.instant())) == null) {
                    settle(ledger, "p" + i, clock.instant());
                    spent.merge(latest, micros, Long::sum);
                }
                if (back) {
                    clock.move(Duration.between(clock.instant(), latest));
                }
            }
            assertThat(ledger.verify().findings()).isEmpty();
        }
        assertThat(spent.size()).as("seed %d", seed).isGreaterThan(3);
        for (Instant from : spent.keySet()) {
            assertThat(sum(spent, from, Duration.ofHours(24)))
                    .as("seed %d, a day from %s", seed, from)
                    .isLessThanOrEqualTo(100_000);
            assertThat(sum(spent, from, Duration.ofHours(1)))
                    .as("seed %d, an hour from %s", seed, from)
                    .isLessThanOrEqualTo(50_000);
        }
    }

    private static long sum(TreeMap<Instant, Long> spent, Instant from, Duration length) {
        return spent.subMap(from, true, from.plus(length), false).values().stream()
                .mapToLong(Long::longValue)
                .sum();
    }
}
