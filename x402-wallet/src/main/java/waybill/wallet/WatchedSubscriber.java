package waybill.wallet;

import java.net.http.HttpResponse.BodySubscriber;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicBoolean;

/** The caller's subscriber, with an eye on how its body ends. */
final class WatchedSubscriber<T> implements BodySubscriber<T> {
    private final BodySubscriber<T> caller;
    private final Watcher watcher;
    private final AtomicBoolean ended = new AtomicBoolean();

    /** Told once. What it throws as {@link LedgerException} changes nothing for the caller. */
    interface Watcher {
        /** The body is whole, or the caller wants no more of it. */
        void whole();

        /** The body broke off. */
        void broken(Throwable cause);
    }

    WatchedSubscriber(BodySubscriber<T> caller, Watcher watcher) {
        this.caller = caller;
        this.watcher = watcher;
    }

    @Override
    public CompletionStage<T> getBody() {
        return caller.getBody();
    }

    @Override
    public void onSubscribe(Flow.Subscription subscription) {
        caller.onSubscribe(new Flow.Subscription() {
            @Override
            public void request(long n) {
                subscription.request(n);
            }

            @Override
            public void cancel() {
                once(watcher::whole);
                subscription.cancel();
            }
        });
    }

    @Override
    public void onNext(List<ByteBuffer> item) {
        caller.onNext(item);
    }

    @Override
    public void onError(Throwable failure) {
        once(() -> watcher.broken(failure));
        caller.onError(failure);
    }

    @Override
    public void onComplete() {
        once(watcher::whole);
        caller.onComplete();
    }

    private void once(Runnable tell) {
        if (ended.compareAndSet(false, true)) {
            try {
                tell.run();
            } catch (LedgerException e) {
                // the call stays open in the ledger, which can only refuse a repeat
            }
        }
    }
}
