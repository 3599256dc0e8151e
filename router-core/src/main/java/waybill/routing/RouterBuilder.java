package waybill.routing;

import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Options of a {@link Router}; each has a default.
 *
 * @param <M> the host's model type
 */
public final class RouterBuilder<M> {

    final List<Candidate<M>> candidates;
    List<Rule> rules = Rules.standard();
    private @Nullable Ranker ranker;
    private @Nullable Predictor predictor;
    private boolean wholePool;
    boolean spreading = true;
    final List<SpendCap> caps = new ArrayList<>();

    @Nullable
    BigDecimal budget;

    LongSupplier seeds = () -> ThreadLocalRandom.current().nextLong();
    Hints defaults = Hints.NONE;

    @Nullable
    Supplier<Catalogue> catalogue;

    RoutingListener listener = RoutingListener.NONE;
    Map<String, Belief> beliefs = Map.of();

    @Nullable
    Path beliefFile;

    Duration halfLife = Duration.ofDays(30);
    Exploration exploration = Exploration.NONE;

    @Nullable
    DecisionLog decisionLog;

    Patience patience = new Patience(null, Duration.ofSeconds(30), Duration.ofSeconds(60), null);

    @Nullable
    Hedging hedging;

    boolean cascade;
    int inFlight;
    int queued;
    RetryBudget retryBudget = RetryBudget.STANDARD;
    boolean coolDowns = true;
    boolean strictPayments;
    Duration maxWait = Duration.ofSeconds(5);
    InstantSource time = monotonic();
    Supplier<String> ids = () -> UUID.randomUUID().toString();
    Executor executor = RouterThreads.SHARED;

    @Nullable
    Timers timers;

    RouterBuilder(List<Candidate<M>> candidates) {
        if (candidates.isEmpty()) {
            throw new IllegalArgumentException("a router needs at least one candidate");
        }
        this.candidates = List.copyOf(candidates);
    }

    /** The objective of calls that bring none; {@link Objective#balanced()} unless set. */
    public RouterBuilder<M> objective(Objective objective) {
        this.defaults = defaults.withObjective(objective);
        return this;
    }

    /** What calls ask besides their prompt when they do not say: ceiling, deadline, objective, allowed candidates. */
    public RouterBuilder<M> defaults(Hints hints) {
        this.defaults = hints.orElse(defaults);
        return this;
    }

    /** Rules besides {@link Rules#standard()}, checked after them. */
    public RouterBuilder<M> rules(Rule... more) {
        List<Rule> all = new ArrayList<>(rules);
        all.addAll(List.of(more));
        this.rules = List.copyOf(all);
        return this;
    }

    /** Another ranker than {@link Ranker#byWorth}, with no use for a predictor or a hull. */
    public RouterBuilder<M> ranker(Ranker other) {
        this.ranker = other;
        return this;
    }

    /** Ranks by worth with another predictor than {@link Predictor#learned()}, such as {@link Predictor#handMade()}. */
    public RouterBuilder<M> predictor(Predictor other) {
        this.predictor = other;
        return this;
    }

    /**
     * Lets every eligible candidate come first. Otherwise one that lies off the cost-quality hull only serves when
     * others fail: on a typical prompt others do better for the same money.
     */
    public RouterBuilder<M> wholePool() {
        this.wholePool = true;
        return this;
    }

    /** Always puts the candidate that is worth most first, however much it has under way. */
    public RouterBuilder<M> withoutSpreading() {
        this.spreading = false;
        return this;
    }

    /**
     * The most that all calls together may spend within any stretch of this length, in dollars; hard, however many calls
     * run side by side. Several caps all hold. What was spent is forgotten when the process ends: a wallet's own limits
     * are the ones that last.
     */
    public RouterBuilder<M> spendCap(String usd, Duration window) {
        caps.add(new SpendCap(new BigDecimal(usd), window));
        return this;
    }

    /**
     * What 1,000 calls should cost, in dollars: V is then solved on recent traffic for calls that bring none of their
     * own. A target that spending settles on; {@link #spendCap} is the limit that nothing passes.
     */
    public RouterBuilder<M> budget(String usdPerThousandCalls) {
        BigDecimal usd = new BigDecimal(usdPerThousandCalls);
        if (usd.signum() <= 0) {
            throw new IllegalArgumentException("a budget is above $0 per 1,000 calls, not " + usd);
        }
        this.budget = usd;
        return this;
    }

    /** Where each snapshot gets the seed from that decides between nearly equal candidates; random unless set. */
    public RouterBuilder<M> seeds(LongSupplier source) {
        this.seeds = source;
        return this;
    }

    /**
     * The catalogue that renews price, limits and accuracies of the candidates made by {@link Candidate#named}; none
     * unless set. A {@link CatalogueFile} can change while the router runs: the next snapshot follows it.
     */
    public RouterBuilder<M> catalogue(Supplier<Catalogue> source) {
        this.catalogue = source;
        return this;
    }

    /** What is believed of candidates already, by name: from a calibration, say. */
    public RouterBuilder<M> beliefs(Map<String, Belief> known) {
        this.beliefs = Map.copyOf(known);
        return this;
    }

    /**
     * A file that keeps what feedback has taught, read at {@link #build} and written with every score that is taken; none
     * unless set. What it holds goes before {@link #beliefs}.
     */
    public RouterBuilder<M> beliefFile(Path file) {
        this.beliefFile = file;
        return this;
    }

    /** The time in which evidence halves in weight, for models that change unannounced; 30 days unless set. */
    public RouterBuilder<M> forgetting(Duration halfLife) {
        if (halfLife.isNegative() || halfLife.isZero()) {
            throw new IllegalArgumentException(
                    "forgetting halves evidence in " + halfLife + ", which must be positive");
        }
        this.halfLife = halfLife;
        return this;
    }

