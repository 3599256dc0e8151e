package waybill.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Spend lands within 5 % of the budget once 500 calls were seen, on steady traffic and after a change of it. */
class BudgetTest {

    private static final double TOLERANCE = 0.05;

    private static Candidate<String> candidate(String name, Price price, double accuracy) {
        Profile profile = Profile.of(price)
                .withQuality(accuracy, "a test", LocalDate.of(2026, 1, 1))
                .withOutputLimit(8_000)
                .withSpeed(500, 100);
        return Candidate.of(name, name, profile);
    }

    private static final List<Candidate<String>> TOKENS = List.of(
            candidate("small", Price.perMillion("0.1", "0.4"), 0.55),
            candidate("middle", Price.perMillion("0.8", "3"), 0.7),
            candidate("large", Price.perMillion("3", "15"), 0.85));

    private static final List<Candidate<String>> CALLS =
            List.of(candidate("cheap", Price.perCall("0.001"), 0.6), candidate("dear", Price.perCall("0.010"), 0.8));

    /** Answers at once, with as many tokens as the traffic says. */
    private record Answering(ToDoubleFunction<String> tokens, Features prompt)
            implements Host.Blocking<String, String> {
        @Override
        public String attempt(Candidate<String> candidate) {
            return candidate.name();
        }

        @Override
        public Failure classify(Throwable thrown) {
            return Failure.of(FailureKind.SERVER_ERROR, thrown);
        }

        @Override
        public @Nullable Usage usage(String response) {
            return Usage.of(prompt.inputTokens(), (long) tokens.applyAsDouble(response));
        }
    }

    private static Router<String> router(List<Candidate<String>> candidates, String usdPerThousand) {
        return Router.builder(candidates)
                .predictor(Predictor.handMade())
                .objective(Objective.balanced().withSecond(0))
                .budget(usdPerThousand)
                .withoutSpreading()
                .seeds(() -> 0)
                .time(() -> Draws.NOW) // or the seconds that calls really take would move the mix
                .build();
    }

    private static Features prompt(Draws draws, int longest) {
        return Features.of("word ".repeat(draws.number(1, longest)) + (draws.maybe() ? " prove that 2 + 2 = 4" : ""));
    }

    /** Dollars that 1,000 calls cost. */
    private static double spend(Router<String> router, Draws draws, int longest, int calls, double bias) {
        double sum = 0;
        for (int i = 0; i < calls; i++) {
            Features prompt = prompt(draws, longest);
            ToDoubleFunction<String> tokens = name -> bias * 100 * (1 + 8 * draws.share());
            sum += router.call(Call.of(prompt), new Answering(tokens, prompt))
                    .receipt()
                    .cost()
                    .usd()
                    .doubleValue();
        }
        return sum / calls * 1_000;
    }

    @Test
    void spend_settles_on_the_budget_and_stays_there_when_traffic_changes() {
        Draws.check(6, draws -> {
            for (String budget : List.of("0.5", "1.5", "4")) {
                double wanted = Double.parseDouble(budget);
                Router<String> router = router(TOKENS, budget);
                spend(router, draws, 300, 500, 1);
                assertThat(spend(router, draws, 300, 1_000, 1)).isCloseTo(wanted, within(TOLERANCE * wanted));
                spend(router, draws, 900, 500, 1.3);
                assertThat(spend(router, draws, 900, 1_000, 1.3)).isCloseTo(wanted, within(TOLERANCE * wanted));
            }
        });
    }

    @Test
    void a_budget_between_two_steps_mixes_the_two() {
        Draws.check(3, draws -> {
            Router<String> router = router(CALLS, "4");
            spend(router, draws, 1, 500, 1);
            assertThat(spend(router, draws, 1, 1_000, 1)).isCloseTo(4, within(0.2));
        });
    }

    @Test
    void a_budget_out_of_reach_takes_the_cheapest_and_one_never_used_up_the_best() {
        Draws.check(1, draws -> {
            Router<String> poor = router(CALLS, "0.1");
            spend(poor, draws, 50, 100, 1);
            assertThat(poor.snapshot().budgetValue()).isZero();
            assertThat(spend(poor, draws, 50, 100, 1)).isCloseTo(1, within(1e-9));
            Router<String> rich = router(CALLS, "100");
            spend(rich, draws, 50, 100, 1);
            assertThat(rich.snapshot().budgetValue()).isEqualTo(Objective.best().value());
            assertThat(spend(rich, draws, 50, 100, 1)).isCloseTo(10, within(1e-9));
        });
    }

    @Test
    void the_solved_value_is_the_snapshots_and_shows_in_the_plan() {
        Draws.check(1, draws -> {
            Router<String> router = router(TOKENS, "1.5");
            assertThat(router.snapshot().budgetValue()).isNull();
            assertThat(router.plan(Features.of("hello")).call().objective().value())
                    .isEqualTo(Objective.balanced().value());
            spend(router, draws, 300, 40, 1);
            Double solved = router.snapshot().budgetValue();
            Plan plan = router.plan(Features.of("hello"));
            assertThat(plan.call().objective().value()).isEqualTo(solved);
            assertThat(plan.toString()).contains("objective budget (good answer V = ");
        });
    }

    @Test
    void a_call_that_says_its_own_value_keeps_it_and_still_counts_as_spend() {
        Draws.check(1, draws -> {
            Router<String> router = router(CALLS, "5");
            double sum = 0;
            List<Double> governed = new ArrayList<>();
            for (int i = 0; i < 1_500; i++) {
                Features prompt = prompt(draws, 20);
                boolean own = i % 4 == 0;
                Call call = new Call(prompt, own ? Hints.NONE.withObjective(Objective.best()) : Hints.NONE, null);
                Receipt receipt =
                        router.call(call, new Answering(name -> 100, prompt)).receipt();
                if (own) {
                    assertThat(receipt.answeredBy()).contains("dear");
                }
                if (i >= 500) {
                    sum += receipt.cost().usd().doubleValue();
                    governed.add(receipt.cost().usd().doubleValue());
                }
            }
            assertThat(sum / governed.size() * 1_000).isCloseTo(5, within(0.25));
        });
    }

    @Test
    void a_budget_is_above_nothing() {
        assertThatThrownBy(() -> Router.builder(CALLS).budget("0")).hasMessageContaining("above $0 per 1,000 calls");
    }
}
