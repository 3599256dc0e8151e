package waybill.facilitator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.math.BigInteger;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.web3j.crypto.TransactionDecoder;
import org.web3j.protocol.Web3jService;
import org.web3j.protocol.core.Request;
import org.web3j.protocol.core.Response;
import waybill.devnet.Devnet;
import waybill.seller.FacilitatorException;
import waybill.x402.Address;
import waybill.x402.Assets;
import waybill.x402.Offer;
import waybill.x402.PaymentPayload;
import waybill.x402.SettlementResponse;

/** The nonces of a gas account, on nodes that lose, refuse and confuse what they are sent. */
class GasAccountTest {
    private static final Address SHOP = Address.parse("0x00000000000000000000000000000000000a11ce");
    private static final String SEND = "eth_sendRawTransaction";
    private static final BigInteger GAS = BigInteger.valueOf(100_000);

    private Devnet devnet;
    private ExecutorService threads;

    @BeforeEach
    void open() {
        devnet = Devnet.start();
        threads = Executors.newCachedThreadPool();
    }

    @AfterEach
    void close() {
        threads.shutdownNow();
        devnet.close();
    }

    /** A node that does something else with what is sent to it; its other answers are the devnet's. */
    private abstract static class Unruly extends ScriptedNode {
        Unruly(Web3jService real) {
            super(real);
        }

        /** What becomes of the transaction with this nonce; {@code pass} hands it on. */
        abstract <T> T sending(int nonce, Pass<T> pass) throws IOException;

        interface Pass<T> {
            T on() throws IOException;

            T refused(String words);
        }

        @Override
        @SuppressWarnings("rawtypes")
        public <T extends Response> T send(Request request, Class<T> type) throws IOException {
            if (!SEND.equals(request.getMethod())) {
                return super.send(request, type);
            }
            int nonce = TransactionDecoder.decode((String) request.getParams().get(0))
                    .getNonce()
                    .intValueExact();
            return sending(nonce, new Pass<T>() {
                @Override
                public T on() throws IOException {
                    return Unruly.super.send(request, type);
                }

                @Override
                public T refused(String words) {
                    return ScriptedNode.refusal(type, words);
                }
            });
        }
    }

    private GasAccount account(Chain chain) {
        GasKey key = GasKey.ofDevelopment(devnet.accounts().get(0).privateKey(), chain);
        return new GasAccount(chain, key, FacilitatorSettings.defaults(), Clock.systemUTC());
    }

