package waybill.routing;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Chooses among candidates and attempts the call: features, rules, ranker, plan, attempts, receipt. Safe for use by
 * many threads; its one mutable state is what it has learnt of each candidate.
 *
 * @param <M> the host's model type
 */
public final class Router<M> {

    private final Map<String, Candidate<M>> candidates;
    private final List<Candidate<M>> inOrder;
    private final Planner planner;
    private final Hints defaults;
    private final RoutingListener listener;
    private final @Nullable Duration firstContent;
    private final boolean strictPayments;
    private final Duration maxWait;
    private final InstantSource time;
    private final Supplier<String> ids;
    private final Executor timers;
    private final @Nullable Supplier<Catalogue> catalogue;
    private final Memory memory = new Memory();
    private final Predictor predictor;
    private final Beliefs beliefs;
    private final @Nullable Path beliefFile;
    private volatile Listed<M> listed;

    Router(RouterBuilder<M> builder) {
        this.inOrder = List.copyOf(builder.candidates);
        this.candidates = new LinkedHashMap<>();
        for (Candidate<M> candidate : inOrder) {
            if (candidates.put(candidate.name(), candidate) != null) {
                throw new IllegalArgumentException("two candidates are called \"" + candidate.name()
                        + "\"; plans and receipts need a name for each");
            }
        }
        this.planner = new Planner(builder.rules, builder.ranker, builder.maxWait);
        this.defaults = builder.defaults;
        this.firstContent = builder.firstContent;
        this.strictPayments = builder.strictPayments;
        this.maxWait = builder.maxWait;
        this.time = builder.time;
        this.ids = builder.ids;
        this.timers = builder.timers;
        this.catalogue = builder.catalogue;
        this.listed = new Listed<>(null, inOrder);
        this.predictor = builder.predictor;
        this.beliefFile = builder.beliefFile;
        this.beliefs = new Beliefs(
                known(builder), builder.halfLife, time, name -> candidate(name).profile());
        this.listener = RoutingListener.both(beliefs, builder.listener);
    }

    private static Map<String, Belief> known(RouterBuilder<?> builder) {
        Map<String, Belief> known = new LinkedHashMap<>(builder.beliefs);
        if (builder.beliefFile != null) {
            known.putAll(BeliefFile.load(builder.beliefFile));
        }
        return known;
    }

    /** A builder of a router over these candidates; ties are broken in their order. */
    public static <M> RouterBuilder<M> builder(List<Candidate<M>> candidates) {
        return new RouterBuilder<>(candidates);
    }

    /** The candidates, in the order of declaration. */
    public List<Candidate<M>> candidates() {
        return inOrder;
    }

    /** The candidate of this name. */
    public Candidate<M> candidate(String name) {
        return named(candidates, name);
    }

    /** The plan for a prompt as things stand now; calls nobody. */
    public Plan plan(Features features) {
        return plan(Call.of(features));
    }

    /** The plan for a call as things stand now; calls nobody. */
    public Plan plan(Call call) {
        return planner.plan(complete(call), snapshot());
    }

    /** Every candidate as it stands now. */
    public Snapshot snapshot() {
        return beliefs.on(memory.snapshot(asListed(), time.instant()));
    }

    /** The candidates as the catalogue lists them now. */
    private List<Candidate<M>> asListed() {
        if (catalogue == null) {
            return inOrder;
        }
        Catalogue current = catalogue.get();
        Listed<M> last = listed;
        if (!current.equals(last.catalogue)) {
            last = new Listed<>(
                    current, inOrder.stream().map(c -> c.renewed(current)).toList());
            listed = last;
        }
        return last.candidates;
    }

    /**
     * Answers a call on the caller's own thread.
     *
     * @throws RoutingException when no candidate answered
     */
    public <R> Answered<M, R> call(Call call, Host.Blocking<M, R> host) {
        Call asked = complete(call);
        Plan plan = planner.plan(asked, snapshot());
        return new BlockingDriver<>(run(plan, terms(asked, plan.at(), null)), candidates, memory, host).drive();
    }

    /** Starts a call that is answered through the host; returns at once what cancels it. */
    public <R> Cancellation stream(Call call, Host.Streaming<M, R> host) {
        return start(call, host, firstContent);
    }

    /** Starts a call that is answered in one piece through the host; returns at once what cancels it. */
    public <R> Cancellation callAsync(Call call, Host.Streaming<M, R> host) {
        return start(call, host, null);
    }

