package waybill.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static waybill.routing.Draws.NOW;

import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class NearEqualsTest {

    private static final Features PROMPT = Features.of("Explain why the sky is blue.");
    private static final Planner PLANNER =
            new Planner(Rules.standard(), Ranker.byWorth(Predictor.handMade()), Duration.ofSeconds(5), true);

    private static Standing busy(String name, String price, int inFlight) {
        Profile profile = Profile.of(Price.perCall(price))
                .withQuality(0.7, "a test", LocalDate.of(2026, 1, 1))
                .withSpeed(500, 100);
        return new Standing(name, profile, Standing.FAIL_PRIOR, 0, 0, inFlight, null, Belief.NONE);
    }

    private static Plan plan(long seed, Call call, Standing... standings) {
        return PLANNER.plan(call, new Snapshot(List.of(standings), NOW, seed, null, List.of()));
    }

    private static Plan plan(long seed, Standing... standings) {
        return plan(seed, Call.of(PROMPT), standings);
    }

    @Test
    void of_two_the_one_with_less_under_way_leads() {
        Plan plan = plan(1, busy("a", "0.001", 5), busy("b", "0.0011", 1));
        assertThat(plan.choices()).extracting(Choice::candidate).containsExactly("b", "a");
        assertThat(plan.lead()).isEqualTo(Lead.LIGHTER_LOAD);
        assertThat(plan.why()).startsWith("b: nearly worth the most, with less under way");
    }

    @Test
    void with_nothing_under_way_the_best_leads_whatever_the_seed() {
        for (long seed = 0; seed < 50; seed++) {
            Plan plan = plan(seed, busy("a", "0.0011", 0), busy("b", "0.001", 0), busy("c", "0.0012", 0));
            assertThat(plan.choices().get(0).candidate()).isEqualTo("b");
            assertThat(plan.lead()).isEqualTo(Lead.RANKED);
        }
    }

    @Test
    void who_is_clearly_worth_less_gets_nothing_however_idle() {
        Plan plan = plan(1, busy("a", "0.001", 50), busy("b", "0.009", 0));
        assertThat(plan.choices().get(0).candidate()).isEqualTo("a");
    }

    @Test
    void an_incumbent_that_leads_is_not_moved_by_load() {
        Plan plan = plan(1, new Call(PROMPT, Hints.NONE, "a"), busy("a", "0.001", 50), busy("b", "0.001", 0));
        assertThat(plan.choices().get(0).candidate()).isEqualTo("a");
    }

    @Test
    void the_same_seed_gives_the_same_plan() {
        Draws.check(300, draws -> {
            List<Standing> standings = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                standings.add(busy("m" + i, "0.001", draws.number(0, 9)));
            }
            Snapshot snapshot = new Snapshot(standings, NOW, draws.number(0, 1_000_000), null, List.of());
            assertThat(PLANNER.plan(Call.of(PROMPT), snapshot)).isEqualTo(PLANNER.plan(Call.of(PROMPT), snapshot));
        });
    }

    @Test
    void calls_that_stay_open_are_spread_evenly_and_not_in_one_rush() {
        Map<String, Integer> inFlight = new HashMap<>(Map.of("a", 0, "b", 0, "c", 0, "back", 0));
        for (int i = 0; i < 400; i++) {
            Standing[] standings = inFlight.entrySet().stream()
                    .map(e -> busy(e.getKey(), "0.001", e.getValue()))
                    .toArray(Standing[]::new);
            String led = plan(i, standings).choices().get(0).candidate();
            inFlight.merge(led, 1, Integer::sum);
        }
        assertThat(inFlight.values()).allSatisfy(count -> assertThat(count).isBetween(95, 105));
    }
}
