package waybill.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static waybill.routing.Draws.NOW;

import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import waybill.routing.Action.Ending;
import waybill.routing.Action.Finish;
import waybill.routing.Action.Start;
import waybill.routing.Action.WaitUntil;

class AttemptMachineTest {

    private static final Terms FREE = Terms.FREE;

    private static Choice choice(String name, String maxCost) {
        return new Choice(
                name,
                new Worth(0.05, 0.01, 0.01, 1, 0, 0, 0),
                new Prediction(0.7, 100, "a test"),
                maxCost == null ? Price.unknown() : Price.perCall(maxCost),
                maxCost == null ? null : new BigDecimal(maxCost),
                null);
    }

    private static Plan plan(Choice... choices) {
        return new Plan(Call.of(Features.of("hello")), List.of(choices), List.of(), NOW);
    }

    private static AttemptMachine machine(Terms terms, Choice... choices) {
        return new AttemptMachine(plan(choices), terms, Admission.OPEN);
    }

    private static Event.Failed failed(int attempt, FailureKind kind) {
        return new Event.Failed(attempt, Failure.of(kind, new RuntimeException("boom")));
    }

    private static Action last(List<Action> actions) {
        return actions.get(actions.size() - 1);
    }

    private static String started(List<Action> actions) {
        return ((Start) last(actions)).choice().candidate();
    }

    private static Terms firstContentWithin(long seconds) {
        return FREE.withPatience(new Patience(null, Duration.ofSeconds(seconds), null, null));
    }

    private static Terms ceiling(String usd) {
        return FREE.withCeiling(new BigDecimal(usd));
    }

    /** The whole table: what follows from each kind of failure, before anything was passed on and after. */
    @ParameterizedTest(name = "{0}: next {1}, strict {2}, cools down {3}, counts {4}")
    @CsvSource({
        "RATE_LIMITED, true, true, true, NONE",
        "QUOTA_EXHAUSTED, true, true, true, NONE",
        "OVERLOADED, true, true, true, NONE",
        "SERVER_ERROR, true, true, true, NONE",
        "TIMEOUT, true, true, true, HELD",
        "CONNECT, true, true, true, NONE",
        "MALFORMED, true, true, true, HELD",
        "AUTHENTICATION, true, true, true, NONE",
        "PAYMENT_REFUSED, true, true, false, NONE",
        "PAYMENT_UNKNOWN, true, false, true, HELD",
        "PAID_BUT_FAILED, true, false, true, EXACT",
        "MODEL_MISSING, true, true, true, NONE",
        "CONTEXT_EXCEEDED, true, true, false, NONE",
        "CONTENT_REFUSED, false, false, false, NONE",
        "UNSUPPORTED_PARAMETER, true, true, false, NONE",
        "BAD_REQUEST, false, false, false, NONE",
        "ANSWER_REJECTED, true, true, false, EXACT",
        "OVERTAKEN, false, false, false, HELD",
        "CANCELLED, false, false, false, HELD",
    })
    void each_kind_of_failure_in_each_phase(
            FailureKind kind, boolean next, boolean nextWhenStrict, boolean cools, String counted) {
        AttemptMachine before = machine(FREE, choice("a", "0.01"), choice("b", "0.02"));
        before.begin(NOW);
        Action follows = last(before.on(failed(1, kind), NOW));
        assertThat(follows).isEqualTo(next ? new Start(2, choice("b", "0.02")) : new Finish(Ending.STOPPED));

        AttemptMachine after = machine(FREE, choice("a", "0.01"), choice("b", "0.02"));
        after.begin(NOW);
        after.on(new Event.FirstContent(1), NOW);
        assertThat(after.on(failed(1, kind), NOW)).containsExactly(new Finish(Ending.BROKEN));

        Terms strict = FREE.strict(true);
        AttemptMachine careful = machine(strict, choice("a", "0.01"), choice("b", "0.02"));
        careful.begin(NOW);
        assertThat(last(careful.on(failed(1, kind), NOW)) instanceof Start).isEqualTo(nextWhenStrict);

        assertThat(kind.countsAgainstHealth()).isEqualTo(cools);
        assertThat(kind.coolDown().isZero()).isEqualTo(!cools);
        Cost cost = before.attempts().get(0).cost();
        assertThat(cost)
                .isEqualTo(
                        counted.equals("NONE")
                                ? Cost.NONE
                                : new Cost(new BigDecimal("0.01"), Cost.Basis.valueOf(counted)));
    }

