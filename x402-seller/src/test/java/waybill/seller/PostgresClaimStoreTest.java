package waybill.seller;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import waybill.seller.Claim.State;
import waybill.x402.SettlementResponse;

class PostgresClaimStoreTest extends ClaimStoreContract {
    private final String url = EmbeddedServer.newSeller();

    /** Whose lease is renewed so rarely that a test decides when it runs out. */
    private PostgresClaimStore instance(ClaimStore.Limits limits) {
        return PostgresClaimStore.open(url, EmbeddedServer.login(), limits, new SecureRandom(), Duration.ofHours(6));
    }

    private PostgresClaimStore instance() {
        return instance(ClaimStore.Limits.defaults());
    }

    @Override
    ClaimStore openNew(ClaimStore.Limits limits) {
        return instance(limits);
    }

    @Override
    ClaimStore afterCrash(ClaimStore store) {
        EmbeddedServer.endLeases(url);
        return instance();
    }

    /** Runs all at once, and gives what they said. */
    private static <T> List<T> together(List<Callable<T>> calls) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(calls.size());
        CountDownLatch go = new CountDownLatch(1);
        try {
            List<Future<T>> running = new ArrayList<>();
            for (Callable<T> call : calls) {
                running.add(threads.submit(() -> {
                    go.await();
                    return call.call();
                }));
            }
            go.countDown();
            List<T> said = new ArrayList<>();
            for (Future<T> one : running) {
                said.add(one.get());
            }
            return said;
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void one_of_two_instances_claims_a_key() throws Exception {
        try (ClaimStore one = instance();
                ClaimStore two = instance()) {
            assertThat(two.quoteKey().bytes()).isEqualTo(one.quoteKey().bytes());
            for (int round = 0; round < 20; round++) {
                String key = "k" + round;
                List<Callable<Boolean>> tries = new ArrayList<>();
                for (int i = 0; i < 8; i++) {
                    ClaimStore store = i % 2 == 0 ? one : two;
                    tries.add(() -> begin(store, key).isPresent());
                }
                assertThat(together(tries)).filteredOn(won -> won).hasSize(1);
            }
        }
    }

    @Test
    void what_a_payer_has_open_is_counted_over_all_instances() throws Exception {
        try (ClaimStore one = instance();
                ClaimStore two = instance()) {
            BigInteger most = BigInteger.valueOf(3);
            List<Callable<Integer>> payers = new ArrayList<>();
            for (int i = 0; i < 16; i++) {
                ClaimStore store = i % 2 == 0 ? one : two;
                String name = "k" + i;
                payers.add(() -> {
                    int opened = 0;
                    for (ClaimStore.Open seen = store.open("payer");
                            seen.ceilings().compareTo(most) < 0;
                            seen = store.open("payer")) {
                        opened += store.openMetered(metered(name + "-" + opened, "payer", 1), seen) ? 1 : 0;
                    }
                    return opened;
                });
            }
            assertThat(together(payers).stream().mapToInt(Integer::intValue).sum())
                    .isEqualTo(3);
            assertThat(two.open("payer")).isEqualTo(one.open("payer"));
        }
    }

    @Test
    void a_transaction_pays_for_one_claim_of_all_instances() throws Exception {
        try (ClaimStore one = instance();
                ClaimStore two = instance()) {
            for (int round = 1; round <= 10; round++) {
                List<Callable<Boolean>> calls = new ArrayList<>();
                int transaction = round;
                for (int i = 0; i < 4; i++) {
                    ClaimStore store = i % 2 == 0 ? one : two;
                    String key = round + "-" + i;
                    begin(store, key);
                    store.settling(key, ANSWER, LATER);
                    calls.add(() -> store.settled(key, paid(transaction), State.ANSWERED, LATER));
                }
                assertThat(together(calls)).filteredOn(paid -> paid).hasSize(1);
            }
        }
    }

    @Test
    void a_credit_is_used_up_by_one_claim_of_all_instances() throws Exception {
        try (ClaimStore one = instance();
                ClaimStore two = instance()) {
            begin(one, "failed");
            one.settling("failed", null, LATER);
            one.settled("failed", paid(1), State.CREDIT, LATER);
            List<Callable<State>> calls = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                ClaimStore store = i % 2 == 0 ? one : two;
                String key = "k" + i;
                calls.add(() -> begin(store, key).orElseThrow().state());
            }
            assertThat(together(calls)).filteredOn(State.PAID::equals).hasSize(1);
        }
    }

