package waybill.langchain4j;

import dev.langchain4j.model.chat.Capability;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.request.DefaultChatRequestParameters;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import waybill.routing.Candidate;
import waybill.routing.Catalogue;
import waybill.routing.FailureClassifier;
import waybill.routing.Hedging;
import waybill.routing.Hints;
import waybill.routing.Objective;
import waybill.routing.PaymentFailures;
import waybill.routing.Profile;
import waybill.routing.Router;
import waybill.routing.RouterBuilder;
import waybill.routing.RoutingListener;
import waybill.routing.Rule;

/**
 * Options that both routing models have; each has a default. Candidates should be built without retries of their own
 * ({@code maxRetries(0)}): the router moves on instead, and a retry above a paying client pays again.
 *
 * @param <M> LangChain4j's model type
 * @param <B> the builder itself
 */
public abstract class RoutingModelBuilder<M, B extends RoutingModelBuilder<M, B>> {

    final List<Candidate<M>> candidates;
    private final RouterBuilder<M> router;
    List<ChatModelListener> listeners = List.of();
    ChatRequestParameters defaultParameters = DefaultChatRequestParameters.EMPTY;
    FailureClassifier classifier = PaymentFailures.byName().orElse(new LangChain4jFailures());
    Executor executor = Offload.executor();

    RoutingModelBuilder(List<? extends Candidate<? extends M>> declared, Function<M, Set<Capability>> capabilities) {
        List<Candidate<M>> all = new ArrayList<>();
        for (Candidate<? extends M> candidate : declared) {
            all.add(claimingSchema(candidate, capabilities));
        }
        this.candidates = List.copyOf(all);
        this.router = Router.builder(candidates).executor(task -> executor.execute(task));
    }

    /** A model that tells LangChain4j that it follows JSON schemas need not be told so again in its profile. */
    private static <M> Candidate<M> claimingSchema(
            Candidate<? extends M> candidate, Function<M, Set<Capability>> capabilities) {
        M model = candidate.model();
        boolean claims = capabilities.apply(model).contains(Capability.RESPONSE_FORMAT_JSON_SCHEMA);
        Profile profile = claims ? candidate.profile().withJsonSchema(true) : candidate.profile();
        return new Candidate<>(candidate.name(), model, profile, candidate.modelName(), candidate.listedAs());
    }

    abstract B self();

    /** The objective of calls that bring none; balanced unless set. */
    public B objective(Objective objective) {
        router.objective(objective);
        return self();
    }

    /** What calls ask besides their prompt when they do not say: ceiling, deadline, allowed candidates. */
    public B defaults(Hints hints) {
        router.defaults(hints);
        return self();
    }

    /** What renews the prices of candidates made by {@link Candidate#named}; none unless set. */
    public B catalogue(Supplier<Catalogue> source) {
        router.catalogue(source);
        return self();
    }

    /** Rules besides the standard ones. */
    public B rules(Rule... more) {
        router.rules(more);
        return self();
    }

    /** Who hears of plans, attempts and receipts. */
    public B listener(RoutingListener listener) {
        router.listener(listener);
        return self();
    }

    /**
     * LangChain4j listeners of the router itself: one request and one response for each call, however many attempts.
     * The candidates' own listeners hear of each attempt; do not give them here again.
     */
    public B listeners(List<ChatModelListener> hearers) {
        this.listeners = List.copyOf(hearers);
        return self();
    }

    /** Parameters of requests that do not set them. */
    public B defaultRequestParameters(ChatRequestParameters parameters) {
        this.defaultParameters = parameters;
        return self();
    }

    /** Asked first what kind of failure an exception is, for clients and wallets that this binding does not know. */
    public B classifier(FailureClassifier first) {
        this.classifier = first.orElse(PaymentFailures.byName().orElse(new LangChain4jFailures()));
        return self();
    }

    /**
     * Where asynchronous work runs. Unless set: the executor given to LangChain4j's {@code ExecutorProvider}, else
     * daemon threads made on demand.
     */
    public B executor(Executor other) {
        this.executor = other;
        return self();
    }

    /** Asks a second candidate when the first is slower than usual; off unless set. */
    public B hedge(Hedging policy) {
        router.hedge(policy);
        return self();
    }

    /** Every other option of the router: predictor, waiting, strict payments, clock. */
    public B tune(Consumer<RouterBuilder<M>> tuning) {
        tuning.accept(router);
        return self();
    }

    Router<M> router() {
        return router.build();
    }
}
