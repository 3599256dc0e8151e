package waybill.routing;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class StreamingDriverTest {

    /** Candidates are scripts that are handed their lane. */
    private final class Caller implements Host.Streaming<Consumer<Lane<String>>, String> {
        final List<String> heard = Collections.synchronizedList(new ArrayList<>());
        final CompletableFuture<Receipt> ended = new CompletableFuture<>();
        final StringBuilder text = new StringBuilder();
        volatile @Nullable RoutingException failure;

        @Override
        public void open(Candidate<Consumer<Lane<String>>> candidate, Lane<String> lane) {
            candidate.model().accept(lane);
        }

        @Override
        public Failure classify(Throwable thrown) {
            return Failure.of(
                    thrown instanceof IllegalArgumentException ? FailureKind.BAD_REQUEST : FailureKind.SERVER_ERROR,
                    thrown);
        }

        @Override
        public @Nullable Usage usage(String response) {
            return null;
        }

        @Override
        public String partialText() {
            return text.toString();
        }

        @Override
        public void answered(String response, Receipt receipt) {
            heard.add("done:" + response);
            ended.complete(receipt);
        }

        @Override
        public void failed(RoutingException failure) {
            heard.add(failure.getClass().getSimpleName());
            this.failure = failure;
            ended.complete(failure.receipt());
        }

        @Nullable
        Runnable say(String token) {
            return () -> {
                heard.add(token);
                text.append(token);
            };
        }
    }

    private final Caller caller = new Caller();

    private void text(Lane<String> lane, String token) {
        lane.emit(token.length(), caller.say(token));
    }

    private void start(Lane<String> lane, String event) {
        lane.emit(0, caller.say(event));
    }

    @SafeVarargs
    private Router<Consumer<Lane<String>>> router(Consumer<Lane<String>>... models) {
        List<Candidate<Consumer<Lane<String>>>> candidates = new ArrayList<>();
        for (int i = 0; i < models.length; i++) {
            candidates.add(Candidate.of("m" + i, models[i], Profile.of(Price.perCall("0.0" + (i + 1)))));
        }
        return Router.builder(candidates)
                .objective(Objective.cheapest())
                .firstContentWithin(Duration.ofMillis(150))
                .build();
    }

    private Receipt run(Router<Consumer<Lane<String>>> router) throws Exception {
        router.stream(Call.of(Features.of("hello")), caller);
        return caller.ended.get(60, TimeUnit.SECONDS);
    }

    @Test
    void passes_a_stream_on_in_order() throws Exception {
        Receipt receipt = run(router(lane -> {
            start(lane, "role");
            text(lane, "a");
            text(lane, "b");
            lane.answered("ab");
        }));
        assertThat(caller.heard).containsExactly("role", "a", "b", "done:ab");
        assertThat(receipt.answeredBy()).contains("m0");
        assertThat(receipt.attempts().get(0).firstContent()).isNotNull();
    }

    @Test
    void before_the_commit_another_takes_over_and_held_back_events_are_dropped() throws Exception {
        Receipt receipt = run(router(
                lane -> {
                    start(lane, "role of the first");
                    lane.failed(new IllegalStateException("503"));
                },
                lane -> {
                    start(lane, "role");
                    text(lane, "b");
                    lane.answered("b");
                }));
        assertThat(caller.heard).containsExactly("role", "b", "done:b");
        assertThat(receipt.attempts()).hasSize(2);
    }

    @Test
    void a_candidate_that_throws_from_its_start_has_failed() throws Exception {
        run(router(
                lane -> {
                    throw new IllegalStateException("no");
                },
                lane -> lane.answered("b")));
        assertThat(caller.heard).containsExactly("done:b");
    }

    @Test
    void after_the_commit_a_failure_carries_the_partial_text_and_nobody_takes_over() throws Exception {
        run(router(
                lane -> {
                    text(lane, "half");
                    lane.failed(new IllegalStateException("cut"));
                },
                lane -> lane.answered("b")));
        assertThat(caller.heard).containsExactly("half", "BrokenStreamException");
        assertThat(((BrokenStreamException) caller.failure).partialText()).isEqualTo("half");
        assertThat(caller.failure).hasRootCauseMessage("cut");
    }

    @Test
    void an_attempt_that_failed_and_goes_on_is_not_heard() throws Exception {
        run(router(
                lane -> {
                    lane.failed(new IllegalStateException("malformed event"));
                    text(lane, "ghost");
                    lane.answered("ghost");
                },
                lane -> {
                    text(lane, "b");
                    lane.answered("b");
                    lane.answered("b again");
                    lane.failed(new IllegalStateException("after the end"));
                }));
        assertThat(caller.heard).containsExactly("b", "done:b");
    }

    @Test
    void silence_is_a_failure_and_the_silent_one_is_cancelled() throws Exception {
        CompletableFuture<Lane<String>> silent = new CompletableFuture<>();
        CompletableFuture<Boolean> cancelled = new CompletableFuture<>();
        Router<Consumer<Lane<String>>> router = router(
                lane -> {
                    lane.onCancel(() -> cancelled.complete(true));
                    start(lane, "ping");
                    silent.complete(lane);
                },
                lane -> {
                    text(lane, "b");
                    lane.answered("b");
                });
        Receipt receipt = run(router);
        assertThat(caller.heard).containsExactly("b", "done:b");
        assertThat(cancelled).isCompletedWithValue(true);
        assertThat(receipt.attempts().get(0).failure()).isEqualTo(FailureKind.TIMEOUT);
        assertThat(receipt.cost().basis()).isEqualTo(Cost.Basis.HELD);
        assertThat(router.snapshot().of("m0").orElseThrow().inFlight())
                .as("still running over there")
                .isEqualTo(1);
        text(silent.join(), "late");
        silent.join().answered("late");
        assertThat(router.snapshot().of("m0").orElseThrow().inFlight()).isZero();
        assertThat(caller.heard).containsExactly("b", "done:b");
    }

    @Test
    void nothing_follows_a_cancel() throws Exception {
        CompletableFuture<Lane<String>> live = new CompletableFuture<>();
        CompletableFuture<Boolean> upstream = new CompletableFuture<>();
        CompletableFuture<Receipt> receipt = new CompletableFuture<>();
        Candidate<Consumer<Lane<String>>> candidate = Candidate.of(
                "m0",
                lane -> {
                    text(lane, "a");
                    live.complete(lane);
                },
                Profile.of(Price.free()));
        Router<Consumer<Lane<String>>> router = Router.builder(List.of(candidate))
                .listener(new RoutingListener() {
                    @Override
                    public void onReceipt(Receipt written) {
                        receipt.complete(written);
                    }
                })
                .build();
        Cancellation cancellation = router.stream(Call.of(Features.of("hello")), caller);
        cancellation.cancel();
        cancellation.cancel();
        live.join().onCancel(() -> upstream.complete(true));
        text(live.join(), "b");
        live.join().answered("ab");
        assertThat(caller.heard).containsExactly("a");
        assertThat(upstream).as("a handle that comes late is cancelled at once").isCompletedWithValue(true);
        assertThat(receipt.get(60, TimeUnit.SECONDS).attempts())
                .extracting(Attempt::failure)
                .containsExactly(FailureKind.CANCELLED);
    }

    @Test
    void a_handler_may_cancel_from_within_an_event() throws Exception {
        CompletableFuture<Cancellation> cancellation = new CompletableFuture<>();
        CompletableFuture<Lane<String>> live = new CompletableFuture<>();
        Router<Consumer<Lane<String>>> router = router(live::complete);
        cancellation.complete(router.stream(Call.of(Features.of("hello")), caller));
        Lane<String> lane = live.get(60, TimeUnit.SECONDS);
        lane.emit(1, () -> {
            caller.heard.add("a");
            cancellation.join().cancel();
        });
        text(lane, "b");
        lane.answered("ab");
        assertThat(caller.heard).containsExactly("a");
    }

    @Test
    void many_threads_never_lose_or_double_a_token() throws Exception {
        int tokens = 2_000;
        Receipt receipt = run(router(lane -> new Thread(() -> {
                    for (int i = 0; i < tokens; i++) {
                        text(lane, Integer.toString(i));
                    }
                    lane.answered("all");
                })
                .start()));
        assertThat(caller.heard).hasSize(tokens + 1);
        assertThat(caller.heard.subList(0, tokens))
                .containsExactlyElementsOf(java.util.stream.IntStream.range(0, tokens)
                        .mapToObj(Integer::toString)
                        .toList());
        assertThat(receipt.attempts()).hasSize(1);
    }

    @Test
    void a_delivery_that_throws_does_not_stop_the_stream() throws Exception {
        Thread.UncaughtExceptionHandler before = Thread.currentThread().getUncaughtExceptionHandler();
        List<Throwable> uncaught = new ArrayList<>();
        Thread.currentThread().setUncaughtExceptionHandler((thread, thrown) -> uncaught.add(thrown));
        try {
            run(router(lane -> {
                lane.emit(1, () -> {
                    throw new IllegalStateException("the caller's own mistake");
                });
                text(lane, "b");
                lane.answered("b");
            }));
        } finally {
            Thread.currentThread().setUncaughtExceptionHandler(before);
        }
        assertThat(caller.heard).containsExactly("b", "done:b");
        assertThat(uncaught).hasSize(1);
    }

    @Test
    void a_deadline_ends_a_call_that_nobody_answers() throws Exception {
        Router<Consumer<Lane<String>>> router = router(lane -> {}, lane -> {}, lane -> {});
        Call call = new Call(Features.of("hello"), Hints.NONE.withDeadline(Duration.ofMillis(220)), null);
        router.stream(call, caller);
        Receipt receipt = caller.ended.get(60, TimeUnit.SECONDS);
        assertThat(caller.failure).hasMessageContaining("the call's deadline passed after PT0.22S");
        assertThat(receipt.attempts()).isNotEmpty().allMatch(a -> a.failure() == FailureKind.TIMEOUT);
    }
}
