package waybill.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static waybill.routing.Simulation.attempts;
import static waybill.routing.Simulation.flaky;
import static waybill.routing.Simulation.percentile;
import static waybill.routing.Simulation.share;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import waybill.routing.Simulation.Behaviour;
import waybill.routing.Simulation.Caller;
import waybill.routing.Simulation.Outcome;
import waybill.routing.Simulation.Provider;

/** Rates that must hold, on 10,000 calls each in virtual time. Floors are the expectation less five sigma. */
class ReliabilityTest {

    private static final int CALLS = 10_000;
    private static final Duration APART = Duration.ofMillis(10);
    private static final Duration MEDIAN = Duration.ofMillis(300);
    private static final UnaryOperator<RouterBuilder<Provider>> PLAIN =
            builder -> builder.withoutCoolDowns().retryBudget(RetryBudget.UNLIMITED);

    private final Simulation simulation = new Simulation();
    private final SplittableRandom random = new SplittableRandom(20_260_704);

    private Provider[] providers(int count, double failing) {
        Provider[] all = new Provider[count];
        for (int i = 0; i < count; i++) {
            all[i] = new Provider("p" + i, flaky(random.split(), failing, MEDIAN, 0.4));
        }
        return all;
    }

    private static int calls(Provider... providers) {
        int sum = 0;
        for (Provider provider : providers) {
            sum += provider.called.size();
        }
        return sum;
    }

    private static Behaviour dead() {
        return now -> new Outcome(Duration.ofMillis(20), FailureKind.CONNECT);
    }

    @Test
    void three_that_fail_one_time_in_ten_answer_almost_always() {
        List<Caller> callers = simulation.calls(simulation.router(PLAIN, providers(3, 0.1)), CALLS, APART);
        assertThat(share(callers)).isGreaterThanOrEqualTo(0.9974);
        assertThat(attempts(callers)).isLessThanOrEqualTo(1.13);
    }

    @Test
    void four_that_fail_three_times_in_ten_answer_nearly_always() {
        List<Caller> callers = simulation.calls(simulation.router(PLAIN, providers(4, 0.3)), CALLS, APART);
        assertThat(share(callers)).isGreaterThanOrEqualTo(0.9874);
        assertThat(attempts(callers)).isLessThanOrEqualTo(1.45);
    }

    @Test
    void the_retry_budget_bounds_the_load_when_everybody_fails_often() {
        Provider[] all = providers(4, 0.3);
        Instant start = simulation.now();
        List<Caller> callers = simulation.calls(simulation.router(builder -> builder, all), CALLS, APART);
        long seconds =
                Duration.between(start, simulation.now()).toSeconds() + 1; // the last calls end after the last began
        assertThat((long) calls(all)).isLessThanOrEqualTo(CALLS + CALLS / 5 + 10 * seconds);
        assertThat(callers.stream().filter(caller -> !caller.answered()))
                .isNotEmpty()
                .anySatisfy(caller -> assertThat(caller.failure).hasMessageContaining("retry budget exhausted"));
    }

    @Test
    void one_of_four_dead_is_hardly_noticed() {
        Provider[] all = providers(4, 0);
        all[0].behaviour = dead();
        List<Caller> callers = simulation.calls(simulation.router(builder -> builder, all), CALLS, APART);
        assertThat(share(callers.subList(10, CALLS))).isGreaterThanOrEqualTo(0.999);
        Instant opened = simulation.now().minus(APART.multipliedBy(CALLS - 200));
        List<Instant> probes =
                all[0].called.stream().filter(opened::isBefore).sorted().toList();
        for (int i = 1; i < probes.size(); i++) {
            assertThat(Duration.between(probes.get(i - 1), probes.get(i)))
                    .isGreaterThanOrEqualTo(Duration.ofSeconds(5));
        }
        assertThat(all[0].called).as("calls to the dead one").hasSizeLessThan(40);
    }

    @Test
    void all_down_fails_fast_without_more_load_and_comes_back_within_ten_seconds() {
        Provider[] all = providers(4, 0);
        Behaviour[] healthy = new Behaviour[4];
        Instant back = simulation.now().plusSeconds(30);
        for (int i = 0; i < 4; i++) {
            Behaviour sound = all[i].behaviour;
            healthy[i] = sound;
            all[i].behaviour = now -> now.isBefore(back) ? dead().at(now) : sound.at(now);
        }
        List<Caller> callers = simulation.calls(simulation.router(builder -> builder, all), CALLS, APART);
        List<Caller> during = callers.stream()
                .filter(c -> c.began.isBefore(back.minusSeconds(1)))
                .toList();
        List<Caller> after = callers.stream()
                .filter(c -> c.began.isAfter(back.plusSeconds(10)))
                .toList();
        long load = 0;
        for (Provider provider : all) {
            load += provider.called.stream().filter(at -> at.isBefore(back)).count();
        }
        assertThat(percentile(during.subList(10, during.size()), 0.99)).isLessThan(Duration.ofMillis(50));
        assertThat((double) load).isLessThanOrEqualTo(1.2 * 3_000);
        assertThat(share(after)).isGreaterThanOrEqualTo(0.99);
    }

