package waybill.routing.learned;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class WordingTest {

    private static final String PROMPT = "Find the least common multiple of 12, 18 and 30.\nA. 90\nB. 180\nC. 360";

    private static TreeMap<Integer, Integer> grams(Wording wording) {
        TreeMap<Integer, Integer> grams = new TreeMap<>();
        for (int i = 0; i < wording.size(); i++) {
            grams.put(wording.gram(i), wording.count(i));
        }
        return grams;
    }

    private static void assertSame(String one, String other) {
        Wording a = Wording.of(one);
        Wording b = Wording.of(other);
        assertThat(grams(b)).as(other).isEqualTo(grams(a));
        for (int s = 0; s < Wording.SIGNALS; s++) {
            assertThat(b.signal(s)).as("signal %d of %s", s, other).isEqualTo(a.signal(s));
        }
    }

    @Test
    void white_space_leaves_no_trace() {
        assertSame(PROMPT, PROMPT.replace("\n", "  \r\n\t ").replace(" ", "\u00a0 ") + "\n\n");
    }

    @Test
    void courtesies_before_the_request_leave_no_trace() {
        assertSame(
                PROMPT,
                "Hello! Could you please help me with the following question? Thank you very much.\n\n" + PROMPT);
        assertSame(PROMPT, "Please answer the following question carefully: " + PROMPT);
        assertSame(PROMPT, "Dear assistant, I would be grateful for your help. " + PROMPT);
    }

    @Test
    void options_and_choices_are_one() {
        assertSame(PROMPT.replace("\nA.", "\nOptions:\nA."), PROMPT.replace("\nA.", "\nChoices:\nA."));
    }

    @Test
    void words_count_with_their_neighbours_and_their_number() {
        Wording wording = Wording.of("dog dog cat");
        assertThat(grams(wording)).hasSize(4).containsValue(2);
        assertThat(grams(Wording.of("cat dog dog"))).isNotEqualTo(grams(wording));
    }

    @Test
    void a_long_text_is_read_at_both_ends_only() {
        String head = "prove the theorem " + "x1 ".repeat(3_000);
        Wording one = Wording.of(head + "lost".repeat(50_000) + " y2".repeat(3_000));
        Wording other = Wording.of(head + "gone".repeat(50_000) + " y2".repeat(3_000));
        assertThat(grams(one)).isEqualTo(grams(other));
        assertThat(one.size()).isLessThan(Wording.HEAD + Wording.TAIL);
        assertThat(one.signal(0)).isGreaterThan(Wording.of(head).signal(0));
    }

    @Test
    void tools_are_seen_by_what_the_prompt_says_of_them() {
        ToolText weather = new ToolText("get_weather", "Current weather of a city", List.of("city", "unit"));
        Wording asked = Wording.of("What is the weather in the city of Oslo?", List.of(weather));
        Wording unrelated = Wording.of("Translate this poem into Latin.", List.of(weather));
        int nameMentioned = Wording.TEXT_SIGNALS + 6;
        assertThat(asked.signal(Wording.TEXT_SIGNALS)).isEqualTo(1);
        assertThat(asked.signal(nameMentioned)).isGreaterThan(unrelated.signal(nameMentioned));
        assertThat(Wording.of("What is the weather?").signal(Wording.TEXT_SIGNALS))
                .isZero();
    }

    @Test
    void any_text_can_be_read() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int i = 0; i < 300; i++) {
            StringBuilder text = new StringBuilder();
            int length = random.nextInt(400);
            for (int c = 0; c < length; c++) {
                text.append((char) (random.nextInt(4) == 0 ? random.nextInt(0x10000) : random.nextInt(128)));
            }
            Wording wording = Wording.of(text);
            for (int s = 0; s < Wording.SIGNALS; s++) {
                assertThat(wording.signal(s)).as("seed %d", seed).isFinite();
            }
        }
        assertThat(Wording.NONE.size()).isZero();
    }
}
