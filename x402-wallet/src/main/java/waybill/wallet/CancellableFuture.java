package waybill.wallet;

import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A result whose cancelling also cancels the step under way. */
final class CancellableFuture<T> extends CompletableFuture<T> {
    private volatile @Nullable CompletableFuture<?> step;

    /** Makes {@code next} the step under way; a cancelled result cancels it at once. */
    <U> CompletableFuture<U> running(CompletableFuture<U> next) {
        step = next;
        if (isCancelled()) {
            next.cancel(true);
        }
        return next;
    }

    @Override
    public boolean cancel(boolean mayInterrupt) {
        boolean cancelled = super.cancel(mayInterrupt);
        CompletableFuture<?> present = step;
        if (cancelled && present != null) {
            present.cancel(true);
        }
        return cancelled;
    }

    @Override
    public <U> CompletableFuture<U> newIncompleteFuture() {
        return new CompletableFuture<>();
    }
}
