package waybill.langchain4j;

import dev.langchain4j.model.chat.Capability;
import dev.langchain4j.model.chat.ChatRequestOptions;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.response.ChatModelStreamingEvent;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Flow.Publisher;
import org.jspecify.annotations.Nullable;
import waybill.routing.Call;
import waybill.routing.Candidate;
import waybill.routing.FailureClassifier;
import waybill.routing.Feedback;
import waybill.routing.Hints;
import waybill.routing.Plan;
import waybill.routing.Router;
import waybill.routing.Snapshot;

/**
 * One streaming chat model that chooses among several for each request. Until the first text, reasoning or tool call
 * has been passed on, another candidate can take over: on an error, on silence, on a malformed event. After that a
 * {@link waybill.routing.BrokenStreamException} carries the partial text. Nothing is passed on twice, nothing after a
 * cancel. Safe for use by many threads; a handler is called by one thread at a time.
 *
 * <p>The complete response is a {@link RoutedChatResponse}, which carries the receipt.
 */
public final class RoutingStreamingChatModel implements StreamingChatModel {

    private final Router<StreamingChatModel> router;
    private final List<ChatModelListener> listeners;
    private final ChatRequestParameters defaultParameters;
    private final FailureClassifier classifier;

    private RoutingStreamingChatModel(Builder builder) {
        this.router = builder.router();
        this.listeners = builder.listeners;
        this.defaultParameters = builder.defaultParameters;
        this.classifier = builder.classifier;
    }

    /** A builder of a model over these candidates; ties are broken in their order. */
    public static Builder builder(List<? extends Candidate<? extends StreamingChatModel>> candidates) {
        return new Builder(candidates);
    }

    /** The plan for this request as things stand now; calls nobody. */
    public Plan plan(ChatRequest request) {
        return plan(request, Hints.NONE);
    }

    /** The plan for this request with these hints; calls nobody. */
    public Plan plan(ChatRequest request, Hints hints) {
        ChatRequest merged = request.toBuilder()
                .parameters(defaultParameters.overrideWith(request.parameters()))
                .build();
        return router.plan(call(merged, hints));
    }

    /** Every candidate as it stands now: health, attempts in flight, cool-down; and what the spend caps have seen. */
    public Snapshot snapshot() {
        return router.snapshot();
    }

    /** Tells how good an answer was; see {@link RoutingChatModel#feedback}. */
    public Feedback feedback(String receipt, double score) {
        return router.feedback(receipt, score);
    }

    /** Streams the answer to a request with hints for this one call. */
    public void chat(ChatRequest request, Hints hints, StreamingChatResponseHandler handler) {
        chat(request, PerCall.options(hints), handler);
    }

    @Override
    public void chat(ChatRequest request, ChatRequestOptions options, StreamingChatResponseHandler handler) {
        new OneCall(options).chat(request, handler);
    }

    @Override
    public void doChat(ChatRequest request, StreamingChatResponseHandler handler) {
        new OneCall(ChatRequestOptions.EMPTY).doChat(request, handler);
    }

    @Override
    public Publisher<ChatModelStreamingEvent> doChat(ChatRequest request) {
        return subscriber ->
                EventSubscription.subscribe(subscriber, events -> start(request, ChatRequestOptions.EMPTY, events));
    }

    private RoutedHandle start(ChatRequest request, ChatRequestOptions options, StreamingChatResponseHandler handler) {
        StreamedCall call = new StreamedCall(router, classifier, request, options, handler);
        call.handle().cancelWith(router.stream(call(request, PerCall.hints(options)), call));
        return call.handle();
    }

    private Call call(ChatRequest request, Hints hints) {
        Hints named = PerCall.naming(request.parameters().modelName(), hints, router);
        return new Call(RequestFeatures.of(request), named, Incumbent.of(request, router));
    }

    @Override
    public ChatRequestParameters defaultRequestParameters() {
        return defaultParameters;
    }

    @Override
    public List<ChatModelListener> listeners() {
        return listeners;
    }

    /** What every candidate can do. A request that asks for a JSON schema is routed to those that follow one. */
    @Override
    public Set<Capability> supportedCapabilities() {
        return PerCall.commonTo(router.candidates());
    }

    /** One call with its options; a model itself, for the reason that {@link RoutingChatModel} gives. */
    private final class OneCall implements StreamingChatModel {

        private final ChatRequestOptions options;

        OneCall(@Nullable ChatRequestOptions options) {
            this.options = options == null ? ChatRequestOptions.EMPTY : options;
        }

        @Override
        public void chat(ChatRequest request, StreamingChatResponseHandler handler) {
            StreamingChatModel.super.chat(request, options, handler);
        }

        @Override
        public void doChat(ChatRequest request, StreamingChatResponseHandler handler) {
            RoutedHandle unused = start(request, options, handler);
        }

        @Override
        public ChatRequestParameters defaultRequestParameters() {
            return defaultParameters;
        }

        @Override
        public List<ChatModelListener> listeners() {
            return listeners;
        }
    }

    /** Builds a {@link RoutingStreamingChatModel}. */
    public static final class Builder extends RoutingModelBuilder<StreamingChatModel, Builder> {

        private Builder(List<? extends Candidate<? extends StreamingChatModel>> candidates) {
            super(candidates, StreamingChatModel::supportedCapabilities);
        }

        @Override
        Builder self() {
            return this;
        }

        /** The model. */
        public RoutingStreamingChatModel build() {
            return new RoutingStreamingChatModel(this);
        }
    }
}
