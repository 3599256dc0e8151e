package waybill.wallet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static waybill.wallet.ChainActs.collect;
import static waybill.wallet.ChainActs.nextBlock;
import static waybill.wallet.Fixture.usdc;
import static waybill.wallet.ScriptedSeller.NETWORK;
import static waybill.wallet.ScriptedSeller.USDC;
import static waybill.wallet.ScriptedSeller.bill;
import static waybill.wallet.ScriptedSeller.settled;

import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import waybill.devnet.Devnet;
import waybill.wallet.ScriptedSeller.Response;
import waybill.x402.Amount;
import waybill.x402.Asset;
import waybill.x402.Assets;
import waybill.x402.Network;
import waybill.x402.Offer;
import waybill.x402.TransferMethod;

/** The wallet against a real chain: what a node shows decides, not what a seller says. */
class ChainProofTest {
    @TempDir
    Path folder;

    private static Wallet wallet(ScriptedSeller seller, Devnet chain, Ledger ledger, MovableClock time) {
        return Wallet.builder(Fixture.SIGNER, ledger)
                .policy(Fixture.policy(seller))
                .clock(time)
                .node(NETWORK, chain.rpcUrl())
                .build();
    }

    private static String answer(ScriptedSeller seller, Wallet wallet) throws Exception {
        return PayingHttpClient.over(HttpClient.newHttpClient(), wallet)
                .send(HttpRequest.newBuilder(seller.uri("/")).build(), BodyHandlers.ofString())
                .body();
    }

    private static PaymentException failure(ScriptedSeller seller, Wallet wallet) {
        PaymentException failure = catchThrowableOfType(PaymentException.class, () -> answer(seller, wallet));
        assertThat(failure).isNotNull();
        return failure;
    }

    private static ScriptedSeller cuttingSeller() throws IOException {
        return ScriptedSeller.start(request -> request.paid() ? Response.cut() : bill(request, "0.01"));
    }

    private static Totals settledOneCent() {
        return new Totals(List.of(usdc("0.01")), List.of());
    }

    @Test
    void a_claim_is_confirmed_by_the_transfer_on_the_chain() throws Exception {
        MovableClock time = MovableClock.atNow();
        try (ScriptedSeller seller = ScriptedSeller.selling("0.01", "x");
                Devnet chain = Devnet.builder().clock(time).start();
                SqliteLedger ledger = SqliteLedger.open(folder.resolve("ledger.db"), time);
                Wallet wallet = wallet(seller, chain, ledger, time)) {
            Amount before = wallet.balance(USDC);
            answer(seller, wallet);
            assertThat(wallet.reconcile()).isEmpty(); // claimed, and not on the chain
            assertThat(wallet.payments(1).get(0).confirmed()).isFalse();

            String hash = collect(chain, seller.paidRequests().get(0).exact());

            assertThat(wallet.reconcile()).hasSize(1);
            PaymentRecord line = wallet.payments(1).get(0);
            assertThat(line.confirmed()).isTrue();
            assertThat(line.transaction()).isEqualTo(hash); // the claimed hash was another
            assertThat(wallet.balance(USDC)).isEqualTo(before.minus(usdc("0.01")));
            assertThat(wallet.reconcile()).isEmpty();
            assertThat(ledger.verify().findings()).isEmpty();
        }
    }

    @Test
    void an_unknown_payment_that_was_collected_is_settled() throws Exception {
        MovableClock time = MovableClock.atNow();
        try (ScriptedSeller seller = cuttingSeller();
                Devnet chain = Devnet.builder().clock(time).start();
                SqliteLedger ledger = SqliteLedger.open(folder.resolve("ledger.db"), time);
                Wallet wallet = wallet(seller, chain, ledger, time)) {
            assertThat(failure(seller, wallet).code()).isEqualTo(PaymentCode.OUTCOME_UNKNOWN);
            nextBlock(chain);
            String hash = collect(chain, seller.paidRequests().get(0).exact());
            nextBlock(chain);

            PaymentRecord settled = wallet.reconcile().get(0);
            assertThat(settled.state()).isEqualTo(PaymentState.SETTLED);
            assertThat(settled.confirmed()).isTrue();
            assertThat(settled.transaction()).isEqualTo(hash);
            assertThat(wallet.totals()).isEqualTo(settledOneCent());
        }
    }

