package waybill.wallet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static waybill.wallet.Fixture.usdc;
import static waybill.wallet.ScriptedSeller.NETWORK;
import static waybill.wallet.ScriptedSeller.USDC;
import static waybill.wallet.ScriptedSeller.bill;
import static waybill.wallet.ScriptedSeller.settled;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import waybill.devnet.Devnet;
import waybill.wallet.ScriptedSeller.Response;

/** A person takes a payment back that may still be collected: the chain decides who was first. */
class TakingBackTest {
    @TempDir
    Path folder;

    private final MovableClock chainTime = MovableClock.atNow();
    private ScriptedSeller seller;
    private Devnet chain;
    private Fixture fixture;
    private String id;

    @BeforeEach
    void leaveAPaymentUnknown() throws Exception {
        seller = ScriptedSeller.start(request -> request.paid() ? Response.cut() : bill(request, "0.01"));
        chain = Devnet.builder().clock(chainTime).start();
        fixture = Fixture.open(folder, Fixture.policy(seller), builder -> builder.node(NETWORK, chain.rpcUrl()));
        assertThat(failure().code()).isEqualTo(PaymentCode.OUTCOME_UNKNOWN);
        id = fixture.only().id();
    }

    @AfterEach
    void close() throws Exception {
        fixture.close();
        chain.close();
        seller.close();
    }

    private PaymentException failure() {
        return catchThrowableOfType(PaymentException.class, () -> fixture.get(seller.uri("/")));
    }

    @Test
    void what_is_taken_back_is_void_once_the_chain_shows_it_and_can_never_be_collected() throws Exception {
        SignedCancel cancel = fixture.wallet.cancel(id);
        assertThat(cancel.asset()).isEqualTo(USDC);
        assertThat(cancel.toString()).doesNotContain(cancel.callData().substring(200));
        assertThat(fixture.wallet.reconcile()).isEmpty(); // signed is not sent
        assertThat(fixture.wallet.totals().held()).containsExactly(usdc("0.01"));
        assertThat(failure().code()).as("not sent again").isEqualTo(PaymentCode.DUPLICATE_PAYMENT);

        String hash = ChainActs.send(chain, cancel.callData());
        PaymentRecord freed = fixture.wallet.reconcile().get(0);
        assertThat(freed.state()).isEqualTo(PaymentState.VOID);
        assertThat(freed.reason()).contains("taken back", hash);
        assertThat(fixture.wallet.totals()).isEqualTo(new Totals(List.of(), List.of()));

        var before = fixture.wallet.balance(USDC);
        ChainActs.collect(chain, seller.paidRequests().get(0).exact());
        assertThat(fixture.wallet.balance(USDC)).as("the seller comes too late").isEqualTo(before);

        seller.script(request -> request.paid() ? settled(request, "anew") : bill(request, "0.01"));
        assertThat(fixture.get(seller.uri("/")).body()).isEqualTo("anew");
        assertThat(seller.signatures()).isEqualTo(2);
        assertThat(fixture.ledger.verify().findings()).isEmpty();
    }

    @Test
    void a_seller_who_was_first_is_paid_and_the_word_does_nothing() throws Exception {
        SignedCancel cancel = fixture.wallet.cancel(id);
        String collected = ChainActs.collect(chain, seller.paidRequests().get(0).exact());
        ChainActs.send(chain, cancel.callData());
        PaymentRecord settled = fixture.wallet.reconcile().get(0);
        assertThat(settled.state()).isEqualTo(PaymentState.SETTLED);
        assertThat(settled.transaction()).isEqualTo(collected);
        assertThat(fixture.wallet.totals()).isEqualTo(new Totals(List.of(usdc("0.01")), List.of()));
    }

    @Test
    void only_what_is_unresolved_and_has_not_run_out_is_taken_back() {
        assertThatThrownBy(() -> fixture.wallet.cancel("nothing"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no payment nothing");
        fixture.clock.move(Duration.ofMinutes(3));
        assertThatThrownBy(() -> fixture.wallet.cancel(id))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("ran out");
        fixture.wallet.release(id);
        assertThatThrownBy(() -> fixture.wallet.cancel(id))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("VOID");
    }

    @Test
    void a_frozen_wallet_takes_back_too_and_the_ledger_says_that_it_was_asked() {
        fixture.wallet.freeze("looking into it");
        fixture.wallet.cancel(id);
        assertThat(fixture.ledger.events(0, 100)).extracting(LedgerEvent::kind).contains("CANCELLING");
        assertThat(fixture.ledger.payment(id).orElseThrow().state()).isEqualTo(PaymentState.UNKNOWN);
        assertThat(fixture.ledger.verify().findings()).isEmpty();
    }
}
