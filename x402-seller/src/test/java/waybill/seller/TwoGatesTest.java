package waybill.seller;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import waybill.seller.Admission.Declined;
import waybill.seller.Admission.Kept;
import waybill.seller.Admission.Why;
import waybill.x402.Headers;
import waybill.x402.StreamOutcome;
import waybill.x402.TokenPrice;
import waybill.x402.TokenUsage;

/** Two instances of one seller behind one address: a request may come to either. */
class TwoGatesTest {
    private static final String URL = "https://shop.example/v1/chat/completions";
    private static final Answer ANSWER = Answer.of(200, "application/json", "{\"ok\":1}".getBytes(UTF_8));

    private final String url = EmbeddedServer.newSeller();
    private final HandClock clock = new HandClock();
    private final ScriptedFacilitator facilitator = new ScriptedFacilitator();
    private final Buyer buyer = new Buyer(1);
    private volatile BigInteger funds = BigInteger.valueOf(1_000_000);
    private PriceTag tag = PriceTag.of(Buyer.usdc("0.01"), Buyer.SHOP);
    private PostgresClaimStore oneStore;
    private PostgresClaimStore twoStore;
    private PaymentGate one;
    private PaymentGate two;

    @BeforeEach
    void open() {
        oneStore = store();
        twoStore = store();
        one = gate(oneStore);
        two = gate(twoStore);
    }

    @AfterEach
    void close() {
        oneStore.close();
        twoStore.close();
    }

    private PostgresClaimStore store() {
        return PostgresClaimStore.open(
                url, EmbeddedServer.login(), ClaimStore.Limits.defaults(), new SecureRandom(), Duration.ofHours(6));
    }

    private PaymentGate gate(ClaimStore store) {
        return new PaymentGate(
                facilitator,
                store,
                GateSettings.defaults(),
                clock,
                new SecureRandom(),
                new Exposure((network, token, owner) -> funds, List.of(Buyer.usdc("1"))));
    }

    private Admission ask(PaymentGate gate, String... payments) {
        return gate.admit(new PricedRequest(
                "POST",
                "/v1/chat/completions",
                URL,
                Fingerprint.ofBytes("hello".getBytes(UTF_8)),
                List.of(tag),
                List.of(payments),
                List.of()));
    }

    private static Admitted admitted(Admission admission) {
        assertThat(admission).as(admission.toString()).isInstanceOf(Admitted.class);
        return (Admitted) admission;
    }

    private static Declined declined(Admission admission, Why why) {
        assertThat(admission).as(admission.toString()).isInstanceOf(Declined.class);
        Declined declined = (Declined) admission;
        assertThat(declined.why()).as(declined.toString()).isEqualTo(why);
        assertThat(declined.headers()).containsKey("Retry-After").doesNotContainKey(Headers.PAYMENT_REQUIRED);
        return declined;
    }

    @Test
    void a_quote_of_one_instance_is_honoured_by_the_other_and_so_is_the_answer_that_it_kept() {
        String payment = buyer.pay(ask(one), clock.instant());
        Admitted running = admitted(ask(two, payment));
        declined(ask(one, payment), Why.IN_PROGRESS);
        running.settle(ANSWER); // and the answer is lost on its way

        assertThat(((Kept) ask(one, payment)).answer()).isEqualTo(ANSWER);
        assertThat(((Kept) ask(two, payment)).answer()).isEqualTo(ANSWER);
        assertThat(facilitator.settled).hasValue(1);
    }

    @Test
    void runs_the_handler_once_for_500_copies_of_one_payment_sent_to_both() throws Exception {
        String payment = buyer.pay(ask(one), clock.instant());
        AtomicInteger handlerRuns = new AtomicInteger();
        AtomicInteger others = new AtomicInteger();
        CountDownLatch start = new CountDownLatch(1);
        CountDownLatch seenInProgress = new CountDownLatch(100);
        ExecutorService callers = Executors.newFixedThreadPool(64);
        try {
            List<Future<?>> calls = new ArrayList<>();
            for (int i = 0; i < 500; i++) {
                PaymentGate gate = i % 2 == 0 ? one : two;
                calls.add(callers.submit(() -> {
                    start.await();
                    Admission admission = ask(gate, payment);
                    if (admission instanceof Admitted admitted) {
                        handlerRuns.incrementAndGet();
                        seenInProgress.await(); // so that many copies meet a running handler
                        admitted.settle(ANSWER);
                    } else if (admission instanceof Kept found) {
                        assertThat(found.answer()).isEqualTo(ANSWER);
                        others.incrementAndGet();
                    } else {
                        declined(admission, Why.IN_PROGRESS);
                        seenInProgress.countDown();
                        others.incrementAndGet();
                    }
                    return true;
                }));
            }
            start.countDown();
            for (Future<?> call : calls) {
                call.get();
            }
        } finally {
            callers.shutdownNow();
        }
        assertThat(handlerRuns).hasValue(1);
        assertThat(facilitator.settled).hasValue(1);
        assertThat(others).hasValue(499);
    }