    @ParameterizedTest
    @EnumSource(FailureKind.class)
    void the_last_failure_ends_the_call_whatever_its_kind(FailureKind kind) {
        AttemptMachine machine = machine(FREE, choice("only", "0.01"));
        machine.begin(NOW);
        Ending expected = kind.tryNext() ? Ending.EXHAUSTED : Ending.STOPPED;
        assertThat(machine.on(failed(1, kind), NOW)).containsExactly(new Finish(expected));
        assertThat(machine.on(new Event.Timer(), NOW)).isEmpty();
        assertThat(machine.on(new Event.Answered(1, null), NOW)).isEmpty();
    }

    @Test
    void nobody_to_try_ends_at_once() {
        assertThat(machine(FREE).begin(NOW)).containsExactly(new Finish(Ending.NOBODY));
    }

    @Test
    void events_of_an_attempt_that_lost_its_turn_change_nothing() {
        AttemptMachine machine = machine(FREE, choice("a", "0.01"), choice("b", "0.02"));
        machine.begin(NOW);
        machine.on(failed(1, FailureKind.SERVER_ERROR), NOW);
        assertThat(machine.on(new Event.FirstContent(1), NOW)).isEmpty();
        assertThat(machine.on(new Event.Answered(1, null), NOW)).isEmpty();
        assertThat(machine.on(failed(1, FailureKind.BAD_REQUEST), NOW)).isEmpty();
        assertThat(machine.on(new Event.Answered(2, null), NOW)).containsExactly(new Finish(Ending.ANSWERED));
        assertThat(machine.attempts()).extracting(Attempt::candidate).containsExactly("a", "b");
    }

    @Test
    void an_unknown_payment_is_counted_in_full_against_the_ceiling() {
        AttemptMachine fits = machine(ceiling("0.03"), choice("a", "0.01"), choice("b", "0.02"));
        fits.begin(NOW);
        assertThat(started(fits.on(failed(1, FailureKind.PAYMENT_UNKNOWN), NOW)))
                .isEqualTo("b");
        assertThat(fits.notes()).anyMatch(n -> n.contains("$0.01 may have been charged and counts in full"));

        AttemptMachine tight =
                machine(ceiling("0.029"), choice("a", "0.01"), choice("b", "0.02"), choice("c", "0.019"));
        tight.begin(NOW);
        assertThat(started(tight.on(failed(1, FailureKind.PAYMENT_UNKNOWN), NOW)))
                .isEqualTo("c");
        assertThat(tight.notes())
                .anyMatch(n -> n.contains("skipped b") && n.contains("ceiling of $0.029") && n.contains("$0.02 more"));
    }

    @Test
    void what_was_really_paid_counts_instead_of_the_price() {
        AttemptMachine machine = machine(ceiling("0.05"), choice("a", "0.01"), choice("b", "0.02"));
        machine.begin(NOW);
        Failure dear = Failure.of(FailureKind.PAID_BUT_FAILED, new RuntimeException("lost"))
                .withPaid(new BigDecimal("0.04"));
        assertThat(machine.on(new Event.Failed(1, dear), NOW)).containsExactly(new Finish(Ending.EXHAUSTED));
        assertThat(machine.spent()).isEqualTo(Cost.exact(new BigDecimal("0.04")));
    }

