package waybill.springai;

import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.contextpropagation.ObservationThreadLocalAccessor;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.model.tool.ToolCallingChatOptions;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Schedulers;
import waybill.routing.Answered;
import waybill.routing.Call;
import waybill.routing.Candidate;
import waybill.routing.Catalogue;
import waybill.routing.Failure;
import waybill.routing.FailureClassifier;
import waybill.routing.FailureKind;
import waybill.routing.Feedback;
import waybill.routing.Hedging;
import waybill.routing.Hints;
import waybill.routing.Host;
import waybill.routing.Objective;
import waybill.routing.PaymentFailures;
import waybill.routing.Plan;
import waybill.routing.Receipt;
import waybill.routing.Router;
import waybill.routing.RouterBuilder;
import waybill.routing.RoutingListener;
import waybill.routing.Rule;
import waybill.routing.Signal;
import waybill.routing.Snapshot;
import waybill.routing.Usage;

/**
 * One chat model that chooses among several for each prompt and moves on when one fails, blocking or streaming. Safe for
 * use by many threads; {@link #call(Prompt)} runs its candidate on the caller's own thread. In a stream another candidate
 * can take over until the first text, reasoning or tool call has been passed on; after that a
 * {@link waybill.routing.BrokenStreamException} carries the partial text. Nothing is passed on twice, nothing after a
 * cancel.
 *
 * <p>The response's metadata hold the receipt: {@link #receiptOf}; a stream's come with its last chunk. When nobody
 * answers, a {@link waybill.routing.RoutingException} does. {@link Hints} for one call travel in the tool context of its
 * options under {@link #HINTS}, where {@link RoutingAdvisor} puts them; they never leave the process.
 *
 * <p>Build candidates without retries of their own ({@code maxRetries(0)}): the router moves on instead, and a retry
 * above a paying client pays again.
 */
public final class RoutingChatModel implements ChatModel {

    /** The key of the receipt in a response's metadata. */
    public static final String RECEIPT = "waybill.receipt";

    /** The key of a call's {@link Hints} in the tool context of its options. */
    public static final String HINTS = "waybill.hints";

    /** The name of the observation around a routed call; its candidates' own observations are its children. */
    public static final String OBSERVATION = "waybill.route";

    private final Router<ChatModel> router;
    private final FailureClassifier classifier;
    private final ObservationRegistry observations;
    private final ToolCallingChatOptions options;
    private final CascadeCheck check;

    private RoutingChatModel(Builder builder) {
        this.router = builder.router.build();
        this.classifier = builder.classifier;
        this.observations = builder.observations;
        this.options = builder.options;
        this.check = builder.check;
    }

    /** A builder of a model over these candidates; ties are broken in their order. */
    public static Builder builder(List<? extends Candidate<? extends ChatModel>> candidates) {
        return new Builder(candidates);
    }

    /** The plan for this prompt as things stand now; calls nobody. */
    public Plan plan(Prompt prompt) {
        return router.plan(routed(prompt));
    }

    /** Every candidate as it stands now: health, attempts in flight, cool-down; and what the spend caps have seen. */
    public Snapshot snapshot() {
        return router.snapshot();
    }

    /** The receipt of a response; empty when no router of ours answered it, or when it was rebuilt on the way. */
    public static Optional<Receipt> receiptOf(ChatResponse response) {
        Object receipt = response.getMetadata().get(RECEIPT);
        return receipt instanceof Receipt found ? Optional.of(found) : Optional.empty();
    }

    /**
     * Tells how good an answer was, from 0 (bad) to 1 (good); the next choices know it. What can be seen of an answer by
     * itself (cut short, a broken tool call, not the schema, declined) is told anyway.
     *
     * @param receipt the id of the answer's receipt
     * @return whether the score was taken, and if not, why
     */
    public Feedback feedback(String receipt, double score) {
        return router.feedback(receipt, score);
    }

    @Override
    public ChatResponse call(Prompt prompt) {
        Observation observation = observation();
        return observation.observe(() -> {
            Answered<ChatModel, ChatResponse> answered = router.call(routed(prompt), new Waiting(prompt));
            Candidate<ChatModel> candidate = answered.candidate();
            observed(observation, candidate.name());
            ChatResponse response = answered.response();
            return Responses.routed(
                    response,
                    candidate,
                    TargetPrompt.modelName(candidate),
                    answered.receipt(),
                    noticed(prompt, candidate, response),
                    router);
        });
    }

    @Override
    public Flux<ChatResponse> stream(Prompt prompt) {
        return Flux.deferContextual(context -> {
            Observation observation = observation();
            Object parent = context.getOrDefault(ObservationThreadLocalAccessor.KEY, null);
            if (parent instanceof Observation around) {
                observation.parentObservation(around);
            }
            observation.start();
            return streamed(prompt)
                    .doOnNext(chunk -> receiptOf(chunk)
                            .flatMap(Receipt::answeredBy)
                            .ifPresent(candidate -> observed(observation, candidate)))
                    .doOnError(observation::error)
                    .doFinally(end -> observation.stop())
                    .contextWrite(own -> own.put(ObservationThreadLocalAccessor.KEY, observation));
        });
    }

    private Flux<ChatResponse> streamed(Prompt prompt) {
        return Flux.deferContextual(context -> Flux.create(sink -> {
            StreamedPrompt call = new StreamedPrompt(router, classifier, prompt, sink, context);
            sink.onCancel(router.stream(routed(prompt), call)::cancel);
        }));
    }

