package waybill.wallet;

import java.io.IOException;
import java.net.http.HttpResponse.BodySubscriber;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** The caller's subscriber, with a bound on its body and an eye on how that ends. */
final class WatchedSubscriber<T> implements BodySubscriber<T> {
    private final BodySubscriber<T> caller;
    private final AnswerBound bound;
    private final Watcher watcher;
    private final AtomicBoolean ended = new AtomicBoolean();
    private Flow.@Nullable Subscription subscription;
    private boolean tooLong;

    /** Told once. */
    interface Watcher {
        /** Nobody's. */
        Watcher NONE = new Watcher() {
            @Override
            public void whole() {}

            @Override
            public Throwable broken(Throwable cause) {
                return cause;
            }
        };

        /** The body is whole, or the caller wants no more of it. */
        void whole();

        /** The body broke off; what the caller is told. */
        Throwable broken(Throwable cause);
    }

    WatchedSubscriber(BodySubscriber<T> caller, AnswerBound bound, Watcher watcher) {
        this.caller = caller;
        this.bound = bound;
        this.watcher = watcher;
    }

    @Override
    public CompletionStage<T> getBody() {
        return caller.getBody();
    }

    @Override
    public void onSubscribe(Flow.Subscription given) {
        subscription = given;
        caller.onSubscribe(new Flow.Subscription() {
            @Override
            public void request(long n) {
                given.request(n);
            }

            @Override
            public void cancel() {
                if (ended.compareAndSet(false, true)) {
                    watcher.whole();
                }
                given.cancel();
            }
        });
    }

    @Override
    public void onNext(List<ByteBuffer> item) {
        if (tooLong) {
            return;
        }
        try {
            for (ByteBuffer buffer : item) {
                bound.count(buffer.remaining());
            }
        } catch (IOException e) {
            tooLong = true;
            Flow.Subscription given = subscription;
            if (given != null) {
                given.cancel();
            }
            fail(e);
            return;
        }
        caller.onNext(item);
    }

    @Override
    public void onError(Throwable failure) {
        if (!tooLong) {
            fail(failure);
        }
    }

    private void fail(Throwable failure) {
        caller.onError(ended.compareAndSet(false, true) ? watcher.broken(failure) : failure);
    }

    @Override
    public void onComplete() {
        if (tooLong) {
            return;
        }
        if (ended.compareAndSet(false, true)) {
            watcher.whole();
        }
        caller.onComplete();
    }
}
