package waybill.wallet.okhttp;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/** Reads the body of a request into memory. */
final class WholeBody implements Flow.Subscriber<ByteBuffer> {
    private static final int MOST = 32 * 1024 * 1024;

    private final CompletableFuture<byte[]> whole = new CompletableFuture<>();
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private Flow.@Nullable Subscription publisher;

    private WholeBody() {}

    /**
     * The body; empty where the request has none.
     *
     * @throws IOException when it is longer than 32 MiB, or cannot be read
     */
    static byte[] of(HttpRequest request) throws IOException {
        HttpRequest.BodyPublisher publisher = request.bodyPublisher().orElse(null);
        if (publisher == null) {
            return new byte[0];
        }
        WholeBody body = new WholeBody();
        publisher.subscribe(body);
        try {
            return body.whole.join();
        } catch (CompletionException e) {
            throw new IOException("the body of the request cannot be sent: " + e.getCause(), e.getCause());
        }
    }

    @Override
    public void onSubscribe(Flow.Subscription subscription) {
        publisher = subscription;
        subscription.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(ByteBuffer piece) {
        if (bytes.size() + (long) piece.remaining() > MOST) {
            if (publisher != null) {
                publisher.cancel();
            }
            whole.completeExceptionally(new IOException("it has more than " + MOST / (1024 * 1024) + " MiB"));
            return;
        }
        byte[] read = new byte[piece.remaining()];
        piece.get(read);
        bytes.writeBytes(read);
    }

    @Override
    public void onError(Throwable failure) {
        whole.completeExceptionally(failure);
    }

    @Override
    public void onComplete() {
        whole.complete(bytes.toByteArray());
    }
}
