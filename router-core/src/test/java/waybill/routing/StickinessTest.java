package waybill.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static waybill.routing.Draws.NOW;

import java.time.Duration;
import java.time.LocalDate;
import java.util.List;
import org.junit.jupiter.api.Test;

class StickinessTest {

    private static final Planner PLANNER =
            new Planner(Rules.standard(), Ranker.byWorth(Predictor.handMade()), Duration.ofSeconds(5), true);

    private static Standing model(String name, Price price) {
        return Standing.fresh(name, Profile.of(price).withQuality(0.7, "a test", LocalDate.of(2026, 1, 1)));
    }

    private static Plan plan(int historyTokens, boolean toolRound, Standing... standings) {
        Features prompt = Features.of("And in French?")
                .withInputTokens(historyTokens + 10)
                .withConversation(new Conversation(3, 0, historyTokens, toolRound));
        Call call = new Call(prompt, Hints.NONE.withObjective(new Objective("test", 0.05, 0, 0, 0.001)), "old");
        return PLANNER.plan(call, new Snapshot(List.of(standings), NOW));
    }

    private static double switching(Plan plan, String name) {
        return plan.choices().stream()
                .filter(c -> c.candidate().equals(name))
                .findFirst()
                .orElseThrow()
                .worth()
                .switching();
    }

    @Test
    void leaving_costs_the_cache_that_is_lost_and_the_one_that_must_be_written() {
        Standing old = model("old", Price.perMillion("3", "15").withCachedInput("0.3"));
        Standing writes = model("writes", Price.perMillion("2", "10").withCacheWrite("2.5"));
        Standing plain = model("plain", Price.perMillion("2", "10"));
        Plan plan = plan(20_000, false, old, writes, plain);
        assertThat(switching(plan, "old")).isZero();
        assertThat(switching(plan, "plain")).isCloseTo(20_000 * 2.7e-6 + 0.001, within(1e-12));
        assertThat(switching(plan, "writes")).isCloseTo(20_000 * 2.7e-6 + 20_000 * 0.5e-6 + 0.001, within(1e-12));
    }

    @Test
    void a_long_conversation_stays_where_a_short_one_leaves() {
        Standing old = model("old", Price.perMillion("3", "15").withCachedInput("0.3"));
        Standing cheaper = model("cheaper", Price.perMillion("2.5", "5"));
        assertThat(plan(100, false, old, cheaper).choices().get(0).candidate()).isEqualTo("cheaper");
        assertThat(plan(50_000, false, old, cheaper).choices().get(0).candidate())
                .isEqualTo("old");
    }

    @Test
    void a_tool_round_stays_even_where_leaving_is_worth_more() {
        Standing old = model("old", Price.perMillion("30", "150"));
        Standing cheaper = model("cheaper", Price.perMillion("1", "2"));
        Plan plan = plan(100, true, old, cheaper);
        assertThat(plan.choices()).extracting(Choice::candidate).containsExactly("old", "cheaper");
        assertThat(plan.lead()).isEqualTo(Lead.TOOL_ROUND);
    }

    @Test
    void a_tool_round_whose_model_may_not_serve_is_answered_by_another() {
        Standing old = model("old", Price.perMillion("30", "150"))
                .cooling(new Standing.CoolDown(FailureKind.OVERLOADED, NOW.plusSeconds(30), false));
        Plan plan = plan(100, true, old, model("other", Price.perMillion("1", "2")));
        assertThat(plan.choices()).extracting(Choice::candidate).containsExactly("other", "old");
        assertThat(plan.lead()).isEqualTo(Lead.RANKED);
    }

    @Test
    void an_incumbent_that_is_no_candidate_any_more_costs_nothing_to_leave() {
        Plan plan = plan(20_000, true, model("a", Price.perMillion("1", "2")), model("b", Price.perMillion("1", "2")));
        assertThat(plan.choices())
                .allSatisfy(c -> assertThat(c.worth().switching()).isZero());
    }
}
