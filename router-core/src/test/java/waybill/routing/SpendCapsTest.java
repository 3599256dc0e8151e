package waybill.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static waybill.routing.Draws.NOW;

import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class SpendCapsTest {

    private final AtomicReference<Instant> now = new AtomicReference<>(NOW);

    private static BigDecimal usd(String amount) {
        return new BigDecimal(amount);
    }

    private static SpendCaps caps(String usd, Duration window) {
        return new SpendCaps(List.of(new SpendCap(usd(usd), window)));
    }

    /** A host whose models answer, or throw what they are told to. */
    private static final class Asking implements Host.Blocking<Runnable, String> {
        @Override
        public String attempt(Candidate<Runnable> candidate) {
            candidate.model().run();
            return "ok";
        }

        @Override
        public Failure classify(Throwable thrown) {
            return Failure.of(FailureKind.valueOf(String.valueOf(thrown.getMessage())), thrown);
        }

        @Override
        public @Nullable Usage usage(String response) {
            return Usage.of(10, 10);
        }
    }

    private Router<Runnable> router(String cap, Duration window, Runnable model, String price) {
        return Router.builder(List.of(Candidate.of("m", model, Profile.of(Price.perCall(price)))))
                .predictor(Predictor.handMade())
                .spendCap(cap, window)
                .time(now::get)
                .build();
    }

    @Test
    void holds_the_bound_while_an_attempt_runs_and_counts_its_cost_afterwards() {
        SpendCaps caps = caps("1", Duration.ofHours(1));
        Purse purse = caps.purse();
        assertThat(purse.take(1, usd("0.7"), NOW)).isTrue();
        assertThat(caps.purse().take(1, usd("0.4"), NOW)).isFalse();
        assertThat(caps.used(NOW).get(0).held()).isEqualByComparingTo("0.7");
        purse.settle(1, Cost.exact(usd("0.25")), NOW);
        SpendCap.Used used = caps.used(NOW).get(0);
        assertThat(used.held()).isZero();
        assertThat(used.settled()).isEqualByComparingTo("0.25");
        assertThat(used.left()).isEqualByComparingTo("0.75");
        assertThat(caps.purse().take(1, usd("0.75"), NOW)).isTrue();
    }

    @Test
    void an_attempt_without_a_bound_gets_nothing() {
        assertThat(caps("1", Duration.ofHours(1)).purse().take(1, null, NOW)).isFalse();
    }

    @Test
    void what_was_never_settled_counts_in_full() {
        SpendCaps caps = caps("1", Duration.ofHours(1));
        Purse purse = caps.purse();
        purse.take(1, usd("0.6"), NOW);
        purse.close(NOW);
        assertThat(caps.used(NOW).get(0).settled()).isEqualByComparingTo("0.6");
        assertThat(caps.used(NOW).get(0).held()).isZero();
    }

    @Test
    void several_caps_all_hold_and_a_refusal_holds_nothing() {
        SpendCaps caps = new SpendCaps(
                List.of(new SpendCap(usd("5"), Duration.ofHours(24)), new SpendCap(usd("1"), Duration.ofMinutes(1))));
        assertThat(caps.purse().take(1, usd("2"), NOW)).isFalse();
        assertThat(caps.used(NOW)).allSatisfy(used -> assertThat(used.held()).isZero());
        Instant at = NOW;
        int taken = 0;
        for (int i = 0; i < 10; i++) {
            Purse purse = caps.purse();
            if (purse.take(1, usd("1"), at)) {
                taken++;
                purse.settle(1, Cost.exact(usd("1")), at);
            }
            at = at.plusSeconds(90);
        }
        assertThat(taken).isEqualTo(5);
    }

    @Test
    void never_passes_the_cap_in_any_stretch_of_time_and_frees_it_afterwards() {
        Draws.check(50, draws -> {
            SpendCaps caps = caps("1", Duration.ofMinutes(10));
            List<Instant> times = new ArrayList<>();
            List<BigDecimal> amounts = new ArrayList<>();
            Instant at = NOW;
            for (int i = 0; i < 300; i++) {
                at = at.plusMillis(draws.number(0, 60_000));
                BigDecimal bound = BigDecimal.valueOf(draws.number(1, 40), 2);
                Purse purse = caps.purse();
                if (purse.take(1, bound, at)) {
                    BigDecimal cost = bound.multiply(BigDecimal.valueOf(draws.number(0, 100), 2));
                    purse.settle(1, Cost.exact(cost), at);
                    times.add(at);
                    amounts.add(cost);
                }
            }
            for (int from = 0; from < times.size(); from++) {
                BigDecimal sum = BigDecimal.ZERO;
                Instant end = times.get(from).plus(Duration.ofMinutes(10));
                for (int i = from; i < times.size() && !times.get(i).isAfter(end); i++) {
                    sum = sum.add(amounts.get(i));
                }
                assertThat(sum).isLessThanOrEqualTo(BigDecimal.ONE);
            }
            SpendCap.Used later =
                    caps.used(at.plus(Duration.ofMinutes(10)).plusSeconds(11)).get(0);
            assertThat(later.left()).isEqualByComparingTo("1");
        });
    }

    @Test
    void a_clock_that_goes_back_frees_nothing() {
        SpendCaps caps = caps("1", Duration.ofMinutes(1));
        Purse purse = caps.purse();
        purse.take(1, usd("1"), NOW);
        purse.settle(1, Cost.exact(usd("1")), NOW.plusSeconds(30));
        assertThat(caps.purse().take(1, usd("0.1"), NOW.minusSeconds(3_600))).isFalse();
        assertThat(caps.purse().take(1, usd("0.1"), NOW.plusSeconds(89))).isFalse();
        assertThat(caps.purse().take(1, usd("0.1"), NOW.plusSeconds(92))).isTrue();
    }

    @Test
    void an_exhausted_cap_says_what_was_spent_and_when_it_eases() {
        Router<Runnable> router = router("0.05", Duration.ofHours(24), () -> {}, "0.03");
        Call call = Call.of(Features.of("hello"));
        router.call(call, new Asking());
        RoutingException refused = catchThrowableOfType(RoutingException.class, () -> router.call(call, new Asking()));
        assertThat(refused)
                .hasMessageContaining("by rule \"spend cap\"")
                .hasMessageContaining("it may cost $0.03, of $0.05 in 24 h there is $0.02 left: $0.03 is spent")
                .hasMessageContaining("wait until 2026-11-23T12:24:00Z");
        now.set(NOW.plus(Duration.ofHours(25)));
        router.call(call, new Asking());
    }

    @Test
    void a_payment_whose_outcome_is_unknown_counts_in_full() {
        Router<Runnable> router = router(
                "0.05",
                Duration.ofHours(1),
                () -> {
                    throw new IllegalStateException("PAYMENT_UNKNOWN");
                },
                "0.03");
        assertThatThrownBy(() -> router.call(Call.of(Features.of("hello")), new Asking()))
                .isInstanceOf(RoutingException.class);
        assertThat(router.snapshot().spent().get(0).settled()).isEqualByComparingTo("0.03");
    }

    @Test
    void who_finds_the_cap_taken_since_the_plan_is_passed_over_and_the_receipt_says_so() {
        AtomicReference<Router<Runnable>> self = new AtomicReference<>();
        AtomicInteger asked = new AtomicInteger();
        Runnable model = () -> {
            // while the first call fails, another takes what was left for the next candidate
            if (asked.getAndIncrement() == 0) {
                self.get().call(new Call(Features.of("hi"), Hints.NONE.withAllowed("other"), null), new Asking());
                throw new IllegalStateException("SERVER_ERROR");
            }
        };
        Profile profile = Profile.of(Price.perCall("0.03"));
        self.set(Router.builder(List.of(
                        Candidate.of("first", model, Profile.of(Price.perCall("0.01"))),
                        Candidate.of("other", (Runnable) () -> {}, profile),
                        Candidate.of("second", (Runnable) () -> {}, profile)))
                .predictor(Predictor.handMade())
                .objective(Objective.cheapest())
                .spendCap("0.05", Duration.ofHours(1))
                .time(now::get)
                .build());
        Call call = new Call(Features.of("hello"), Hints.NONE.withAllowed("first", "second"), null);
        RoutingException refused =
                catchThrowableOfType(RoutingException.class, () -> self.get().call(call, new Asking()));
        assertThat(refused).hasMessageContaining("skipped second: up to $0.03 more would pass the router's spend cap");
        assertThat(self.get().snapshot().spent().get(0).settled()).isEqualByComparingTo("0.03");
    }

    @Test
    void an_error_that_ends_the_thread_does_not_hold_money_for_ever() {
        Router<Runnable> router = router(
                "0.05",
                Duration.ofHours(1),
                () -> {
                    throw new StackOverflowError();
                },
                "0.03");
        assertThatThrownBy(() -> router.call(Call.of(Features.of("hello")), new Asking()))
                .isInstanceOf(StackOverflowError.class);
        SpendCap.Used used = router.snapshot().spent().get(0);
        assertThat(used.held()).isZero();
        assertThat(used.settled()).isEqualByComparingTo("0.03");
    }

    @Test
    void calls_side_by_side_never_pass_the_cap() throws Exception {
        int callers = 24;
        AtomicInteger answered = new AtomicInteger();
        CountDownLatch allCalled = new CountDownLatch(callers);
        // nobody's attempt ends before everybody has tried to start one: all bounds are held at once
        Router<Runnable> router = router(
                "0.10",
                Duration.ofHours(1),
                () -> {
                    allCalled.countDown();
                    await(allCalled);
                    answered.incrementAndGet();
                },
                "0.01");
        ExecutorService threads = Executors.newFixedThreadPool(callers);
        try {
            List<Future<?>> calls = new ArrayList<>();
            for (int i = 0; i < callers; i++) {
                calls.add(threads.submit(() -> {
                    try {
                        router.call(Call.of(Features.of("hello")), new Asking());
                    } catch (RoutingException refused) {
                        assertThat(refused).hasMessageContaining("spend cap");
                        allCalled.countDown();
                    }
                }));
            }
            for (Future<?> call : calls) {
                call.get();
            }
        } finally {
            threads.shutdownNow();
        }
        assertThat(answered).hasValue(10);
        assertThat(router.snapshot().spent().get(0).settled()).isEqualByComparingTo("0.10");
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException interrupted) {
            throw new IllegalStateException("CANCELLED", interrupted);
        }
    }
}
