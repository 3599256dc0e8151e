package waybill.routing.learned;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;

class WeightsTest {

    private static final Weights WEIGHTS = Weights.shipped();
    private static final Map<String, Double> NOTHING = Map.of();

    private static byte[] shipped() throws IOException {
        try (InputStream in = Objects.requireNonNull(Weights.class.getResourceAsStream("routing.weights"))) {
            return in.readAllBytes();
        }
    }

    private static PromptDemand read(String prompt) {
        return WEIGHTS.read(Wording.of(prompt));
    }

    @Test
    void the_shipped_file_is_the_one_that_the_model_card_names() throws Exception {
        byte[] bytes = shipped();
        assertThat(bytes.length).isLessThanOrEqualTo(WeightsFile.MAX_BYTES);
        try (InputStream noted = Objects.requireNonNull(Weights.class.getResourceAsStream("routing.weights.sha256"))) {
            String hash = HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
            assertThat(new String(noted.readAllBytes(), StandardCharsets.US_ASCII).strip())
                    .isEqualTo(hash);
        }
    }

    @Test
    void writing_what_was_read_gives_the_same_bytes() throws IOException {
        byte[] bytes = shipped();
        ByteArrayOutputStream out = new ByteArrayOutputStream(bytes.length);
        WeightsFile.write(WeightsFile.read(new ByteArrayInputStream(bytes)), out);
        assertThat(out.toByteArray()).isEqualTo(bytes);
    }

    @Test
    void refuses_a_file_that_is_something_else() {
        assertThatThrownBy(() ->
                        WeightsFile.read(new ByteArrayInputStream("not weights".getBytes(StandardCharsets.UTF_8))))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("not a file of routing weights");
    }

    @Test
    void knows_the_kind_of_a_plain_prompt() {
        PromptDemand sum = read("Tom has 3 apples and buys 5 more each day for 4 days. How many apples does he have?");
        assertThat(WEIGHTS.domains().get(WEIGHTS.domainOf(sum.likeliestKind()))).isEqualTo("arithmetic");
        ToolText tool = new ToolText("get_weather", "Get the weather of a city", List.of("city"));
        PromptDemand call = WEIGHTS.read(Wording.of("What is the weather in Oslo?", List.of(tool)));
        assertThat(WEIGHTS.domains().get(WEIGHTS.domainOf(call.likeliestKind())))
                .isEqualTo("tools");
    }

    @Test
    void a_text_unlike_any_other_is_unfamiliar() {
        assertThat(read("qwxz vvbk zzkj plmok ijnuh bygtf crdxe szaqw").familiarity())
                .isLessThan(0.2);
        assertThat(read("A train travels 60 miles per hour for 3 hours. How many miles does it travel in total?")
                        .familiarity())
                .isGreaterThan(0.8);
    }

    @Test
    void a_better_accuracy_is_never_a_lower_chance() {
        for (String prompt : List.of(
                "Prove that the square root of 2 is irrational.",
                "Which of the following is a noble gas?\nA. Neon\nB. Iron\nC. Zinc\nD. Gold\nAnswer:",
                "Write a short poem about rain.")) {
            PromptDemand demand = read(prompt);
            double before = 0;
            for (double accuracy = 0.35; accuracy < 0.96; accuracy += 0.1) {
                double good = demand.good(WEIGHTS.ability(null, Map.of("overall", accuracy), Double.NaN));
                assertThat(good).as("%s at %s", prompt, accuracy).isGreaterThanOrEqualTo(before - 0.02);
                before = good;
            }
        }
    }

    @Test
    void a_model_without_accuracy_takes_its_price_tier_less_a_margin() {
        Ability cheap = WEIGHTS.ability("never-seen", NOTHING, 0.1);
        Ability dear = WEIGHTS.ability("never-seen", NOTHING, 10);
        Ability unknown = WEIGHTS.ability("never-seen", NOTHING, Double.NaN);
        assertThat(dear.overall()).isGreaterThan(cheap.overall());
        assertThat(unknown.overall()).isNegative();
        assertThat(cheap.known()).isFalse();
    }

    @Test
    void an_accuracy_moves_its_own_area_most() {
        Ability weak = WEIGHTS.ability(null, Map.of("maths", 0.4, "tools", 0.8), Double.NaN);
        Ability strong = WEIGHTS.ability(null, Map.of("maths", 0.9, "tools", 0.8), Double.NaN);
        int sums = WEIGHTS.kinds().indexOf("arithmetic/gsm8k");
        int call = WEIGHTS.kinds().indexOf("tools/simple");
        assertThat(strong.good(sums) - weak.good(sums)).isGreaterThan(0.1);
        assertThat(strong.good(call)).isEqualTo(weak.good(call));
    }

    @Test
    void outcomes_win_over_accuracies_where_there_are_any() {
        Ability seen = Objects.requireNonNull(WEIGHTS.find("gemini-1.5-flash"));
        Ability both = WEIGHTS.ability("gemini-1.5-flash", Map.of("maths", 0.8), Double.NaN);
        int call = WEIGHTS.kinds().indexOf("tools/simple");
        assertThat(both.good(call)).isEqualTo(seen.good(call));
        assertThat(both.known()).isTrue();
    }

    @Test
    void chances_stay_chances_and_the_same_text_gives_the_same_chance() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        String[] words =
                "why the integral of code and law rain 42 $ x {} prove tool call patient Answer: A. B. C.".split(" ");
        for (int i = 0; i < 200; i++) {
            StringBuilder text = new StringBuilder();
            for (int w = random.nextInt(60); w > 0; w--) {
                text.append(words[random.nextInt(words.length)]).append(random.nextBoolean() ? " " : "\n");
            }
            for (String model : WEIGHTS.models()) {
                Ability ability = Objects.requireNonNull(WEIGHTS.find(model));
                double good = read(text.toString()).good(ability);
                assertThat(good).as("seed %d", seed).isBetween(0.01, 0.99);
                assertThat(read("Please help me with this: " + text.toString().replace("\n", " \n "))
                                .good(ability))
                        .as("seed %d: %s", seed, text)
                        .isEqualTo(good);
                assertThat(read(text.toString()).outputTokens(ability)).isPositive();
            }
        }
    }
}
