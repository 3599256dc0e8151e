package waybill.langchain4j;

import dev.langchain4j.model.chat.Capability;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.ChatRequestOptions;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.response.ChatResponse;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import waybill.routing.Answered;
import waybill.routing.Call;
import waybill.routing.Candidate;
import waybill.routing.Failure;
import waybill.routing.FailureClassifier;
import waybill.routing.Feedback;
import waybill.routing.Hints;
import waybill.routing.Host;
import waybill.routing.Plan;
import waybill.routing.Router;
import waybill.routing.Snapshot;
import waybill.routing.Usage;

/**
 * One chat model that chooses among several for each request and moves on when one fails. Safe for use by many threads;
 * a blocking call runs its candidate on the caller's own thread.
 *
 * <p>The response is a {@link RoutedChatResponse}, which carries the receipt. When nobody answers, a
 * {@link waybill.routing.RoutingException} does. Hints for one call travel as {@link #chat(ChatRequest, Hints)}, or in
 * the listener attributes of {@link ChatRequestOptions} under the key {@code Hints.class}.
 */
public final class RoutingChatModel implements ChatModel {

    private final Router<ChatModel> router;
    private final List<ChatModelListener> listeners;
    private final ChatRequestParameters defaultParameters;
    private final FailureClassifier classifier;
    private final Executor executor;
    private final CascadeCheck check;

    private RoutingChatModel(Builder builder) {
        this.router = builder.router();
        this.listeners = builder.listeners;
        this.defaultParameters = builder.defaultParameters;
        this.classifier = builder.classifier;
        this.executor = builder.executor;
        this.check = builder.check;
    }

    /** A builder of a model over these candidates; ties are broken in their order. */
    public static Builder builder(List<? extends Candidate<? extends ChatModel>> candidates) {
        return new Builder(candidates);
    }

    /** The plan for this request as things stand now; calls nobody. */
    public Plan plan(ChatRequest request) {
        return plan(request, Hints.NONE);
    }

    /** Every candidate as it stands now: health, attempts in flight, cool-down; and what the spend caps have seen. */
    public Snapshot snapshot() {
        return router.snapshot();
    }

    /**
     * Tells how good an answer was, from 0 (bad) to 1 (good): a person's verdict, a test, a judge. The next plan knows it.
     * What can be seen of an answer by itself (cut short, a broken tool call, not the schema, declined) is told anyway.
     *
     * @param receipt the id of the answer's receipt; see {@link RoutedChatResponse#receiptOf}
     * @return whether the score was taken, and if not, why
     */
    public Feedback feedback(String receipt, double score) {
        return router.feedback(receipt, score);
    }

    /** The plan for this request with these hints; calls nobody. */
    public Plan plan(ChatRequest request, Hints hints) {
        ChatRequest merged = request.toBuilder()
                .parameters(defaultParameters.overrideWith(request.parameters()))
                .build();
        return router.plan(call(merged, hints));
    }

    /** Answers a request with hints for this one call. */
    public ChatResponse chat(ChatRequest request, Hints hints) {
        return chat(request, PerCall.options(hints));
    }

    @Override
    public ChatResponse chat(ChatRequest request, ChatRequestOptions options) {
        return new OneCall(options).chat(request);
    }

    @Override
    public CompletableFuture<ChatResponse> chatAsync(ChatRequest request, ChatRequestOptions options) {
        return new OneCall(options).chatAsync(request);
    }

    @Override
    public ChatResponse doChat(ChatRequest request) {
        return new OneCall(ChatRequestOptions.EMPTY).doChat(request);
    }

    @Override
    public CompletableFuture<ChatResponse> doChatAsync(ChatRequest request) {
        return new OneCall(ChatRequestOptions.EMPTY).doChatAsync(request);
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

    /**
     * One call with its options. It is a model itself, so that LangChain4j's own code merges the parameters and fires
     * this level's listeners around {@code doChat}, which is the only place that has the options no more.
     */
    private final class OneCall implements ChatModel {

        private final ChatRequestOptions options;

        OneCall(@Nullable ChatRequestOptions options) {
            this.options = options == null ? ChatRequestOptions.EMPTY : options;
        }

        @Override
        public ChatResponse chat(ChatRequest request) {
            return ChatModel.super.chat(request, options);
        }

        @Override
        public CompletableFuture<ChatResponse> chatAsync(ChatRequest request) {
            return ChatModel.super.chatAsync(request, options);
        }

        @Override
        public ChatResponse doChat(ChatRequest request) {
            Answered<ChatModel, ChatResponse> answered =
                    router.call(call(request, PerCall.hints(options)), new Waiting(request, options));
            Candidate<ChatModel> candidate = answered.candidate();
            return Responses.routed(
                    request, answered.response(), candidate, modelName(candidate), answered.receipt(), router);
        }

        @Override
        public CompletableFuture<ChatResponse> doChatAsync(ChatRequest request) {
            AsyncCall call = new AsyncCall(router, classifier, executor, request, options, check);
            call.cancelWith(router.callAsync(call(request, PerCall.hints(options)), call));
            return call.result();
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

    private static String modelName(Candidate<ChatModel> candidate) {
        return TargetRequest.modelName(candidate, candidate.model().defaultRequestParameters());
    }

    /** Calls the candidate where the caller waits. */
    private final class Waiting implements Host.Blocking<ChatModel, ChatResponse> {

        private final ChatRequest request;
        private final ChatRequestOptions options;

        Waiting(ChatRequest request, ChatRequestOptions options) {
            this.request = request;
            this.options = options;
        }

        @Override
        public ChatResponse attempt(Candidate<ChatModel> candidate) {
            ChatRequest target = TargetRequest.of(request, modelName(candidate));
            return Responses.sound(candidate.model().chat(target, options));
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
    }

    /** Builds a {@link RoutingChatModel}. */
    public static final class Builder extends RoutingModelBuilder<ChatModel, Builder> {

        private CascadeCheck check = CascadeCheck.NONE;

        private Builder(List<? extends Candidate<? extends ChatModel>> candidates) {
            super(candidates, ChatModel::supportedCapabilities);
        }

        /**
         * Sends the cheapest eligible candidate first and, when this check complains of its answer, the best other one,
         * within one deadline and one ceiling. An answer that is still complained of ends the call; both are paid for.
         */
        public Builder cascade(CascadeCheck answers) {
            this.check = answers;
            return tune(router -> router.cascade());
        }

        @Override
        Builder self() {
            return this;
        }

        /** The model. */
        public RoutingChatModel build() {
            return new RoutingChatModel(this);
        }
    }
}
