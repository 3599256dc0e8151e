package waybill.langchain4j;

import dev.langchain4j.exception.AsyncNotSupportedException;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.ChatRequestOptions;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import waybill.routing.Cancellation;
import waybill.routing.Candidate;
import waybill.routing.Failure;
import waybill.routing.FailureClassifier;
import waybill.routing.Host;
import waybill.routing.Lane;
import waybill.routing.Receipt;
import waybill.routing.Router;
import waybill.routing.RoutingException;
import waybill.routing.Usage;

/**
 * One asynchronous call. A candidate without asynchronous code of its own is called on the executor, and interrupted
 * there when the call is cancelled.
 */
final class AsyncCall implements Host.Streaming<ChatModel, ChatResponse> {

    /** Model classes that turned out to have no asynchronous code, so that their listeners are not troubled twice. */
    private static final Set<String> BLOCKING_ONLY = ConcurrentHashMap.newKeySet();

    private final Router<ChatModel> router;
    private final FailureClassifier classifier;
    private final Executor executor;
    private final ChatRequest request;
    private final ChatRequestOptions options;
    private final CascadeCheck check;
    private final CompletableFuture<ChatResponse> result = new CompletableFuture<>();

    AsyncCall(
            Router<ChatModel> router,
            FailureClassifier classifier,
            Executor executor,
            ChatRequest request,
            ChatRequestOptions options,
            CascadeCheck check) {
        this.router = router;
        this.classifier = classifier;
        this.executor = executor;
        this.request = request;
        this.options = options;
        this.check = check;
    }

    CompletableFuture<ChatResponse> result() {
        return result;
    }

    void cancelWith(Cancellation cancellation) {
        var unused = result.whenComplete((response, error) -> {
            if (result.isCancelled()) {
                cancellation.cancel();
            }
        });
    }

    @Override
    public void open(Candidate<ChatModel> candidate, Lane<ChatResponse> lane) {
        ChatModel model = candidate.model();
        ChatRequest target =
                TargetRequest.of(request, TargetRequest.modelName(candidate, model.defaultRequestParameters()));
        if (!isAsynchronous(model)) {
            offload(model, target, lane);
            return;
        }
        CompletableFuture<ChatResponse> answer = model.chatAsync(target, options);
        lane.onCancel(() -> answer.cancel(true));
        var unused = answer.whenComplete((response, error) -> {
            Throwable cause =
                    error instanceof CompletionException && error.getCause() != null ? error.getCause() : error;
            if (cause instanceof AsyncNotSupportedException) {
                BLOCKING_ONLY.add(model.getClass().getName());
                offload(model, target, lane);
            } else if (cause != null) {
                lane.failed(cause);
            } else {
                report(response, lane);
            }
        });
    }

    /** Models that do not override the asynchronous method are not asked: asking fires their listeners with an error. */
    private static boolean isAsynchronous(ChatModel model) {
        if (BLOCKING_ONLY.contains(model.getClass().getName())) {
            return false;
        }
        try {
            Class<?> owner =
                    model.getClass().getMethod("doChatAsync", ChatRequest.class).getDeclaringClass();
            Class<?> entry = model.getClass()
                    .getMethod("chatAsync", ChatRequest.class, ChatRequestOptions.class)
                    .getDeclaringClass();
            return owner != ChatModel.class || entry != ChatModel.class;
        } catch (NoSuchMethodException missing) {
            return false;
        }
    }

    private void offload(ChatModel model, ChatRequest target, Lane<ChatResponse> lane) {
        Lane.offload(executor, lane, () -> Responses.sound(model.chat(target, options)));
    }

    private static void report(ChatResponse response, Lane<ChatResponse> lane) {
        try {
            lane.answered(Responses.sound(response));
        } catch (MalformedAnswerException defect) {
            lane.failed(defect);
        }
    }

    @Override
    public Failure classify(Throwable thrown) {
        return PerCall.classify(classifier, thrown);
    }

    @Override
    public @Nullable Usage usage(ChatResponse response) {
        return Responses.usage(response);
    }

    @Override
    public @Nullable String complaint(ChatResponse response) {
        return check.complaint(request, response);
    }

    @Override
    public String partialText() {
        return "";
    }

    @Override
    public void answered(ChatResponse response, Receipt receipt) {
        Candidate<ChatModel> candidate = router.candidate(receipt.answeredBy().orElseThrow());
        String modelName = TargetRequest.modelName(candidate, candidate.model().defaultRequestParameters());
        result.complete(Responses.routed(request, response, candidate, modelName, receipt, router));
    }

    @Override
    public void failed(RoutingException failure) {
        result.completeExceptionally(failure);
    }
}