    private static Broadcast send(GasAccount account) {
        return account.send(new Call(SHOP, new byte[] {1}, GAS, null), sending -> {});
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(60, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void signs_the_next_while_one_is_on_its_way() throws Exception {
        CountDownLatch secondSent = new CountDownLatch(1);
        Chain chain = Chain.inProcess(
                new Unruly(devnet.web3jService()) {
                    @Override
                    <T> T sending(int nonce, Pass<T> pass) throws IOException {
                        if (nonce == 0) {
                            await(secondSent);
                            return pass.on();
                        }
                        T answer = pass.on();
                        secondSent.countDown();
                        return answer;
                    }
                },
                Payer.NETWORK);
        GasAccount account = account(chain);

        Future<Broadcast> one = threads.submit(() -> send(account));
        Future<Broadcast> other = threads.submit(() -> send(account));

        List<Broadcast> sent = List.of(one.get(60, TimeUnit.SECONDS), other.get(60, TimeUnit.SECONDS));
        assertThat(sent).extracting(Broadcast::nonce).containsExactlyInAnyOrder(BigInteger.ZERO, BigInteger.ONE);
        assertThat(sent).allMatch(broadcast -> chain.receipt(broadcast.hash()) != null);
    }

    @Test
    void closes_the_gap_that_a_refused_transaction_leaves_before_another() throws Exception {
        AtomicBoolean untried = new AtomicBoolean(true);
        CountDownLatch secondSent = new CountDownLatch(1);
        Chain chain = Chain.inProcess(
                new Unruly(devnet.web3jService()) {
                    @Override
                    <T> T sending(int nonce, Pass<T> pass) throws IOException {
                        if (nonce == 0 && untried.getAndSet(false)) {
                            await(secondSent);
                            return pass.refused("insufficient funds for gas * price + value");
                        }
                        T answer = pass.on();
                        secondSent.countDown();
                        return answer;
                    }
                },
                Payer.NETWORK);
        GasAccount account = account(chain);
        CountDownLatch firstSigned = new CountDownLatch(1);

        Future<Broadcast> refused = threads.submit(
                () -> account.send(new Call(SHOP, new byte[] {1}, GAS, null), sending -> firstSigned.countDown()));
        await(firstSigned);
        Broadcast second = threads.submit(() -> send(account)).get(60, TimeUnit.SECONDS);

        assertThatThrownBy(() -> refused.get(60, TimeUnit.SECONDS)).hasCauseInstanceOf(FacilitatorException.class);
        assertThat(second.nonce()).isEqualTo(BigInteger.ONE);
        assertThat(chain.receipt(second.hash())).isNotNull();
        assertThat(send(account).nonce()).isEqualTo(BigInteger.TWO);
    }

    @Test
    void sends_nothing_in_the_place_of_a_refused_transaction_that_nobody_waits_for() {
        AtomicInteger sent = new AtomicInteger();
        Chain chain = Chain.inProcess(
                new Unruly(devnet.web3jService()) {
                    @Override
                    <T> T sending(int nonce, Pass<T> pass) throws IOException {
                        return sent.getAndIncrement() == 0 ? pass.refused("txpool is full") : pass.on();
                    }
                },
                Payer.NETWORK);
        GasAccount account = account(chain);

        assertThatThrownBy(() -> send(account)).isInstanceOf(FacilitatorException.class);
        assertThat(send(account).nonce()).isEqualTo(BigInteger.ZERO);
    }

    @Test
    void fills_the_gap_before_a_transaction_that_waits_when_it_is_looked_at_again() throws Exception {
        AtomicBoolean untried = new AtomicBoolean(true);
        CountDownLatch secondSent = new CountDownLatch(1);
        Chain chain = Chain.inProcess(
                new Unruly(devnet.web3jService()) {
                    @Override
                    <T> T sending(int nonce, Pass<T> pass) throws IOException {
                        if (nonce == 0 && untried.getAndSet(false)) {
                            await(secondSent);
                            throw new IOException("the node lost it");
                        }
                        T answer = pass.on();
                        secondSent.countDown();
                        return answer;
                    }
                },
                Payer.NETWORK);
        GasAccount account = account(chain);
        CountDownLatch firstSigned = new CountDownLatch(1);
        Future<Broadcast> lost = threads.submit(
                () -> account.send(new Call(SHOP, new byte[] {1}, GAS, null), sending -> firstSigned.countDown()));
        await(firstSigned);
        Broadcast waiting = threads.submit(() -> send(account)).get(60, TimeUnit.SECONDS);
        lost.get(60, TimeUnit.SECONDS);
        assertThat(chain.receipt(waiting.hash())).isNull();

        Optional<Broadcast> replaced =
                account.replace(waiting, new Call(SHOP, new byte[] {1}, GAS, null), sending -> {});

        assertThat(replaced).as("it was not the one that was stuck").isEmpty();
        assertThat(chain.receipt(waiting.hash())).isNotNull();
    }

    @Test
    void waits_on_when_gas_gets_too_dear_for_more_to_be_offered() {
        ScriptedNode node = new ScriptedNode(devnet.web3jService());
        Chain chain = Chain.inProcess(node, Payer.NETWORK);
        GasKey key = GasKey.ofDevelopment(devnet.accounts().get(0).privateKey(), chain);
        GasAccount frugal = new GasAccount(
                chain, key, FacilitatorSettings.defaults().payingAtMost(BigInteger.ONE), Clock.systemUTC());
        Broadcast stuck = new Broadcast(
                "0x" + "11".repeat(32), key.address(), BigInteger.ZERO, new Fees(BigInteger.ONE, BigInteger.ONE));

        assertThat(frugal.replace(stuck, new Call(SHOP, new byte[] {1}, GAS, null), sending -> {}))
                .isEmpty();
        assertThat(node.calls(SEND)).isZero();
    }

    @Test
    void lets_all_that_wait_go_on_once_one_of_them_knows_the_nonce() throws Exception {
        AtomicBoolean untried = new AtomicBoolean(true);
        CountDownLatch looksAtFees = new CountDownLatch(4); // by each with its turn, which it keeps until it waits
        CountDownLatch otherSent = new CountDownLatch(1);
        Chain chain = Chain.inProcess(
                new Unruly(devnet.web3jService()) {
                    @Override
                    <T> T sending(int nonce, Pass<T> pass) throws IOException {
                        if (nonce == 0) {
                            await(looksAtFees);
                        } else if (nonce == 1 && untried.getAndSet(false)) {
                            return pass.refused("txpool is full");
                        } else if (nonce == 1) {
                            await(otherSent);
                        } else {
                            otherSent.countDown();
                        }
                        return pass.on();
                    }
                },
                Payer.NETWORK);
        GasKey key = GasKey.ofDevelopment(devnet.accounts().get(0).privateKey(), chain);
        Clock counting = new Clock() {
            @Override
            public Instant instant() {
                looksAtFees.countDown();
                return Instant.EPOCH;
            }

            @Override
            public ZoneId getZone() {
                return ZoneOffset.UTC;
            }

            @Override
            public Clock withZone(ZoneId zone) {
                return this;
            }
        };
        GasAccount account = new GasAccount(chain, key, FacilitatorSettings.defaults(), counting);
        CountDownLatch firstSigned = new CountDownLatch(1);
        Future<Broadcast> slow = threads.submit(
                () -> account.send(new Call(SHOP, new byte[] {1}, GAS, null), sending -> firstSigned.countDown()));
        await(firstSigned);
        assertThatThrownBy(() -> send(account)).hasMessageContaining("txpool is full");

        Future<Broadcast> one = threads.submit(() -> send(account));
        Future<Broadcast> other = threads.submit(() -> send(account));

        assertThat(slow.get(60, TimeUnit.SECONDS).nonce()).isEqualTo(BigInteger.ZERO);
        assertThat(List.of(one.get(60, TimeUnit.SECONDS), other.get(60, TimeUnit.SECONDS)))
                .extracting(Broadcast::nonce)
                .containsExactlyInAnyOrder(BigInteger.ONE, BigInteger.TWO);
    }

    @Test
    void nobody_who_waits_for_a_turn_follows_a_transaction_that_was_refused() throws Exception {
        AtomicBoolean untried = new AtomicBoolean(true);
        CountDownLatch arrived = new CountDownLatch(1);
        CountDownLatch held = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        AtomicBoolean answered = new AtomicBoolean();
        Chain chain = Chain.inProcess(
                new Unruly(devnet.web3jService()) {
                    @Override
                    <T> T sending(int nonce, Pass<T> pass) throws IOException {
                        if (untried.getAndSet(false)) {
                            arrived.countDown();
                            await(held);
                            T refusal = pass.refused("txpool is full");
                            answered.set(true);
                            return refusal;
                        }
                        return pass.on();
                    }
                },
                Payer.NETWORK);
        GasAccount account = account(chain);
        Thread refused =
                new Thread(() -> assertThatThrownBy(() -> send(account)).hasMessageContaining("txpool is full"));
        refused.start();
        await(arrived);
        Future<?> holder = threads.submit(() -> account.send(new Call(SHOP, new byte[] {1}, GAS, null), sending -> {
            held.countDown();
            await(release);
            throw new IllegalStateException("not sent after all");
        }));
        until(() -> answered.get() && refused.getState() == Thread.State.WAITING);
        FutureTask<Broadcast> next = new FutureTask<>(() -> send(account));
        Thread queued = new Thread(next);
        queued.start();
        until(() -> queued.getState() == Thread.State.TIMED_WAITING);

        release.countDown();

        assertThat(next.get(60, TimeUnit.SECONDS).nonce()).isEqualTo(BigInteger.ZERO);
        assertThatThrownBy(() -> holder.get(60, TimeUnit.SECONDS)).hasCauseInstanceOf(IllegalStateException.class);
        refused.join();
    }

    private static void until(BooleanSupplier condition) {
        long begun = System.nanoTime();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime() - begun).isLessThan(TimeUnit.SECONDS.toNanos(60));
            Thread.onSpinWait();
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void settles_everything_once_on_a_node_that_loses_every_other_thing(long seed) throws Exception {
        Random luck = new Random(seed);
        Chain chain = Chain.inProcess(
                new Unruly(devnet.web3jService()) {
                    @Override
                    <T> T sending(int nonce, Pass<T> pass) throws IOException {
                        int drawn;
                        synchronized (luck) {
                            drawn = luck.nextInt(100);
                        }
                        if (drawn < 12) throw new IOException("connection refused");
                        if (drawn < 24) return pass.refused("txpool is full");
                        if (drawn < 36) return pass.refused("nonce too low");
                        T answer = pass.on();
                        if (drawn < 44) throw new IOException("connection reset");
                        return drawn < 52 ? pass.refused("internal error") : answer;
                    }
                },
                Payer.NETWORK);
        Offer offer = Payer.offer("0.01", SHOP);
        FacilitatorSettings settings = FacilitatorSettings.defaults()
                .waiting(Duration.ofMillis(60), Duration.ofMillis(10))
                .replacingAfter(Duration.ofMillis(20));
        try (LocalFacilitator facilitator = new LocalFacilitator(
                chain,
                GasKey.ofDevelopment(devnet.accounts().get(0).privateKey(), chain),
                SettlementStore.inMemory(),
                Assets.standard(),
                settings,
                Clock.systemUTC())) {
            List<Future<SettlementResponse>> settled = new ArrayList<>();
            for (int i = 0; i < 24; i++) {
                PaymentPayload payment = new Payer(devnet.accounts().get(1 + i % 4)).pay(offer);
                settled.add(threads.submit(() -> untilSettled(facilitator, payment, offer)));
            }
            for (Future<SettlementResponse> one : settled) {
                assertThat(one.get(120, TimeUnit.SECONDS).success())
                        .as("seed " + seed)
                        .isTrue();
            }
        }
        assertThat(devnet.balanceOf(devnet.usdc(), SHOP.toString()))
                .as("seed " + seed)
                .isEqualTo(240_000);
    }

    private static SettlementResponse untilSettled(LocalFacilitator facilitator, PaymentPayload payment, Offer offer) {
        for (int attempt = 0; attempt < 1_000; attempt++) {
            try {
                SettlementResponse response = facilitator.settle(payment, offer);
                if (!response.pending()) {
                    return response;
                }
            } catch (FacilitatorException unknown) {
                assertThat(unknown).hasMessageContaining("node");
            }
        }
        throw new AssertionError("never settled");
    }
}
