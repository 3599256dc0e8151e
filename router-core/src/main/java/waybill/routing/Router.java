package waybill.routing;

import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
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
    private final Patience patience;
    private final @Nullable Hedging hedging;
    private final boolean cascade;
    private final boolean strictPayments;
    private final Duration maxWait;
    private final InstantSource time;
    private final Supplier<String> ids;
    private final @Nullable Supplier<Catalogue> catalogue;
    private final Predictor predictor;
    private final Beliefs beliefs;
    private final @Nullable Path beliefFile;
    private final Exploration exploration;
    private final @Nullable DecisionLog decisionLog;
    private volatile Listed<M> listed;
    private final Executor executor;
    private final Timers timers;
    private final Timers alarms;
    private final boolean budgeted;
    private final Memory memory;
    private final Traffic traffic;

    Router(RouterBuilder<M> builder) {
        this.inOrder = List.copyOf(builder.candidates);
        this.candidates = new LinkedHashMap<>();
        for (Candidate<M> candidate : inOrder) {
            if (candidates.put(candidate.name(), candidate) != null) {
                throw new IllegalArgumentException("two candidates are called \"" + candidate.name()
                        + "\"; plans and receipts need a name for each");
            }
        }
        this.planner =
                new Planner(builder.rulesInForce(), builder.rankerOrDefault(), builder.maxWait, builder.spreading);
        this.defaults = builder.defaults;
        this.patience = builder.patience;
        this.hedging = builder.hedging;
        this.cascade = builder.cascade;
        this.strictPayments = builder.strictPayments;
        this.maxWait = builder.maxWait;
        this.time = builder.time;
        this.ids = builder.ids;
        this.catalogue = builder.catalogue;
        this.listed = new Listed<>(null, inOrder);
        this.predictor = builder.predictorOrDefault();
        this.beliefFile = builder.beliefFile;
        this.beliefs = new Beliefs(
                known(builder), builder.halfLife, time, name -> candidate(name).profile());
        this.exploration = builder.exploration;
        this.decisionLog = builder.decisionLog;
        RoutingListener log = decisionLog == null ? RoutingListener.NONE : decisionLog;
        this.listener = RoutingListener.both(beliefs, RoutingListener.both(log, builder.listener));
        this.executor = builder.executor;
        this.timers = builder.timers == null ? Timers.on(executor) : builder.timers;
        // A waiting caller is woken by the timer's own thread: the executor's may all be held by those who wait.
        this.alarms = builder.timers == null ? Timers.on(Runnable::run) : builder.timers;
        this.budgeted = builder.budget != null;
        this.memory = new Memory(
                builder.coolDowns,
                new SpendCaps(builder.caps),
                builder.budget == null ? null : new Pace(builder.budget),
                builder.seeds);
        this.traffic = new Traffic(builder.inFlight, builder.queued, builder.retryBudget, builder.coolDowns);
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
        return planned(call, Exploration.NONE);
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
     * Answers a call on the caller's own thread; a router that hedges runs the attempts on its executor and lets the
     * caller's thread wait. An interrupt ends the call.
     *
     * @throws RoutingException when no candidate answered
     */
    public <R> Answered<M, R> call(Call call, Host.Blocking<M, R> host) {
        Plan plan = planned(call, exploration);
        Run run = run(plan, patience.inOnePiece(), cascade);
        if (hedging == null) {
            try {
                return new BlockingDriver<>(run, candidates, memory, traffic, host, alarms).drive();
            } finally {
                run.closePurse(); // an error that no machine hears of must not hold money for ever
            }
        }
        Racing<M, R> race = new Racing<>(host, executor);
        StreamingDriver<M, R> driver = new StreamingDriver<>(run, candidates, memory, traffic, race, timers, true);
        driver.drive();
        return race.await(driver, this);
    }

    /** Starts a call that is answered through the host; returns at once what cancels it. Streams do not cascade. */
    public <R> Cancellation stream(Call call, Host.Streaming<M, R> host) {
        return start(run(planned(call, exploration), patience.streamed(), false), host);
    }

    /** Starts a call that is answered in one piece through the host; returns at once what cancels it. */
    public <R> Cancellation callAsync(Call call, Host.Streaming<M, R> host) {
        return start(run(planned(call, exploration), patience.inOnePiece(), cascade), host);
    }

    private <R> Cancellation start(Run run, Host.Streaming<M, R> host) {
        StreamingDriver<M, R> driver = new StreamingDriver<>(run, candidates, memory, traffic, host, timers, false);
        driver.drive();
        return driver;
    }

    /** The one place where a call is planned: its defaults and incumbent filled in, against a snapshot of now. */
    private Plan planned(Call call, Exploration explored) {
        Snapshot snapshot = snapshot();
        return explored.of(planner.plan(complete(call, snapshot), snapshot), snapshot.seed());
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
            if (decisionLog != null) {
                decisionLog.scored(receipt, score);
            }
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

    /** The call with the router's defaults filled in, its V from the budget, and the incumbent that its session names. */
    private Call complete(Call call, Snapshot snapshot) {
        Hints hints = call.hints().orElse(defaults);
        if (budgeted && !call.hints().sayValue()) {
            Objective own = new Call(call.features(), hints, null).objective();
            hints = hints.inForce(own.within(snapshot.budgetValue()));
        }
        String session = hints.session();
        String incumbent = call.incumbent();
        if (incumbent == null && session != null) {
            incumbent = memory.recall(sessionKey(session)).orElse(null);
        }
        return new Call(call.features(), hints, incumbent);
    }

    private Run run(Plan plan, Patience limits, boolean checked) {
        Hints hints = plan.call().hints();
        Terms terms = new Terms(
                hints.deadline() == null ? null : plan.at().plus(hints.deadline()),
                hints.costCeiling(),
                strictPayments,
                maxWait,
                limits,
                hedge(plan),
                checked,
                memory.purse());
        return new Run(ids.get(), plan, terms, memory, traffic, listener, time);
    }

    private Terms.@Nullable Hedge hedge(Plan plan) {
        if (hedging == null) {
            return null;
        }
        Map<String, Duration> after = new HashMap<>();
        for (Choice choice : plan.choices()) {
            Duration usually = traffic.usually(choice.candidate());
            if (usually != null) {
                after.put(choice.candidate(), usually);
            }
        }
        return new Terms.Hedge(after, hedging.mostUsd());
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
