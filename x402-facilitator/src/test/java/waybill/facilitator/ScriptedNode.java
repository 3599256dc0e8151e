package waybill.facilitator;

import java.io.IOException;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.web3j.protocol.Web3jService;
import org.web3j.protocol.core.BatchRequest;
import org.web3j.protocol.core.BatchResponse;
import org.web3j.protocol.core.Request;
import org.web3j.protocol.core.Response;
import org.web3j.protocol.websocket.events.Notification;

/** A node between the facilitator and the devnet that fails by method, as told. */
class ScriptedNode implements Web3jService {
    enum Fault {
        /** The request does not arrive. */
        REFUSED,
        /** The request arrives, its answer is lost. */
        ANSWER_LOST,
        /** The node says that there is nothing. */
        NOTHING,
        /** The node says no. */
        ERROR,
        /** The node says no, and has done it all the same. */
        TAKEN_AND_REFUSED
    }

    private final @Nullable Web3jService real;
    private final Map<String, Fault> faults = new ConcurrentHashMap<>();
    private final Map<String, String> errors = new ConcurrentHashMap<>();
    private final Map<String, Runnable> before = new ConcurrentHashMap<>();
    private final Map<String, AtomicInteger> calls = new ConcurrentHashMap<>();

    ScriptedNode(@Nullable Web3jService real) {
        this.real = real;
    }

    void fail(String method, Fault fault) {
        faults.put(method, fault);
    }

    /** Answers every call of {@code method} with an error in these words. */
    void answerErrors(String method, String words) {
        errors.put(method, words);
    }

    void heal() {
        faults.clear();
        errors.clear();
    }

    /** Runs once, before the next call of {@code method}. */
    void beforeNext(String method, Runnable action) {
        before.put(method, action);
    }

    int calls(String method) {
        return calls.computeIfAbsent(method, m -> new AtomicInteger()).get();
    }

    @Override
    @SuppressWarnings("rawtypes")
    public <T extends Response> T send(Request request, Class<T> type) throws IOException {
        String method = request.getMethod();
        calls.computeIfAbsent(method, m -> new AtomicInteger()).incrementAndGet();
        Runnable action = before.remove(method);
        if (action != null) {
            action.run();
        }
        String words = errors.get(method);
        if (words != null) {
            return refusal(type, words);
        }
        Fault fault = faults.get(method);
        if (fault == null) {
            return real.send(request, type);
        }
        switch (fault) {
            case REFUSED -> throw new IOException("connection refused");
            case ANSWER_LOST -> {
                real.send(request, type);
                throw new IOException("connection reset");
            }
            case NOTHING -> {
                return empty(type);
            }
            case ERROR -> {
                return refusal(type, "header not found");
            }
            case TAKEN_AND_REFUSED -> {
                real.send(request, type);
                return refusal(type, "header not found");
            }
        }
        throw new AssertionError(fault);
    }

    @SuppressWarnings("rawtypes")
    static <T extends Response> T refusal(Class<T> type, String words) {
        T response = empty(type);
        response.setError(new Response.Error(-32000, words));
        return response;
    }

    private static <T> T empty(Class<T> type) {
        try {
            return type.getDeclaredConstructor().newInstance();
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    @SuppressWarnings("rawtypes")
    public <T extends Response> CompletableFuture<T> sendAsync(Request request, Class<T> type) {
        throw new UnsupportedOperationException("the facilitator asks synchronously");
    }

    @Override
    public BatchResponse sendBatch(BatchRequest request) {
        throw new UnsupportedOperationException("the facilitator sends no batches");
    }

    @Override
    public CompletableFuture<BatchResponse> sendBatchAsync(BatchRequest request) {
        throw new UnsupportedOperationException("the facilitator sends no batches");
    }

    @Override
    @SuppressWarnings("rawtypes")
    public <T extends Notification<?>> io.reactivex.Flowable<T> subscribe(
            Request request, String unsubscribeMethod, Class<T> type) {
        throw new UnsupportedOperationException("the facilitator subscribes to nothing");
    }

    @Override
    public void close() {}
}
