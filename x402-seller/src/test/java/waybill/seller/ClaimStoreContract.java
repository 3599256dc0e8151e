package waybill.seller;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import waybill.seller.Claim.State;
import waybill.x402.SettlementResponse;
import waybill.x402.StreamOutcome;
import waybill.x402.TokenUsage;

/** What every claim store does. */
abstract class ClaimStoreContract {
    static final Instant NOW = Instant.parse("2026-11-01T12:00:00Z");
    static final Instant LATER = NOW.plus(Duration.ofMinutes(15));
    static final Answer ANSWER = Answer.of(200, "application/json", "{\"paid\":true}".getBytes(UTF_8));

    /** A store of its own, with nothing in it. */
    abstract ClaimStore openNew(ClaimStore.Limits limits) throws Exception;

    /** What another process finds after the one that has {@code store} open has died. */
    abstract ClaimStore afterCrash(ClaimStore store) throws Exception;

    private ClaimStore openNew() throws Exception {
        return openNew(ClaimStore.Limits.defaults());
    }

    static Claim claim(String key) {
        return new Claim(
                key,
                "payment-" + key,
                "request",
                "credit",
                "wire",
                NOW.plusSeconds(300),
                State.RUNNING,
                null,
                null,
                null);
    }

    /** A claim for what is sold by use, with this ceiling open. */
    static Claim metered(String key, String scope, long ceiling) {
        return new Claim(
                key,
                "payment-" + key,
                "request",
                "credit",
                "wire",
                NOW.plusSeconds(300),
                State.RUNNING,
                null,
                null,
                new Claim.Metered(scope, used(0, ceiling), false, false));
    }

    static StreamOutcome used(long amount, long ceiling) {
        return new StreamOutcome(
                StreamOutcome.State.RUNNING,
                StreamOutcome.End.OPEN,
                TokenUsage.NONE,
                false,
                BigInteger.valueOf(amount),
                BigInteger.valueOf(ceiling),
                Buyer.NETWORK.toString(),
                Buyer.USDC.address().toString(),
                "");
    }

    static SettlementResponse paid(int number) {
        return SettlementResponse.settled("0x" + String.format("%064x", number), Buyer.NETWORK, new Buyer(1).address());
    }

    private static Claim marked(String key, String identifier, String visit, Instant until) {
        Claim plain = claim(key);
        return new Claim(
                plain.key(),
                plain.payment(),
                plain.request(),
                plain.creditFor(),
                plain.payload(),
                plain.validBefore(),
                plain.state(),
                null,
                null,
                null,
                new Claim.Marks(identifier, visit, until));
    }

    @Test
    void a_name_belongs_to_one_claim_until_it_is_given_up() throws Exception {
        try (ClaimStore store = openNew()) {
            Claim first = marked("a", "mine", "visit", LATER);
            assertThat(store.open(first, paid(0))).contains(first);
            assertThat(store.find("a").orElseThrow().marks()).isEqualTo(first.marks());
            assertThat(store.open(marked("b", "mine", "visit", LATER), paid(0))).isEmpty();
            assertThat(store.find("b")).isEmpty();
            assertThat(store.findByIdentifier("mine").orElseThrow().key()).isEqualTo("a");
            store.release("a", State.RUNNING);
            assertThat(store.findByIdentifier("mine")).isEmpty();
            assertThat(store.open(marked("b", "mine", "visit", LATER), paid(0))).isPresent();
            assertThat(store.open(claim("c"), paid(0))).isPresent();
            assertThat(store.open(claim("d"), paid(0))).isPresent(); // without a name there is no clash
        }
    }

    @Test
    void a_visit_is_open_once_it_is_paid_and_as_long_as_was_said() throws Exception {
        try (ClaimStore store = openNew()) {
            Instant until = NOW.plus(Duration.ofDays(60));
            store.open(marked("a", "mine", "visit", until), paid(0));
            assertThat(store.visited("visit", NOW)).isFalse();
            store.settling("a", ANSWER, LATER);
            assertThat(store.visited("visit", NOW)).isFalse();
            store.settled("a", paid(1), State.ANSWERED, LATER);
            assertThat(store.visited("visit", NOW)).isTrue();
            assertThat(store.visited("another", NOW)).isFalse();
            store.prune(until);
            assertThat(store.visited("visit", until)).isTrue();
            assertThat(store.visited("visit", until.plusSeconds(1))).isFalse();
            store.prune(until.plusSeconds(1));
            assertThat(store.find("a")).isEmpty();
        }
    }

