package waybill.seller;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import waybill.seller.Admission.Declined;
import waybill.seller.Admission.Why;
import waybill.x402.Amount;
import waybill.x402.Headers;
import waybill.x402.Offer;
import waybill.x402.PaymentPayload;
import waybill.x402.SettlementResponse;
import waybill.x402.StreamOutcome;
import waybill.x402.TokenPrice;
import waybill.x402.TokenUsage;
import waybill.x402.WireFormat;

/** What is sold by use: ceilings, what may be open of them, and what is settled in the end. */
class MeteredGateTest {
    private static final String URL = "https://shop.example/v1/chat/completions";
    private static final Answer ANSWER = Answer.of(200, "text/event-stream", "data: hello\n\n".getBytes(UTF_8));
    private static final TokenPrice PRICE = TokenPrice.parse("1", "10", "10", Buyer.USDC);

    @TempDir
    Path folder;

    private final HandClock clock = new HandClock();
    private final ScriptedFacilitator facilitator = new ScriptedFacilitator();
    private final Buyer buyer = new Buyer(1);
    private volatile PayerFunds funds = (network, token, owner) -> BigInteger.valueOf(1_000_000_000);
    private Amount most = Buyer.usdc("100");
    private ClaimStore store;
    private PaymentGate gate;

    /** One cent: a prompt of 0 tokens and 1,000 written ones. */
    private PriceTag tag = PriceTag.upto(Buyer.usdc("0.01"), Buyer.SHOP, ScriptedFacilitator.SETTLER)
            .priced(PRICE, 0);

    @BeforeEach
    void open() {
        store = openStore();
        gate = gate();
    }

    ClaimStore openStore() {
        return SqliteClaimStore.open(folder.resolve("claims.db"));
    }

    @AfterEach
    void close() {
        store.close();
    }

    private PaymentGate gate() {
        return new PaymentGate(
                facilitator,
                store,
                GateSettings.defaults(),
                clock,
                new SecureRandom(),
                new Exposure((network, token, owner) -> funds.spendable(network, token, owner), List.of(most)));
    }

    private void crash() throws Exception {
        store = afterCrash(store);
        gate = gate();
    }

    /** The files as a crash would leave them: copied while the store is open, never closed. */
    ClaimStore afterCrash(ClaimStore open) throws Exception {
        for (String suffix : new String[] {"", "-wal"}) {
            Files.copy(folder.resolve("claims.db" + suffix), folder.resolve("after.db" + suffix));
        }
        open.close();
        return SqliteClaimStore.open(folder.resolve("after.db"));
    }

    private Admission ask(String... payments) {
        return gate.admit(new PricedRequest(
                "POST",
                "/v1/chat/completions",
                URL,
                Fingerprint.ofBytes("hello".getBytes(UTF_8)),
                List.of(tag),
                List.of(payments),
                List.of()));
    }

    private String payment() {
        return payment(buyer);
    }

    private String payment(Buyer who) {
        return who.pay(ask(), clock.instant());
    }

    private static Admitted admitted(Admission admission) {
        assertThat(admission).as(admission.toString()).isInstanceOf(Admitted.class);
        return (Admitted) admission;
    }

    private static Declined declined(Admission admission, Why why, String code) {
        assertThat(admission).isInstanceOf(Declined.class);
        Declined declined = (Declined) admission;
        assertThat(declined.why()).as(declined.toString()).isEqualTo(why);
        assertThat(declined.code()).as(declined.toString()).isEqualTo(code);
        assertThat(declined.headers()).containsEntry("Retry-After", "1").doesNotContainKey(Headers.PAYMENT_REQUIRED);
        return declined;
    }

    /** This many tokens written. */
    private StreamOutcome used(Admitted admitted, long tokens, StreamOutcome.End end) {
        Offer offer = admitted.offer();
        TokenUsage usage = new TokenUsage(0, tokens, 0);
        return new StreamOutcome(
                StreamOutcome.State.RUNNING,
                end,
                usage,
                false,
                PRICE.charge(usage),
                new BigInteger(offer.amount()),
                offer.network(),
                offer.asset(),
                "");
    }

    private SettlementResponse settled(Settlement settlement) {
        assertThat(settlement).isInstanceOf(Settlement.Settled.class);
        return ((Settlement.Settled) settlement).response();
    }