    @Test
    void a_refused_payment_moves_on_and_costs_nothing() {
        AttemptMachine machine = machine(ceiling("0.02"), choice("a", "0.02"), choice("b", "0.02"));
        machine.begin(NOW);
        assertThat(started(machine.on(failed(1, FailureKind.PAYMENT_REFUSED), NOW)))
                .isEqualTo("b");
        assertThat(machine.spent()).isEqualTo(Cost.NONE);
    }

    @Test
    void silence_past_the_first_content_deadline_moves_on_and_cancels() {
        Terms terms = firstContentWithin(2);
        AttemptMachine machine = machine(terms, choice("a", "0.01"), choice("b", "0.02"));
        machine.begin(NOW);
        assertThat(machine.on(new Event.Started(1), NOW)).containsExactly(new WaitUntil(NOW.plusSeconds(2)));
        assertThat(machine.on(new Event.Timer(), NOW.plusMillis(1_999)))
                .containsExactly(new WaitUntil(NOW.plusSeconds(2)));
        assertThat(machine.on(new Event.Timer(), NOW.plusSeconds(2)))
                .containsExactly(new Action.Cancel(1), new Start(2, choice("b", "0.02")));
        assertThat(machine.attempts().get(0).failure()).isEqualTo(FailureKind.TIMEOUT);
    }

    @Test
    void content_in_time_lifts_the_first_content_deadline() {
        Terms terms = firstContentWithin(2);
        AttemptMachine machine = machine(terms, choice("a", "0.01"), choice("b", "0.02"));
        machine.begin(NOW);
        assertThat(machine.on(new Event.FirstContent(1), NOW.plusSeconds(1))).isEmpty();
        assertThat(machine.on(new Event.Timer(), NOW.plusSeconds(9))).isEmpty();
        machine.on(new Event.Answered(1, null), NOW.plusSeconds(10));
        assertThat(machine.attempts().get(0).firstContent()).isEqualTo(Duration.ofSeconds(1));
    }

    @Test
    void one_deadline_covers_all_attempts() {
        Terms terms = FREE.withDeadline(NOW.plusSeconds(3));
        AttemptMachine machine = machine(terms, choice("a", "0.01"), choice("b", "0.02"), choice("c", "0.03"));
        machine.begin(NOW);
        assertThat(machine.on(failed(1, FailureKind.SERVER_ERROR), NOW.plusSeconds(2)))
                .hasOnlyElementsOfType(Start.class);
        assertThat(machine.on(failed(2, FailureKind.SERVER_ERROR), NOW.plusSeconds(3)))
                .containsExactly(new Finish(Ending.OUT_OF_TIME));
    }

    @Test
    void the_deadline_ends_a_silent_attempt_and_breaks_a_committed_one() {
        Terms terms = FREE.withDeadline(NOW.plusSeconds(3));
        AttemptMachine silent = machine(terms, choice("a", "0.01"));
        silent.begin(NOW);
        assertThat(silent.on(new Event.Timer(), NOW.plusSeconds(3)))
                .containsExactly(new Action.Cancel(1), new Finish(Ending.OUT_OF_TIME));
        AttemptMachine committed = machine(terms, choice("a", "0.01"));
        committed.begin(NOW);
        committed.on(new Event.FirstContent(1), NOW);
        assertThat(committed.on(new Event.Timer(), NOW.plusSeconds(3)))
                .containsExactly(new Action.Cancel(1), new Finish(Ending.BROKEN));
    }

    @Test
    void waits_only_when_nobody_else_is_left() {
        AttemptMachine machine = machine(FREE, choice("a", "0.01"), choice("b", "0.02"));
        machine.begin(NOW);
        Failure limited = Failure.of(FailureKind.RATE_LIMITED, new RuntimeException("slow down"))
                .withRetryAfter(Duration.ofSeconds(2));
        assertThat(started(machine.on(new Event.Failed(1, limited), NOW))).isEqualTo("b");
        assertThat(machine.on(failed(2, FailureKind.SERVER_ERROR), NOW.plusSeconds(1)))
                .containsExactly(new WaitUntil(NOW.plusSeconds(2)));
        assertThat(started(machine.on(new Event.Timer(), NOW.plusSeconds(2)))).isEqualTo("a");
        assertThat(machine.on(new Event.Failed(3, limited), NOW.plusSeconds(2)))
                .as("one second chance, not more")
                .containsExactly(new Finish(Ending.EXHAUSTED));
    }

