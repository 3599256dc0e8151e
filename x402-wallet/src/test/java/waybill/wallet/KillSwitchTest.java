package waybill.wallet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import waybill.x402.Address;
import waybill.x402.Signature;

/** Once the switch is pulled nothing more is signed, wherever it was pulled and whatever was under way. */
class KillSwitchTest {
    @TempDir
    private Path folder;

    /** Signs as the fixture's signer does, and does something before it hands the signature over. */
    private static PaymentSigner signer(Runnable before) {
        return new PaymentSigner() {
            @Override
            public Address address() {
                return Fixture.SIGNER.address();
            }

            @Override
            public Signature sign(Signable signable) {
                before.run();
                return Fixture.SIGNER.sign(signable);
            }
        };
    }

    private static PayingHttpClient client(Fixture fixture, ScriptedSeller seller, PaymentSigner signer) {
        Wallet wallet = Wallet.builder(signer, fixture.ledger)
                .policy(Fixture.policy(seller))
                .clock(fixture.clock)
                .build();
        return PayingHttpClient.over(fixture.plain, wallet);
    }

    @Test
    void a_signature_that_was_being_made_when_the_wallet_was_frozen_is_thrown_away() throws Exception {
        try (ScriptedSeller seller = ScriptedSeller.selling("0.01", "x");
                Fixture fixture = Fixture.open(folder, seller)) {
            PayingHttpClient client = client(fixture, seller, signer(() -> fixture.wallet.freeze("stop")));
            PaymentException refused = catchThrowableOfType(
                    PaymentException.class,
                    () -> client.send(HttpRequest.newBuilder(seller.uri("/")).build(), BodyHandlers.ofString()));
            assertThat(refused.code()).isEqualTo(PaymentCode.KILL_SWITCH);
            assertThat(seller.paidRequests()).isEmpty();
            assertThat(fixture.only().state()).isEqualTo(PaymentState.VOID);
            assertThat(fixture.only().reason()).contains("frozen").contains("stop");
            assertThat(fixture.wallet.totals().held()).isEmpty();
        }
    }

    @Test
    void after_freezing_no_signature_begins_and_none_that_ran_is_sent() throws Exception {
        AtomicInteger begun = new AtomicInteger();
        CountDownLatch eight = new CountDownLatch(8);
        CountDownLatch frozen = new CountDownLatch(1);
        PaymentSigner slow = signer(() -> {
            begun.incrementAndGet();
            eight.countDown();
            try {
                frozen.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        try (ScriptedSeller seller = ScriptedSeller.selling("0.01", "x");
                Fixture fixture = Fixture.open(folder, seller)) {
            PayingHttpClient client = client(fixture, seller, slow);
            List<CompletableFuture<?>> running = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                running.add(client.sendAsync(
                        HttpRequest.newBuilder(seller.uri("/" + i)).build(), BodyHandlers.ofString()));
            }
            assertThat(eight.await(60, TimeUnit.SECONDS)).isTrue();
            fixture.wallet.freeze("stop");
            running.add(
                    client.sendAsync(HttpRequest.newBuilder(seller.uri("/late")).build(), BodyHandlers.ofString()));
            frozen.countDown();
            for (CompletableFuture<?> one : running) {
                Throwable cause = catchThrowableOfType(ExecutionException.class, () -> one.get(60, TimeUnit.SECONDS))
                        .getCause();
                assertThat(((PaymentException) cause).code()).isEqualTo(PaymentCode.KILL_SWITCH);
            }
            assertThat(begun).hasValue(8);
            assertThat(seller.paidRequests()).isEmpty();
        }
    }

    @Test
    void a_file_from_another_process_stops_the_resending_of_what_was_signed_before() throws Exception {
        Path file = folder.resolve("frozen");
        try (ScriptedSeller seller = ScriptedSeller.start(request ->
                        request.paid() ? ScriptedSeller.Response.of(503) : ScriptedSeller.bill(request, "0.01"));
                Fixture fixture = Fixture.open(folder, Fixture.policy(seller), builder -> builder.killSwitch(file))) {
            PaymentException unknown = catchThrowableOfType(PaymentException.class, () -> fixture.get(seller.uri("/")));
            assertThat(unknown.code()).isEqualTo(PaymentCode.OUTCOME_UNKNOWN);
            int sent = seller.requests().size();

            KillSwitch.pull(file, "stop");
            PaymentException stopped = catchThrowableOfType(PaymentException.class, () -> fixture.get(seller.uri("/")));
            assertThat(stopped.code()).isEqualTo(PaymentCode.DUPLICATE_PAYMENT);
            assertThat(seller.requests()).hasSize(sent);
            assertThat(fixture.wallet.frozen()).contains("stop");
        }
    }

    @Test
    void a_file_from_another_process_freezes_and_removing_it_lifts_nothing() throws Exception {
        Path file = folder.resolve("frozen");
        try (ScriptedSeller seller = ScriptedSeller.selling("0.01", "bought");
                Fixture fixture = Fixture.open(folder, Fixture.policy(seller), builder -> builder.killSwitch(file))) {
            KillSwitch.pull(file, "stolen laptop");
            PaymentException refused = catchThrowableOfType(PaymentException.class, () -> fixture.get(seller.uri("/")));
            assertThat(refused.code()).isEqualTo(PaymentCode.KILL_SWITCH);
            assertThat(refused).hasMessageContaining("stolen laptop").hasMessageContaining("waybill wallet unfreeze");

            Files.delete(file);
            assertThat(catchThrowableOfType(PaymentException.class, () -> fixture.get(seller.uri("/")))
                            .code())
                    .isEqualTo(PaymentCode.KILL_SWITCH);
            KillSwitch.pull(file, "again");
            fixture.wallet.unfreeze();
            assertThat(file).doesNotExist();
            assertThat(fixture.get(seller.uri("/")).body()).isEqualTo("bought");
        }
    }
}