    @Test
    void an_offer_names_ceiling_settler_and_price() {
        Offer offer = Buyer.bill(ask()).accepts().get(0);

        assertThat(offer.scheme()).isEqualTo(Offer.UPTO);
        assertThat(offer.amount()).isEqualTo("10000");
        assertThat(offer.facilitator()).isEqualTo(ScriptedFacilitator.SETTLER.toString());
        assertThat(TokenPrice.of(offer)).contains(new TokenPrice.Quoted(PRICE, 0));
        assertThat(gate.settlingAccount(Buyer.NETWORK)).isEqualTo(ScriptedFacilitator.SETTLER);
    }

    @Test
    void a_changed_price_or_settler_is_not_our_offer() {
        Offer offer = Buyer.bill(ask()).accepts().get(0);
        Offer cheaper = new TokenPrice(BigInteger.ONE, BigInteger.ONE, BigInteger.ONE).in(offer, 0);
        Offer elsewhere = offer.withExtra("facilitatorAddress", Buyer.SHOP.toString());

        for (Offer changed : List.of(cheaper, elsewhere)) {
            Admission answer = ask(buyer.pay(changed, clock.instant()));
            assertThat(((Declined) answer).code()).isEqualTo("no_matching_payment_requirements");
        }
        assertThat(facilitator.verified).hasValue(0);
    }

    @Test
    void settles_a_stream_for_what_was_delivered() {
        List<String> asked = new ArrayList<>();
        facilitator.onSettle = (payment, required) -> {
            asked.add(required.amount() + " of " + payment.accepted().amount());
            return ScriptedFacilitator.success(payment, required);
        };
        String payment = payment();
        Admitted admitted = admitted(ask(payment));
        String id = admitted.outcomeId();
        assertThat(gate.outcome(id).orElseThrow().state()).isEqualTo(StreamOutcome.State.RUNNING);

        SettlementResponse response =
                settled(admitted.settleDelivered(ANSWER, used(admitted, 700, StreamOutcome.End.LEFT)));

        assertThat(asked).containsExactly("7000 of 10000");
        assertThat(response.amount()).isEqualTo("7000");
        StreamOutcome outcome = gate.outcome(id).orElseThrow();
        assertThat(outcome.state()).isEqualTo(StreamOutcome.State.SETTLED);
        assertThat(outcome.end()).isEqualTo(StreamOutcome.End.LEFT);
        assertThat(outcome.amount()).isEqualTo(7_000);
        assertThat(outcome.transaction()).isEqualTo(response.transaction());
        assertThat(ask(payment)).isInstanceOfSatisfying(Admission.Kept.class, kept -> assertThat(
                        kept.answer().body())
                .isEqualTo(ANSWER.body()));
        assertThat(asked).as("once").hasSize(1);
    }

    @Test
    void a_plain_answer_is_released_after_its_use_is_settled_and_a_use_of_nothing_costs_nothing() {
        Admitted first = admitted(ask(payment()));
        assertThat(settled(first.settle(ANSWER, used(first, 12, StreamOutcome.End.COMPLETE)))
                        .amount())
                .isEqualTo("120");

        String payment = payment();
        Admitted nothing = admitted(ask(payment));
        assertThat(nothing.settle(ANSWER, used(nothing, 0, StreamOutcome.End.BROKEN)))
                .isInstanceOf(Settlement.NotCharged.class);
        Admitted failed = admitted(ask(payment)); // the same payment may be used again
        assertThat(failed.settle(new Answer(502, Map.of(), new byte[0]), used(failed, 5, StreamOutcome.End.BROKEN)))
                .isInstanceOf(Settlement.NotCharged.class);
        Admitted unmetered = admitted(ask(payment));
        assertThat(settled(unmetered.settle(ANSWER)).amount()).isEqualTo("10000");
        assertThat(facilitator.settled).hasValue(2);
    }