    @Test
    void does_not_wait_longer_than_allowed_nor_past_the_deadline() {
        Failure tomorrow = Failure.of(FailureKind.RATE_LIMITED, new RuntimeException("slow down"))
                .withRetryAfter(Duration.ofHours(24));
        AttemptMachine machine = machine(FREE, choice("a", "0.01"));
        machine.begin(NOW);
        assertThat(machine.on(new Event.Failed(1, tomorrow), NOW)).containsExactly(new Finish(Ending.EXHAUSTED));

        Terms terms = FREE.withDeadline(NOW.plusSeconds(3));
        AttemptMachine late = machine(terms, choice("a", "0.01"));
        late.begin(NOW);
        Failure soon = tomorrow.withRetryAfter(Duration.ofSeconds(4));
        assertThat(late.on(new Event.Failed(1, soon), NOW)).containsExactly(new Finish(Ending.EXHAUSTED));
        assertThat(late.notes()).anyMatch(n -> n.contains("after the deadline"));
    }

    @Test
    void a_cancel_stops_the_live_attempt_and_starts_no_other() {
        AttemptMachine machine = machine(FREE, choice("a", "0.01"), choice("b", "0.02"));
        machine.begin(NOW);
        assertThat(machine.on(new Event.Cancelled(new RuntimeException("enough")), NOW))
                .containsExactly(new Action.Cancel(1), new Finish(Ending.CANCELLED));
        assertThat(machine.attempts()).extracting(Attempt::failure).containsExactly(FailureKind.CANCELLED);
    }

    @Test
    void a_cost_without_usage_is_an_estimate_and_an_unknown_price_stays_unknown() {
        AttemptMachine unknown = machine(FREE, choice("a", null));
        unknown.begin(NOW);
        unknown.on(new Event.Answered(1, Usage.of(10, 10)), NOW);
        assertThat(unknown.spent().basis()).isEqualTo(Cost.Basis.UNKNOWN);

        Choice tokens = new Choice(
                "t",
                new Worth(0.05, 0.0123, 0.01, 1, 0, 0, 0),
                new Prediction(0.7, 100, "a test"),
                Price.perMillion("1", "2"),
                new BigDecimal("0.05"),
                null);
        AttemptMachine uncounted = machine(FREE, tokens);
        uncounted.begin(NOW);
        uncounted.on(new Event.Answered(1, null), NOW);
        assertThat(uncounted.spent()).isEqualTo(new Cost(new BigDecimal("0.0123"), Cost.Basis.ESTIMATED));
    }

    private static Terms hedged(String most) {
        return FREE.withHedge(new Terms.Hedge(Map.of("a", Duration.ofSeconds(2)), new BigDecimal(most)));
    }

    @Test
    void a_slow_first_is_joined_by_a_second_and_the_first_to_answer_stays() {
        AttemptMachine machine = machine(hedged("0.03"), choice("a", "0.01"), choice("b", "0.02"));
        machine.begin(NOW);
        assertThat(machine.on(new Event.Started(1), NOW)).containsExactly(new WaitUntil(NOW.plusSeconds(2)));
        assertThat(machine.on(new Event.Timer(), NOW.plusSeconds(2)))
                .containsExactly(new Start(2, choice("b", "0.02")));
        assertThat(machine.on(new Event.Answered(2, null), NOW.plusSeconds(3)))
                .containsExactly(new Action.Cancel(1), new Finish(Ending.ANSWERED));
        assertThat(machine.attempts()).extracting(Attempt::candidate).containsExactly("b", "a");
        assertThat(machine.attempts().get(1).failure()).isEqualTo(FailureKind.OVERTAKEN);
        assertThat(machine.spent().usd()).as("both count").isEqualByComparingTo("0.03");
        assertThat(machine.notes()).contains("hedged with b");
    }

