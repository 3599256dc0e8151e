package waybill.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionService;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import waybill.wallet.PaymentException;

class RouterTest {

    /** A model that does what its script says, once per call. */
    interface Model {
        String say() throws Exception;
    }

    private static final class Asking implements Host.Blocking<Model, String> {
        @Override
        public String attempt(Candidate<Model> candidate) throws Exception {
            return candidate.model().say();
        }

        @Override
        public Failure classify(Throwable thrown) {
            Failure payment = PaymentFailures.byName().classify(thrown);
            if (payment != null) {
                return payment;
            }
            return thrown instanceof IllegalArgumentException
                    ? Failure.of(FailureKind.BAD_REQUEST, thrown)
                    : Failure.of(FailureKind.SERVER_ERROR, thrown);
        }

        @Override
        public @Nullable Usage usage(String response) {
            return Usage.of(100, 10);
        }
    }

    private static Candidate<Model> candidate(String name, String price, Model model) {
        return Candidate.of(
                name, model, Profile.of(Price.perCall(price)).withQuality(0.7, "a test", LocalDate.of(2026, 1, 1)));
    }

    private static Model failing(Exception failure) {
        return () -> {
            throw failure;
        };
    }

    private static final Call CALL = Call.of(Features.of("hello"));

    @SafeVarargs
    private static RouterBuilder<Model> router(Candidate<Model>... candidates) {
        return Router.builder(List.of(candidates)).objective(Objective.cheapest());
    }

    @Test
    void predicts_by_what_was_learned_unless_told_otherwise() {
        Model silent = () -> "";
        List<Candidate<Model>> candidates = List.of(candidate("a", "0.01", silent), candidate("b", "0.02", silent));
        Features hard = Features.of("Prove that the square root of 2 is irrational.");
        double learned = Predictor.learned()
                .read(hard)
                .metBy(candidates.get(0).profile())
                .good();
        double handMade = Predictor.handMade()
                .read(hard)
                .metBy(candidates.get(0).profile())
                .good();
        assertThat(learned).isNotEqualTo(handMade);
        assertThat(Router.builder(candidates).build().plan(hard).choices())
                .allSatisfy(c -> assertThat(c.prediction().good()).isEqualTo(learned));
        assertThat(Router.builder(candidates)
                        .predictor(Predictor.handMade())
                        .build()
                        .plan(hard)
                        .choices())
                .allSatisfy(c -> assertThat(c.prediction().good()).isEqualTo(handMade));
    }

    @Test
    void answers_with_the_first_choice_on_the_callers_thread_and_writes_a_receipt() {
        AtomicReference<Thread> thread = new AtomicReference<>();
        Router<Model> router = router(candidate("dear", "0.02", () -> "dear"), candidate("cheap", "0.01", () -> {
                    thread.set(Thread.currentThread());
                    return "cheap";
                }))
                .ids(() -> "r-1")
                .build();
        Answered<Model, String> answered = router.call(CALL, new Asking());
        assertThat(answered.response()).isEqualTo("cheap");
        assertThat(thread.get()).isSameAs(Thread.currentThread());
        Receipt receipt = answered.receipt();
        assertThat(receipt.id()).isEqualTo("r-1");
        assertThat(receipt.answeredBy()).contains("cheap");
        assertThat(receipt.cost()).isEqualTo(Cost.exact(new BigDecimal("0.01")));
        assertThat(receipt.plan().choices()).extracting(Choice::candidate).containsExactly("cheap", "dear");
        assertThat(receipt.toString()).contains("receipt r-1: cheap: worth ").contains("total $0.01");
    }

    @Test
    void moves_on_and_says_so() {
        Router<Model> router = router(
                        candidate("a", "0.01", failing(new IllegalStateException("503"))),
                        candidate("b", "0.02", () -> "b"))
                .build();
        Receipt receipt = router.call(CALL, new Asking()).receipt();
        assertThat(receipt.attempts()).extracting(Attempt::failure).containsExactly(FailureKind.SERVER_ERROR, null);
        assertThat(receipt.cost()).isEqualTo(Cost.exact(new BigDecimal("0.02")));
        Plan next = router.plan(CALL.features());
        assertThat(next.choices()).extracting(Choice::candidate).containsExactly("b", "a");
        assertThat(next.choices()).extracting(Choice::aside).containsExactly(Aside.NO, Aside.COOLING);
    }

