package waybill.demo;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportTest {
    private final Report calm = ReportFixture.report("Ether fell 6.75 % in 24 h.", List.of());

    @Test
    void the_page_needs_nothing_from_elsewhere() {
        String page = new HtmlReport(calm).page();
        assertThat(page)
                .startsWith("<!doctype html>")
                .doesNotContain("<script")
                .doesNotContain("http://")
                .doesNotContain("https://")
                .doesNotContain("url(")
                .doesNotContain("@import");
        assertThat(Pattern.compile("<svg ").matcher(page).results().count()).isEqualTo(6);
    }

    @Test
    void every_drawing_is_well_formed() throws Exception {
        String page = new HtmlReport(calm).page();
        List<String> drawings = Pattern.compile("<svg .*?</svg>")
                .matcher(page)
                .results()
                .map(m -> m.group())
                .toList();
        for (String drawing : drawings) {
            assertThat(drawing).doesNotContain("NaN").doesNotContain("Infinity");
            DocumentBuilderFactory.newInstance()
                    .newDocumentBuilder()
                    .parse(new ByteArrayInputStream(drawing.getBytes(StandardCharsets.UTF_8)));
        }
    }

    @Test
    void what_a_model_wrote_stays_text_in_the_page() {
        String page = new HtmlReport(ReportFixture.report(ReportFixture.HOSTILE, List.of("<b>1</b>"))).page();
        assertThat(page)
                .contains("&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;quotes&quot; &lt;img src=x onerror=y&gt;")
                .contains("&lt;b&gt;1&lt;/b&gt;")
                .doesNotContain("<script")
                .doesNotContain("<img");
    }

    @Test
    void what_a_model_wrote_stays_text_in_markdown() {
        String text = new MarkdownReport(ReportFixture.report(ReportFixture.HOSTILE, List.of())).text();
        assertThat(text)
                .contains("\\<script\\>alert(1)\\</script\\> \\& ")
                .contains("\\[a\\](http\\://evil.example) https\\://evil.example")
                .doesNotContainPattern("(?<!\\\\)<script");
    }

    @Test
    void characters_that_turn_or_hide_text_are_dropped() {
        assertThat(Html.escape("a\u202Eb\u0007c\u200Bd\ne")).isEqualTo("abcd\ne");
    }

    @Test
    void an_invented_number_is_flagged_in_both_texts() {
        Report report = ReportFixture.report("Ether fell 7 %.", List.of("7 %"));
        assertThat(new HtmlReport(report).page()).contains("Not among the computed figures: 7 %");
        assertThat(new MarkdownReport(report).text()).contains("Not among the computed figures: 7 %");
    }

    @Test
    void origin_and_payment_stand_beside_what_they_bought() {
        String page = new HtmlReport(calm).page();
        assertThat(page)
                .contains("<b>sim-swift</b> (simulated) in 1 call for $0.0005, paid by")
                .contains("0x" + "5e".repeat(32))
                .contains("Recorded: ETH/USD_PT5M@BinanceUS, 580 bars")
                .contains("<b>Simulated</b> models")
                .contains("no investment advice")
                .contains("left out: does not call tools")
                .contains("0.02 USDC is above the limit of 0.01 USDC a payment");
    }

    @Test
    void the_folder_gets_three_forms_of_one_report(@TempDir Path folder) throws Exception {
        new ReportFolder(folder.resolve("out")).write(calm);
        new ReportFolder(folder.resolve("out")).write(calm);
        try (var files = Files.list(folder.resolve("out"))) {
            assertThat(files.map(f -> f.getFileName().toString()))
                    .containsExactlyInAnyOrder("report.html", "report.md", "report.json");
        }
        JsonNode json =
                new ObjectMapper().readTree(folder.resolve("out/report.json").toFile());
        assertThat(json.at("/simulatedModels").booleanValue()).isTrue();
        assertThat(json.at("/facts/market/Last close").textValue()).isEqualTo("$1,629.52");
        assertThat(json.at("/calls/2/attempts/0/payment/state").textValue()).isEqualTo("DENIED");
        assertThat(json.at("/calls/2/paid").textValue()).isEqualTo("0.006");
        assertThat(json.at("/balances/agreesWithLedger").booleanValue()).isTrue();
    }
}