    private <R> Cancellation start(Call call, Host.Streaming<M, R> host, @Nullable Duration silence) {
        Call asked = complete(call);
        Plan plan = planner.plan(asked, snapshot());
        StreamingDriver<M, R> driver =
                new StreamingDriver<>(run(plan, terms(asked, plan.at(), silence)), candidates, memory, host, timers);
        driver.drive();
        return driver;
    }

    /**
     * Tells how good an answer was, from 0 (bad) to 1 (good): a person's verdict, a test, a judge. One Bayesian step for
     * the candidate that answered; the next snapshot knows it. Answers are open for seven days, the last 10,000 of them.
     *
     * @param receipt the id of the answer's receipt
     * @return whether the score was taken, and if not, why
     * @throws java.io.UncheckedIOException when the file of beliefs cannot be written; the score counts all the same
     */
    public Feedback feedback(String receipt, double score) {
        Feedback feedback = beliefs.score(receipt, score);
        if (feedback.taken()) {
            saveBeliefs();
        }
        return feedback;
    }

    /** Tells what was noticed of an answer by itself; weak evidence, and none once the answer has a score. */
    public void signal(String receipt, Signal signal) {
        beliefs.signal(receipt, signal);
    }

    /** What is believed of the candidates as of now, by name; those without evidence are not in it. */
    public Map<String, Belief> beliefs() {
        return beliefs.all();
    }

    /** Believes this of a candidate instead of what was believed before: what a calibration found, say. */
    public void believe(String candidate, Belief belief) {
        beliefs.replace(candidate(candidate).name(), belief);
        saveBeliefs();
    }

    /** Writes what is believed to the file of beliefs, if there is one; signals alone do not write it. */
    public void saveBeliefs() {
        if (beliefFile != null) {
            synchronized (beliefFile) {
                BeliefFile.save(beliefFile, beliefs.all());
            }
        }
    }

    /**
     * Asks a candidate about 100 of these prompts, those that tell most, spread over kinds of tasks, and finds the shift
     * of its odds that is most likely given the prediction and the scores. Changes nothing: pass the finding's belief to
     * {@link #believe} or {@link RouterBuilder#beliefs}.
     *
     * @throws InterruptedException when the scorer is interrupted
     */
    public Calibration calibrate(String candidate, List<String> prompts, Scorer<M> scorer) throws InterruptedException {
        return calibrate(candidate, prompts, Calibration.PROMPTS, scorer);
    }

    /** The same with at most this many prompts. */
    public Calibration calibrate(String candidate, List<String> prompts, int most, Scorer<M> scorer)
            throws InterruptedException {
        return Calibration.of(candidate(candidate), predictor, prompts, most, scorer, time.instant());
    }

    /** Remembers who answered under this key (a tool call's id, say), so that the conversation can stay with it. */
    public void remember(String key, String candidate) {
        memory.remember(key, candidate);
    }

    /** Who answered under this key, as far as it is remembered. */
    public Optional<String> recall(String key) {
        return memory.recall(key);
    }

    /** The call with the router's defaults filled in, and with the incumbent that its session names. */
    private Call complete(Call call) {
        Hints hints = call.hints().orElse(defaults);
        String session = hints.session();
        String incumbent = call.incumbent();
        if (incumbent == null && session != null) {
            incumbent = memory.recall(sessionKey(session)).orElse(null);
        }
        return new Call(call.features(), hints, incumbent);
    }

    private Terms terms(Call call, Instant start, @Nullable Duration silence) {
        Duration deadline = call.hints().deadline();
        return new Terms(
                deadline == null ? null : start.plus(deadline),
                silence,
                call.hints().costCeiling(),
                strictPayments,
                maxWait);
    }

    private Run run(Plan plan, Terms terms) {
        return new Run(ids.get(), plan, terms, memory, listener, time);
    }

    /** The candidates under the catalogue that was current last; null before the first. */
    private record Listed<M>(@Nullable Catalogue catalogue, List<Candidate<M>> candidates) {}

    static String sessionKey(String session) {
        return "session:" + session;
    }

    static <M> Candidate<M> named(Map<String, Candidate<M>> candidates, String name) {
        Candidate<M> candidate = candidates.get(name);
        if (candidate == null) {
            throw new IllegalStateException("the plan names \"" + name + "\", which is no candidate");
        }
        return candidate;
    }
}
