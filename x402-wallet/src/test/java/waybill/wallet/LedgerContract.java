package waybill.wallet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static waybill.wallet.Buying.WIDE;
import static waybill.wallet.Buying.call;
import static waybill.wallet.Buying.code;
import static waybill.wallet.Buying.perDay;
import static waybill.wallet.Buying.purchase;
import static waybill.wallet.Buying.reserve;
import static waybill.wallet.Buying.settle;
import static waybill.wallet.Fixture.usdc;
import static waybill.wallet.ScriptedSeller.OTHER_PAYEE;
import static waybill.wallet.ScriptedSeller.PAYEE;
import static waybill.wallet.ScriptedSeller.TRANSACTION;

import java.math.BigDecimal;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every ledger does, wherever it keeps its tables. */
abstract class LedgerContract {
    final MovableClock clock = MovableClock.atNow();
    private Ledger ledger;

    /** A new one. */
    abstract Ledger openNew() throws Exception;

    @BeforeEach
    void openLedger() throws Exception {
        ledger = openNew();
    }

    @AfterEach
    void closeLedger() {
        assertThat(ledger.verify().findings()).isEmpty();
        ledger.close();
    }

    private Instant now() {
        return clock.instant();
    }

    private static Purchase purchaseAt(Ledger ledger, String id, String url, Map<String, String> tags, Instant now) {
        Purchase plain = purchase(ledger, id, usdc("0.10"), PAYEE, now);
        Call call = new Call(id, plain.call().payer(), "GET", URI.create(url), tags);
        return new Purchase(id, call, plain.amount(), plain.payTo(), plain.authorization());
    }

    private PaymentCode reserveAt(String id, String url, Map<String, String> tags, Limit... limits) {
        Limits all = new Limits(WIDE.perPayment(), WIDE.firstPayment(), Long.MAX_VALUE, null, List.of(limits));
        return code(ledger.reserve(purchaseAt(ledger, id, url, tags, now()), all, now()));
    }

    @Test
    void what_is_signed_is_written_down_with_its_sending_or_not_at_all() {
        reserve(ledger, "p", "0.01", WIDE, now());
        PaymentRecord sent = ledger.send("p", "header of p", now());
        assertThat(sent.state()).isEqualTo(PaymentState.SENT);
        assertThat(ledger.events(0, 100))
                .extracting(LedgerEvent::kind)
                .containsSubsequence("RESERVED", "SIGNED", "SENT");
        assertThatThrownBy(() -> ledger.send("p", "another", now())).isInstanceOf(IllegalStateException.class);
        assertThat(ledger.events(0, 100)).extracting(LedgerEvent::kind).containsOnlyOnce("SIGNED");
        assertThat(ledger.unanswered(Buying.call("p").fingerprint(), now())
                        .orElseThrow()
                        .header())
                .isEqualTo("header of p");
    }

    /** How many payments 64 threads try. */
    int tries() {
        return 10_000;
    }

    /** How many of them fit under the cap. */
    int fitting() {
        return 1_000;
    }

    @Test
    void sixty_four_threads_never_pass_the_cap() throws Exception {
        String cap = BigDecimal.valueOf(fitting(), 6).toPlainString();
        Limits limits = perDay(cap);
        AtomicInteger held = new AtomicInteger();
        AtomicInteger refused = new AtomicInteger();
        ExecutorService threads = Executors.newFixedThreadPool(64);
        try {
            List<CompletableFuture<Void>> tries = new ArrayList<>();
            for (int i = 0; i < tries(); i++) {
                String id = "p" + i;
                tries.add(CompletableFuture.runAsync(
                        () -> {
                            Reservation reservation = reserve(ledger, id, "0.000001", limits, now());
                            if (reservation instanceof Reservation.Held) {
                                held.incrementAndGet();
                            } else {
                                assertThat(code(reservation)).isEqualTo(PaymentCode.CUMULATIVE_CAP);
                                refused.incrementAndGet();
                            }
                        },
                        threads));
            }
            CompletableFuture.allOf(tries.toArray(new CompletableFuture[0])).join();
        } finally {
            threads.shutdownNow();
        }
        assertThat(held.get()).isEqualTo(fitting());
        assertThat(refused.get()).isEqualTo(tries() - fitting());
        assertThat(ledger.totals().held()).containsExactly(usdc(cap));
    }

