package waybill.training;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import waybill.routing.learned.Weights;

class StudiesTest {

    private static final List<Example> TRAIN = Planted.examples(600, 1);
    private static final List<Example> DEV = Planted.examples(200, 2);
    private static final Weights SEEN = Trainer.train(TRAIN, Planted.settings(), step -> {});

    @Test
    void leaves_each_family_out_of_training_and_measures_on_it() {
        List<String> steps = new ArrayList<>();
        List<FamilyStudy.Line> lines = FamilyStudy.lines(TRAIN, DEV, Planted.settings(), List.of(), 20, steps::add);
        assertThat(lines)
                .extracting(FamilyStudy.Line::family)
                .containsExactly("facts/botany", "facts/optics", "facts/trade");
        for (FamilyStudy.Line line : lines) {
            long own = TRAIN.stream()
                            .filter(e -> e.family().equals(line.family()))
                            .count()
                    + DEV.stream().filter(e -> e.family().equals(line.family())).count();
            assertThat((long) line.prompts()).isEqualTo(own);
            assertThat(line.low()).isLessThanOrEqualTo(line.router()).isLessThanOrEqualTo(line.high());
            // the specialist of a topic cannot be known before any of its outcomes were seen
            assertThat(line.router()).as(line.family()).isLessThan(seen(line.family()) - 0.05);
        }
        assertThat(steps).hasSize(3).first().asString().contains("botany", "1 of 3");
        assertThat(FamilyStudy.table(lines)).contains("facts/trade", "family left out");
    }

    private static double seen(String family) {
        List<Example> own = DEV.stream().filter(e -> e.family().equals(family)).toList();
        return new Evaluation(SEEN, TRAIN, own, 1)
                .unseen().stream()
                        .filter(line -> line.router().equals("waybill"))
                        .mapToDouble(Evaluation.Line::value)
                        .findFirst()
                        .orElseThrow();
    }

    @Test
    void other_weights_are_measured_on_the_same_draws() {
        Weights mistaken =
                Trainer.train(TRAIN.stream().map(StudiesTest::confused).toList(), Planted.settings(), s -> {});
        assertThat(line(SEEN, mistaken, "other weights").value())
                .isEqualTo(line(mistaken, null, "waybill").value());
        Evaluation.Line same = line(SEEN, SEEN, "other weights");
        assertThat(List.of(same.ahead(), same.aheadLow(), same.aheadHigh())).containsOnly(0.0);
        Evaluation.Line worse = line(SEEN, mistaken, "other weights");
        assertThat(worse.ahead()).isEqualTo(line(SEEN, null, "waybill").value() - worse.value());
        assertThat(worse.aheadLow()).isPositive();
    }

    /** The specialists of two topics taken for each other. */
    private static Example confused(Example example) {
        Map<String, Outcome> outcomes = new TreeMap<>(example.outcomes());
        outcomes.put("gardener", example.outcome("physicist"));
        outcomes.put("physicist", example.outcome("gardener"));
        return new Example(
                example.id(),
                example.set(),
                example.domain(),
                example.kind(),
                example.text(),
                example.tools(),
                example.inputTokens(),
                example.comparable(),
                outcomes);
    }

    private static Evaluation.Line line(Weights weights, @Nullable Weights others, String router) {
        return new Evaluation(weights, TRAIN, DEV, 40, others)
                .unseen().stream()
                        .filter(line -> line.router().equals(router))
                        .findFirst()
                        .orElseThrow();
    }

    @Test
    void leaves_out_only_the_families_asked_for() {
        assertThat(FamilyStudy.lines(TRAIN, DEV, Planted.settings(), List.of("facts/optics"), 5, step -> {}))
                .extracting(FamilyStudy.Line::family)
                .containsExactly("facts/optics");
    }

    @Test
    void adding_models_by_their_accuracy_is_compared_with_leaving_them_out() {
        List<NewcomerStudy.Line> lines = NewcomerStudy.lines(TRAIN, DEV, Planted.settings(), 3, 20, step -> {});
        assertThat(lines).hasSize(3);
        for (NewcomerStudy.Line line : lines) {
            assertThat(line.models()).hasSize(2).doesNotHaveDuplicates().isSubsetOf(Planted.CHANCE.keySet());
            assertThat(line.low()).isLessThanOrEqualTo(line.added()).isLessThanOrEqualTo(line.high());
            // to have seen a specialist's outcomes tells its topic, which an accuracy does not
            assertThat(line.seen()).isGreaterThan(-0.02);
        }
        assertThat(NewcomerStudy.table(lines)).contains("planted");
    }

    @Test
    void counts_choices_that_stay_when_the_wording_changes() {
        List<RewordingStudy.Line> lines = RewordingStudy.lines(SEEN, DEV);
        assertThat(lines).hasSizeGreaterThan(5).allSatisfy(line -> {
            assertThat(line.prompts()).isEqualTo(DEV.size());
            assertThat(line.worst()).isBetween(0.0, line.same() + 1e-9);
        });
        assertThat(lines)
                .filteredOn(line -> line.rewording().contains("white space"))
                .allSatisfy(line -> assertThat(line.worst()).isEqualTo(1));
        assertThat(RewordingStudy.table(lines)).contains("courtesies");
    }

    @Test
    void a_family_is_a_kind_and_a_quiz_is_one_family() {
        Example quiz = example("knowledge", "knowledge/law");
        assertThat(quiz.family()).isEqualTo("knowledge");
        assertThat(example("tools", "tools/simple").family()).isEqualTo("tools/simple");
        assertThat(quiz.without(new TreeSet<>(List.of("a"))).outcomes()).containsOnlyKeys("b");
    }

    private static Example example(String domain, String kind) {
        Outcome right = new Outcome(1, 10, 0.001);
        return new Example("1", "set", domain, kind, "Why?", List.of(), 5, true, Map.of("a", right, "b", right));
    }
}