    @Test
    void a_nonce_is_used_once_as_long_as_it_is_remembered() throws Exception {
        try (ClaimStore store = openNew()) {
            assertThat(store.useNonce("n", LATER)).isTrue();
            assertThat(store.useNonce("n", LATER)).isFalse();
            store.prune(LATER);
            assertThat(store.useNonce("n", LATER)).isFalse();
            store.prune(LATER.plusSeconds(1));
            assertThat(store.useNonce("n", LATER)).isTrue();
        }
    }

    static Optional<Claim> begin(ClaimStore store, String key) {
        return store.open(claim(key), paid(0));
    }

    static ClaimStore.Open nothingOpen() {
        return new ClaimStore.Open(BigInteger.ZERO, false);
    }

    @Test
    void claims_a_key_once() throws Exception {
        try (ClaimStore store = openNew()) {
            assertThat(begin(store, "k")).get().extracting(Claim::state).isEqualTo(State.RUNNING);
            assertThat(begin(store, "k")).isEmpty();
            assertThat(store.release("k", State.SETTLING)).isFalse();
            assertThat(begin(store, "k")).as("it is RUNNING").isEmpty();
            assertThat(store.release("k", State.RUNNING)).isTrue();
            assertThat(begin(store, "k")).isPresent();
        }
    }

    @Test
    void moves_only_along_the_drawn_lines() throws Exception {
        try (ClaimStore store = openNew()) {
            begin(store, "k");
            assertThat(store.settled("k", paid(1), State.ANSWERED, LATER)).isFalse();
            assertThat(store.answered("k", ANSWER, LATER)).isFalse();
            assertThat(store.resume("k")).isFalse();
            assertThat(store.settling("k", ANSWER, LATER)).isTrue();
            assertThat(store.settling("k", ANSWER, LATER)).isFalse();
            assertThat(store.settled("k", paid(1), State.ANSWERED, LATER)).isTrue();
            store.release("k", State.SETTLING);
            store.release("k", State.RUNNING);
            Claim claim = store.find("k").orElseThrow();
            assertThat(claim.state()).isEqualTo(State.ANSWERED);
            assertThat(claim.answer()).isEqualTo(ANSWER);
            assertThat(claim.settlement()).isEqualTo(paid(1));
            assertThat(claim.payload()).as("the payment is forgotten").isEmpty();
        }
    }

    @Test
    void lets_one_transaction_pay_for_one_claim() throws Exception {
        try (ClaimStore store = openNew()) {
            for (String key : new String[] {"k", "l"}) {
                begin(store, key);
                store.settling(key, ANSWER, LATER);
            }
            assertThat(store.settled("k", paid(1), State.ANSWERED, LATER)).isTrue();
            assertThat(store.settled("l", paid(1), State.ANSWERED, LATER)).isFalse();
            assertThat(store.find("l")).get().extracting(Claim::state).isEqualTo(State.SETTLING);
        }
    }

    @Test
    void uses_up_a_credit_with_the_claim_that_it_pays() throws Exception {
        try (ClaimStore store = openNew()) {
            begin(store, "k");
            store.settling("k", null, LATER);
            store.settled("k", paid(1), State.CREDIT, LATER);

            assertThat(store.open(claim("l"), paid(9))).get().satisfies(claim -> {
                assertThat(claim.state()).isEqualTo(State.PAID);
                assertThat(claim.settlement()).isEqualTo(paid(9));
                assertThat(claim.payload()).isEmpty();
            });
            assertThat(store.find("k")).get().extracting(Claim::state).isEqualTo(State.USED);
            assertThat(begin(store, "m")).get().extracting(Claim::state).isEqualTo(State.RUNNING);
            store.credit("l", LATER);
            assertThat(begin(store, "n")).get().extracting(Claim::state).isEqualTo(State.PAID);
        }
    }