    /** Lets another than the best come first for a small share of calls; {@link Exploration#NONE} unless set. */
    public RouterBuilder<M> explore(Exploration share) {
        this.exploration = share;
        return this;
    }

    /** Where every decision is written for a later replay; nowhere unless set. */
    public RouterBuilder<M> decisionLog(DecisionLog log) {
        this.decisionLog = log;
        return this;
    }

    /** Who hears of every call. */
    public RouterBuilder<M> listener(RoutingListener hearer) {
        this.listener = hearer;
        return this;
    }

    /** How long a stream may be silent before its first content; 30 s unless set, null for ever. */
    public RouterBuilder<M> firstContentWithin(@Nullable Duration silence) {
        this.patience = new Patience(patience.answer(), silence, patience.idle(), patience.pace());
        return this;
    }

    /** How long a stream may be silent after its first content; 60 s unless set, null for ever. */
    public RouterBuilder<M> idleWithin(@Nullable Duration silence) {
        this.patience = new Patience(patience.answer(), patience.firstContent(), silence, patience.pace());
        return this;
    }

    /**
     * How long one attempt that is not streamed may take; no limit of its own unless set. A candidate that answers on
     * the caller's thread is interrupted then, and one that does not heed it runs to its client's own timeout.
     */
    public RouterBuilder<M> answerWithin(@Nullable Duration time) {
        this.patience = new Patience(time, patience.firstContent(), patience.idle(), patience.pace());
        return this;
    }

    /**
     * Guards against streams that begin and then trickle: the first so many characters are held back until they are
     * there, and a stream that does not bring them within this time of its first content makes way for the next
     * candidate. Off unless set, because it delays the first token.
     */
    public RouterBuilder<M> pace(int characters, Duration within) {
        Patience.Pace guard = new Patience.Pace(characters, within);
        this.patience = new Patience(patience.answer(), patience.firstContent(), patience.idle(), guard);
        return this;
    }

    /** Asks a second candidate when the first is slower than usual; off unless set. */
    public RouterBuilder<M> hedge(Hedging policy) {
        this.hedging = policy;
        return this;
    }

    /**
     * Sends the cheapest eligible candidate first, lets the host check its answer ({@link Host#complaint}), and asks one
     * other, the best of the plan, when the check complains; within one deadline and one ceiling. Not for streams.
     */
    public RouterBuilder<M> cascade() {
        this.cascade = true;
        return this;
    }

    /**
     * How many attempts may be in flight at each candidate, and how many calls may queue when everybody who could serve
     * them is full; no limit unless set. Attempts that were given up count until they have really ended.
     */
    public RouterBuilder<M> inFlight(int perCandidate, int queueing) {
        if (perCandidate < 1 || queueing < 0) {
            throw new IllegalArgumentException(
                    "at least 1 in flight and 0 queueing, not " + perCandidate + " and " + queueing);
        }
        this.inFlight = perCandidate;
        this.queued = queueing;
        return this;
    }

    /** How many attempts after their first all calls may make; {@link RetryBudget#STANDARD} unless set. */
    public RouterBuilder<M> retryBudget(RetryBudget budget) {
        this.retryBudget = budget;
        return this;
    }

    /** Leaves no candidate alone after a failure: for tests of what failures alone do, and for pools of one. */
    public RouterBuilder<M> withoutCoolDowns() {
        this.coolDowns = false;
        return this;
    }

    /** Ends a call at the first payment whose outcome is unknown or whose answer was lost, whatever the ceiling. */
    public RouterBuilder<M> strictPayments() {
        this.strictPayments = true;
        return this;
    }

    /** The longest wait for a candidate that says when it is free again, when nobody else is left; 5 s unless set. */
    public RouterBuilder<M> maxWait(Duration longest) {
        this.maxWait = longest;
        return this;
    }

    /** The clock; by default one that never jumps. */
    public RouterBuilder<M> time(InstantSource source) {
        this.time = source;
        return this;
    }

    /** Where receipts get their ids; random UUIDs unless set. */
    public RouterBuilder<M> ids(Supplier<String> source) {
        this.ids = source;
        return this;
    }

    /**
     * Where deadlines are acted on and hedged attempts run: unless set, up to 256 daemon threads that all routers share and
     * that end when idle. A caller's handler may run there.
     */
    public RouterBuilder<M> executor(Executor threads) {
        this.executor = threads;
        return this;
    }

    /** Other timers than the JDK's, which go with another {@link #time clock}: for simulations and tests of deadlines. */
    public RouterBuilder<M> timers(Timers other) {
        this.timers = other;
        return this;
    }

    /** The rules of every plan; the router's own list of allowed candidates is one, so that a call can only narrow it. */
    List<Rule> rulesInForce() {
        if (defaults.allowed().isEmpty()) {
            return rules;
        }
        List<Rule> all = new ArrayList<>();
        all.add(Rules.onlyAllowed(defaults.allowed()));
        all.addAll(rules);
        return all;
    }

    Ranker rankerOrDefault() {
        if (ranker != null) {
            return ranker;
        }
        return new WorthRanker(predictorOrDefault(), wholePool);
    }

    /** The predictor, once made; what was learned is only read when nothing else is asked for. */
    Predictor predictorOrDefault() {
        Predictor made = predictor == null ? Predictor.learned() : predictor;
        predictor = made;
        return made;
    }

    /** The router. */
    public Router<M> build() {
        return new Router<>(this);
    }

    /** The time of day at start, carried on by the machine's monotonic clock: durations survive a clock that is set. */
    private static InstantSource monotonic() {
        Instant start = Instant.now();
        long nanos = System.nanoTime();
        return () -> start.plusNanos(System.nanoTime() - nanos);
    }
}
