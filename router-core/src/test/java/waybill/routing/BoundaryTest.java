package waybill.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static waybill.routing.Draws.NOW;

import java.time.Duration;
import java.time.LocalDate;
import java.util.List;
import org.junit.jupiter.api.Test;

class BoundaryTest {

    private static final Features PROMPT = Features.of("Explain why the sky is blue.");

    private static Planner planner(boolean wholePool) {
        return new Planner(
                Rules.standard(), new WorthRanker(Predictor.handMade(), wholePool), Duration.ofSeconds(5), false);
    }

    private static String first(Planner planner, Call call, Snapshot snapshot) {
        return planner.plan(call, snapshot).first().orElseThrow().candidate();
    }

    @Test
    void is_where_two_lines_of_worth_cross() {
        Profile small = Profile.of(Price.perCall("0.001"))
                .withQuality(0.6, "a test", LocalDate.of(2026, 1, 1))
                .withSpeed(1_000, 100);
        Profile large = Profile.of(Price.perCall("0.011"))
                .withQuality(0.8, "a test", LocalDate.of(2026, 1, 1))
                .withSpeed(1_000, 100);
        Snapshot snapshot = new Snapshot(List.of(Standing.fresh("small", small), Standing.fresh("large", large)), NOW);
        Plan plan = planner(false).plan(new Call(PROMPT, Hints.NONE.withValue(0.001), null), snapshot);
        double smallGood = plan.choices().get(0).prediction().good();
        double largeGood = plan.choices().get(1).prediction().good();
        // both fail with e = 0.01: V = (k2 - k1) / (a2 - a1), k = price + e * failCost, a = (1 - e) P
        double at = 0.010 / (0.99 * (largeGood - smallGood));
        Boundary boundary = plan.boundaries().get(0);
        assertThat(boundary.candidate()).isEqualTo("large");
        assertThat(boundary.above()).isTrue();
        assertThat(boundary.usd()).isCloseTo(at, within(1e-9));
        assertThat(plan.why()).endsWith("; would change to " + boundary);
        assertThat(boundary.toString()).startsWith("large above V = $0.0").endsWith(" per answer");
        assertThat(plan.toString()).contains("would change to large above V = ");
    }

    @Test
    void another_leads_beyond_it_and_the_same_one_up_to_it() {
        Draws.check(1_000, draws -> {
            Snapshot snapshot = draws.snapshot();
            Call call = draws.call(snapshot);
            for (Boundary boundary : planner(false).plan(call, snapshot).boundaries().stream()
                    .filter(b -> b.term() == Boundary.Term.VALUE)
                    .toList()) {
                assertLeadsBeyond(planner(false), call, snapshot, boundary);
            }
            for (Boundary boundary : planner(true).plan(call, snapshot).boundaries()) {
                assertLeadsBeyond(planner(true), call, snapshot, boundary);
            }
        });
    }

    private static void assertLeadsBeyond(Planner planner, Call call, Snapshot snapshot, Boundary boundary) {
        double step = Math.max(1e-9, boundary.usd() * 1e-6) * (boundary.above() ? 1 : -1);
        if (boundary.usd() + step < 0) {
            return;
        }
        String now = first(planner, call, snapshot);
        Call before = moved(call, boundary, boundary.usd() - step);
        Call beyond = moved(call, boundary, boundary.usd() + step);
        assertThat(worthOf(planner.plan(before, snapshot), now)).isTrue();
        assertThat(worthOf(planner.plan(beyond, snapshot), boundary.candidate()))
                .isTrue();
    }

    /** Whether it leads, alone or together with others that are worth the same but for rounding. */
    private static boolean worthOf(Plan plan, String candidate) {
        double best = plan.choices().get(0).worth().total();
        return plan.choices().stream()
                .filter(c -> c.candidate().equals(candidate))
                .anyMatch(c -> best - c.worth().total() <= 1e-12 * Math.max(1, Math.abs(best)));
    }

    private static Call moved(Call call, Boundary boundary, double usd) {
        Objective objective = call.objective();
        boolean value = boundary.term() == Boundary.Term.VALUE;
        return new Call(
                call.features(),
                call.hints()
                        .withObjective(
                                value ? objective.withValue(Math.max(0, usd)) : objective.withSecond(Math.max(0, usd))),
                call.incumbent());
    }

    @Test
    void there_is_none_where_a_tool_round_decides() {
        Profile profile = Profile.of(Price.perCall("0.001"));
        Snapshot snapshot = new Snapshot(List.of(Standing.fresh("a", profile), Standing.fresh("b", profile)), NOW);
        Call round = new Call(PROMPT.withConversation(new Conversation(1, 0, 10, true)), Hints.NONE, "b");
        Plan plan = planner(false).plan(round, snapshot);
        assertThat(plan.lead()).isEqualTo(Lead.TOOL_ROUND);
        assertThat(plan.boundaries()).isEmpty();
    }
}