    @Test
    void a_stream_that_has_begun_overtakes_the_other_and_is_not_hedged() {
        AttemptMachine machine = machine(hedged("0.03"), choice("a", "0.01"), choice("b", "0.02"));
        machine.begin(NOW);
        machine.on(new Event.FirstContent(1), NOW.plusSeconds(1));
        assertThat(machine.on(new Event.Timer(), NOW.plusSeconds(2))).isEmpty();

        AttemptMachine late = machine(hedged("0.03"), choice("a", "0.01"), choice("b", "0.02"));
        late.begin(NOW);
        late.on(new Event.Timer(), NOW.plusSeconds(2));
        assertThat(late.on(new Event.FirstContent(1), NOW.plusSeconds(3))).containsExactly(new Action.Cancel(2));
        assertThat(late.on(failed(1, FailureKind.SERVER_ERROR), NOW.plusSeconds(4)))
                .containsExactly(new Finish(Ending.BROKEN));
    }

    @Test
    void a_pair_dearer_than_the_limit_or_the_ceiling_is_not_hedged() {
        AttemptMachine dear = machine(hedged("0.029"), choice("a", "0.01"), choice("b", "0.02"));
        dear.begin(NOW);
        assertThat(dear.on(new Event.Timer(), NOW.plusSeconds(2))).isEmpty();
        AttemptMachine unbounded = machine(hedged("0.03"), choice("a", "0.01"), choice("b", null));
        unbounded.begin(NOW);
        assertThat(unbounded.on(new Event.Timer(), NOW.plusSeconds(2))).isEmpty();
        AttemptMachine capped =
                machine(hedged("0.03").withCeiling(new BigDecimal("0.025")), choice("a", "0.01"), choice("b", "0.02"));
        capped.begin(NOW);
        assertThat(capped.on(new Event.Timer(), NOW.plusSeconds(2))).isEmpty();
    }

    @Test
    void the_failure_of_one_of_a_pair_leaves_the_other_running() {
        AttemptMachine machine = machine(hedged("0.03"), choice("a", "0.01"), choice("b", "0.02"), choice("c", "0.01"));
        machine.begin(NOW);
        machine.on(new Event.Timer(), NOW.plusSeconds(2));
        assertThat(machine.on(failed(1, FailureKind.SERVER_ERROR), NOW.plusSeconds(3)))
                .isEmpty();
        assertThat(started(machine.on(failed(2, FailureKind.SERVER_ERROR), NOW.plusSeconds(4))))
                .isEqualTo("c");
    }

    @Test
    void a_wrong_request_ends_a_pair() {
        AttemptMachine machine = machine(hedged("0.03"), choice("a", "0.01"), choice("b", "0.02"), choice("c", "0.01"));
        machine.begin(NOW);
        machine.on(new Event.Timer(), NOW.plusSeconds(2));
        assertThat(machine.on(failed(2, FailureKind.BAD_REQUEST), NOW.plusSeconds(3)))
                .containsExactly(new Action.Cancel(1), new Finish(Ending.STOPPED));
    }

    private static Choice expecting(String name, double price) {
        return new Choice(
                name,
                new Worth(0.05, price, 0.01, 1, 0, 0, 0),
                new Prediction(0.7, 100, "a test"),
                Price.perCall("0.01"),
                new BigDecimal("0.01"),
                null);
    }

    @Test
    void a_cascade_asks_the_cheapest_and_then_the_best_once() {
        AttemptMachine machine = machine(
                FREE.cascading(true), expecting("best", 0.03), expecting("second", 0.02), expecting("cheap", 0.01));
        assertThat(started(machine.begin(NOW))).isEqualTo("cheap");
        assertThat(started(machine.on(new Event.Rejected(1, "not JSON", Usage.of(1, 1)), NOW)))
                .isEqualTo("best");
        assertThat(machine.on(new Event.Rejected(2, "not JSON", Usage.of(1, 1)), NOW))
                .containsExactly(new Finish(Ending.STOPPED));
        assertThat(machine.attempts()).extracting(Attempt::message).containsOnly("not JSON");
        assertThat(machine.spent()).isEqualTo(Cost.exact(new BigDecimal("0.02")));
    }

