package waybill.wallet.okhttp;

import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpResponse.BodySubscriber;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Flow;
import okio.BufferedSource;

/** Hands a body to its subscriber piece by piece, as it asks for them, on the thread that runs it. */
final class BodyPump implements Flow.Subscription {
    private static final int PIECE = 16 * 1024;

    private final BufferedSource source;
    private final BodySubscriber<?> subscriber;
    private final Runnable abort;
    private long wanted; // guarded by this
    private boolean cancelled; // guarded by this

    BodyPump(BufferedSource source, BodySubscriber<?> subscriber, Runnable abort) {
        this.source = source;
        this.subscriber = subscriber;
        this.abort = abort;
    }

    /** Returns when the body has ended, broken off, or is not wanted any more; a failure is the subscriber's too. */
    void run() {
        subscriber.onSubscribe(this);
        try (InputStream body = source.inputStream()) {
            byte[] piece = new byte[PIECE];
            while (mayGoOn()) {
                int read = body.read(piece);
                if (read < 0) {
                    subscriber.onComplete();
                    return;
                }
                subscriber.onNext(
                        List.of(ByteBuffer.wrap(Arrays.copyOf(piece, read)).asReadOnlyBuffer()));
            }
        } catch (IOException | RuntimeException | Error e) { // whoever reads the body waits for its end
            subscriber.onError(e);
        }
    }

    private synchronized boolean mayGoOn() throws IOException {
        try {
            while (wanted == 0 && !cancelled) {
                wait();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while the body was read", e);
        }
        if (wanted != Long.MAX_VALUE) {
            wanted--;
        }
        return !cancelled;
    }

    @Override
    public synchronized void request(long more) {
        if (more <= 0) {
            throw new IllegalArgumentException("asked for " + more + " pieces of a body");
        }
        wanted = more > Long.MAX_VALUE - wanted ? Long.MAX_VALUE : wanted + more;
        notifyAll();
    }

    @Override
    public void cancel() {
        synchronized (this) {
            cancelled = true;
            notifyAll();
        }
        abort.run();
    }
}