    /** Options that ChatClient lays the caller's over. They can call tools, or ChatClient would drop all tools. */
    @Override
    public ChatOptions getOptions() {
        return options;
    }

    private Call routed(Prompt prompt) {
        return new Call(PromptFeatures.of(prompt), hints(prompt), Incumbent.of(prompt.getInstructions(), router));
    }

    private static Signal noticed(Prompt prompt, Candidate<ChatModel> candidate, ChatResponse response) {
        return AnswerCheck.of(
                TargetPrompt.of(prompt, candidate).getOptions(),
                Responses.finishReason(response),
                Responses.toolCalls(response),
                Responses.text(response));
    }

    private static Hints hints(Prompt prompt) {
        if (prompt.getOptions() instanceof ToolCallingChatOptions calling && calling.getToolContext() != null) {
            return calling.getToolContext().get(HINTS) instanceof Hints hints ? hints : Hints.NONE;
        }
        return Hints.NONE;
    }

    private Observation observation() {
        return Observation.createNotStarted(OBSERVATION, observations).contextualName("route");
    }

    private static void observed(Observation observation, String candidate) {
        observation.lowCardinalityKeyValue("waybill.candidate", candidate);
    }

    /** Calls the candidate where the caller waits. */
    private final class Waiting implements Host.Blocking<ChatModel, ChatResponse> {

        private final Prompt prompt;

        Waiting(Prompt prompt) {
            this.prompt = prompt;
        }

        @Override
        public ChatResponse attempt(Candidate<ChatModel> candidate) {
            ChatResponse response = candidate.model().call(TargetPrompt.of(prompt, candidate));
            String defect = Responses.defect(response);
            if (defect != null) {
                throw new MalformedAnswerException(defect);
            }
            return response;
        }

        @Override
        public Failure classify(Throwable thrown) {
            Failure failure = classifier.classify(thrown);
            return failure == null ? Failure.of(FailureKind.SERVER_ERROR, thrown) : failure;
        }

        @Override
        public @Nullable Usage usage(ChatResponse response) {
            return Responses.usage(response);
        }

        @Override
        public @Nullable String complaint(ChatResponse response) {
            return check.complaint(prompt, response);
        }
    }

    /** Builds a {@link RoutingChatModel}; each option has a default. */
    public static final class Builder {

        private final RouterBuilder<ChatModel> router;
        private FailureClassifier classifier = own(InstantSource.system());
        private ObservationRegistry observations = ObservationRegistry.NOOP;
        private ToolCallingChatOptions options =
                ToolCallingChatOptions.builder().build();
        private CascadeCheck check = CascadeCheck.NONE;

        private Builder(List<? extends Candidate<? extends ChatModel>> candidates) {
            this.router = Router.builder(candidates.stream()
                            .map(c -> new Candidate<ChatModel>(
                                    c.name(), c.model(), c.profile(), c.modelName(), c.listedAs()))
                            .toList())
                    .executor(
                            Schedulers.boundedElastic()::schedule); // hedged calls block; the common pool is not for it
        }

        private static FailureClassifier own(InstantSource time) {
            return PaymentFailures.byName().orElse(new SpringAiFailures(time));
        }

        /** The objective of calls that bring none; balanced unless set. */
        public Builder objective(Objective objective) {
            router.objective(objective);
            return this;
        }

        /** What calls ask besides their prompt when they do not say: ceiling, deadline, allowed candidates. */
        public Builder defaults(Hints hints) {
            router.defaults(hints);
            return this;
        }

        /** What renews the prices of candidates made by {@link Candidate#named}; none unless set. */
        public Builder catalogue(Supplier<Catalogue> source) {
            router.catalogue(source);
            return this;
        }

        /**
         * Asks a second candidate when the first is slower than usual; off unless set. A hedged call leaves its caller's
         * thread.
         */
        public Builder hedge(Hedging policy) {
            router.hedge(policy);
            return this;
        }

        /**
         * Sends the cheapest eligible candidate first and, when this check complains of its answer, the best other one,
         * within one deadline and one ceiling. An answer that is still complained of ends the call; both are paid for.
         * Streams do not cascade.
         */
        public Builder cascade(CascadeCheck answers) {
            this.check = answers;
            router.cascade();
            return this;
        }

        /** Rules besides the standard ones. */
        public Builder rules(Rule... more) {
            router.rules(more);
            return this;
        }

        /** Who hears of plans, attempts and receipts. */
        public Builder listener(RoutingListener listener) {
            router.listener(listener);
            return this;
        }

        /** Asked first what kind of failure an exception is, for clients and wallets that this binding does not know. */
        public Builder classifier(FailureClassifier first) {
            this.classifier = first.orElse(own(InstantSource.system()));
            return this;
        }

        /** Where the call's own observation goes; nowhere unless set. Candidates have registries of their own. */
        public Builder observationRegistry(ObservationRegistry registry) {
            this.observations = registry;
            return this;
        }

        /** Options of prompts that set none, temperature for instance; a model name in them is ignored. */
        public Builder options(ToolCallingChatOptions defaults) {
            this.options = defaults;
            return this;
        }

        /** Every other option of the router: predictor, waiting, strict payments, clock. */
        public Builder tune(Consumer<RouterBuilder<ChatModel>> tuning) {
            tuning.accept(router);
            return this;
        }

        /** The model. */
        public RoutingChatModel build() {
            return new RoutingChatModel(this);
        }
    }
}