    @Test
    void ten_streams_at_both_on_a_balance_that_covers_three_run_three() throws Exception {
        tag = PriceTag.upto(Buyer.usdc("0.01"), Buyer.SHOP, ScriptedFacilitator.SETTLER)
                .priced(TokenPrice.parse("1", "10", "10", Buyer.USDC), 0);
        funds = BigInteger.valueOf(39_999); // three ceilings, and not quite four
        List<Callable<Admission>> streams = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            PaymentGate gate = i % 2 == 0 ? one : two;
            String payment = buyer.pay(ask(gate), clock.instant());
            streams.add(() -> ask(gate, payment));
        }
        ExecutorService buyers = Executors.newFixedThreadPool(streams.size());
        List<Admitted> running = new ArrayList<>();
        try {
            for (Future<Admission> answer : buyers.invokeAll(streams)) {
                if (answer.get() instanceof Admitted admitted) {
                    running.add(admitted);
                } else {
                    assertThat(declined(answer.get(), Why.TOO_MUCH_OPEN).code())
                            .isIn("open_ceilings_exceed_funds", "unsettled_exposure");
                }
            }
        } finally {
            buyers.shutdownNow();
        }
        assertThat(running).hasSize(3);
        running.forEach(Admitted::close);
    }

    @Test
    void a_lost_settlement_at_one_stops_its_payer_at_the_other_which_finds_it() {
        tag = PriceTag.upto(Buyer.usdc("0.01"), Buyer.SHOP, ScriptedFacilitator.SETTLER);
        Admitted stream = admitted(ask(one, buyer.pay(ask(one), clock.instant())));
        facilitator.onSettle = (payment, required) -> {
            throw new FacilitatorException("no answer");
        };
        StreamOutcome used = new StreamOutcome(
                StreamOutcome.State.RUNNING,
                StreamOutcome.End.LEFT,
                TokenUsage.NONE,
                false,
                BigInteger.valueOf(700),
                BigInteger.valueOf(10_000),
                stream.offer().network(),
                stream.offer().asset(),
                "");
        assertThat(stream.settleDelivered(null, used)).isInstanceOf(Settlement.Withheld.class);

        Declined declined = declined(ask(two, buyer.pay(ask(two), clock.instant())), Why.TOO_MUCH_OPEN);
        assertThat(declined.code()).isEqualTo("settlement_outstanding");
        facilitator.onSettle = ScriptedFacilitator::success;
        assertThat(two.reconcile()).isEqualTo(1);
        assertThat(one.reconcile()).isZero();
        assertThat(one.outcome(stream.outcomeId()).orElseThrow().state()).isEqualTo(StreamOutcome.State.SETTLED);
        admitted(ask(one, buyer.pay(ask(one), clock.instant()))).close();
    }

    @Test
    void a_request_whose_instance_died_opens_again_at_the_other_once_the_lease_has_run_out() {
        String payment = buyer.pay(ask(one), clock.instant());
        Admitted dying = admitted(ask(one, payment));
        declined(ask(two, payment), Why.IN_PROGRESS);
        EmbeddedServer.endLeases(url);

        declined(ask(two, payment), Why.IN_PROGRESS); // which gives the claim up
        Admitted again = admitted(ask(two, payment));
        assertThat(dying.settle(ANSWER)).as("it had not died after all").isInstanceOf(Settlement.Withheld.class);
        assertThat(facilitator.settled).hasValue(0);
        assertThat(again.settle(ANSWER)).isInstanceOf(Settlement.Settled.class);
        assertThat(facilitator.settled).hasValue(1);
    }

    @Test
    void an_answer_whose_settlement_was_under_way_when_its_instance_died_is_found_by_the_other() {
        String payment = buyer.pay(ask(one), clock.instant());
        Admitted dying = admitted(ask(one, payment));
        facilitator.onSettle = (p, required) -> {
            throw new OutOfMemoryError("in the middle of settling");
        };
        try {
            dying.settle(ANSWER);
        } catch (OutOfMemoryError died) {
            assertThat(died).hasMessageContaining("settling");
        }
        facilitator.onSettle = ScriptedFacilitator::success;
        declined(ask(two, payment), Why.IN_PROGRESS);
        EmbeddedServer.endLeases(url);

        assertThat(((Kept) ask(two, payment)).answer()).isEqualTo(ANSWER);
    }

    @Test
    void a_payment_that_a_dead_instance_sent_is_not_billed_again_on_the_no_of_a_facilitator_that_did_not_send_it() {
        assertThat(facilitator.remembers()).isTrue();
        String payment = buyer.pay(ask(one), clock.instant());
        Admitted dying = admitted(ask(one, payment));
        facilitator.onSettle = (p, required) -> {
            throw new OutOfMemoryError("behind the transaction");
        };
        assertThatThrownBy(() -> dying.settle(ANSWER)).isInstanceOf(OutOfMemoryError.class);
        EmbeddedServer.endLeases(url);

        facilitator.onSettle = (p, required) ->
                ScriptedFacilitator.failure(p, "invalid_exact_evm_payload_authorization_valid_before", "expired");
        clock.advance(Duration.ofSeconds(301)); // past the payment's end
        for (int time = 0; time < 2; time++) {
            assertThat(two.reconcile()).isZero();
            declined(ask(two, payment), Why.UNAVAILABLE);
        }
        facilitator.onSettle = ScriptedFacilitator::success; // whoever knows
        assertThat(((Kept) ask(two, payment)).answer()).isEqualTo(ANSWER);
    }

    @Test
    void of_two_handlers_of_one_upfront_payment_the_one_whose_claim_was_taken_over_keeps_its_answer_back() {
        tag = PriceTag.of(Buyer.usdc("0.01"), Buyer.SHOP).paidUpfront();
        String payment = buyer.pay(ask(one), clock.instant());
        Admitted slow = admitted(ask(one, payment));
        declined(ask(two, payment), Why.IN_PROGRESS);
        EmbeddedServer.endLeases(url);

        Admitted second = admitted(ask(two, payment));
        assertThat(second.paid()).isTrue();
        assertThat(slow.settle(Answer.of(200, "text/plain", "too late".getBytes(UTF_8))))
                .isInstanceOfSatisfying(
                        Settlement.Withheld.class, withheld -> declined(withheld.answer(), Why.UNAVAILABLE));
        assertThat(second.settle(ANSWER)).isInstanceOf(Settlement.Settled.class);
        assertThat(((Kept) ask(one, payment)).answer()).isEqualTo(ANSWER);
        assertThat(facilitator.settled).hasValue(1);
    }

    @Test
    void an_answer_to_a_claim_that_became_a_credit_meanwhile_is_kept_back_and_the_payer_is_served_by_the_credit() {
        tag = PriceTag.of(Buyer.usdc("0.01"), Buyer.SHOP).paidUpfront();
        String payment = buyer.pay(ask(one), clock.instant());
        Admitted slow = admitted(ask(one, payment));
        EmbeddedServer.endLeases(url);
        assertThat(two.reconcile()).as("nothing is left to be settled").isZero();

        assertThat(slow.settle(ANSWER)).isInstanceOf(Settlement.Withheld.class);
        assertThat(admitted(ask(one, payment)).settle(ANSWER)).isInstanceOf(Settlement.Settled.class);
        assertThat(facilitator.settled).hasValue(1);
    }

    @Test
    void a_no_to_an_instance_whose_claim_was_taken_over_is_no_new_bill() {
        String payment = buyer.pay(ask(one), clock.instant());
        Admitted slow = admitted(ask(one, payment));
        facilitator.onSettle = (p, required) -> {
            EmbeddedServer.endLeases(url); // the facilitator is slow, and the lease runs out
            facilitator.onSettle = ScriptedFacilitator::success;
            assertThat(((Kept) ask(two, payment)).answer()).isEqualTo(ANSWER);
            return ScriptedFacilitator.failure(p, "invalid_exact_evm_transaction_simulation_failed", "no");
        };

        assertThat(slow.settle(ANSWER))
                .isInstanceOfSatisfying(
                        Settlement.Withheld.class, withheld -> declined(withheld.answer(), Why.UNAVAILABLE));
        assertThat(((Kept) ask(one, payment)).answer()).isEqualTo(ANSWER);
    }

    @Test
    void a_claim_that_cannot_be_read_keeps_no_other_from_being_settled() {
        facilitator.onSettle = ScriptedFacilitator::pending;
        List<String> payments = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            payments.add(buyer.pay(ask(one), clock.instant()));
            admitted(ask(one, payments.get(i))).settle(ANSWER);
        }
        List<String> keys = oneStore.settling("", 10).stream() // one before the broken one, and one behind it
                .map(ClaimStore.Unsettled::key)
                .toList();
        EmbeddedServer.execute(url, "UPDATE claim SET answer_headers = 'torn' WHERE claim_key = '" + keys.get(1) + "'");

        facilitator.onSettle = ScriptedFacilitator::success;
        assertThat(two.reconcile()).isEqualTo(2);
        assertThat(oneStore.settling("", 10))
                .extracting(ClaimStore.Unsettled::key)
                .containsExactly(keys.get(1));
    }
}