    @Test
    void the_recovered_are_not_stampeded() {
        Provider[] all = providers(2, 0);
        Behaviour sound = all[0].behaviour;
        Instant back = simulation.now().plusSeconds(20);
        List<Integer> open = new ArrayList<>();
        all[0].behaviour = now -> {
            if (now.isBefore(back)) return dead().at(now);
            open.add(all[0].open);
            return sound.at(now);
        };
        all[1].price = "0.02"; // so that the first is wanted back
        simulation.calls(simulation.router(builder -> builder, all), CALLS, APART);
        assertThat(open.subList(0, 4)).as("attempts at once while it is tried").allMatch(count -> count <= 4);
        assertThat(open.get(0)).isEqualTo(1);
        assertThat(all[0].called.stream().filter(back.plusSeconds(15)::isBefore).count())
                .as("it serves again")
                .isGreaterThan(1_000);
    }

    @Test
    void one_of_three_slow_is_avoided_within_twenty_seconds() {
        List<Caller> healthy = simulation.calls(simulation.router(builder -> builder, providers(3, 0)), CALLS, APART);
        Provider[] all = providers(3, 0);
        Behaviour sound = all[0].behaviour;
        all[0].behaviour = now -> new Outcome(sound.at(now).after().plus(Duration.ofSeconds(10)), null);
        Instant start = simulation.now();
        List<Caller> callers = simulation.calls(simulation.router(builder -> builder, all), CALLS, APART);
        List<Caller> later = callers.stream()
                .filter(caller -> caller.began.isAfter(start.plusSeconds(20)))
                .toList();
        assertThat(percentile(later, 0.95))
                .isLessThanOrEqualTo(percentile(healthy, 0.95).multipliedBy(3).dividedBy(2));
        assertThat(all[0].called.stream().filter(start.plusSeconds(20)::isBefore))
                .hasSizeLessThan(later.size() / 20);
    }

    @Test
    void hedging_cuts_the_tail_for_few_calls_more() {
        Provider[] plain = {tailed("a"), tailed("b")};
        List<Caller> alone = simulation.calls(simulation.router(PLAIN, plain), CALLS, Duration.ofMillis(100));
        Provider[] hedged = {tailed("a"), tailed("b")};
        List<Caller> pairs = simulation.calls(
                simulation.router(builder -> PLAIN.apply(builder).hedge(Hedging.upTo("0.01")), hedged),
                CALLS,
                Duration.ofMillis(100));
        assertThat(percentile(pairs, 0.99))
                .isLessThanOrEqualTo(percentile(alone, 0.99).multipliedBy(6).dividedBy(10));
        assertThat(calls(hedged)).isLessThanOrEqualTo((int) (1.06 * CALLS));
        assertThat(hedged[0].open + hedged[1].open).as("losers are cancelled").isZero();
    }

    /** A long tail: p95 is 8.5 times the median, p99 is 20 times. */
    private Provider tailed(String name) {
        return new Provider(name, flaky(random.split(), 0, MEDIAN, 1.3));
    }

    @Test
    void dear_pairs_are_never_hedged() {
        Provider[] paid = {tailed("a"), tailed("b")};
        List<Caller> callers = simulation.calls(
                simulation.router(builder -> PLAIN.apply(builder).hedge(Hedging.upTo("0.0019")), paid), 1_000, APART);
        assertThat(calls(paid)).isEqualTo(1_000);
        assertThat(attempts(callers)).isEqualTo(1);
    }

    @Test
    void no_more_than_the_limit_is_in_flight_and_the_queue_is_bounded() {
        Provider[] two = providers(2, 0);
        List<Caller> callers = simulation.calls(
                simulation.router(builder -> builder.inFlight(50, 200), two), 1_000, Duration.ofNanos(1_000));
        assertThat(two[0].mostOpen).isLessThanOrEqualTo(50);
        assertThat(two[1].mostOpen).isLessThanOrEqualTo(50);
        assertThat(callers.stream().filter(Caller::answered)).hasSize(300);
        assertThat(callers.stream().filter(caller -> !caller.answered()))
                .allSatisfy(caller -> assertThat(caller.failure).hasMessageContaining("nobody has room"))
                .allSatisfy(caller -> assertThat(caller.took).isLessThan(Duration.ofMillis(10)));
    }
}
