package waybill.routing;

import static org.assertj.core.api.Assertions.assertThat;
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
            new Planner(Rules.standard(), Ranker.byWorth(Predictor.handMade()), Duration.ofSeconds(5));
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
    void an_unknown_price_ranks_as_the_dearest_and_shows_it() {
        Standing unknown = Standing.fresh("unknown", SMALL.withPrice(Price.unknown()));
        Plan plan =
                plan(new Call(PROMPT, Hints.NONE.withObjective(Objective.cheapest()), null), unknown, small(), large());
        Choice choice = plan.choices().stream()
                .filter(c -> c.candidate().equals("unknown"))
                .findFirst()
                .orElseThrow();
        Choice dearest = plan.choices().stream()
                .filter(c -> c.candidate().equals("large"))
                .findFirst()
                .orElseThrow();
        assertThat(choice.worth().price()).isEqualTo(dearest.worth().price());
        assertThat(plan.first().orElseThrow().candidate()).isEqualTo("small");
        assertThat(plan.toString()).contains("?$").contains("price unknown");
    }

    @Test
    void an_empty_plan_names_the_rules_that_emptied_it_and_what_would_lift_them() {
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
    void those_that_cool_down_are_left_out_while_others_can_serve() {
        Standing cooling = small().cooling(new Standing.CoolDown(FailureKind.OVERLOADED, NOW.plusSeconds(3), false));
        Plan plan = plan(new Call(PROMPT, Hints.NONE.withObjective(Objective.cheapest()), null), cooling, large());
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
                .contains("objective balanced (good answer $0.05, second $0.0005)")
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
        Draws.check(1_000, draws -> {
            Snapshot snapshot = draws.snapshot();
            Call call = draws.call(snapshot);
            Plan plan = PLANNER.plan(call, snapshot);
            if (plan.choices().isEmpty() || !plan.choices().get(0).price().known()) {
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
            // the newcomer would become the dearest known price, and so move those whose price is unknown
            if (snapshot.standings().stream().anyMatch(s -> !s.profile().price().known())) {
                return;
            }
            List<Standing> more = new ArrayList<>(snapshot.standings());
            more.add(draws.number(0, more.size()), dominated);
            Plan wider = PLANNER.plan(call, new Snapshot(more, NOW));
            assertThat(wider.choices().get(0).candidate()).isIn(chosen.candidate(), coolingLastResort(plan, wider));
        });
    }

    private static Price dearer(Price price, Draws draws) {
        BigDecimal more = BigDecimal.valueOf(draws.number(0, 300), 2);
        if (price instanceof Price.PerToken tokens) {
            return new Price.PerToken(tokens.input().add(more), tokens.output().add(more), null, null, null);
        }
        return new Price.PerCall(((Price.PerCall) price).usd().add(more));
    }

    /** An accuracy that is not above the chosen one's, whether that was measured or taken from its price tier. */
    private static double atMost(double good, Standing best) {
        return best.profile().quality() == null
                ? Math.min(0.5, good)
                : best.profile().quality().accuracy();
    }

    /** Where everybody cooled down, a newcomer that does not is the only one eligible. */
    private static String coolingLastResort(Plan plan, Plan wider) {
        boolean lastResort = wider.choices().size() == 1
                && wider.choices().get(0).candidate().equals("worse")
                && plan.choices().size() == 1
                && wider.excluded().stream()
                        .anyMatch(
                                e -> e.candidate().equals(plan.choices().get(0).candidate())
                                        && e.verdict().rule().equals("cool-down"));
        return lastResort ? "worse" : plan.choices().get(0).candidate();
    }

    @Test
    void raising_the_value_of_an_answer_never_picks_a_likelier_failure_at_equal_time() {
        Draws.check(1_000, draws -> {
            List<Standing> standings = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                Profile profile = Profile.of(draws.price())
                        .withQuality(0.3 + 0.6 * draws.share(), "a test", LocalDate.of(2026, 1, 1))
                        .withSpeed(1_000, 50);
                standings.add(Standing.fresh("m" + i, profile));
            }
            double low = draws.share() * 0.1;
            double high = low + draws.share();
            Snapshot snapshot = new Snapshot(standings, NOW);
            assertThat(good(snapshot, high)).isGreaterThanOrEqualTo(good(snapshot, low));
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
}
