package waybill.testing.contract;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import waybill.routing.Objective;
import waybill.routing.Price;
import waybill.routing.Profile;
import waybill.routing.Snapshot;
import waybill.routing.Standing;
import waybill.testing.Answer;
import waybill.testing.ModelRequest;
import waybill.testing.Outcome;
import waybill.testing.ScriptedModelServer;

/**
 * Two providers, a routed model over them that prefers the first, a clock that stands still, and threads that are
 * counted. Real time is only waited for, never measured against: that a wait runs out says that something has gone wrong.
 */
final class Stage implements AutoCloseable {

    static final String FIRST = "first";
    static final String SECOND = "second";
    static final String SAVED = "saved by another model";

    /** Past every limit that the router has here. */
    static final Duration PAST_THE_LIMITS = Duration.ofSeconds(61);

    private static final Profile CHEAP =
            Profile.of(Price.perMillion("0.10", "0.40")).withOutputLimit(1_000);
    private static final Profile DEAR = Profile.of(Price.perMillion("5", "20")).withOutputLimit(1_000);

    final ScriptedModelServer first = ScriptedModelServer.start();
    final ScriptedModelServer second = ScriptedModelServer.start();
    final VirtualTime time = new VirtualTime();
    final Heard heard = new Heard();
    final Routed model;
    final Duration patience;
    private final ExecutorService threads = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "contract-worker");
        thread.setDaemon(true);
        return thread;
    });

    /** How long the client of the first provider waits, and how long real time may pass before something has gone wrong. */
    Stage(Way way, Company company, Duration timeout, Duration patience) {
        this.patience = patience;
        List<Provider> providers = new ArrayList<>();
        providers.add(new Provider(FIRST, first.baseUrl(), CHEAP, timeout));
        if (company == Company.ANOTHER) {
            providers.add(new Provider(SECOND, second.baseUrl(), DEAR, patience));
        }
        second.answer(SECOND, Answer.text(SAVED));
        Setup setup = new Setup(
                router -> router.objective(Objective.cheapest())
                        .time(time)
                        .timers(time)
                        .seeds(() -> 1)
                        .executor(threads)
                        .answerWithin(Duration.ofSeconds(60)),
                threads);
        this.model = way.opening().open(providers, setup);
    }

    Runnable call() {
        return model.start("hello", heard);
    }

    boolean awaitFirstRequest() throws InterruptedException {
        return eventually(() -> first.requestCount() > 0);
    }

    List<ModelRequest> requests() {
        List<ModelRequest> all = new ArrayList<>(first.requests());
        all.addAll(second.requests());
        return all;
    }

    /** How the exchange ended at the provider; empty when it is still open after a long time. */
    Optional<Outcome> outcome(ModelRequest request) throws InterruptedException {
        try {
            return Optional.of(request.outcome().get(patience.toMillis(), TimeUnit.MILLISECONDS));
        } catch (TimeoutException open) {
            return Optional.empty();
        } catch (ExecutionException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    /** What is left behind: exchanges, places in flight, timers, threads. */
    List<String> leftBehind() throws InterruptedException {
        List<String> left = new ArrayList<>();
        for (ModelRequest request : requests()) {
            if (outcome(request).isEmpty()) {
                left.add("leaves a connection to " + request.model() + " open");
            }
        }
        Snapshot standings = model.snapshot();
        if (standings != null && !eventually(() -> inFlight() == 0)) {
            left.add("leaves " + inFlight() + " attempts counted in flight");
        }
        if (!eventually(() -> time.timers() == 0)) {
            left.add("leaves " + time.timers() + " timers set");
        }
        threads.shutdown();
        if (!threads.awaitTermination(patience.toMillis(), TimeUnit.MILLISECONDS)) {
            left.add("leaves a thread at work");
        }
        return left;
    }

    private int inFlight() {
        return Objects.requireNonNull(model.snapshot()).standings().stream()
                .mapToInt(Standing::inFlight)
                .sum();
    }

    /** Looks again and again, for as long as patience lasts. */
    private boolean eventually(BooleanSupplier that) throws InterruptedException {
        long deadline = System.nanoTime() + patience.toNanos();
        CountDownLatch never = new CountDownLatch(1);
        while (!that.getAsBoolean()) {
            if (System.nanoTime() > deadline || never.await(1, TimeUnit.MILLISECONDS)) {
                return false;
            }
        }
        return true;
    }

    @Override
    public void close() {
        threads.shutdownNow();
        first.close();
        second.close();
    }
}