    @Test
    void a_cascade_keeps_one_deadline_and_one_ceiling() {
        Terms terms = FREE.cascading(true).withDeadline(NOW.plusSeconds(5));
        AttemptMachine late = machine(terms, expecting("best", 0.03), expecting("cheap", 0.01));
        late.begin(NOW);
        assertThat(late.on(new Event.Rejected(1, "no", null), NOW.plusSeconds(5)))
                .containsExactly(new Finish(Ending.OUT_OF_TIME));
        AttemptMachine poor = machine(
                FREE.cascading(true).withCeiling(new BigDecimal("0.019")),
                expecting("best", 0.03),
                expecting("cheap", 0.01));
        poor.begin(NOW);
        assertThat(poor.on(new Event.Rejected(1, "no", null), NOW)).containsExactly(new Finish(Ending.EXHAUSTED));
    }

    @Test
    void a_stream_that_falls_silent_is_broken_off() {
        Terms terms = FREE.withPatience(new Patience(null, null, Duration.ofSeconds(3), null));
        AttemptMachine machine = machine(terms, choice("a", "0.01"), choice("b", "0.02"));
        machine.begin(NOW);
        assertThat(machine.on(new Event.FirstContent(1), NOW)).containsExactly(new WaitUntil(NOW.plusSeconds(3)));
        machine.on(new Event.Heard(1, NOW.plusSeconds(2)), NOW.plusSeconds(3));
        assertThat(machine.on(new Event.Timer(), NOW.plusSeconds(3)))
                .containsExactly(new WaitUntil(NOW.plusSeconds(5)));
        assertThat(machine.on(new Event.Timer(), NOW.plusSeconds(5)))
                .containsExactly(new Action.Cancel(1), new Finish(Ending.BROKEN));
    }

    @Test
    void a_stream_that_trickles_makes_way() {
        Patience patience =
                new Patience(null, Duration.ofSeconds(2), null, new Patience.Pace(256, Duration.ofSeconds(5)));
        AttemptMachine machine = machine(FREE.withPatience(patience), choice("a", "0.01"), choice("b", "0.02"));
        machine.begin(NOW);
        assertThat(machine.on(new Event.Trickled(1), NOW.plusSeconds(1)))
                .containsExactly(new WaitUntil(NOW.plusSeconds(6)));
        assertThat(started(machine.on(new Event.Timer(), NOW.plusSeconds(6)))).isEqualTo("b");
        assertThat(machine.failures().get(0).message()).contains("256 characters");
    }

    @Test
    void an_attempt_that_takes_too_long_makes_way() {
        Terms terms = FREE.withPatience(new Patience(Duration.ofSeconds(4), null, null, null));
        AttemptMachine machine = machine(terms, choice("a", "0.01"), choice("b", "0.02"));
        machine.begin(NOW);
        assertThat(started(machine.on(new Event.Timer(), NOW.plusSeconds(4)))).isEqualTo("b");
    }

    @Test
    void nobody_with_room_queues_and_a_place_starts_the_call() {
        Traffic traffic = new Traffic(1, 1, RetryBudget.STANDARD, true);
        AttemptMachine first = new AttemptMachine(plan(choice("a", "0.01")), FREE, traffic);
        AttemptMachine second = new AttemptMachine(plan(choice("a", "0.01")), FREE, traffic);
        assertThat(started(first.begin(NOW))).isEqualTo("a");
        assertThat(second.begin(NOW)).containsExactly(new Action.Queue(List.of("a")));
        List<String> seated = new ArrayList<>();
        assertThat(traffic.queue(List.of("a"), seated::add)).isNotNull();
        assertThat(traffic.queue(List.of("a"), seated::add))
                .as("the queue is full")
                .isNull();
        traffic.released("a");
        assertThat(seated).containsExactly("a");
        assertThat(traffic.inFlight("a")).as("the place was handed over").isEqualTo(1);
        assertThat(started(second.on(new Event.Seated("a"), NOW))).isEqualTo("a");
        second.on(new Event.Answered(1, null), NOW);
        assertThat(second.on(new Event.Seated("a"), NOW))
                .as("a place too many goes back")
                .isEmpty();
        assertThat(traffic.inFlight("a")).isZero();
    }