    @Test
    void when_all_fail_the_first_failure_is_the_cause_and_the_later_are_suppressed() {
        Exception first = new IllegalStateException("first");
        Exception second = new IllegalStateException("second");
        Router<Model> router = router(candidate("a", "0.01", failing(first)), candidate("b", "0.02", failing(second)))
                .build();
        RoutingException thrown = catchThrowableOfType(RoutingException.class, () -> router.call(CALL, new Asking()));
        assertThat(thrown).hasCause(first);
        assertThat(thrown.getSuppressed()).containsExactly(second);
        assertThat(thrown.receipt().attempts()).hasSize(2);
        assertThat(thrown.kind()).contains(FailureKind.SERVER_ERROR);
        assertThat(thrown).hasMessageContaining("all 2 attempts failed: a: server error (first) after");
    }

    @Test
    void a_bad_request_stops_at_once_and_benches_nobody() {
        Router<Model> router = router(
                        candidate("a", "0.01", failing(new IllegalArgumentException("temperature is 7"))),
                        candidate("b", "0.02", () -> "b"))
                .build();
        assertThatThrownBy(() -> router.call(CALL, new Asking()))
                .isInstanceOf(RoutingException.class)
                .hasMessageContaining("stopped without trying another candidate: a: bad request (temperature is 7)");
        assertThat(router.plan(CALL.features()).excluded()).isEmpty();
    }

    @Test
    void nobody_eligible_is_an_exception_that_names_the_rule() {
        Router<Model> router = router(candidate("a", "0.01", () -> "a")).build();
        Call call = new Call(CALL.features(), Hints.NONE.withCostCeiling("0.001"), null);
        RoutingException thrown = catchThrowableOfType(RoutingException.class, () -> router.call(call, new Asking()));
        assertThat(thrown).hasNoCause().hasMessageContaining("a by rule \"cost ceiling\" (it may cost $0.01");
        assertThat(thrown.receipt().attempts()).isEmpty();
        assertThat(thrown.kind()).isEmpty();
    }

    @Test
    void listeners_hear_everything_and_cannot_break_a_call() {
        List<String> heard = new ArrayList<>();
        RoutingListener listener = new RoutingListener() {
            @Override
            public void onPlan(Plan plan) {
                heard.add("plan");
                throw new IllegalStateException("a broken listener");
            }

            @Override
            public void onAttempt(Attempt attempt) {
                heard.add(attempt.candidate());
                throw new IllegalStateException("a broken listener");
            }

            @Override
            public void onReceipt(Receipt receipt) {
                heard.add("receipt");
                throw new IllegalStateException("a broken listener");
            }
        };
        Router<Model> router = router(
                        candidate("a", "0.01", failing(new IllegalStateException("503"))),
                        candidate("b", "0.02", () -> "b"))
                .listener(listener)
                .build();
        assertThat(router.call(CALL, new Asking()).response()).isEqualTo("b");
        assertThat(heard).containsExactly("plan", "a", "b", "receipt");
    }

    @Test
    void an_unknown_payment_is_held_and_the_receipt_says_so() {
        Router<Model> router = router(
                        candidate("a", "0.01", failing(new PaymentException("outcome_unknown"))),
                        candidate("b", "0.02", () -> "b"))
                .build();
        Call call = new Call(CALL.features(), Hints.NONE.withCostCeiling("0.03"), null);
        Receipt receipt = router.call(call, new Asking()).receipt();
        assertThat(receipt.cost()).hasToString("at most $0.03");
        assertThat(receipt.notes())
                .containsExactly("a: payment unknown, $0.01 may have been charged and counts in full");
    }

    @Test
    void strict_payments_stop_at_an_unknown_one() {
        Router<Model> router = router(
                        candidate("a", "0.01", failing(new PaymentException("outcome_unknown"))),
                        candidate("b", "0.02", () -> "b"))
                .strictPayments()
                .build();
        assertThatThrownBy(() -> router.call(CALL, new Asking()))
                .hasMessageContaining("strict payments: no other candidate after payment unknown");
    }

    @Test
    void a_wallets_refusal_never_benches_the_provider() {
        Router<Model> router = router(
                        candidate("a", "0.01", failing(new PaymentException("per_payment_cap"))),
                        candidate("b", "0.02", () -> "b"))
                .build();
        assertThat(router.call(CALL, new Asking()).receipt().attempts())
                .extracting(Attempt::failure)
                .containsExactly(FailureKind.PAYMENT_REFUSED, null);
        assertThat(router.snapshot().of("a").orElseThrow().coolDown()).isNull();
        assertThat(router.snapshot().of("a").orElseThrow().failChance()).isEqualTo(Standing.FAIL_PRIOR);
    }

