package waybill.routing;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import java.util.concurrent.CancellationException;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Providers and callers in virtual time: the router, its drivers and its memory are the real ones, only the clock and
 * the timers are ours. One thread, one seed, so that a run repeats exactly.
 */
final class Simulation {

    private final PriorityQueue<Due> queue =
            new PriorityQueue<>(Comparator.comparing(Due::at).thenComparing(Due::number));
    private final List<Caller> callers = new ArrayList<>();
    private final SplittableRandom seeds = new SplittableRandom(1);
    private Instant now = Draws.NOW;
    private long number;

    private record Due(Instant at, long number, Runnable what) {}

    /** A model provider: how it fails and how long it takes at a given time. */
    static final class Provider {
        final String name;
        final List<Instant> called = new ArrayList<>();
        Behaviour behaviour;
        String price = "0.001";
        int open;
        int mostOpen;

        Provider(String name, Behaviour behaviour) {
            this.name = name;
            this.behaviour = behaviour;
        }
    }

    /** What comes of a call made now: null for an answer. */
    interface Behaviour {
        Outcome at(Instant now);
    }

    record Outcome(Duration after, @Nullable FailureKind failure) {}

    /** One call: when it began, how long it took, what came of it. */
    static final class Caller implements Host.Streaming<Provider, String> {
        private final Simulation simulation;
        final Instant began;
        Duration took = Duration.ZERO;

        @Nullable
        Receipt receipt;

        @Nullable
        RoutingException failure;

        Caller(Simulation simulation) {
            this.simulation = simulation;
            this.began = simulation.now;
        }

        boolean answered() {
            return receipt != null;
        }

        int attempts() {
            return (receipt != null ? receipt : failure.receipt()).attempts().size();
        }

        @Override
        public void open(Candidate<Provider> candidate, Lane<String> lane) {
            Provider provider = candidate.model();
            provider.called.add(simulation.now);
            provider.mostOpen = Math.max(provider.mostOpen, ++provider.open);
            Outcome outcome = provider.behaviour.at(simulation.now);
            boolean[] over = new boolean[1];
            lane.onCancel(() -> {
                if (!over[0]) {
                    over[0] = true;
                    provider.open--;
                    lane.failed(new CancellationException("cancelled"));
                }
            });
            simulation.after(outcome.after(), () -> {
                if (!over[0]) {
                    over[0] = true;
                    provider.open--;
                    if (outcome.failure() == null) {
                        lane.answered("done");
                    } else {
                        lane.failed(new Failing(outcome.failure()));
                    }
                }
            });
        }

        @Override
        public Failure classify(Throwable thrown) {
            return thrown instanceof Failing failing
                    ? Failure.of(failing.kind, thrown)
                    : Failure.of(FailureKind.SERVER_ERROR, thrown);
        }

        @Override
        public Usage usage(String response) {
            return Usage.of(10, 10);
        }

        @Override
        public String partialText() {
            return "";
        }

        @Override
        public void answered(String response, Receipt paper) {
            receipt = paper;
            took = Duration.between(began, simulation.now);
        }

        @Override
        public void failed(RoutingException thrown) {
            failure = thrown;
            took = Duration.between(began, simulation.now);
        }
    }

    private static final class Failing extends RuntimeException {
        private static final long serialVersionUID = 1L;
        final FailureKind kind;

        Failing(FailureKind kind) {
            super(kind.words());
            this.kind = kind;
        }
    }

    Router<Provider> router(UnaryOperator<RouterBuilder<Provider>> options, Provider... providers) {
        List<Candidate<Provider>> candidates = new ArrayList<>();
        for (Provider provider : providers) {
            candidates.add(Candidate.of(provider.name, provider, Profile.of(Price.perCall(provider.price))));
        }
        Predictor alike = features -> profile -> new Prediction(0.7, 100, "all alike");
        return options.apply(Router.builder(candidates)
                        .predictor(alike)
                        .time(() -> now)
                        .timers(this::timer)
                        .seeds(seeds::nextLong))
                .build();
    }

    /** So many calls, evenly spaced; returns them when all have ended. */
    List<Caller> calls(Router<Provider> router, int count, Duration apart) {
        Instant start = now;
        List<Caller> these = new ArrayList<>();
        Call call = Call.of(Features.of("hello"));
        for (int i = 0; i < count; i++) {
            at(start.plus(apart.multipliedBy(i)), () -> {
                Caller caller = new Caller(this);
                these.add(caller);
                router.callAsync(call, caller);
            });
        }
        run();
        callers.addAll(these);
        return these;
    }

    Instant now() {
        return now;
    }

    void after(Duration time, Runnable what) {
        at(now.plus(time), what);
    }

    void at(Instant instant, Runnable what) {
        queue.add(new Due(instant, number++, what));
    }

    private Runnable timer(long millis, Runnable ring) {
        boolean[] stopped = new boolean[1];
        after(Duration.ofMillis(millis), () -> {
            if (!stopped[0]) {
                ring.run();
            }
        });
        return () -> stopped[0] = true;
    }

    private void run() {
        for (Due due = queue.poll(); due != null; due = queue.poll()) {
            now = due.at();
            due.what().run();
        }
    }

    /** Answers after a log-normal time, or fails with this chance. */
    static Behaviour flaky(SplittableRandom random, double failing, Duration median, double spread) {
        return now -> new Outcome(
                Duration.ofNanos((long) (median.toNanos() * StrictMath.exp(spread * normal(random)))),
                random.nextDouble() < failing ? FailureKind.SERVER_ERROR : null);
    }

    private static double normal(SplittableRandom random) {
        double radius = StrictMath.sqrt(-2 * StrictMath.log(1 - random.nextDouble()));
        return radius * StrictMath.cos(2 * StrictMath.PI * random.nextDouble());
    }

    static Duration percentile(List<Caller> callers, double rank) {
        List<Duration> sorted = callers.stream().map(c -> c.took).sorted().toList();
        return sorted.get((int) Math.min(sorted.size() - 1, Math.floor(sorted.size() * rank)));
    }

    static double share(List<Caller> callers) {
        return callers.stream().filter(Caller::answered).count() / (double) callers.size();
    }

    static double attempts(List<Caller> callers) {
        return callers.stream().mapToInt(Caller::attempts).sum() / (double) callers.size();
    }
}