    @Test
    void forgets_in_time_what_is_safe_to_forget() throws Exception {
        try (ClaimStore store = openNew()) {
            begin(store, "answered");
            store.settling("answered", ANSWER, LATER);
            store.settled("answered", paid(1), State.ANSWERED, LATER);
            begin(store, "settling");
            store.settling("settling", ANSWER, LATER);

            store.prune(LATER.plusSeconds(1));
            assertThat(store.find("answered")).get().extracting(Claim::answer).isNull();
            assertThat(store.find("answered"))
                    .as("its authorisation may still be sent")
                    .isPresent();

            store.prune(NOW.plus(Duration.ofDays(400)));
            assertThat(store.find("answered")).isEmpty();
            assertThat(store.find("settling"))
                    .as("nobody knows whether it is paid")
                    .isPresent();
        }
    }

    @Test
    void keeps_answers_within_its_bounds() throws Exception {
        var limits = new ClaimStore.Limits(100, 250);
        try (ClaimStore store = openNew(limits)) {
            for (int i = 1; i <= 3; i++) {
                begin(store, "k" + i);
                store.settling("k" + i, Answer.of(200, "text/plain", new byte[100]), LATER.plusSeconds(i));
                store.settled("k" + i, paid(i), State.ANSWERED, LATER.plusSeconds(i));
            }
            begin(store, "large");
            store.settling("large", Answer.of(200, "text/plain", new byte[101]), LATER);

            assertThat(store.find("k1"))
                    .get()
                    .extracting(Claim::answer)
                    .as("the oldest goes")
                    .isNull();
            assertThat(store.find("k2").orElseThrow().answer()).isNotNull();
            assertThat(store.find("k3").orElseThrow().answer()).isNotNull();
            assertThat(store.find("large")).get().extracting(Claim::answer).isNull();
        }
    }

    @Test
    void puts_right_after_a_crash_what_was_under_way() throws Exception {
        try (ClaimStore store = openNew()) {
            begin(store, "running");
            begin(store, "settling");
            store.settling("settling", ANSWER, LATER);
            begin(store, "streaming");
            store.settling("streaming", null, LATER);
            store.settled("streaming", paid(1), State.PAID, LATER);
            begin(store, "answered");
            store.settling("answered", ANSWER, LATER);
            store.settled("answered", paid(2), State.ANSWERED, LATER);
            QuoteKey key = store.quoteKey();

            try (ClaimStore after = afterCrash(store)) {
                assertThat(after.find("running")).isEmpty();
                assertThat(after.settling("", 10))
                        .containsExactly(new ClaimStore.Unsettled("settling", "payment-settling"));
                assertThat(after.find("settling")).get().satisfies(claim -> {
                    assertThat(claim.answer()).isEqualTo(ANSWER);
                    assertThat(claim.payload()).isEqualTo("wire");
                });
                assertThat(after.find("streaming"))
                        .get()
                        .extracting(Claim::state)
                        .isEqualTo(State.CREDIT);
                assertThat(after.find("answered"))
                        .get()
                        .extracting(Claim::answer)
                        .isEqualTo(ANSWER);
                assertThat(after.quoteKey().bytes()).isEqualTo(key.bytes());
            }
        }
    }