    @Test
    void what_a_living_instance_is_at_stays_its_own() {
        try (ClaimStore one = instance();
                ClaimStore two = instance()) {
            begin(one, "running");
            begin(one, "settling");
            one.settling("settling", ANSWER, LATER);
            begin(one, "paid");
            one.settling("paid", null, LATER);
            one.settled("paid", paid(1), State.PAID, LATER);

            two.recover();
            assertThat(two.hold("running")).isEmpty();
            assertThat(two.hold("settling")).isEmpty();
            assertThat(two.hold("paid")).isEmpty();
            assertThat(two.settling("", 10)).isEmpty();
            assertThat(two.settling("running", ANSWER, LATER)).isFalse();
            assertThat(two.settled("settling", paid(2), State.ANSWERED, LATER)).isFalse();
            assertThat(two.release("running", State.RUNNING)).isFalse();
            assertThat(one.settling("running", ANSWER, LATER)).isTrue();

            one.note("settling", null); // nobody knows, and whoever is asked next may find out
            assertThat(two.settling("", 10))
                    .extracting(ClaimStore.Unsettled::key)
                    .containsExactly("settling");
            assertThat(two.hold("settling")).isPresent();
            assertThat(two.settled("settling", paid(2), State.ANSWERED, LATER)).isTrue();
        }
    }

    @Test
    void an_instance_whose_lease_ran_out_moves_nothing_on_that_another_took_up() {
        try (ClaimStore one = instance();
                ClaimStore two = instance()) {
            begin(one, "running");
            one.openMetered(metered("streaming", "payer", 30), nothingOpen());
            one.checkpoint("streaming", used(12, 30));
            EmbeddedServer.endLeases(url);

            assertThat(two.hold("running"))
                    .as("nothing had been asked of anybody")
                    .isEmpty();
            assertThat(begin(two, "running")).isPresent();
            assertThat(two.hold("streaming")).get().satisfies(claim -> {
                assertThat(claim.state()).isEqualTo(State.SETTLING);
                assertThat(claim.metered().lost()).isTrue();
            });
            assertThat(one.settling("running", ANSWER, LATER)).isFalse();
            assertThat(one.checkpoint("streaming", used(20, 30))).isFalse();
            assertThat(one.settlingMetered("streaming", used(20, 30), true, null, LATER))
                    .isFalse();
            assertThat(two.settling("running", ANSWER, LATER)).isTrue();
            assertThat(two.settled("streaming", paid(1), State.ANSWERED, LATER)).isTrue();
        }
    }

    @Test
    void the_claims_of_a_killed_process_are_put_right_once_its_lease_has_run_out() throws Exception {
        Process child = DyingSeller.start(url);
        try (ClaimStore here = instance();
                BufferedReader out =
                        new BufferedReader(new InputStreamReader(child.getInputStream(), StandardCharsets.UTF_8))) {
            assertThat(out.lines().filter("READY"::equals).findFirst()).isPresent();
            child.destroyForcibly().waitFor();
            here.recover();
            assertThat(here.find("running")).as("its lease lasts").isPresent();
            assertThat(here.settling("", 10)).isEmpty();

            EmbeddedServer.execute(url, "UPDATE instance SET until = 0 WHERE id <> '" + idOf(here) + "'");
            here.recover();
            assertThat(here.find("running")).isEmpty();
            assertThat(here.find("paid")).get().extracting(Claim::state).isEqualTo(State.CREDIT);
            assertThat(here.settling("", 10))
                    .extracting(ClaimStore.Unsettled::key)
                    .containsExactly("settling", "streaming");
            assertThat(here.open("payer").lost()).isTrue();
            assertThat(here.find("streaming").orElseThrow().metered().outcome().amount())
                    .isEqualTo(12);
        } finally {
            child.destroyForcibly();
        }
    }

    /** The holder of a claim made for the purpose. */
    private String idOf(ClaimStore store) throws Exception {
        begin(store, "whose");
        try (var connection = java.sql.DriverManager.getConnection(url, EmbeddedServer.login());
                var row = connection
                        .createStatement()
                        .executeQuery("SELECT holder FROM claim WHERE claim_key = 'whose'")) {
            assertThat(row.next()).isTrue();
            return row.getString(1);
        } finally {
            store.release("whose", State.RUNNING);
        }
    }