    @Test
    void the_periodic_look_settles_what_was_left_unknown() throws Exception {
        MovableClock time = MovableClock.atNow();
        CountDownLatch settled = new CountDownLatch(1);
        ScheduledExecutorService scheduler = Executors.newSingleThreadScheduledExecutor();
        try (ScriptedSeller seller = cuttingSeller();
                Devnet chain = Devnet.builder().clock(time).start();
                SqliteLedger ledger = SqliteLedger.open(folder.resolve("ledger.db"), time);
                Wallet wallet = Wallet.builder(Fixture.SIGNER, ledger)
                        .policy(Fixture.policy(seller))
                        .clock(time)
                        .node(NETWORK, chain.rpcUrl())
                        .listener(payment -> {
                            if (payment.confirmed()) {
                                settled.countDown();
                            }
                        })
                        .build()) {
            failure(seller, wallet);
            wallet.reconcileBy(scheduler, Duration.ofMillis(20));
            String hash = collect(chain, seller.paidRequests().get(0).exact());
            assertThat(settled.await(60, TimeUnit.SECONDS)).isTrue();
            PaymentRecord line = wallet.payments(1).get(0);
            assertThat(line.state()).isEqualTo(PaymentState.SETTLED);
            assertThat(line.transaction()).isEqualTo(hash);
            assertThat(wallet.frozen()).isEmpty();
        } finally {
            scheduler.shutdownNow();
            assertThat(scheduler.awaitTermination(60, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void an_amount_is_free_again_only_after_a_final_block_proves_it_can_never_be_collected() throws Exception {
        MovableClock time = MovableClock.atNow();
        MovableClock chainTime = MovableClock.atNow();
        try (ScriptedSeller seller = cuttingSeller();
                Devnet chain = Devnet.builder().clock(chainTime).start();
                SqliteLedger ledger = SqliteLedger.open(folder.resolve("ledger.db"), time);
                Wallet wallet = wallet(seller, chain, ledger, time)) {
            failure(seller, wallet);
            assertThat(wallet.reconcile()).isEmpty();

            time.move(Duration.ofSeconds(130)); // run out by our clock, but no block shows it
            nextBlock(chain);
            assertThat(wallet.reconcile()).isEmpty();
            assertThat(wallet.totals().held()).containsExactly(usdc("0.01"));

            chainTime.move(Duration.ofSeconds(130));
            nextBlock(chain);
            PaymentRecord freed = wallet.reconcile().get(0);
            assertThat(freed.state()).isEqualTo(PaymentState.VOID);
            assertThat(freed.reason()).contains("final");
            assertThat(wallet.totals()).isEqualTo(new Totals(List.of(), List.of()));
        }
    }

    @Test
    void the_same_call_is_made_anew_once_the_chain_proves_the_old_payment_dead() throws Exception {
        MovableClock time = MovableClock.atNow();
        try (ScriptedSeller seller = cuttingSeller();
                Devnet chain = Devnet.builder().clock(time).start();
                SqliteLedger ledger = SqliteLedger.open(folder.resolve("ledger.db"), time);
                Wallet wallet = wallet(seller, chain, ledger, time)) {
            failure(seller, wallet);
            time.move(Duration.ofSeconds(130));
            nextBlock(chain);
            seller.script(request -> request.paid() ? settled(request, "anew") : bill(request, "0.01"));
            assertThat(answer(seller, wallet)).isEqualTo("anew");
            assertThat(seller.signatures()).isEqualTo(2);
            assertThat(wallet.totals()).isEqualTo(settledOneCent());
        }
    }

    @Test
    void a_restart_after_sending_settles_from_the_chain_and_does_not_pay_again() throws Exception {
        MovableClock time = MovableClock.atNow();
        try (ScriptedSeller seller = cuttingSeller();
                Devnet chain = Devnet.builder().clock(time).start()) {
            try (SqliteLedger ledger = SqliteLedger.open(folder.resolve("ledger.db"), time);
                    Wallet wallet = wallet(seller, chain, ledger, time)) {
                failure(seller, wallet);
            }
            collect(chain, seller.paidRequests().get(0).exact());
            try (SqliteLedger ledger = SqliteLedger.open(folder.resolve("ledger.db"), time);
                    Wallet wallet = wallet(seller, chain, ledger, time)) {
                assertThat(wallet.reconcile()).hasSize(1);
                seller.script(request -> request.paid() ? settled(request, "kept answer") : bill(request, "0.01"));
                assertThat(answer(seller, wallet)).isEqualTo("kept answer");
                assertThat(seller.signatures()).isEqualTo(1);
                assertThat(wallet.totals()).isEqualTo(settledOneCent());
            }
        }
    }

    @Test
    void an_account_without_enough_is_told_before_anything_is_signed() throws Exception {
        KeystoreSigner poor =
                KeystoreSigner.create(folder.resolve("poor.json"), "x".toCharArray(), 1 << 10, new SecureRandom());
        try (ScriptedSeller seller = ScriptedSeller.selling("0.01", "x");
                Devnet chain = Devnet.start();
                SqliteLedger ledger = SqliteLedger.open(folder.resolve("ledger.db"));
                Wallet wallet = Wallet.builder(poor, ledger)
                        .policy(Fixture.policy(seller))
                        .node(NETWORK, chain.rpcUrl())
                        .build()) {
            PaymentException refusal = failure(seller, wallet);
            assertThat(refusal.code()).isEqualTo(PaymentCode.INSUFFICIENT_FUNDS);
            assertThat(refusal).hasMessageContaining(poor.address().toString()).hasMessageContaining("0 USDC");
            assertThat(seller.paidRequests()).isEmpty();
        }
    }

    @Test
    void a_node_of_another_chain_is_a_mistake_to_mend() throws Exception {
        Network other = new Network(31337);
        Asset asset = new Asset(other, USDC.address(), "USDC", 6, "USDC", "2", TransferMethod.EIP3009);
        Offer offer = Offer.exact(Amount.parse("0.01", asset), ScriptedSeller.PAYEE, 60);
        try (ScriptedSeller seller = ScriptedSeller.start(request -> bill(request, List.of(offer)));
                Devnet chain = Devnet.start();
                Fixture fixture = Fixture.open(folder, Fixture.policy(seller), builder -> builder.assets(
                                Assets.standard().with(asset))
                        .node(other, chain.rpcUrl()))) {
            PaymentException refusal = failure(seller, fixture.wallet);
            assertThat(refusal.code()).isEqualTo(PaymentCode.NETWORK_NOT_ALLOWED);
            assertThat(refusal).hasMessageContaining("eip155:84532");
        }
    }

    @Test
    void a_node_that_answers_nonsense_proves_nothing() throws Exception {
        for (String nonsense : List.of(
                "",
                "not json",
                "[]",
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":null}",
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":\"0xzz\"}",
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-1,\"message\":\"no\"}}",
                "\"" + "x".repeat(2_000_000) + "\"")) {
            try (ScriptedSeller node = ScriptedSeller.start(request -> Response.ok(nonsense));
                    ScriptedSeller seller = cuttingSeller();
                    Fixture fixture = Fixture.open(
                            folder.resolve("n" + nonsense.hashCode()),
                            Fixture.policy(seller),
                            builder -> builder.node(NETWORK, node.uri("/")))) {
                assertThat(failure(seller, fixture.wallet).code()).isEqualTo(PaymentCode.OUTCOME_UNKNOWN);
                assertThatThrownBy(fixture.wallet::reconcile).isInstanceOf(IOException.class);
                assertThat(fixture.wallet.totals().held()).containsExactly(usdc("0.01"));
            }
        }
    }
}