    @Test
    void sums_up_what_is_open_and_opens_no_more_than_was_seen() throws Exception {
        try (ClaimStore store = openNew()) {
            assertThat(store.openMetered(metered("a", "payer", 30), nothingOpen()))
                    .isTrue();
            assertThat(store.openMetered(metered("a", "payer", 30), store.open("payer")))
                    .as("the key is taken")
                    .isFalse();
            assertThat(store.openMetered(metered("b", "payer", 30), nothingOpen()))
                    .as("more is open than was seen")
                    .isFalse();
            assertThat(store.openMetered(metered("b", "payer", 12), store.open("payer")))
                    .isTrue();
            assertThat(store.openMetered(metered("c", "another", 5), nothingOpen()))
                    .isTrue();
            assertThat(store.open("payer")).isEqualTo(new ClaimStore.Open(BigInteger.valueOf(42), false));
            assertThat(store.settlingMetered("a", used(7, 30), false, ANSWER, LATER))
                    .isTrue();
            assertThat(store.open("payer").ceilings()).as("until it is settled").isEqualTo(42);
            assertThat(store.settled("a", paid(1), State.ANSWERED, LATER)).isTrue();
            store.release("b", State.RUNNING);
            assertThat(store.open("payer")).isEqualTo(nothingOpen());
            assertThat(store.findByPayment("payment-a").orElseThrow().metered())
                    .extracting(metered -> metered.outcome().amount())
                    .isEqualTo(BigInteger.valueOf(7));
        }
    }

    @Test
    void a_lost_settlement_stops_its_payer_until_it_is_found_or_forgiven() throws Exception {
        try (ClaimStore store = openNew()) {
            for (String key : new String[] {"a", "b"}) {
                store.openMetered(metered(key, "payer", 30), store.open("payer"));
                store.settlingMetered(key, used(7, 30), true, null, LATER);
            }
            store.lost("a");
            store.lost("b");
            assertThat(store.openMetered(metered("c", "payer", 1), store.open("payer")))
                    .isFalse();
            assertThat(store.settled("a", paid(1), State.ANSWERED, LATER)).isTrue();
            assertThat(store.open("payer").lost()).isTrue();
            store.release("b", State.SETTLING);
            assertThat(store.find("b")).as("something was let go for it").isPresent();
            assertThat(store.forgive("payment-b", NOW))
                    .as("it may still be settled")
                    .isFalse();
            assertThat(store.forgive("payment-b", NOW.plusSeconds(301))).isTrue();
            assertThat(store.open("payer")).isEqualTo(nothingOpen());
        }
    }

    @Test
    void a_crash_leaves_what_was_noted_as_delivered_to_be_settled_and_no_more() throws Exception {
        try (ClaimStore store = openNew()) {
            store.openMetered(metered("bare", "payer", 30), nothingOpen());
            store.openMetered(metered("noted", "payer", 30), store.open("payer"));
            assertThat(store.checkpoint("noted", used(12, 30))).isTrue();
            assertThat(store.checkpoint("noted", used(5, 30))).as("never less").isTrue();
            assertThat(store.checkpoint("unknown", used(5, 30))).isFalse();

            try (ClaimStore after = afterCrash(store)) {
                assertThat(after.find("bare")).isEmpty();
                assertThat(after.open("payer")).isEqualTo(new ClaimStore.Open(BigInteger.valueOf(30), true));
                assertThat(after.settling("", 10)).singleElement().satisfies(left -> {
                    Claim claim = after.find(left.key()).orElseThrow();
                    assertThat(claim.key()).isEqualTo("noted");
                    assertThat(claim.state()).isEqualTo(State.SETTLING);
                    assertThat(claim.metered().outcome().amount()).isEqualTo(12);
                });
                assertThat(after.hold("noted")).isPresent();
                assertThat(after.settled("noted", paid(1), State.ANSWERED, LATER))
                        .isTrue();
                assertThat(after.open("payer")).isEqualTo(nothingOpen());
            }
        }
    }

    @Test
    void a_claim_that_nobody_is_at_is_held_before_it_is_moved_on() throws Exception {
        try (ClaimStore store = openNew()) {
            begin(store, "k");
            store.settling("k", ANSWER, LATER);
            store.note("k", null);
            assertThat(store.settled("k", paid(1), State.ANSWERED, LATER)).isFalse();
            assertThat(store.hold("k")).get().extracting(Claim::state).isEqualTo(State.SETTLING);
            assertThat(store.settled("k", paid(1), State.ANSWERED, LATER)).isTrue();
            assertThat(store.hold("k")).get().extracting(Claim::state).isEqualTo(State.ANSWERED);
            assertThat(store.hold("unknown")).isEmpty();
        }
    }
}
