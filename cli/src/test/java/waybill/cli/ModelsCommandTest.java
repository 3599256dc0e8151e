package waybill.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ModelsCommandTest {

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(ints = {80, 120})
    void the_table_fits_the_terminal(int columns) {
        Ran ran = Ran.with().variable("COLUMNS", "" + columns).run("models");
        assertThat(ran.exit()).isZero();
        assertThat(ran.out().lines()).hasSizeGreaterThan(60).allSatisfy(line -> assertThat(line)
                .hasSizeLessThanOrEqualTo(columns));
        assertThat(ran.out()).contains("in $/M", "openai/gpt-4.1-mini");
        assertThat(ran.out().contains("as of")).isEqualTo(columns == 120);
    }

    @Test
    void filters_narrow_the_list_together() {
        Ran ran = Ran.waybill("models", "mini", "--vendor", "OpenAI", "--tools", "--schema", "--max-price", "1");
        assertThat(names(ran))
                .contains("openai/gpt-4.1-mini", "openai/gpt-4o-mini")
                .allSatisfy(name -> assertThat(name).startsWith("openai/").contains("mini"));
        assertThat(names(ran)).doesNotContain("openai/gpt-5.4-mini"); // 3 x 0.75 + 4.5 over four is $1.69
        assertThat(names(Ran.waybill("models", "--reads", "audio,video", "--vendor", "google")))
                .contains("google/gemini-3.5-flash")
                .doesNotContain("google/gemini-3.1-flash-lite"); // its audio costs more than text and is not claimed
        assertThat(names(Ran.waybill("models", "--min-context", "1050000", "--sort", "context")))
                .first()
                .isEqualTo("openai/gpt-5.4");
    }

    @Test
    void an_unknown_price_is_never_cheap() {
        assertThat(Ran.waybill("models", "glm-4.7-flash", "--vendor", "zai").out())
                .containsPattern("glm-4.7-flash +\\?");
        assertThat(names(Ran.waybill("models", "--vendor", "zai", "--max-price", "1000")))
                .doesNotContain("zai/glm-4.7-flash")
                .contains("zai/glm-4.7-flashx");
        assertThat(names(Ran.waybill("models", "--vendor", "zai", "--sort", "price")))
                .last()
                .isEqualTo("zai/glm-4.7-flash");
    }

    @Test
    void json_has_every_fact_and_null_for_what_is_unknown() throws IOException {
        Ran ran = Ran.waybill("models", "--json", "glm-4.7-flash", "gpt-5.5");
        assertThat(ran.out()).isEmpty();
        JsonNode gpt = new ObjectMapper()
                .readTree(Ran.waybill("models", "--json", "gpt-5.5", "--schema").out());
        assertThat(gpt.get("name").asText()).isEqualTo("openai/gpt-5.5");
        assertThat(gpt.get("price").get("cached_input").decimalValue()).isEqualByComparingTo("0.5");
        assertThat(gpt.get("price").get("longer").get("over").asInt()).isEqualTo(272_000);
        assertThat(gpt.get("as_of").asText()).isEqualTo("2026-07-02");
        String free = Ran.waybill("models", "--json", "zai/glm-4.7-flash")
                .out()
                .lines()
                .findFirst()
                .orElseThrow();
        assertThat(new ObjectMapper().readTree(free).get("price").isNull()).isTrue();
    }

    @Test
    void warns_of_old_prices_apart_from_the_list() {
        Ran ran = Ran.waybill("models", "--old-after", "1", "gpt-4.1");
        assertThat(ran.err()).contains("prices are from models.dev, 2026-07-02", "days ago");
        assertThat(ran.out()).doesNotContain("days ago");
        assertThat(Ran.waybill("models", "--old-after", "100000", "gpt-4.1").err())
                .isEmpty();
    }

    @Test
    void lays_ones_own_lines_over_the_shipped_ones() throws IOException {
        Path own = folder.resolve("own.catalogue");
        Files.writeString(own, "source us 2026-11-01\nmodel house/llama price=free context=8000\n");
        assertThat(Ran.waybill("models", "house", "--catalogue", own.toString()).out())
                .containsPattern("house/llama +free");
        Files.writeString(own, "source us 2026-11-01\nmodel house/llama in=0 out=1\n");
        Ran ran = Ran.waybill("models", "--catalogue", own.toString());
        assertThat(ran.exit()).isEqualTo(Exit.USAGE);
        assertThat(ran.err()).contains("own.catalogue, line 2", "price=free");
    }

    @Test
    void says_so_when_nothing_fits() {
        Ran ran = Ran.waybill("models", "no-such-model");
        assertThat(ran.exit()).isZero();
        assertThat(ran.out()).isEmpty();
        assertThat(ran.err()).containsPattern("No model of \\d+ fits");
    }

    private static List<String> names(Ran ran) {
        return ran.out()
                .lines()
                .skip(1)
                .filter(line -> line.contains("/"))
                .map(line -> line.split(" ")[0])
                .toList();
    }
}
