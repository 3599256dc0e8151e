package waybill.seller;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import waybill.seller.Claim.State;
import waybill.x402.SettlementResponse;

class SqliteClaimStoreTest {
    private static final Instant NOW = Instant.parse("2026-11-01T12:00:00Z");
    private static final Instant LATER = NOW.plus(Duration.ofMinutes(15));
    private static final Answer ANSWER = Answer.of(200, "application/json", "{\"paid\":true}".getBytes(UTF_8));

    @TempDir
    Path folder;

    private SqliteClaimStore open(String name) {
        return SqliteClaimStore.open(folder.resolve(name));
    }

    private static Claim claim(String key) {
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

    private static SettlementResponse paid(int number) {
        return SettlementResponse.settled("0x" + String.format("%064x", number), Buyer.NETWORK, new Buyer(1).address());
    }

    private static Optional<Claim> begin(ClaimStore store, String key) {
        return store.open(claim(key), paid(0));
    }

    /** The files as a crash would leave them: copied while the store is open, never closed. */
    private SqliteClaimStore crashed(String name) throws IOException {
        for (String suffix : new String[] {"", "-wal"}) {
            Files.copy(folder.resolve(name + suffix), folder.resolve("after-" + name + suffix));
        }
        return open("after-" + name);
    }

    @Test
    void claims_a_key_once() {
        try (SqliteClaimStore store = open("a.db")) {
            assertThat(begin(store, "k")).get().extracting(Claim::state).isEqualTo(State.RUNNING);
            assertThat(begin(store, "k")).isEmpty();
            store.release("k", State.SETTLING);
            assertThat(begin(store, "k")).as("it is RUNNING").isEmpty();
            store.release("k", State.RUNNING);
            assertThat(begin(store, "k")).isPresent();
        }
    }

    @Test
    void moves_only_along_the_drawn_lines() {
        try (SqliteClaimStore store = open("a.db")) {
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
    void lets_one_transaction_pay_for_one_claim() {
        try (SqliteClaimStore store = open("a.db")) {
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
    void puts_right_after_a_crash_what_was_under_way() throws IOException {
        try (SqliteClaimStore store = open("a.db")) {
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

            try (SqliteClaimStore after = crashed("a.db")) {
                assertThat(after.find("running")).isEmpty();
                assertThat(after.settling("", 10)).singleElement().satisfies(claim -> {
                    assertThat(claim.key()).isEqualTo("settling");
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
    void uses_up_a_credit_with_the_claim_that_it_pays() {
        try (SqliteClaimStore store = open("a.db")) {
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
    void keeps_answers_within_its_bounds() {
        var limits = new SqliteClaimStore.Limits(100, 250);
        try (SqliteClaimStore store = SqliteClaimStore.open(folder.resolve("a.db"), limits, new SecureRandom())) {
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
    void forgets_in_time_what_is_safe_to_forget() {
        try (SqliteClaimStore store = open("a.db")) {
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
    void refuses_a_second_opening() {
        try (SqliteClaimStore store = open("a.db")) {
            begin(store, "k");
            assertThatThrownBy(() -> open("a.db"))
                    .isInstanceOf(ClaimStoreException.class)
                    .hasMessageContaining("in use");
        }
    }

    @Test
    void refuses_a_file_that_is_no_store() throws IOException {
        Files.writeString(folder.resolve("a.db"), "this is not a database, however long one makes it".repeat(100));
        assertThatThrownBy(() -> open("a.db"))
                .isInstanceOf(ClaimStoreException.class)
                .hasMessageContaining("a.db");
    }

    @Test
    void is_readable_by_its_owner_only() throws IOException {
        try (SqliteClaimStore store = open("a.db")) {
            begin(store, "k");
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve("a.db"))))
                    .isEqualTo("rw-------");
        }
    }
}