    @Test
    void waits_for_the_only_candidate_when_it_says_how_long() {
        List<Instant> calls = new ArrayList<>();
        Model limitedOnce = () -> {
            calls.add(Instant.now());
            if (calls.size() == 1) {
                throw new IllegalStateException("429");
            }
            return "late";
        };
        Router<Model> router = router(candidate("a", "0.01", limitedOnce)).build();
        Host.Blocking<Model, String> host = new Host.Blocking<>() {
            @Override
            public String attempt(Candidate<Model> candidate) throws Exception {
                return candidate.model().say();
            }

            @Override
            public Failure classify(Throwable thrown) {
                return Failure.of(FailureKind.RATE_LIMITED, thrown).withRetryAfter(Duration.ofMillis(60));
            }

            @Override
            public @Nullable Usage usage(String response) {
                return null;
            }
        };
        assertThat(router.call(CALL, host).response()).isEqualTo("late");
        assertThat(Duration.between(calls.get(0), calls.get(1))).isGreaterThanOrEqualTo(Duration.ofMillis(60));
    }

    @Test
    void an_interrupted_call_tries_nobody_else_and_stays_interrupted() {
        Router<Model> router = router(
                        candidate("a", "0.01", failing(new InterruptedException("stop"))),
                        candidate("b", "0.02", () -> "b"))
                .build();
        RoutingException thrown = catchThrowableOfType(RoutingException.class, () -> router.call(CALL, new Asking()));
        assertThat(Thread.interrupted()).isTrue();
        assertThat(thrown.kind()).contains(FailureKind.CANCELLED);
        assertThat(thrown.receipt().attempts()).hasSize(1);
    }

    @Test
    void a_deadline_interrupts_a_blocking_attempt_and_leaves_no_interrupt_behind() {
        CountDownLatch never = new CountDownLatch(1);
        Router<Model> router = router(
                        candidate("a", "0.01", () -> {
                            never.await();
                            return "never";
                        }),
                        candidate("b", "0.02", () -> "b"))
                .build();
        Call call = new Call(CALL.features(), Hints.NONE.withDeadline(Duration.ofMillis(80)), null);
        RoutingException thrown = catchThrowableOfType(RoutingException.class, () -> router.call(call, new Asking()));
        assertThat(Thread.interrupted()).isFalse();
        assertThat(thrown).hasMessageContaining("the call's deadline passed after PT0.08S: a: timeout");
        assertThat(thrown.receipt().attempts()).hasSize(1);
    }

    @Test
    void an_answer_that_cannot_be_counted_is_not_asked_for_again() {
        Router<Model> router = router(candidate("a", "0.01", () -> "a"), candidate("b", "0.02", () -> "b"))
                .build();
        Host.Blocking<Model, String> broken = new Host.Blocking<>() {
            @Override
            public String attempt(Candidate<Model> candidate) throws Exception {
                return candidate.model().say();
            }

            @Override
            public Failure classify(Throwable thrown) {
                throw new IllegalStateException("a broken classifier");
            }

            @Override
            public @Nullable Usage usage(String response) {
                throw new IllegalStateException("a broken counter");
            }
        };
        Answered<Model, String> answered = router.call(CALL, broken);
        assertThat(answered.response()).isEqualTo("a");
        assertThat(answered.receipt().attempts()).hasSize(1);
        Router<Model> failing = router(candidate("a", "0.01", failing(new IllegalStateException("503"))))
                .build();
        assertThatThrownBy(() -> failing.call(CALL, broken))
                .isInstanceOf(RoutingException.class)
                .hasMessageContaining("server error (503)");
    }

    @Test
    void a_session_stays_with_who_answered_it() {
        Router<Model> router = Router.builder(
                        List.of(candidate("a", "0.0015", () -> "a"), candidate("b", "0.0005", () -> "b")))
                .build();
        Call inSession = new Call(CALL.features(), Hints.NONE.withSession("s").withAllowed("a"), null);
        router.call(inSession, new Asking());
        Call later = new Call(CALL.features(), Hints.NONE.withSession("s"), null);
        assertThat(router.plan(later).first().orElseThrow().candidate()).isEqualTo("a");
        assertThat(router.plan(CALL).first().orElseThrow().candidate()).isEqualTo("b");
    }

