package waybill.langchain4j;

import dev.langchain4j.model.chat.ChatRequestOptions;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.CompleteToolCall;
import dev.langchain4j.model.chat.response.PartialResponse;
import dev.langchain4j.model.chat.response.PartialResponseContext;
import dev.langchain4j.model.chat.response.PartialThinking;
import dev.langchain4j.model.chat.response.PartialThinkingContext;
import dev.langchain4j.model.chat.response.PartialToolCall;
import dev.langchain4j.model.chat.response.PartialToolCallContext;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.chat.response.StreamingHandle;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;
import waybill.routing.Candidate;
import waybill.routing.Failure;
import waybill.routing.FailureClassifier;
import waybill.routing.Host;
import waybill.routing.Lane;
import waybill.routing.Opening;
import waybill.routing.Receipt;
import waybill.routing.Router;
import waybill.routing.RoutingException;
import waybill.routing.Usage;

/** One streamed call: opens candidates, translates their callbacks for the router, and the router's for the caller. */
final class StreamedCall implements Host.Streaming<StreamingChatModel, ChatResponse> {

    private final Router<StreamingChatModel> router;
    private final FailureClassifier classifier;
    private final ChatRequest request;
    private final ChatRequestOptions options;
    private final StreamingChatResponseHandler caller;
    private final RoutedHandle handle = new RoutedHandle();
    private final StringBuilder passedOn = new StringBuilder();

    StreamedCall(
            Router<StreamingChatModel> router,
            FailureClassifier classifier,
            ChatRequest request,
            ChatRequestOptions options,
            StreamingChatResponseHandler caller) {
        this.router = router;
        this.classifier = classifier;
        this.request = request;
        this.options = options;
        this.caller = caller;
    }

    RoutedHandle handle() {
        return handle;
    }

    @Override
    public void open(Candidate<StreamingChatModel> candidate, Lane<ChatResponse> lane) {
        ChatRequest target = TargetRequest.of(request, modelName(candidate));
        Opening.of(lane, () -> candidate.model().chat(target, options, new Callbacks(lane)));
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
    public String partialText() {
        return passedOn.toString();
    }

    @Override
    public void answered(ChatResponse response, Receipt receipt) {
        Candidate<StreamingChatModel> candidate =
                router.candidate(receipt.answeredBy().orElseThrow());
        ChatResponse routed = Responses.routed(request, response, candidate, modelName(candidate), receipt, router);
        tell(() -> caller.onCompleteResponse(routed));
    }

    @Override
    public void failed(RoutingException failure) {
        try {
            caller.onError(failure);
        } catch (RuntimeException ignored) {
            // The call is over: there is nobody left to tell.
        }
    }

    private static String modelName(Candidate<StreamingChatModel> candidate) {
        return TargetRequest.modelName(candidate, candidate.model().defaultRequestParameters());
    }

    /** A handler that throws hears of it by its own onError and the stream goes on, as LangChain4j's models do it. */
    private void tell(Runnable telling) {
        try {
            telling.run();
        } catch (RuntimeException thrown) {
            try {
                caller.onError(thrown);
            } catch (RuntimeException ignored) {
                // It threw on hearing that it had thrown.
            }
        }
    }

    /** What one candidate calls back. The caller always hears the overloads with a context, which fall back on the others. */
    private final class Callbacks implements StreamingChatResponseHandler {

        private final Lane<ChatResponse> lane;
        private boolean cancellable;

        Callbacks(Lane<ChatResponse> lane) {
            this.lane = lane;
        }

        @Override
        public void onPartialResponse(String text) {
            text(new PartialResponse(text));
        }

        @Override
        public void onPartialResponse(PartialResponse partial, PartialResponseContext context) {
            cancelBy(context.streamingHandle());
            text(partial);
        }

        private void text(PartialResponse partial) {
            lane.emit(partial.text().length(), () -> {
                passedOn.append(partial.text());
                tell(() -> caller.onPartialResponse(partial, new PartialResponseContext(handle)));
            });
        }

        @Override
        public void onPartialThinking(PartialThinking partial) {
            lane.emit(
                    partial.text().length(),
                    () -> tell(() -> caller.onPartialThinking(partial, new PartialThinkingContext(handle))));
        }

        @Override
        public void onPartialThinking(PartialThinking partial, PartialThinkingContext context) {
            cancelBy(context.streamingHandle());
            onPartialThinking(partial);
        }

        @Override
        public void onPartialToolCall(PartialToolCall partial) {
            lane.emit(1, () -> tell(() -> caller.onPartialToolCall(partial, new PartialToolCallContext(handle))));
        }

        @Override
        public void onPartialToolCall(PartialToolCall partial, PartialToolCallContext context) {
            cancelBy(context.streamingHandle());
            onPartialToolCall(partial);
        }

        @Override
        public void onCompleteToolCall(CompleteToolCall complete) {
            lane.emit(1, () -> tell(() -> caller.onCompleteToolCall(complete)));
        }

        @Override
        public void onUnmappedRawEvent(Object raw) {
            lane.emit(0, () -> tell(() -> caller.onUnmappedRawEvent(raw)));
        }

        @Override
        public void onCompleteResponse(ChatResponse response) {
            String defect = Responses.streamDefect(response);
            if (defect == null) {
                lane.answered(response);
            } else {
                lane.failed(new MalformedAnswerException(defect));
            }
        }

        @Override
        public void onError(Throwable thrown) {
            lane.failed(thrown);
        }

        private void cancelBy(@Nullable StreamingHandle upstream) {
            if (!cancellable && upstream != null) {
                cancellable = true;
                lane.onCancel(() -> {
                    upstream.cancel();
                    lane.failed(new CancellationException("given up")); // a cancelled stream calls back no more
                });
            }
        }
    }
}
