package waybill.routing;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * A waiting caller whose attempts run side by side on other threads, as a hedge needs it. An attempt that is given up is
 * interrupted; one that does not heed it stays counted in flight until it ends.
 */
final class Racing<M, R> implements Host.Streaming<M, R> {

    private final Host.Blocking<M, R> host;
    private final Executor executor;
    private final CompletableFuture<Came<R>> result = new CompletableFuture<>();

    /** What came of the call: an answer with its receipt, or a failure. */
    private record Came<R>(@Nullable R response, @Nullable Receipt receipt, @Nullable RoutingException failure) {}

    Racing(Host.Blocking<M, R> host, Executor executor) {
        this.host = host;
        this.executor = executor;
    }

    @Override
    public void open(Candidate<M> candidate, Lane<R> lane) {
        Lane.offload(executor, lane, () -> host.attempt(candidate));
    }

    @Override
    public String partialText() {
        return "";
    }

    @Override
    public void answered(R response, Receipt receipt) {
        result.complete(new Came<>(response, receipt, null));
    }

    @Override
    public void failed(RoutingException failure) {
        result.complete(new Came<>(null, null, failure));
    }

    @Override
    public Failure classify(Throwable thrown) {
        return host.classify(thrown);
    }

    @Override
    public @Nullable Usage usage(R response) {
        return host.usage(response);
    }

    @Override
    public @Nullable String complaint(R response) {
        return host.complaint(response);
    }

    /** Waits for the end of the call; an interrupt cancels it and is kept. */
    Answered<M, R> await(Cancellation call, Router<M> router) {
        Came<R> came;
        try {
            came = result.get();
        } catch (InterruptedException interrupted) {
            call.cancel();
            came = result.join();
            Thread.currentThread().interrupt();
        } catch (ExecutionException impossible) {
            throw new IllegalStateException(impossible);
        }
        R response = came.response;
        Receipt receipt = came.receipt;
        if (response == null || receipt == null) {
            throw came.failure == null ? new IllegalStateException("nothing came of the call") : came.failure;
        }
        return new Answered<>(response, router.candidate(receipt.answeredBy().orElseThrow()), receipt);
    }
}
