package waybill.wallet.tools;

import java.io.ByteArrayOutputStream;
import java.net.http.HttpResponse.BodySubscriber;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The beginning of a body: what comes after a bound of bytes or of time is not waited for. */
final class CutBody implements BodySubscriber<CutBody.Part> {
    private final int max;
    private final CompletableFuture<Part> part = new CompletableFuture<>();
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final Duration atMost;
    private Flow.@Nullable Subscription subscription;

    /** What was read, and whether that is all. */
    @SuppressWarnings("ArrayRecordComponent") // read once, by whoever asked for it
    record Part(byte[] bytes, boolean whole) {}

    CutBody(int max, Duration atMost) {
        this.max = max;
        this.atMost = atMost;
    }

    @Override
    public CompletionStage<Part> getBody() {
        return part;
    }

    @Override
    public void onSubscribe(Flow.Subscription given) {
        subscription = given;
        given.request(Long.MAX_VALUE);
        CompletableFuture.delayedExecutor(atMost.toMillis(), TimeUnit.MILLISECONDS)
                .execute(this::enough);
    }

    @Override
    public synchronized void onNext(List<ByteBuffer> buffers) {
        for (ByteBuffer buffer : buffers) {
            byte[] read = new byte[Math.min(buffer.remaining(), max - bytes.size() + 1)];
            buffer.get(read);
            bytes.write(read, 0, read.length);
            if (bytes.size() > max) {
                enough();
                return;
            }
        }
    }

    @Override
    public void onError(Throwable failure) {
        part.completeExceptionally(failure);
    }

    @Override
    public synchronized void onComplete() {
        part.complete(new Part(bytes.toByteArray(), true));
    }

    private synchronized void enough() {
        if (part.isDone()) {
            return;
        }
        byte[] all = bytes.toByteArray();
        part.complete(new Part(all.length > max ? java.util.Arrays.copyOf(all, max) : all, false));
        Flow.Subscription given = subscription;
        if (given != null) {
            given.cancel(); // last: newer clients report the cut as a failure from within this call
        }
    }
}
