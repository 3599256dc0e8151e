package waybill.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static waybill.routing.Draws.NOW;

import java.time.Duration;
import java.time.LocalDate;
import java.util.List;
import org.junit.jupiter.api.Test;

class HullTest {

    private static final Features PROMPT = Features.of("Explain why the sky is blue.");
    private static final Predictor BY_NAME = new Predictor() {
        @Override
        public Demand read(Features features) {
            boolean typical = features.characters() == 0;
            return profile -> {
                Accuracy stated = profile.quality().overall();
                boolean special = stated.source().equals("a specialist");
                return new Prediction(stated.share() + (special && !typical ? 0.3 : 0), 100, stated.source());
            };
        }
    };

    private static Standing model(String name, String usd, double accuracy, String source) {
        Profile profile = Profile.of(Price.perCall(usd))
                .withQuality(accuracy, source, LocalDate.of(2026, 1, 1))
                .withSpeed(500, 100);
        return Standing.fresh(name, profile);
    }

    private static Plan plan(boolean wholePool, Call call, Standing... standings) {
        Planner planner =
                new Planner(Rules.standard(), new WorthRanker(BY_NAME, wholePool), Duration.ofSeconds(5), false);
        return planner.plan(call, new Snapshot(List.of(standings), NOW));
    }

    @Test
    void leaves_off_who_is_dearer_and_worse_and_who_lies_under_a_mixture_of_two_others() {
        double[] costs = {1, 2, 3, 3, 5};
        double[] typical = {0.5, 0.45, 0.6, 0.72, 0.9};
        assertThat(Hull.off(costs, typical, typical)).containsExactly(false, true, true, false, false);
    }

    @Test
    void keeps_who_lies_within_the_margin() {
        double[] costs = {1, 2, 3};
        double[] typical = {0.5, 0.6 - Hull.MARGIN / 2, 0.7};
        assertThat(Hull.off(costs, typical, typical)).containsExactly(false, false, false);
    }

    @Test
    void keeps_who_has_a_clear_advantage_on_this_prompt() {
        double[] costs = {1, 2, 3};
        double[] typical = {0.5, 0.3, 0.7};
        assertThat(Hull.off(costs, typical, new double[] {0.5, 0.64, 0.7})).containsExactly(false, true, false);
        assertThat(Hull.off(costs, typical, new double[] {0.5, 0.66, 0.7})).containsExactly(false, false, false);
    }

    @Test
    void one_off_the_hull_never_leads_but_stays_in_the_plan_and_shows_why() {
        Predictor lucky = features -> profile -> new Prediction(
                features.characters() > 0 && profile.price().equals(Price.perCall("0.02")) ? 0.72 : 0.7, 100, "luck");
        Standing sound = model("sound", "0.01", 0.7, "a test");
        Standing overrated = model("overrated", "0.02", 0.6, "a test");
        Snapshot snapshot = new Snapshot(List.of(overrated, sound), NOW);
        Call dear = new Call(PROMPT, Hints.NONE.withObjective(Objective.best()), null);
        Predictor predictor = features -> profile -> {
            Prediction here = lucky.read(features).metBy(profile);
            return features.characters() == 0
                    ? new Prediction(profile.quality().overall().share(), 100, "")
                    : here;
        };
        Plan cut = new Planner(Rules.standard(), new WorthRanker(predictor, false), Duration.ofSeconds(5), false)
                .plan(dear, snapshot);
        Plan whole = new Planner(Rules.standard(), new WorthRanker(predictor, true), Duration.ofSeconds(5), false)
                .plan(dear, snapshot);
        assertThat(whole.choices()).extracting(Choice::candidate).containsExactly("overrated", "sound");
        assertThat(cut.choices()).extracting(Choice::candidate).containsExactly("sound", "overrated");
        assertThat(cut.choices()).extracting(Choice::fallBack).containsExactly(false, true);
        assertThat(cut.boundaries()).isEmpty();
        assertThat(cut.toString()).contains("off the cost-quality hull, serves only when others fail");
    }

    @Test
    void a_specialist_leads_on_its_own_prompts() {
        Standing all = model("all", "0.01", 0.7, "a test");
        Standing special = model("special", "0.02", 0.6, "a specialist");
        Call call = new Call(PROMPT, Hints.NONE.withObjective(Objective.best()), null);
        assertThat(plan(false, call, all, special).first().orElseThrow().candidate())
                .isEqualTo("special");
    }

    @Test
    void an_incumbent_stays_in_the_running() {
        Standing all = model("all", "0.01", 0.7, "a test");
        Standing old = model("old", "0.0101", 0.6, "a test");
        Call call = new Call(PROMPT, Hints.NONE.withObjective(Objective.cheapest()), "old");
        assertThat(plan(false, call, all, old).choices())
                .extracting(Choice::fallBack)
                .containsOnly(false);
    }

    @Test
    void fall_backs_keep_their_place_by_worth() {
        Standing first = model("first", "0.001", 0.70, "a test");
        Standing twin = model("twin", "0.002", 0.67, "a test");
        Standing poor = model("poor", "0.0005", 0.30, "a test");
        Call call = new Call(PROMPT, Hints.NONE.withValue(1), null);
        Plan plan = plan(false, call, first, twin, poor);
        assertThat(plan.choices()).extracting(Choice::candidate).containsExactly("first", "twin", "poor");
        assertThat(plan.choices()).extracting(Choice::fallBack).containsExactly(false, true, false);
    }

    @Test
    void somebody_is_always_on_the_hull() {
        Draws.check(500, draws -> {
            int size = draws.number(1, 12);
            double[] costs = new double[size];
            double[] typical = new double[size];
            double[] here = new double[size];
            for (int i = 0; i < size; i++) {
                costs[i] = draws.number(0, 6);
                typical[i] = draws.number(0, 10) / 10.0;
                here[i] = draws.share();
            }
            boolean[] off = Hull.off(costs, typical, here);
            for (int i = 0; i < size; i++) {
                boolean cheapest = true;
                boolean best = true;
                for (int j = 0; j < size; j++) {
                    cheapest &= costs[i] < costs[j] || (costs[i] == costs[j] && typical[i] >= typical[j]);
                    best &= typical[i] > typical[j] || (typical[i] == typical[j] && costs[i] <= costs[j]);
                }
                if (cheapest || best) {
                    assertThat(off[i]).isFalse();
                }
            }
        });
    }
}
