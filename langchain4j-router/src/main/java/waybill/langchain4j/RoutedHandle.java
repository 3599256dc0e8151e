package waybill.langchain4j;

import dev.langchain4j.model.chat.response.StreamingHandle;
import org.jspecify.annotations.Nullable;
import waybill.routing.Cancellation;

/** The handle that a caller cancels by: it ends the call, whichever candidate is answering. */
final class RoutedHandle implements StreamingHandle {

    private boolean cancelled;
    private @Nullable Cancellation cancellation;

    /** Told after the call has been started; the caller may have cancelled from within its start. */
    void cancelWith(Cancellation call) {
        boolean already;
        synchronized (this) {
            cancellation = call;
            already = cancelled;
        }
        if (already) {
            call.cancel();
        }
    }

    @Override
    public void cancel() {
        Cancellation call;
        synchronized (this) {
            cancelled = true;
            call = cancellation;
        }
        if (call != null) {
            call.cancel();
        }
    }

    @Override
    public synchronized boolean isCancelled() {
        return cancelled;
    }
}
