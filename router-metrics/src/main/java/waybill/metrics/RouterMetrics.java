package waybill.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;
import org.jspecify.annotations.Nullable;
import waybill.routing.Attempt;
import waybill.routing.Choice;
import waybill.routing.FailureKind;
import waybill.routing.Plan;
import waybill.routing.Receipt;
import waybill.routing.RoutingListener;
import waybill.routing.Snapshot;
import waybill.routing.SpendCap;
import waybill.routing.Standing;
import waybill.routing.Usage;

/**
 * Counts and times what one router does. Give it to the router's builder as a listener, and the built router's snapshots
 * to {@link #watch}. Safe for use by many threads; an event costs a few look-ups.
 *
 * <p>Every meter has the label {@code router}, this router's name. The others:
 *
 * <table>
 * <caption>Meters</caption>
 * <tr><td>{@code waybill.decisions}</td><td>plans, by {@code candidate} that came first and {@code lead}, why</td></tr>
 * <tr><td>{@code waybill.calls}</td><td>time of whole calls, by {@code outcome}: answered, or how the last attempt failed</td></tr>
 * <tr><td>{@code waybill.attempts}</td><td>time of attempts, by {@code candidate} and {@code outcome}</td></tr>
 * <tr><td>{@code waybill.first.content}</td><td>time to a stream's first content, by {@code candidate}</td></tr>
 * <tr><td>{@code waybill.failovers}</td><td>attempts that another followed, by {@code candidate} and {@code failure}</td></tr>
 * <tr><td>{@code waybill.cooldowns}</td><td>failures that count against a candidate's health, by {@code candidate} and {@code failure}</td></tr>
 * <tr><td>{@code waybill.spend}</td><td>dollars, by {@code candidate} and {@code basis}</td></tr>
 * <tr><td>{@code waybill.in.flight}, {@code waybill.cooling}, {@code waybill.fail.chance}</td><td>of each {@code candidate} now</td></tr>
 * <tr><td>{@code waybill.budget.left}</td><td>dollars that one more attempt may cost, by spend {@code cap}</td></tr>
 * <tr><td>{@code gen_ai.client.operation.duration}, {@code gen_ai.client.token.usage}</td><td>of attempts, with the labels
 * and buckets of OpenTelemetry's semantic conventions for generative AI, 1.37</td></tr>
 * </table>
 */
public final class RouterMetrics implements RoutingListener {

    private static final String CANDIDATE = "candidate";
    private static final String ANSWERED = "answered";

    /** The conventions' buckets, in seconds. */
    private static final double[] SECONDS = {
        0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92
    };

    private static final Duration[] BUCKETS = DoubleStream.of(SECONDS)
            .mapToObj(seconds -> Duration.ofMillis(Math.round(seconds * 1_000)))
            .toArray(Duration[]::new);

    /** The conventions' buckets, in tokens. */
    private static final double[] TOKENS = {
        1, 4, 16, 64, 256, 1_024, 4_096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216, 67_108_864
    };

    private final MeterRegistry registry;
    private final Tags tags;
    private final boolean genAi;

    private RouterMetrics(MeterRegistry registry, Tags tags, boolean genAi) {
        this.registry = registry;
        this.tags = tags;
        this.genAi = genAi;
    }

    /** The meters of the router of this name. */
    public static RouterMetrics of(MeterRegistry registry, String router) {
        return new RouterMetrics(registry, Tags.of("router", router), true);
    }

    /** The same without the {@code gen_ai.*} meters, for candidates that measure themselves, as Spring AI's models do. */
    public RouterMetrics withoutGenAi() {
        return new RouterMetrics(registry, tags, false);
    }

    /**
     * Registers the gauges of the candidates that this snapshot names and of the router's spend caps; each reading takes
     * a snapshot. Call it once, after the router is built.
     */
    public void watch(Supplier<Snapshot> router) {
        Snapshot first = router.get();
        for (Standing standing : first.standings()) {
            gauge(router, standing.name(), "waybill.in.flight", "Attempts under way", Standing::inFlight);
            gauge(
                    router,
                    standing.name(),
                    "waybill.cooling",
                    "1 while it is left alone after a failure",
                    s -> s.coolDown() == null ? 0 : 1);
            gauge(
                    router,
                    standing.name(),
                    "waybill.fail.chance",
                    "Present chance of failing, 0 to 1",
                    Standing::failChance);
        }
        List<SpendCap.Used> caps = first.spent();
        for (int i = 0; i < caps.size(); i++) {
            int index = i;
            Gauge.builder(
                            "waybill.budget.left",
                            router,
                            snapshots ->
                                    snapshots.get().spent().get(index).left().doubleValue())
                    .description("What one more attempt may cost under this spend cap")
                    .baseUnit("usd")
                    .tags(tags.and("cap", caps.get(i).cap().toString()))
                    .strongReference(true)
                    .register(registry);
        }
    }