    @Test
    void a_host_has_its_own_limit_and_another_host_its_own() {
        Limit host = Limit.dollars(Scope.HOST, Window.DAY, new BigDecimal("0.20"), "per-host-per-day");
        assertThat(reserveAt("a1", "https://a.example.com/x", Map.of(), host)).isNull();
        assertThat(reserveAt("a2", "https://a.example.com/y", Map.of(), host)).isNull();
        assertThat(reserveAt("a3", "https://a.example.com/z", Map.of(), host)).isEqualTo(PaymentCode.CUMULATIVE_CAP);
        assertThat(ledger.payment("a3").orElseThrow().reason())
                .contains("host a.example.com", "$0.20", "waybill.wallet.per-host-per-day");
        assertThat(reserveAt("b1", "https://b.example.com/x", Map.of(), host)).isNull();
    }

    @Test
    void a_payee_has_its_own_limit_at_whatever_host() {
        Limit payee = Limit.payments(Scope.PAYEE, Window.HOUR, 2, "per-payee-per-hour");
        assertThat(reserveAt("a", "https://a.example.com/", Map.of(), payee)).isNull();
        assertThat(reserveAt("b", "https://b.example.com/", Map.of(), payee)).isNull();
        assertThat(reserveAt("c", "https://c.example.com/", Map.of(), payee)).isEqualTo(PaymentCode.VELOCITY);
        clock.move(Duration.ofMinutes(61));
        assertThat(reserveAt("d", "https://d.example.com/", Map.of(), payee)).isNull();
    }

    @Test
    void a_tag_narrows_and_the_wallets_cap_always_holds() {
        Limit wallet = Limit.dollars(Scope.WALLET, Window.DAY, new BigDecimal("0.30"), "per-day");
        Limit agent = Limit.dollars(Scope.AGENT, Window.DAY, new BigDecimal("0.10"), "per-agent-per-day");
        assertThat(reserveAt("a1", "https://a.example.com/1", Map.of("agent", "a"), wallet, agent))
                .isNull();
        assertThat(reserveAt("a2", "https://a.example.com/2", Map.of("agent", "a"), wallet, agent))
                .isEqualTo(PaymentCode.CUMULATIVE_CAP);
        assertThat(reserveAt("b1", "https://a.example.com/3", Map.of("agent", "b"), wallet, agent))
                .isNull();
        assertThat(reserveAt("n1", "https://a.example.com/4", Map.of(), wallet, agent))
                .isNull();
        assertThat(reserveAt("c1", "https://a.example.com/5", Map.of("agent", "c"), wallet, agent))
                .isEqualTo(PaymentCode.CUMULATIVE_CAP);
        assertThat(ledger.payment("c1").orElseThrow().reason()).contains("waybill.wallet.per-day");
    }

    @Test
    void a_limit_set_later_sees_what_was_paid_before() {
        assertThat(reserveAt("s1", "https://a.example.com/1", Map.of("session", "s", "model", "m")))
                .isNull();
        settle(ledger, "s1", now());
        Limit session = Limit.dollars(Scope.SESSION, Window.HOUR, new BigDecimal("0.15"), "per-session-per-hour");
        assertThat(reserveAt("s2", "https://a.example.com/2", Map.of("session", "s"), session))
                .isEqualTo(PaymentCode.CUMULATIVE_CAP);
        assertThat(ledger.used(Scope.SESSION, "s", Limit.Measure.DOLLARS, Window.HOUR, now()))
                .isEqualTo(100_000);
        assertThat(ledger.used(Scope.MODEL, "m", Limit.Measure.PAYMENTS, Window.MINUTE, now()))
                .isEqualTo(1);
        assertThat(ledger.used(Scope.WALLET, "", Limit.Measure.DOLLARS, Window.DAY, now()))
                .isEqualTo(100_000);
        assertThat(ledger.used(Scope.HOST, "b.example.com", Limit.Measure.DOLLARS, Window.DAY, now()))
                .isZero();
    }

    @Test
    void an_approval_is_for_one_call_amount_and_payee_and_for_a_time() {
        Limits asks = new Limits(1_000_000, 1_000_000, 100_000, null, List.of());
        assertThat(code(reserve(ledger, "unasked", "0.50", asks, now()))).isEqualTo(PaymentCode.APPROVAL_REQUIRED);

        ask("yes", "0.50");
        assertThat(ledger.approvals(now()))
                .extracting(open -> open.payment().id())
                .containsExactly("yes");
        assertThat(ledger.approve("yes", now()).state()).isEqualTo(PaymentState.AWAITING_APPROVAL);
        assertThat(ledger.approvals(now())).isEmpty();
        assertThat(reserve(ledger, "yes", "0.50", asks, now())).isInstanceOf(Reservation.Held.class);

        ask("silent", "0.50");
        assertThat(code(reserve(ledger, "silent", "0.50", asks, now()))).isEqualTo(PaymentCode.APPROVAL_REQUIRED);

        ask("dearer", "0.50");
        ledger.approve("dearer", now());
        assertThat(code(reserve(ledger, "dearer", "0.51", asks, now()))).isEqualTo(PaymentCode.APPROVAL_DENIED);

        ask("other", "0.50");
        ledger.approve("other", now());
        Purchase toOther = purchase(ledger, "other", usdc("0.50"), OTHER_PAYEE, now());
        assertThat(code(ledger.reserve(toOther, asks, now()))).isEqualTo(PaymentCode.APPROVAL_DENIED);

        ask("late", "0.50");
        ledger.approve("late", now());
        clock.move(Duration.ofSeconds(61));
        assertThat(code(reserve(ledger, "late", "0.50", asks, now()))).isEqualTo(PaymentCode.APPROVAL_DENIED);
    }