    @Test
    void a_call_narrows_the_routers_list_and_never_widens_it() {
        Router<Model> router = router(
                        candidate("a", "0.03", () -> "a"),
                        candidate("b", "0.02", () -> "b"),
                        candidate("c", "0.01", () -> "c"))
                .defaults(Hints.NONE.withAllowed("a", "b"))
                .build();
        assertThat(allowed(router)).containsExactlyInAnyOrder("a", "b");
        assertThat(allowed(router, "b", "c")).containsExactly("b");
        assertThat(allowed(router, "a", "b", "c")).containsExactlyInAnyOrder("a", "b");
        Plan nobody = router.plan(new Call(CALL.features(), Hints.NONE.withAllowed("c"), null));
        assertThat(nobody.choices()).isEmpty();
        assertThat(nobody.excluded()).extracting(e -> e.verdict().reason()).contains("only [a, b] may serve");
    }

    private static List<String> allowed(Router<Model> router, String... names) {
        Hints hints = names.length == 0 ? Hints.NONE : Hints.NONE.withAllowed(names);
        return router.plan(new Call(CALL.features(), hints, null)).choices().stream()
                .map(Choice::candidate)
                .toList();
    }

    @Test
    void names_must_differ_and_somebody_must_be_there() {
        Candidate<Model> a = candidate("a", "0.01", () -> "a");
        assertThatThrownBy(() -> Router.builder(List.of(a, a)).build())
                .hasMessageContaining("two candidates are called \"a\"");
        assertThatThrownBy(() -> Router.builder(List.of())).hasMessageContaining("at least one candidate");
    }

    @Test
    void payment_codes_become_kinds() {
        assertThat(PaymentFailures.kind("outcome_unknown")).isEqualTo(FailureKind.PAYMENT_UNKNOWN);
        assertThat(PaymentFailures.kind("payment_rejected")).isEqualTo(FailureKind.PAYMENT_UNKNOWN);
        assertThat(PaymentFailures.kind("")).isEqualTo(FailureKind.PAYMENT_UNKNOWN);
        assertThat(PaymentFailures.kind("answer_lost")).isEqualTo(FailureKind.PAID_BUT_FAILED);
        assertThat(PaymentFailures.kind("insufficient_funds")).isEqualTo(FailureKind.PAYMENT_REFUSED);
        Throwable wrapped = new RuntimeException(new RuntimeException(new PaymentException("answer_lost")));
        assertThat(PaymentFailures.byName().classify(wrapped).kind()).isEqualTo(FailureKind.PAID_BUT_FAILED);
        assertThat(PaymentFailures.byName().classify(new RuntimeException("other")))
                .isNull();
    }

    @Test
    void a_full_candidate_makes_one_call_wait_and_sends_the_next_away() throws Exception {
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        AtomicInteger together = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        Router<Model> router = router(candidate("only", "0.01", () -> {
                    most.accumulateAndGet(together.incrementAndGet(), Math::max);
                    inside.countDown();
                    go.await();
                    together.decrementAndGet();
                    return "served";
                }))
                .inFlight(1, 1)
                .build();
        ExecutorService threads = Executors.newFixedThreadPool(3);
        try {
            CompletionService<String> calls = new ExecutorCompletionService<>(threads);
            Callable<String> call = () -> {
                try {
                    return router.call(CALL, new Asking()).response();
                } catch (RoutingException thrown) {
                    return thrown.getMessage();
                }
            };
            calls.submit(call);
            assertThat(inside.await(60, TimeUnit.SECONDS)).isTrue();
            calls.submit(call);
            calls.submit(call);
            assertThat(calls.take().get()).as("one of the two").contains("nobody has room");
            go.countDown();
            assertThat(calls.take().get()).isEqualTo("served");
            assertThat(calls.take().get()).isEqualTo("served");
            assertThat(most).hasValue(1);
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void a_call_that_waits_for_a_place_keeps_its_deadline_and_gives_the_place_back() throws Exception {
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        Router<Model> router = router(candidate("only", "0.01", () -> {
                    inside.countDown();
                    go.await();
                    return "served";
                }))
                .inFlight(1, 1)
                .build();
        CompletableFuture<String> first = new CompletableFuture<>();
        Thread holder =
                new Thread(() -> first.complete(router.call(CALL, new Asking()).response()));
        holder.start();
        assertThat(inside.await(60, TimeUnit.SECONDS)).isTrue();
        Call hasty = new Call(Features.of("hello"), Hints.NONE.withDeadline(Duration.ofMillis(50)), null);
        RoutingException late = catchThrowableOfType(RoutingException.class, () -> router.call(hasty, new Asking()));
        assertThat(late).hasMessageContaining("deadline");
        assertThat(late.receipt().attempts()).isEmpty();
        go.countDown();
        assertThat(first.get(60, TimeUnit.SECONDS)).isEqualTo("served");
        holder.join();
        assertThat(router.call(CALL, new Asking()).response())
                .as("the place is free")
                .isEqualTo("served");
    }
}