    @Test
    void never_asks_for_more_than_the_ceiling_and_never_settles_first() {
        Admitted admitted = admitted(ask(payment()));
        assertThatThrownBy(() -> admitted.settleDelivered(null, used(admitted, 1_001, StreamOutcome.End.COMPLETE)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("10010");
        assertThatThrownBy(admitted::settleFirst).isInstanceOf(IllegalStateException.class);
        admitted.close();
        assertThat(facilitator.settled).hasValue(0);
    }

    @Test
    void ten_streams_on_a_balance_that_covers_three_run_three() throws Exception {
        funds = (network, token, owner) -> BigInteger.valueOf(39_999); // three ceilings, and not quite four
        List<String> payments = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            payments.add(payment());
        }
        ExecutorService buyers = Executors.newFixedThreadPool(10);
        CountDownLatch go = new CountDownLatch(1);
        List<Future<Admission>> answers = new ArrayList<>();
        for (String payment : payments) {
            answers.add(buyers.submit(() -> {
                go.await();
                return ask(payment);
            }));
        }
        go.countDown();
        List<Admitted> running = new ArrayList<>();
        List<String> refused = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            Admission answer = answers.get(i).get();
            if (answer instanceof Admitted admitted) {
                running.add(admitted);
            } else {
                declined(answer, Why.TOO_MUCH_OPEN, "open_ceilings_exceed_funds");
                refused.add(payments.get(i));
            }
        }
        buyers.shutdown();
        assertThat(running).hasSize(3);

        // one ends and is settled: the balance falls by what was used, and the room is not quite one ceiling
        settled(running.get(0).settleDelivered(null, used(running.get(0), 1_000, StreamOutcome.End.COMPLETE)));
        funds = (network, token, owner) -> BigInteger.valueOf(29_999);
        declined(ask(refused.get(0)), Why.TOO_MUCH_OPEN, "open_ceilings_exceed_funds");

        // another ends after one token: now there is room for one of the refused payments, which was not used up
        settled(running.get(1).settleDelivered(null, used(running.get(1), 1, StreamOutcome.End.COMPLETE)));
        funds = (network, token, owner) -> BigInteger.valueOf(29_989);
        admitted(ask(refused.get(0)));
        assertThat(new Buyer(2).address()).isNotEqualTo(buyer.address());
        admitted(ask(payment(new Buyer(2)))); // another payer's funds are its own
    }

    @Test
    void a_settlement_between_the_two_reads_does_not_let_the_sum_past_the_funds() {
        Admitted open = admitted(ask(payment()));
        // the funds are read while the open stream is settled: they show what was there before
        funds = (network, token, owner) -> {
            settled(open.settleDelivered(null, used(open, 1_000, StreamOutcome.End.COMPLETE)));
            return BigInteger.valueOf(10_000); // and this is what is left now
        };
        declined(ask(payment()), Why.TOO_MUCH_OPEN, "open_ceilings_exceed_funds");
    }

    @Test
    void the_sellers_own_limit_of_what_is_open_holds() {
        most = Buyer.usdc("0.025");
        gate = gate();
        admitted(ask(payment()));
        admitted(ask(payment()));
        assertThat(declined(ask(payment()), Why.TOO_MUCH_OPEN, "unsettled_exposure")
                        .message())
                .contains("0.03 USDC")
                .contains("0.025 USDC");
    }

    @Test
    void a_lost_settlement_blocks_its_payer_until_it_is_found() {
        Admitted admitted = admitted(ask(payment()));
        facilitator.onSettle = (payment, required) -> {
            throw new FacilitatorException("the line is cut");
        };
        Settlement settlement = admitted.settleDelivered(null, used(admitted, 700, StreamOutcome.End.LEFT));
        assertThat(settlement).isInstanceOfSatisfying(Settlement.Withheld.class, withheld -> assertThat(
                        withheld.answer().why())
                .isEqualTo(Why.UNAVAILABLE));
        assertThat(gate.outcome(admitted.outcomeId()).orElseThrow().state()).isEqualTo(StreamOutcome.State.SETTLING);

        String next = payment();
        declined(ask(next), Why.TOO_MUCH_OPEN, "settlement_outstanding");
        admitted(ask(payment(new Buyer(2)))).close(); // others are served
        assertThat(gate.reconcile()).isZero();
        declined(ask(next), Why.TOO_MUCH_OPEN, "settlement_outstanding");

        facilitator.onSettle = ScriptedFacilitator::success;
        assertThat(gate.reconcile()).isEqualTo(1);
        assertThat(gate.outcome(admitted.outcomeId()).orElseThrow().state()).isEqualTo(StreamOutcome.State.SETTLED);
        admitted(ask(next));
    }

    @Test
    void what_was_delivered_and_cannot_be_settled_is_owed_until_a_person_forgives_it() {
        String payment = payment();
        Admitted admitted = admitted(ask(payment));
        facilitator.onSettle = (any, required) ->
                ScriptedFacilitator.failure(any, "permit2_insufficient_balance", "the payer has moved its balance");
        admitted.settleDelivered(null, used(admitted, 700, StreamOutcome.End.LEFT));

        assertThat(gate.reconcile()).isZero();
        declined(ask(payment()), Why.TOO_MUCH_OPEN, "settlement_outstanding");
        declined(ask(payment), Why.UNAVAILABLE, "settlement_unknown"); // nor may the same payment be used again
        assertThat(gate.forgive(admitted.outcomeId()))
                .as("it can still be settled")
                .isFalse();

        clock.advance(Duration.ofSeconds(301));
        assertThat(gate.outcome(admitted.outcomeId()).orElseThrow().state()).isEqualTo(StreamOutcome.State.OWED);
        gate.reconcile();
        declined(ask(payment()), Why.TOO_MUCH_OPEN, "settlement_outstanding");
        assertThat(gate.forgive(admitted.outcomeId())).isTrue();
        admitted(ask(payment()));
    }

