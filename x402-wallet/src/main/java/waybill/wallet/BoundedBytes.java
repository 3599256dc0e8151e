package waybill.wallet;

import java.io.ByteArrayOutputStream;
import java.net.http.HttpResponse.BodySubscriber;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Collects a body up to a bound; a longer one is given up and comes out empty, and so is one that takes longer than it
 * may. Also reads the body of a request.
 */
final class BoundedBytes implements BodySubscriber<Optional<byte[]>> {
    private final int max;
    private final @Nullable Duration atMost; // null: as long as it takes
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final CompletableFuture<Optional<byte[]>> body = new CompletableFuture<>();
    private Flow.@Nullable Subscription subscription;

    BoundedBytes(int max) {
        this(max, null);
    }

    /** The same within a time: a request's own timeout ends with the headers of its answer. */
    BoundedBytes(int max, @Nullable Duration atMost) {
        this.max = max;
        this.atMost = atMost;
    }

    @Override
    public CompletionStage<Optional<byte[]>> getBody() {
        return body;
    }

    @Override
    public void onSubscribe(Flow.Subscription given) {
        subscription = given;
        given.request(Long.MAX_VALUE);
        if (atMost != null) {
            CompletableFuture.delayedExecutor(atMost.toMillis(), TimeUnit.MILLISECONDS)
                    .execute(this::giveUp);
        }
    }

    private void giveUp() {
        Flow.Subscription given = subscription;
        if (body.complete(Optional.empty()) && given != null) {
            given.cancel();
        }
    }

    @Override
    public void onNext(List<ByteBuffer> buffers) {
        buffers.forEach(this::take);
    }

    void take(ByteBuffer buffer) {
        if (body.isDone()) {
            return;
        }
        if (buffer.remaining() > max - bytes.size()) {
            bytes.reset();
            giveUp();
            return;
        }
        byte[] part = new byte[buffer.remaining()];
        buffer.get(part);
        bytes.write(part, 0, part.length);
    }

    @Override
    public void onError(Throwable failure) {
        body.completeExceptionally(failure);
    }

    @Override
    public void onComplete() {
        body.complete(Optional.of(bytes.toByteArray()));
    }

    /** This, as the subscriber of a request's body. */
    Flow.Subscriber<ByteBuffer> ofRequest() {
        return new Flow.Subscriber<>() {
            @Override
            public void onSubscribe(Flow.Subscription given) {
                BoundedBytes.this.onSubscribe(given);
            }

            @Override
            public void onNext(ByteBuffer buffer) {
                take(buffer);
            }

            @Override
            public void onError(Throwable failure) {
                BoundedBytes.this.onError(failure);
            }

            @Override
            public void onComplete() {
                BoundedBytes.this.onComplete();
            }
        };
    }
}
