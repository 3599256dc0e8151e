package waybill.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static waybill.routing.Draws.NOW;

import java.math.BigDecimal;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PlanTest {

    private static final Planner PLANNER =
            new Planner(Rules.standard(), Ranker.byWorth(Predictor.handMade()), Duration.ofSeconds(5), false);
    private static final Features PROMPT = Features.of("Explain why the sky is blue.");
    private static final Profile SMALL = Profile.of(
                    Price.perMillion("0.1", "0.4").withCachedInput("0.05"))
            .withQuality(0.6, "a board", LocalDate.of(2026, 5, 1))
            .withSpeed(300, 150);
    private static final Profile LARGE = Profile.of(Price.perMillion("5", "20").withCachedInput("0.5"))
            .withQuality(0.85, "a board", LocalDate.of(2026, 5, 1))
            .withSpeed(1_500, 40);

    private static Standing small() {
        return Standing.fresh("small", SMALL);
    }

    private static Standing large() {
        return Standing.fresh("large", LARGE);
    }

    private static Plan plan(Call call, Standing... standings) {
        return PLANNER.plan(call, new Snapshot(List.of(standings), NOW));
    }

    private static String first(Objective objective, Standing... standings) {
        return plan(new Call(PROMPT, Hints.NONE.withObjective(objective), null), standings)
                .first()
                .orElseThrow()
                .candidate();
    }

    @Test
    void presets_choose_what_they_are_named_for() {
        assertThat(first(Objective.cheapest(), large(), small())).isEqualTo("small");
        assertThat(first(Objective.best(), small(), large())).isEqualTo("large");
        assertThat(first(Objective.fastest(), large(), small())).isEqualTo("small");
        assertThat(first(Objective.balanced().withValue(0), large(), small())).isEqualTo("small");
        assertThat(first(Objective.balanced().withValue(1).withSecond(0), small(), large()))
                .isEqualTo("large");
    }

    @Test
    void every_term_of_the_formula_counts() {
        Call call = new Call(PROMPT.withConversation(new Conversation(1, 0, 2_000, false)), Hints.NONE, "large");
        Plan plan = plan(call, small().withFailChance(0.2), large());
        Choice choice = plan.choices().stream()
                .filter(c -> c.candidate().equals("small"))
                .findFirst()
                .orElseThrow();
        Worth worth = choice.worth();
        Objective balanced = Objective.balanced();
        assertThat(worth.value()).isCloseTo(0.05 * choice.prediction().good(), within(1e-12));
        assertThat(worth.time()).isCloseTo(balanced.second() * worth.seconds(), within(1e-12));
        assertThat(worth.risk()).isCloseTo(0.2 * (balanced.failCost() + worth.price()), within(1e-12));
        // leaving "large" throws away 2,000 cached tokens worth $4.50 per million, and hands off
        assertThat(worth.switching()).isCloseTo(2_000 * 4.5e-6 + balanced.handOff(), within(1e-12));
        assertThat(worth.total())
                .isCloseTo(
                        0.8 * (worth.value() - worth.price()) - worth.time() - worth.risk() - worth.switching(),
                        within(1e-12));
    }

    @Test
    void a_conversation_stays_until_leaving_is_worth_more_than_it_costs() {
        Standing a = Standing.fresh("a", LARGE);
        Standing b = Standing.fresh("b", LARGE);
        Call stays = new Call(PROMPT, Hints.NONE, "b");
        assertThat(plan(stays, a, b).first().orElseThrow().candidate()).isEqualTo("b");
        assertThat(plan(new Call(PROMPT, Hints.NONE, null), a, b)
                        .first()
                        .orElseThrow()
                        .candidate())
                .isEqualTo("a");
        assertThat(plan(stays, small(), b.withFailChance(0.9))
                        .first()
                        .orElseThrow()
                        .candidate())
                .isEqualTo("small");
    }

    @Test
    void a_tool_round_stays_whatever_the_others_are_worth() {
        Call round = new Call(
                PROMPT.withConversation(new Conversation(1, 0, 10, true)),
                Hints.NONE.withObjective(Objective.cheapest()),
                "large");
        Plan plan = plan(round, small(), large());
        assertThat(plan.choices()).extracting(Choice::candidate).containsExactly("large", "small");
        assertThat(plan.why())
                .startsWith("large: stays for the tool round, worth ")
                .contains(" less than small");
    }

    @Test
    void an_unknown_price_is_taken_as_the_dearest_on_sale_and_shows_it() {
        Standing unknown = Standing.fresh("unknown", SMALL.withPrice(Price.unknown()));
        Plan plan =
                plan(new Call(PROMPT, Hints.NONE.withObjective(Objective.cheapest()), null), unknown, small(), large());
        Choice choice = named(plan, "unknown");
        Usage usage = Usage.of(
                PROMPT.inputTokens(), named(plan, "unknown").prediction().outputTokens());
        assertThat(choice.worth().price())
                .isEqualTo(
                        WorthRanker.ASSUMED_DEAREST.charge(usage).orElseThrow().doubleValue())
                .isGreaterThan(named(plan, "large").worth().price());
        assertThat(plan.first().orElseThrow().candidate()).isEqualTo("small");
        assertThat(plan.toString()).contains("?-$").contains("price unknown, taken as the dearest on sale");
    }

    private static Choice named(Plan plan, String name) {
        return plan.choices().stream()
                .filter(c -> c.candidate().equals(name))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void an_empty_plan_names_the_rule_that_emptied_it_and_what_would_lift_it() {
        Call call = new Call(PROMPT.withInputTokens(90_000), Hints.NONE, null);
        Plan plan = plan(
                call, Standing.fresh("a", SMALL.withContext(8_000)), Standing.fresh("b", SMALL.withContext(16_000)));
        assertThat(plan.choices()).isEmpty();
        assertThat(plan.why())
                .contains("no candidate is eligible")
                .contains("a by rule \"fits context\"")
                .contains("input and answer need about 90,256 tokens, its window has 8,000")
                .contains("shorten the prompt or the answer by 74,256 tokens");
    }

    @Test
    void an_empty_plan_tells_those_nearest_to_serving_and_everything_against_them() {
        Features asked = PROMPT.withInputTokens(90_000).withNeeds(Needs.TEXT.withTools(1, 10));
        Call call = new Call(asked, Hints.NONE.withAllowed("one", "two"), null);
        Plan plan = plan(
                call,
                Standing.fresh("two", SMALL.withTools(false).withContext(8_000)),
                Standing.fresh("one", SMALL.withContext(8_000)),
                Standing.fresh("barred", SMALL.withTools(false).withContext(8_000)));
        assertThat(plan.why())
                .contains("no candidate is eligible: one by rule \"fits context\"")
                .contains("more rules are against two, barred")
                .doesNotContain("calls tools");
        assertThat(plan.excluded().get(2).also())
                .extracting(Verdict.Excluded::rule)
                .containsExactly("calls tools", "fits context");
        assertThat(plan.toString()).contains("left out: two by \"calls tools\"", "left out: two by \"fits context\"");
    }

    @Test
    void those_that_cool_down_come_last_while_others_can_serve() {
        Standing later = Standing.fresh("later", SMALL)
                .cooling(new Standing.CoolDown(FailureKind.OVERLOADED, NOW.plusSeconds(9), false));
        Standing sooner = small().cooling(new Standing.CoolDown(FailureKind.OVERLOADED, NOW.plusSeconds(3), false));
        Plan plan =
                plan(new Call(PROMPT, Hints.NONE.withObjective(Objective.cheapest()), null), later, sooner, large());
        assertThat(plan.choices()).extracting(Choice::candidate).containsExactly("large", "small", "later");
        assertThat(plan.choices()).extracting(Choice::aside).containsExactly(Aside.NO, Aside.COOLING, Aside.COOLING);
        assertThat(plan.boundaries()).isEmpty();
        assertThat(plan.toString()).contains("cools down, serves only when all others fail");
    }

    @Test
    void those_in_a_firm_cool_down_are_left_out() {
        Standing firm = small().cooling(new Standing.CoolDown(FailureKind.PAYMENT_UNKNOWN, NOW.plusSeconds(3), true));
        Plan plan = plan(new Call(PROMPT, Hints.NONE.withObjective(Objective.cheapest()), null), firm, large());
        assertThat(plan.choices()).extracting(Choice::candidate).containsExactly("large");
        assertThat(plan.excluded().get(0).verdict().rule()).isEqualTo("cool-down");
    }

    @Test
    void when_everybody_cools_down_the_soonest_is_probed() {
        Standing sooner = small().cooling(new Standing.CoolDown(FailureKind.SERVER_ERROR, NOW.plusSeconds(30), false));
        Standing later = large().cooling(new Standing.CoolDown(FailureKind.SERVER_ERROR, NOW.plusSeconds(60), false));
        Plan plan = plan(new Call(PROMPT, Hints.NONE, null), later, sooner);
        assertThat(plan.choices()).extracting(Choice::candidate).containsExactly("small");
        assertThat(plan.choices().get(0).notBefore()).isNull();
    }

    @Test
    void a_firm_cool_down_is_waited_for_when_it_is_short_and_respected_when_it_is_long() {
        Standing shortly = small().cooling(new Standing.CoolDown(FailureKind.RATE_LIMITED, NOW.plusSeconds(4), true));
        Standing days =
                large().cooling(new Standing.CoolDown(FailureKind.RATE_LIMITED, NOW.plusSeconds(250_000), true));
        assertThat(plan(new Call(PROMPT, Hints.NONE, null), days, shortly).choices())
                .extracting(Choice::candidate, Choice::notBefore)
                .containsExactly(org.assertj.core.groups.Tuple.tuple("small", NOW.plusSeconds(4)));
        assertThat(plan(new Call(PROMPT, Hints.NONE, null), days).choices()).isEmpty();
    }

    @Test
    void a_plan_prints_as_a_table_in_dollars() {
        Call call = new Call(PROMPT.withNeeds(Needs.TEXT.withTools(2, 100)), Hints.NONE, null);
        String table = plan(call, small(), large(), Standing.fresh("mute", SMALL.withTools(false)))
                .toString();
        assertThat(table)
                .contains("objective balanced (good answer V = $0.05, second T = $0.0005)")
                .contains("candidate", "P(good)", "worth")
                .containsPattern("1 +(small|large) +0\\.\\d\\d +\\$0\\.0")
                .contains("left out: mute by \"calls tools\": the request offers 2 tools, it calls none")
                .contains("price $5 in, $20 out per million tokens");
    }

    @Test
    void a_plan_is_a_permutation_of_the_eligible() {
        Draws.check(2_000, draws -> {
            Snapshot snapshot = draws.snapshot();
            Plan plan = PLANNER.plan(draws.call(snapshot), snapshot);
            List<String> names = new ArrayList<>();
            plan.choices().forEach(c -> names.add(c.candidate()));
            plan.excluded().forEach(e -> names.add(e.candidate()));
            assertThat(names)
                    .containsExactlyInAnyOrderElementsOf(
                            snapshot.standings().stream().map(Standing::name).toList());
        });
    }

    @Test
    void the_same_inputs_give_the_same_plan() {
        Draws.check(500, draws -> {
            Snapshot snapshot = draws.snapshot();
            Call call = draws.call(snapshot);
            assertThat(PLANNER.plan(call, snapshot)).isEqualTo(PLANNER.plan(call, snapshot));
            assertThat(PLANNER.plan(call, snapshot).toString())
                    .isEqualTo(PLANNER.plan(call, snapshot).toString());
        });
    }

    @Test
    void a_candidate_that_is_worse_in_every_term_never_changes_the_choice() {
        Draws.check(1_000, draws -> addWorse(draws, Predictor.handMade()));
    }

    @Test
    void nor_does_it_where_the_predictor_has_learned() {
        Predictor learned = Predictor.learned();
        Draws.check(200, draws -> addWorse(draws, learned));
    }

    private static void addWorse(Draws draws, Predictor predictor) {
        Planner planner = new Planner(Rules.standard(), Ranker.byWorth(predictor), Duration.ofSeconds(5), false);
        Snapshot snapshot = draws.snapshot();
        Call call = draws.call(snapshot);
        Plan plan = planner.plan(call, snapshot);
        if (plan.choices().isEmpty()) {
            return;
        }
        Choice chosen = plan.choices().get(0);
        Standing best = snapshot.of(chosen.candidate()).orElseThrow();
        Profile worse = best.profile()
                .withPrice(dearer(best.profile().price(), draws))
                .withQuality(
                        Math.max(0.001, atMost(chosen.prediction().good(), best) * draws.share()),
                        "a test",
                        LocalDate.of(2026, 1, 1))
                .withSpeed(60_000, 1);
        double fails = best.failChance() + (1 - best.failChance()) * draws.share();
        Standing dominated = new Standing("worse", worse, fails, 600, 20, 0, null, Belief.NONE);
        Demand typical = predictor.read(Features.of(""));
        if (typical.metBy(worse).good() > typical.metBy(best.profile()).good()) {
            return; // on a typical prompt it would be the better one
        }
        List<Standing> more = new ArrayList<>(snapshot.standings());
        more.add(draws.number(0, more.size()), dominated);
        Plan wider = planner.plan(call, new Snapshot(more, NOW));
        assertThat(wider.choices().get(0).candidate()).isIn(chosen.candidate(), coolingLastResort(plan, wider));
    }

    private static Price dearer(Price price, Draws draws) {
        BigDecimal more = BigDecimal.valueOf(draws.number(0, 300), 2);
        if (price instanceof Price.PerToken tokens) {
            return new Price.PerToken(tokens.input().add(more), tokens.output().add(more), null, null, null);
        }
        return price instanceof Price.PerCall call
                ? new Price.PerCall(call.usd().add(more))
                : price;
    }

    /** An accuracy that is not above the chosen one's, whether that was measured or taken from its price tier. */
    private static double atMost(double good, Standing best) {
        return best.profile().quality() == null
                ? Math.min(0.5, good)
                : best.profile().quality().accuracy();
    }

    /** Where everybody cooled down, a newcomer that does not is the only one eligible. */
    private static String coolingLastResort(Plan plan, Plan wider) {
        boolean newcomerAlone = plan.lead() == Lead.LAST_RESORT
                && wider.choices().stream().skip(1).allMatch(choice -> choice.aside() == Aside.COOLING);
        return newcomerAlone ? "worse" : plan.choices().get(0).candidate();
    }

    @Test
    void raising_the_value_of_an_answer_never_picks_a_likelier_failure_at_equal_time() {
        Draws.check(1_000, draws -> {
            List<Standing> standings = new ArrayList<>();
            for (int i = 0; i < 7; i++) {
                Profile profile = Profile.of(draws.price())
                        .withQuality(0.3 + 0.6 * draws.share(), "a test", LocalDate.of(2026, 1, 1))
                        .withSpeed(1_000, 50);
                standings.add(Standing.fresh("m" + i, profile));
            }
            Snapshot snapshot = new Snapshot(standings, NOW);
            double last = 0;
            for (double value = 0; value < 2; value = value * 1.5 + 0.001) {
                double good = good(snapshot, value);
                assertThat(good).isGreaterThanOrEqualTo(last);
                last = good;
            }
        });
    }

    private static double good(Snapshot snapshot, double value) {
        Objective objective = Objective.balanced().withValue(value).withSecond(0);
        return PLANNER.plan(new Call(PROMPT, Hints.NONE.withObjective(objective), null), snapshot)
                .first()
                .orElseThrow()
                .prediction()
                .good();
    }

    @Test
    void hints_of_a_call_set_its_v_and_t_within_the_routers_objective() {
        Hints router = Hints.NONE.withObjective(Objective.fastest()).withSecond(0.5);
        Call call = new Call(PROMPT, Hints.NONE.withValue(3).orElse(router), null);
        assertThat(call.objective()).isEqualTo(Objective.fastest().withValue(3).withSecond(0.5));
        Call own = new Call(PROMPT, Hints.NONE.withObjective(Objective.best()).orElse(router), null);
        assertThat(own.objective()).isEqualTo(Objective.best());
        assertThatThrownBy(() -> Hints.NONE.withValue(Double.NaN)).hasMessageContaining("value is NaN");
    }
}