    private void gauge(
            Supplier<Snapshot> router, String candidate, String name, String what, ToDoubleFunction<Standing> reading) {
        Gauge.builder(name, router, snapshots -> snapshots
                        .get()
                        .of(candidate)
                        .map(reading::applyAsDouble)
                        .orElse(Double.NaN))
                .description(what)
                .tags(tags.and(CANDIDATE, candidate))
                .strongReference(true)
                .register(registry);
    }

    @Override
    public void onPlan(Plan plan) {
        String first = plan.first().map(Choice::candidate).orElse("none");
        count(
                "waybill.decisions",
                "Plans",
                tags.and(CANDIDATE, first, "lead", label(plan.lead().name())),
                1);
    }

    @Override
    public void onAttempt(Attempt attempt) {
        Tags of = tags.and(CANDIDATE, attempt.candidate());
        FailureKind failure = attempt.failure();
        time("waybill.attempts", "Attempts", of.and("outcome", outcome(failure)), attempt.duration());
        Duration firstContent = attempt.firstContent();
        if (firstContent != null) {
            time(
                    "waybill.first.content",
                    "From the start of a streamed attempt to its first content",
                    of,
                    firstContent);
        }
        if (failure != null && failure.countsAgainstHealth()) {
            Tags why = of.and("failure", label(failure.name()));
            count("waybill.cooldowns", "Failures that count against a candidate's health", why, 1);
        }
        double usd = attempt.cost().usd().doubleValue();
        if (usd > 0) {
            Counter.builder("waybill.spend")
                    .description("What attempts cost")
                    .baseUnit("usd")
                    .tags(of.and("basis", label(attempt.cost().basis().name())))
                    .register(registry)
                    .increment(usd);
        }
        if (genAi) {
            measureAsGenAi(attempt);
        }
    }

    @Override
    public void onReceipt(Receipt receipt) {
        List<Attempt> attempts = receipt.attempts();
        for (int i = 0; i + 1 < attempts.size(); i++) {
            FailureKind failure = attempts.get(i).failure();
            if (failure != null) {
                Tags why = tags.and(CANDIDATE, attempts.get(i).candidate(), "failure", label(failure.name()));
                count("waybill.failovers", "Attempts that another followed", why, 1);
            }
        }
        time("waybill.calls", "Whole calls", tags.and("outcome", outcome(receipt)), receipt.duration());
    }

    private static String outcome(Receipt receipt) {
        List<Attempt> attempts = receipt.attempts();
        if (receipt.answer().isPresent()) {
            return ANSWERED;
        }
        return attempts.isEmpty()
                ? "not_attempted"
                : outcome(attempts.get(attempts.size() - 1).failure());
    }

    private void measureAsGenAi(Attempt attempt) {
        Tags of = tags.and(
                "gen_ai.operation.name",
                "chat",
                "gen_ai.provider.name",
                "waybill",
                "gen_ai.request.model",
                attempt.candidate(),
                "gen_ai.response.model",
                attempt.answered() ? attempt.candidate() : "none");
        FailureKind failure = attempt.failure();
        Timer.builder("gen_ai.client.operation.duration")
                .description("GenAI operation duration.")
                .tags(of.and("error.type", failure == null ? "none" : label(failure.name())))
                .serviceLevelObjectives(BUCKETS)
                .register(registry)
                .record(attempt.duration());
        Usage usage = attempt.usage();
        if (usage != null) {
            tokens(of, "input", usage.inputTokens());
            tokens(of, "output", usage.outputTokens());
        }
    }

    private void tokens(Tags of, String type, long count) {
        DistributionSummary.builder("gen_ai.client.token.usage")
                .description("Number of input and output tokens used.")
                .baseUnit("token")
                .tags(of.and("gen_ai.token.type", type))
                .serviceLevelObjectives(TOKENS)
                .register(registry)
                .record((double) count);
    }

    private void time(String name, String what, Tags of, Duration took) {
        Timer.builder(name)
                .description(what)
                .tags(of)
                .serviceLevelObjectives(BUCKETS)
                .register(registry)
                .record(took);
    }

    private void count(String name, String what, Tags of, double by) {
        Counter.builder(name).description(what).tags(of).register(registry).increment(by);
    }

    private static String outcome(@Nullable FailureKind failure) {
        return failure == null ? ANSWERED : label(failure.name());
    }

    private static String label(String constant) {
        return constant.toLowerCase(Locale.ROOT);
    }
}