    @Test
    void a_living_instance_renews_its_lease() throws Exception {
        try (ClaimStore store = PostgresClaimStore.open(
                        url,
                        EmbeddedServer.login(),
                        ClaimStore.Limits.defaults(),
                        new SecureRandom(),
                        Duration.ofMillis(300));
                var connection = java.sql.DriverManager.getConnection(url, EmbeddedServer.login())) {
            assertThat(store).isNotNull();
            long first = lease(connection);
            long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
            while (lease(connection) <= first) {
                assertThat(System.nanoTime()).as("the lease is renewed").isLessThan(deadline);
                Thread.onSpinWait();
            }
        }
        assertThat(EmbeddedServer.execute(url, "DELETE FROM instance"))
                .as("it left")
                .isZero();
    }

    private static long lease(java.sql.Connection connection) throws java.sql.SQLException {
        try (var statement = connection.createStatement();
                var row = statement.executeQuery("SELECT until FROM instance, pg_sleep(0.05)")) {
            assertThat(row.next()).isTrue();
            return row.getLong(1);
        }
    }

    @Test
    void a_lost_connection_sells_nothing_and_the_next_claim_connects_again() {
        try (ClaimStore store = instance()) {
            begin(store, "before");
            EmbeddedServer.endSessions();
            assertThatThrownBy(() -> begin(store, "during"))
                    .isInstanceOf(ClaimStoreException.class)
                    .hasMessageContaining("could not write a claim");
            assertThat(begin(store, "after")).isPresent();
            assertThat(store.settling("before", ANSWER, LATER)).isTrue();
        }
    }

    @Test
    void a_database_that_cannot_be_reached_opens_nothing_and_the_password_stays_out_of_the_message() {
        Properties login = new Properties();
        login.put("user", "shop");
        login.put("password", "hidden");
        for (String url : List.of("jdbc:postgresql://127.0.0.1:1/shop", "jdbc:postgrseql://127.0.0.1:1/shop")) {
            assertThatThrownBy(() -> PostgresClaimStore.open(url, login))
                    .isInstanceOf(ClaimStoreException.class)
                    .hasMessageContaining(url + " cannot be opened")
                    .satisfies(e -> assertThat(everythingSaid(e)).doesNotContain("hidden"));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "jdbc:postgresql://127.0.0.1:1/shop?user=shop&password=hidden",
                "jdbc:postgrseql://127.0.0.1:1/shop?user=shop&password=hidden", // no driver knows it, and says so
                "jdbc:postgresql://127.0.0.1:1/shop?sslPassword=hidden",
                "jdbc:postgresql://shop:hidden@127.0.0.1:1/shop"
            })
    void a_password_in_the_url_is_refused_and_repeated_nowhere(String url) {
        assertThatThrownBy(() -> PostgresClaimStore.open(url, EmbeddedServer.login()))
                .isInstanceOf(ClaimStoreException.class)
                .hasMessageContaining("give user and password as properties of the login")
                .satisfies(e -> assertThat(everythingSaid(e)).doesNotContain("hidden"));
    }

    /** As a log has it: with what is underneath. */
    private static String everythingSaid(Throwable thrown) {
        StringWriter said = new StringWriter();
        thrown.printStackTrace(new PrintWriter(said));
        return said.toString();
    }

    @Test
    void a_pending_settlement_is_seen_by_all_instances() {
        try (ClaimStore one = instance();
                ClaimStore two = instance()) {
            begin(one, "k");
            one.settling("k", ANSWER, LATER);
            SettlementResponse pending = SettlementResponse.failed(
                    SettlementResponse.SETTLEMENT_PENDING,
                    "not seen yet",
                    "0x" + "ab".repeat(32),
                    Buyer.NETWORK.toString(),
                    new Buyer(1).address());
            one.note("k", pending);
            assertThat(two.hold("k").orElseThrow().settlement()).isEqualTo(pending);
            assertThat(one.hold("k")).as("the other is at it").isEmpty();
            assertThat(two.hold("k").orElseThrow().answer()).isEqualTo(ANSWER);
        }
    }
}
