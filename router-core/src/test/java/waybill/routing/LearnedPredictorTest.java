package waybill.routing;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.LocalDate;
import org.junit.jupiter.api.Test;

class LearnedPredictorTest {

    private static final Predictor LEARNED = Predictor.learned();
    private static final Profile CHEAP = Profile.of(Price.perMillion("0.05", "0.2"));
    private static final Profile DEAR = Profile.of(Price.perMillion("5", "20"));

    private static Profile measured(double accuracy) {
        return DEAR.withQuality(accuracy, "MMLU-Pro", LocalDate.of(2026, 5, 1));
    }

    @Test
    void says_what_a_chance_rests_on() {
        Demand demand = LEARNED.read(Features.of("What is the boiling point of water?"));
        assertThat(demand.metBy(CHEAP).basis()).startsWith("no outcomes known for this model");
        assertThat(demand.metBy(measured(0.7)).basis()).isEqualTo("0.7 by MMLU-Pro, 2026-05-01");
    }

    @Test
    void a_dearer_tier_and_a_better_accuracy_answer_better() {
        Demand demand =
                LEARNED.read(Features.of("Which planet is the largest?\nA. Mars\nB. Jupiter\nC. Venus\nAnswer:"));
        assertThat(demand.metBy(DEAR).good()).isGreaterThan(demand.metBy(CHEAP).good());
        assertThat(demand.metBy(measured(0.8)).good())
                .isGreaterThan(demand.metBy(measured(0.4)).good());
    }

    @Test
    void an_unknown_price_is_no_recommendation() {
        Demand demand = LEARNED.read(Features.of("Which planet is the largest?"));
        assertThat(demand.metBy(Profile.of(Price.unknown())).good())
                .isLessThan(demand.metBy(DEAR).good());
    }

    @Test
    void the_answer_is_no_longer_than_asked_for_or_possible() {
        Features essay = Features.of("Write a detailed and comprehensive essay about rivers.");
        assertThat(LEARNED.read(essay.withAskedOutput(40)).metBy(DEAR).outputTokens())
                .isLessThanOrEqualTo(40);
        assertThat(LEARNED.read(essay).metBy(DEAR.withOutputLimit(30)).outputTokens())
                .isLessThanOrEqualTo(30);
    }

    @Test
    void the_same_prompt_and_profile_give_the_same_prediction() {
        Features prompt = Features.of("Prove that there are infinitely many primes.");
        assertThat(LEARNED.read(prompt).metBy(measured(0.6)))
                .isEqualTo(Predictor.learned().read(prompt).metBy(measured(0.6)));
    }

    @Test
    void tells_kinds_of_task_apart() {
        Features sum = Features.of("Tom has 5 apples and buys 7 more. How many apples does he have?");
        Features biology = Features.of("Which of the following best describes the function of mitochondria?\n"
                + "A. protein synthesis\nB. energy production\nC. digestion\nD. storage");
        assertThat(LEARNED.read(sum).kind()).startsWith("arithmetic");
        assertThat(LEARNED.read(biology).kind()).startsWith("knowledge");
    }
}