    private void ask(String id, String dollars) {
        ledger.awaitApproval(id, call(id), usdc(dollars), PAYEE, now().plusSeconds(60), now());
    }

    @Test
    void a_question_that_ran_out_cannot_be_answered_and_stands_in_no_ones_way() {
        ask("q", "0.50");
        clock.move(Duration.ofSeconds(61));
        assertThat(ledger.approvals(now())).isEmpty();
        assertThatThrownBy(() -> ledger.approve("q", now()))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("run out");
        Purchase same = purchase(ledger, "r", usdc("0.01"), PAYEE, now());
        Purchase again = new Purchase("r", call("q"), same.amount(), same.payTo(), same.authorization());
        assertThat(code(ledger.reserve(again, WIDE, now()))).isNull();
        assertThat(ledger.payment("q").orElseThrow().code()).isEqualTo(PaymentCode.APPROVAL_DENIED);
    }

    @Test
    void an_id_begins_once() {
        reserve(ledger, "p", "0.01", WIDE, now());
        assertThatThrownBy(() -> reserve(ledger, "p", "0.01", WIDE, now())).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> ask("p", "0.01")).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> ledger.approve("p", now())).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void a_ceiling_settled_for_less_frees_the_rest() {
        reserve(ledger, "p", "0.000100", WIDE, now());
        sent("p");
        PaymentRecord settled = ledger.move("p", new Step.Settled(TRANSACTION, false, usdc("0.000037")), now());
        assertThat(settled.charged()).isEqualTo(usdc("0.000037"));
        assertThat(settled.amount()).isEqualTo(usdc("0.000100"));
        assertThat(ledger.totals()).isEqualTo(new Totals(List.of(usdc("0.000037")), List.of()));
        assertThat(ledger.used(Scope.WALLET, "", Limit.Measure.DOLLARS, Window.DAY, now()))
                .isEqualTo(37);
    }

    @Test
    void a_settlement_above_the_ceiling_is_refused_and_flagged() {
        reserve(ledger, "p", "0.000100", WIDE, now());
        sent("p");
        PaymentRecord flagged = ledger.move("p", new Step.Settled(TRANSACTION, false, usdc("0.000101")), now());
        assertThat(flagged.state()).isEqualTo(PaymentState.UNKNOWN);
        assertThat(flagged.reason()).contains("0.000101").contains("0.0001");
        assertThat(ledger.events(0, 100)).extracting(LedgerEvent::kind).contains("FLAGGED");
        assertThat(ledger.totals()).isEqualTo(new Totals(List.of(), List.of(usdc("0.000100"))));
        assertThatThrownBy(() -> ledger.confirm("p", TRANSACTION, usdc("0.000101"), now()))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void what_the_chain_shows_corrects_what_was_claimed() {
        reserve(ledger, "more", "0.000100", WIDE, now());
        sent("more");
        ledger.move("more", new Step.Settled(TRANSACTION, false, usdc("0.000010")), now());
        assertThat(ledger.confirm("more", TRANSACTION, usdc("0.000090"), now()).charged())
                .isEqualTo(usdc("0.000090"));
        assertThat(ledger.totals().settled()).containsExactly(usdc("0.000090"));
        assertThat(ledger.used(Scope.WALLET, "", Limit.Measure.DOLLARS, Window.DAY, now()))
                .isEqualTo(90);

        reserve(ledger, "less", "0.000100", WIDE, now());
        sent("less");
        ledger.move("less", new Step.Settled(TRANSACTION, false), now());
        assertThat(ledger.confirm("less", TRANSACTION, usdc("0.000060"), now()).confirmed())
                .isTrue();
        assertThat(ledger.totals().settled()).containsExactly(usdc("0.000150"));
        assertThat(ledger.used(Scope.WALLET, "", Limit.Measure.DOLLARS, Window.DAY, now()))
                .as("windows only ever gain")
                .isEqualTo(190);
    }

    private void sent(String id) {
        ledger.send(id, "header of " + id, now());
    }

    @Test
    void pages_of_payments_follow_each_other_without_gap_or_repeat() {
        for (int i = 0; i < 25; i++) {
            reserve(ledger, String.format("p%02d", i), "0.01", WIDE, now());
            if (i % 2 == 1) {
                clock.move(Duration.ofSeconds(1)); // two a second: the id decides between them
            }
        }
        List<String> read = new ArrayList<>();
        String after = null;
        Instant begin = MovableClock.atNow().instant();
        while (true) {
            List<PaymentRecord> page = ledger.payments(begin.plusSeconds(1), begin.plusSeconds(11), after, 7);
            if (page.isEmpty()) {
                break;
            }
            page.forEach(payment -> read.add(payment.id()));
            after = page.get(page.size() - 1).id();
        }
        assertThat(read)
                .hasSize(20)
                .isSorted()
                .doesNotHaveDuplicates()
                .startsWith("p02")
                .endsWith("p21");
        assertThatThrownBy(() -> ledger.payments(begin, begin, "nobody", 7))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void events_are_numbered_without_gaps_and_say_where_they_left_a_payment() {
        reserve(ledger, "p", "0.01", WIDE, now());
        settle(ledger, "p", now());
        List<LedgerEvent> events = ledger.events(0, 100);
        assertThat(events)
                .extracting(LedgerEvent::kind)
                .containsExactly("TOKEN", "PAYEE", "RESERVED", "SIGNED", "SENT", "SETTLED", "CALL");
        assertThat(events).extracting(LedgerEvent::number).containsExactly(1L, 2L, 3L, 4L, 5L, 6L, 7L);
        assertThat(events.get(5).state()).isEqualTo(PaymentState.SETTLED);
        assertThat(ledger.events(5, 1)).containsExactly(events.get(5));
    }

    @Test
    void foreseeing_says_what_reserving_would_and_writes_nothing() {
        Limits limits = perDay("0.02");
        assertThat(foresee("a", "0.02", limits)).isInstanceOf(Decision.Allowed.class);
        assertThat(foresee("a", "0.03", limits)).isInstanceOf(Decision.Denied.class);
        assertThat(ledger.events(0, 10)).isEmpty();
        reserve(ledger, "a", "0.01", limits, now());
        assertThat(foresee("b", "0.02", limits)).isInstanceOf(Decision.Denied.class);
        assertThat(foresee("b", "0.01", limits)).isInstanceOf(Decision.Allowed.class);
        assertThat(foresee("a", "0.01", limits))
                .isInstanceOfSatisfying(Decision.Denied.class, denied -> assertThat(denied.code())
                        .isEqualTo(PaymentCode.DUPLICATE_PAYMENT));
        ledger.freeze("a test", now());
        assertThat(foresee("b", "0.01", limits))
                .isInstanceOfSatisfying(Decision.Denied.class, denied -> assertThat(denied.code())
                        .isEqualTo(PaymentCode.KILL_SWITCH));
    }

    private Decision foresee(String id, String dollars, Limits limits) {
        return ledger.foresee(call(id), usdc(dollars), PAYEE, limits, now());
    }

    @Test
    void one_failing_write_among_many_fails_alone() {
        reserve(ledger, "gone", "0.01", WIDE, now());
        settle(ledger, "gone", now());
        ExecutorService threads = Executors.newFixedThreadPool(16);
        try {
            List<CompletableFuture<Boolean>> done = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                String id = "p" + i;
                boolean good = i % 3 != 0;
                done.add(CompletableFuture.supplyAsync(
                        () -> {
                            if (good) {
                                return reserve(ledger, id, "0.000001", WIDE, now()) instanceof Reservation.Held;
                            }
                            assertThatThrownBy(() -> ledger.move("gone", new Step.Sent(), now()))
                                    .isInstanceOf(IllegalStateException.class);
                            return true;
                        },
                        threads));
            }
            done.forEach(one -> assertThat(one.join()).isTrue());
        } finally {
            threads.shutdownNow();
        }
        assertThat(ledger.totals().held()).containsExactly(usdc("0.000133"));
    }

    @Test
    void a_closed_ledger_says_so() throws Exception {
        try (Ledger other = openOther()) {
            other.close();
            assertThatThrownBy(() -> reserve(other, "p", "0.02", WIDE, now()))
                    .isInstanceOf(LedgerException.class)
                    .hasMessageContaining("closed");
        }
    }

    /** Another new one, beside the first. */
    abstract Ledger openOther() throws Exception;
}
