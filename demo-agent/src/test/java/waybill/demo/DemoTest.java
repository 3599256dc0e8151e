package waybill.demo;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DemoTest {
    @Test
    void a_whole_run_pays_fails_over_refuses_and_adds_up(@TempDir Path folder) throws Exception {
        StringWriter told = new StringWriter();
        int exit = new Demo(DemoOptions.defaults().withReport(folder), new PrintWriter(told)).run();
        String text = told.toString();
        assertThat(exit).as(text).isEqualTo(Demo.OK);
        Files.writeString(Path.of("target/demo-output.txt"), text);
        assertThat(text)
                .contains("both moved by exactly the $")
                .contains("Totals")
                .doesNotContain("\u001b[")
                .doesNotContain("flagged");

        JsonNode report =
                new ObjectMapper().readTree(folder.resolve("report.json").toFile());
        assertThat(report.at("/balances/agreesWithLedger").booleanValue()).isTrue();
        assertThat(report.at("/sections")).hasSize(6);
        assertThat(report.at("/sections")).allSatisfy(section -> {
            assertThat(section.path("numbersNotComputed")).isEmpty();
            assertThat(section.path("text").textValue()).isNotBlank().doesNotContain("?");
        });
        Set<String> models = new HashSet<>();
        BigDecimal settled = BigDecimal.ZERO;
        int denied = 0;
        int failed = 0;
        for (JsonNode call : report.path("calls")) {
            models.add(call.path("model").textValue());
            for (JsonNode attempt : call.path("attempts")) {
                JsonNode payment = attempt.path("payment");
                boolean answered = attempt.path("answered").booleanValue();
                if (answered) {
                    assertThat(payment.path("state").textValue()).isEqualTo("SETTLED");
                    assertThat(payment.path("transaction").textValue()).matches("0x[0-9a-f]{64}");
                    assertThat(text).contains(payment.path("transaction").textValue());
                    settled = settled.add(new BigDecimal(payment.path("amount").textValue()));
                } else if (payment.path("state").asText().equals("DENIED")) {
                    denied++;
                    assertThat(payment.path("transaction").isNull()).isTrue();
                } else {
                    failed++;
                }
            }
        }
        assertThat(models).hasSizeGreaterThanOrEqualTo(3);
        assertThat(denied).isPositive();
        assertThat(failed).isPositive();
        assertThat(new BigDecimal(report.at("/spending/settled").textValue())).isEqualByComparingTo(settled);
        assertThat(new BigDecimal(report.at("/spending/held").textValue())).isZero();
        assertThat(new BigDecimal(report.at("/spending/released").textValue())).isPositive();
        String page = Files.readString(folder.resolve("report.html"));
        assertThat(page)
                .contains("<b>Simulated</b> models")
                .doesNotContain("http://")
                .doesNotContain("<script");
        assertThat(folder.resolve("report.md")).exists();
    }
}
