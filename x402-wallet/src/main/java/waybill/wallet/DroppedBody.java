package waybill.wallet;

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
 * A body that nobody reads and nobody waits for: it is empty at once. A short one is read behind the scenes, so that its
 * connection can be used again; of a longer or slower one the rest is let go.
 */
final class DroppedBody implements BodySubscriber<Optional<byte[]>> {
    private static final Duration AT_MOST = Duration.ofSeconds(10);

    private final int max;
    private long seen;
    private Flow.@Nullable Subscription subscription;

    /** Reads at most {@code max} bytes. */
    DroppedBody(int max) {
        this.max = max;
    }

    @Override
    public CompletionStage<Optional<byte[]>> getBody() {
        return CompletableFuture.completedFuture(Optional.empty());
    }

    @Override
    public void onSubscribe(Flow.Subscription given) {
        subscription = given;
        given.request(Long.MAX_VALUE);
        CompletableFuture.delayedExecutor(AT_MOST.toMillis(), TimeUnit.MILLISECONDS)
                .execute(given::cancel);
    }

    @Override
    public void onNext(List<ByteBuffer> buffers) {
        buffers.forEach(buffer -> seen += buffer.remaining());
        Flow.Subscription given = subscription;
        if (seen > max && given != null) {
            given.cancel();
        }
    }

    @Override
    public void onError(Throwable failure) {
        // nobody waits for it
    }

    @Override
    public void onComplete() {
        // nobody waits for it
    }
}