    @Test
    void a_full_queue_ends_the_call() {
        Traffic traffic = new Traffic(1, 0, RetryBudget.STANDARD, true);
        traffic.seat("a", false, NOW);
        AttemptMachine machine = new AttemptMachine(plan(choice("a", "0.01")), FREE, traffic);
        machine.begin(NOW);
        assertThat(machine.on(new Event.NoRoom(), NOW)).containsExactly(new Finish(Ending.BUSY));
    }

    @Test
    void whatever_happens_the_ceiling_holds_and_the_call_ends() {
        Draws.check(5_000, draws -> {
            List<Choice> choices = new ArrayList<>();
            for (int i = 0; i < draws.number(1, 6); i++) {
                choices.add(choice("m" + i, draws.number(0, 8) == 0 ? null : "0.0" + draws.number(1, 9)));
            }
            BigDecimal ceiling = new BigDecimal("0.0" + draws.number(1, 9));
            Terms terms = firstContentWithin(2)
                    .withHedge(
                            draws.maybe()
                                    ? new Terms.Hedge(Map.of("m0", Duration.ofMillis(500)), BigDecimal.ONE)
                                    : null)
                    .cascading(draws.maybe())
                    .withDeadline(NOW.plusSeconds(60))
                    .withCeiling(ceiling)
                    .strict(draws.maybe());
            AttemptMachine machine = new AttemptMachine(
                    new Plan(Call.of(Features.of("hello")), choices, List.of(), NOW), terms, Admission.OPEN);
            Instant now = NOW;
            List<Action> actions = machine.begin(now);
            Map<String, Integer> starts = new HashMap<>();
            int finishes = 0;
            int steps = 0;
            while (finishes == 0) {
                assertThat(++steps).isLessThan(1_000);
                int live = 0;
                for (Action action : actions) {
                    if (action instanceof Start start) {
                        live = start.attempt();
                        starts.merge(start.choice().candidate(), 1, Integer::sum);
                        assertThat(machine.spent().usd().add(start.choice().maxCost()))
                                .isLessThanOrEqualTo(ceiling);
                    } else if (action instanceof Finish) {
                        finishes++;
                    }
                }
                if (finishes == 0) {
                    now = now.plusMillis(draws.number(0, 3_000));
                    int attempt = live == 0 ? steps : live;
                    actions = machine.on(event(draws, attempt), now);
                }
            }
            assertThat(machine.spent().usd()).isLessThanOrEqualTo(ceiling);
            assertThat(starts.values()).allMatch(count -> count <= 2);
            assertThat(machine.on(event(draws, 1), now)).isEmpty();
        });
    }

    private static Event event(Draws draws, int attempt) {
        return switch (draws.number(0, 9)) {
            case 0 -> new Event.Answered(attempt, Usage.of(10, 10));
            case 1 -> new Event.FirstContent(attempt);
            case 2 -> new Event.Started(attempt);
            case 3, 4 -> new Event.Timer();
            case 5 -> new Event.Rejected(attempt, "no", Usage.of(10, 10));
            default ->
                new Event.Failed(
                        attempt,
                        Failure.of(draws.one(List.of(FailureKind.values())), new RuntimeException("boom"))
                                .withRetryAfter(draws.maybe() ? Duration.ofMillis(draws.number(0, 8_000)) : null));
        };
    }
}
