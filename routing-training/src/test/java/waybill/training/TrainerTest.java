package waybill.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ForkJoinPool;
import org.junit.jupiter.api.Test;
import waybill.routing.learned.Ability;
import waybill.routing.learned.PromptDemand;
import waybill.routing.learned.Weights;
import waybill.routing.learned.WeightsFile;
import waybill.routing.learned.Wording;

class TrainerTest {

    private static final List<Example> TRAIN = Planted.examples(900, 1);
    private static final List<Example> TEST = Planted.examples(300, 2);
    private static final Weights LEARNED = learn(TRAIN);

    private static Weights learn(List<Example> examples) {
        return Trainer.train(examples, Planted.settings(), step -> {});
    }

    private static byte[] bytes(Weights weights) {
        try {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            WeightsFile.write(weights, out);
            return out.toByteArray();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static Ability ability(String model) {
        return Objects.requireNonNull(LEARNED.find(model));
    }

    @Test
    void recovers_the_planted_chances() {
        Planted.CHANCE.forEach((model, planted) -> {
            for (int topic = 0; topic < planted.length; topic++) {
                int kind = LEARNED.kinds().indexOf("facts/" + Planted.TOPICS.get(topic));
                double middling = planted[topic] - (model.equals("scholar") ? 0 : 0.125);
                double own = 0.3 * middling;
                double mean = 0;
                for (double p : planted) {
                    mean += 0.7 * (p - (model.equals("scholar") ? 0 : 0.125)) / planted.length;
                }
                assertThat(ability(model).good(kind))
                        .as("%s in %d", model, topic)
                        .isCloseTo(own + mean, within(0.08));
            }
        });
    }

    @Test
    void sends_each_topic_to_its_specialist() {
        String[] prompts = {
            "Tell us of leaf and root and fern in plain words",
            "Tell us of lens and prism and laser in plain words",
            "Tell us of tariff and barter and cargo in plain words"
        };
        List<String> specialists = List.of("gardener", "physicist", "merchant");
        for (int topic = 0; topic < prompts.length; topic++) {
            PromptDemand demand = LEARNED.read(Wording.of(prompts[topic]));
            for (String other : specialists) {
                if (!other.equals(specialists.get(topic))) {
                    assertThat(demand.good(ability(specialists.get(topic))))
                            .isGreaterThan(demand.good(ability(other)) + 0.1);
                }
            }
        }
    }

    @Test
    void sees_that_hard_prompts_are_harder_and_longer() {
        PromptDemand easy = LEARNED.read(Wording.of("Tell us of leaf and root and fern and moss in plain words"));
        PromptDemand hard = LEARNED.read(
                Wording.of("Tell us of leaf and root and fern and moss and derive every detail rigorously"));
        assertThat(hard.good(ability("gardener"))).isLessThan(easy.good(ability("gardener")) - 0.1);
        assertThat(hard.outputTokens(ability("gardener"))).isGreaterThan(2 * easy.outputTokens(ability("gardener")));
    }

    @Test
    void learns_the_order_of_abilities_and_the_prices() {
        assertThat(ability("scholar").overall())
                .isGreaterThan(ability("gardener").overall());
        assertThat(ability("gardener").overall())
                .isGreaterThan(ability("novice").overall());
        assertThat(ability("scholar").outputPrice())
                .isGreaterThan(ability("novice").outputPrice());
    }

    @Test
    void without_trust_in_own_averages_only_general_ability_counts() {
        Weights shrunk = Trainer.train(TRAIN, Planted.settings(0), step -> {});
        for (int kind = 0; kind < Planted.TOPICS.size(); kind++) {
            double before = 0;
            for (String model : List.of("novice", "gardener", "scholar")) {
                double good = Objects.requireNonNull(shrunk.find(model)).good(kind);
                assertThat(good).as("%s in %d", model, kind).isGreaterThan(before);
                before = good;
            }
        }
        double own = ability("gardener").good(0) - ability("gardener").good(1);
        Ability gardener = Objects.requireNonNull(shrunk.find("gardener"));
        assertThat(Math.abs(gardener.good(0) - gardener.good(1))).isLessThan(own / 2);
    }

    @Test
    void closes_much_of_the_gap_on_prompts_it_has_not_seen() {
        OutcomeTable table = new OutcomeTable(TEST);
        Forecast forecast = new Forecast(LEARNED, TEST, table.models);
        double gap = QualityMetrics.gapClosed(table, QualityMetrics.sweep(forecast.chance, forecast.usd), table.once());
        assertThat(gap).isGreaterThan(0.25);
    }

    @Test
    void the_same_examples_give_the_same_bytes() {
        assertThat(bytes(learn(Planted.examples(900, 1)))).isEqualTo(bytes(LEARNED));
    }

    @Test
    void the_number_of_threads_changes_nothing() throws Exception {
        for (int threads : new int[] {1, 3}) {
            ForkJoinPool pool = new ForkJoinPool(threads);
            try {
                assertThat(pool.submit(() -> bytes(learn(TRAIN))).get()).isEqualTo(bytes(LEARNED));
            } finally {
                pool.shutdown();
            }
        }
    }

    @Test
    void other_outcomes_give_other_bytes() {
        List<Example> changed = new ArrayList<>(TRAIN);
        changed.remove(0);
        assertThat(bytes(learn(changed))).isNotEqualTo(bytes(LEARNED));
    }

    @Test
    void tells_its_steps() {
        List<String> steps = new ArrayList<>();
        var unused = Trainer.train(Planted.examples(120, 3), Planted.settings(), steps::add);
        assertThat(steps).hasSizeGreaterThan(5).first().asString().contains("120 prompts");
    }
}