    @Test
    void a_lie_about_the_amount_is_not_a_settlement() {
        Admitted admitted = admitted(ask(payment()));
        facilitator.onSettle = (payment, required) ->
                ScriptedFacilitator.success(payment, payment.accepted()); // says that it took the ceiling
        assertThat(admitted.settleDelivered(null, used(admitted, 700, StreamOutcome.End.LEFT)))
                .isInstanceOf(Settlement.Withheld.class);
        declined(ask(payment()), Why.TOO_MUCH_OPEN, "settlement_outstanding");
    }

    @Test
    void a_seller_killed_in_a_stream_settles_what_was_noted_as_delivered_and_no_more() throws Exception {
        List<String> asked = new ArrayList<>();
        Admitted noted = admitted(ask(payment()));
        String bare = payment();
        admitted(ask(bare)); // nothing of it was noted
        noted.checkpoint(used(noted, 300, StreamOutcome.End.OPEN));
        noted.checkpoint(used(noted, 640, StreamOutcome.End.OPEN));
        noted.checkpoint(used(noted, 640, StreamOutcome.End.OPEN));
        crash();

        declined(ask(payment()), Why.TOO_MUCH_OPEN, "settlement_outstanding");
        facilitator.onSettle = (payment, required) -> {
            asked.add(required.amount());
            return ScriptedFacilitator.success(payment, required);
        };
        assertThat(gate.reconcile()).isEqualTo(1);
        assertThat(asked).containsExactly("6400");
        assertThat(gate.outcome(noted.outcomeId()).orElseThrow().state()).isEqualTo(StreamOutcome.State.SETTLED);
        admitted(ask(bare)); // of which nothing was delivered, so that it opens its request again
    }

    @Test
    void a_stream_closed_without_a_word_is_settled_for_what_was_noted() {
        Admitted admitted = admitted(ask(payment()));
        admitted.checkpoint(used(admitted, 640, StreamOutcome.End.OPEN));
        admitted.close();

        assertThat(gate.reconcile()).isEqualTo(1);
        StreamOutcome outcome = gate.outcome(admitted.outcomeId()).orElseThrow();
        assertThat(outcome.state()).isEqualTo(StreamOutcome.State.SETTLED);
        assertThat(outcome.amount()).isEqualTo(6_400);
    }

    @Test
    void an_unguessable_id_is_needed_to_read_an_outcome() {
        admitted(ask(payment()));
        assertThat(gate.outcome("../claims")).isEmpty();
        assertThat(gate.outcome("0".repeat(64))).isEmpty();
    }

    @Test
    void a_gate_that_leaves_nothing_open_sells_nothing_by_use() {
        gate = new PaymentGate(facilitator, store, GateSettings.defaults(), clock, new SecureRandom());
        assertThatThrownBy(this::ask).isInstanceOf(IllegalStateException.class).hasMessageContaining("exposure");
    }

    @Test
    void funds_that_cannot_be_seen_open_nothing() {
        String payment = payment();
        funds = (network, token, owner) -> {
            throw new FacilitatorException("the node does not answer");
        };
        declined(ask(payment), Why.UNAVAILABLE, "facilitator_unavailable");
        funds = (network, token, owner) -> BigInteger.valueOf(10_000);
        admitted(ask(payment));
    }

    @Test
    void a_payload_of_exact_does_not_open_what_is_sold_by_use() {
        Offer upto = Buyer.bill(ask()).accepts().get(0);
        tag = PriceTag.of(Buyer.usdc("0.01"), Buyer.SHOP);
        PaymentPayload exact = WireFormat.paymentPayload(payment());
        String mixed = WireFormat.encode(new PaymentPayload(upto, exact.payload(), null, Map.of()));
        tag = PriceTag.upto(Buyer.usdc("0.01"), Buyer.SHOP, ScriptedFacilitator.SETTLER)
                .priced(PRICE, 0);
        declined(ask(mixed), Why.UNAVAILABLE, "facilitator_unavailable"); // our facilitator should not have passed it
        assertThat(facilitator.settled).hasValue(0);
    }
}
