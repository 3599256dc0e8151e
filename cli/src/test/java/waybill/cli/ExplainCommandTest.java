package waybill.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ExplainCommandTest {

    @TempDir
    Path folder;

    @Test
    void prints_a_plan_in_dollars_and_says_who_comes_first() {
        Ran ran = Ran.waybill("explain", "Translate 'good morning' into French");
        assertThat(ran.exit()).isZero();
        assertThat(ran.out())
                .contains("plan for about", "objective balanced", "worth", "example-small", "example-thinker")
                .contains("an example figure");
        assertThat(ran.err()).contains("made-up examples");
    }

    @Test
    void prefers_what_the_objective_prefers() {
        String prompt = "Prove that the square root of 2 is irrational, step by step.";
        assertThat(Ran.waybill("explain", "--objective", "cheapest", prompt).out())
                .containsPattern("(?m)^ +1 +example-small");
        assertThat(Ran.waybill("explain", "--objective", "best", prompt).out())
                .containsPattern("(?m)^ +1 +example-thinker");
    }

    @Test
    void says_at_which_worth_of_an_answer_another_would_be_chosen() {
        Ran ran = Ran.waybill("explain", "--value", "0.001", "--second", "0", "Hello");
        assertThat(ran.exit()).as(ran.err()).isZero();
        assertThat(ran.out())
                .contains("good answer V = $0.001, second T = $0")
                .containsPattern("would change to example-\\w+ above V = \\$[0-9.]+ per answer");
    }

    @Test
    void prints_every_term_as_json() throws IOException {
        Ran ran = Ran.waybill("explain", "--json", "Prove that 2 is prime.");
        assertThat(ran.exit()).as(ran.err()).isZero();
        JsonNode plan = new ObjectMapper().readTree(ran.out());
        assertThat(plan.at("/objective/name").textValue()).isEqualTo("balanced");
        assertThat(plan.at("/lead").textValue()).isEqualTo("RANKED");
        JsonNode first = plan.at("/choices/0");
        double sum = first.path("gain").doubleValue()
                - first.path("price").doubleValue()
                - first.path("time").doubleValue()
                - first.path("risk").doubleValue()
                - first.path("switch").doubleValue();
        assertThat(first.path("worth").doubleValue()).isCloseTo(sum, within(1e-12));
        assertThat(plan.at("/boundaries/0/term").textValue()).isEqualTo("V");
        assertThat(plan.path("excluded")).isEmpty();
    }

    @Test
    void an_empty_plan_is_json_too() throws IOException {
        Ran ran = Ran.waybill("explain", "--json", "--max-cost", "0.000001", "Hello");
        assertThat(ran.exit()).as(ran.err()).isZero();
        JsonNode plan = new ObjectMapper().readTree(ran.out());
        assertThat(plan.path("choices")).isEmpty();
        assertThat(plan.path("lead").isNull()).isTrue();
        assertThat(plan.path("excluded")).hasSize(4).allSatisfy(excluded -> {
            assertThat(excluded.at("/by/0/rule").textValue()).isEqualTo("cost ceiling");
            assertThat(excluded.at("/by/0/remedy").textValue()).isNotBlank();
        });
    }

    @Test
    void leaves_out_what_costs_more_than_the_ceiling_and_says_why() {
        Ran ran = Ran.waybill("explain", "--max-cost", "0.000001", "Tell me a long story.");
        assertThat(ran.exit()).isZero();
        assertThat(ran.out()).contains("left out: example-thinker", "to lift it");
    }

    @Test
    void takes_the_candidates_of_a_gateway() throws IOException {
        Path config = Files.writeString(
                folder.resolve("gateway.yaml"),
                """
                waybill:
                  gateway:
                    models:
                      - {id: frugal, base-url: "http://127.0.0.1:1/v1", price: 0.0001}
                      - {id: lavish, base-url: "http://127.0.0.1:1/v1", price: 0.9}
                """);
        Ran ran = Ran.waybill("explain", "--objective", "cheapest", "--models", config.toString(), "Hello");
        assertThat(ran.exit()).as(ran.err()).isZero();
        assertThat(ran.out()).containsPattern("(?m)^ +1 +frugal").contains("lavish", "$0.9 per call");
        assertThat(ran.err()).isEmpty();
    }

    @Test
    void says_what_is_wrong_with_a_file_of_candidates() {
        Ran ran =
                Ran.waybill("explain", "--models", folder.resolve("absent.yaml").toString(), "Hello");
        assertThat(ran.exit()).isEqualTo(Exit.USAGE);
        assertThat(ran.err()).contains("absent.yaml");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "   "})
    void needs_a_prompt(String prompt) {
        Ran ran = Ran.waybill("explain", prompt);
        assertThat(ran.exit()).isEqualTo(Exit.USAGE);
        assertThat(ran.err()).contains("the prompt is empty");
    }

    @Test
    void names_the_objectives_when_one_is_unknown() {
        Ran ran = Ran.waybill("explain", "--objective", "nicest", "Hello");
        assertThat(ran.exit()).isEqualTo(Exit.USAGE);
        assertThat(ran.err()).contains("nicest", "cheapest", "balanced", "best", "fastest");
    }
}
