package waybill.wallet;

import java.io.IOException;
import java.net.http.HttpResponse.BodySubscriber;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The body of a 402 that may hold a bill of version 1. It is kept until that is known: a bill is withheld, and anything else
 * goes to the caller's own subscriber from its first byte on. A body that is longer than a bill is handed over at once; one
 * that takes more than 10 s to tell fails.
 */
final class PossibleBill<T> implements BodySubscriber<Reply<T>> {
    private static final Duration AT_MOST = Duration.ofSeconds(10);

    private final Supplier<BodySubscriber<T>> callers;
    private final CompletableFuture<Reply<T>> reply = new CompletableFuture<>();
    private final List<ByteBuffer> kept = new ArrayList<>();
    private int size;
    private Flow.@Nullable Subscription upstream;
    private @Nullable BodySubscriber<T> caller; // null until it is known that the body is no bill

    /** With what makes the caller's subscriber, which is asked for it only when the body is no bill. */
    PossibleBill(Supplier<BodySubscriber<T>> callers) {
        this.callers = callers;
    }

    @Override
    public CompletionStage<Reply<T>> getBody() {
        return reply;
    }

    @Override
    public void onSubscribe(Flow.Subscription given) {
        upstream = given;
        given.request(1);
        CompletableFuture.delayedExecutor(AT_MOST.toMillis(), TimeUnit.MILLISECONDS)
                .execute(() -> {
                    if (caller == null
                            && reply.completeExceptionally(new IOException(
                                    "the body of the 402 took more than " + AT_MOST.toSeconds() + " s to arrive"))) {
                        given.cancel();
                    }
                });
    }

    @Override
    public void onNext(List<ByteBuffer> buffers) {
        BodySubscriber<T> known = caller;
        if (known != null) {
            known.onNext(buffers);
            return;
        }
        kept.addAll(buffers);
        size += buffers.stream().mapToInt(ByteBuffer::remaining).sum();
        Flow.Subscription given = upstream;
        if (size > PaidExchange.MAX_BILL_BODY) {
            handOver(false);
        } else if (given != null) {
            given.request(1);
        }
    }

    @Override
    public void onComplete() {
        BodySubscriber<T> known = caller;
        if (known != null) {
            known.onComplete();
            return;
        }
        ByteBuffer whole = ByteBuffer.allocate(size);
        kept.forEach(buffer -> whole.put(buffer.duplicate()));
        if (PaidExchange.isBill(whole.array())) {
            reply.complete(new Reply.Withheld<>(new String(whole.array(), StandardCharsets.UTF_8)));
        } else {
            handOver(true);
        }
    }

    @Override
    public void onError(Throwable failure) {
        BodySubscriber<T> known = caller;
        if (known != null) {
            known.onError(failure);
        } else {
            reply.completeExceptionally(failure);
        }
    }

    private void handOver(boolean whole) {
        BodySubscriber<T> known = callers.get();
        caller = known;
        known.getBody().whenComplete((body, failure) -> {
            if (failure == null) {
                reply.complete(new Reply.Answer<>(body));
            } else {
                reply.completeExceptionally(failure);
            }
        });
        known.onSubscribe(new Kept(known, whole));
        if (whole && size == 0) {
            known.onComplete();
        }
    }

    /** What the caller's subscriber asks for its bytes: first those that are kept, then the rest. */
    private final class Kept implements Flow.Subscription {
        private final BodySubscriber<T> known;
        private final boolean whole;
        private boolean delivered;

        Kept(BodySubscriber<T> known, boolean whole) {
            this.known = known;
            this.whole = whole;
        }

        @Override
        public void request(long n) {
            Flow.Subscription given = upstream;
            if (delivered) {
                if (!whole && given != null) {
                    given.request(n);
                }
                return;
            }
            if (size == 0 || n <= 0) {
                return;
            }
            delivered = true;
            known.onNext(List.copyOf(kept));
            if (whole) {
                known.onComplete();
            } else if (n > 1 && given != null) {
                given.request(n == Long.MAX_VALUE ? n : n - 1);
            }
        }

        @Override
        public void cancel() {
            Flow.Subscription given = upstream;
            if (given != null) {
                given.cancel();
            }
        }
    }
}
