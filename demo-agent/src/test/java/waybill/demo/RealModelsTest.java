package waybill.demo;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import waybill.testing.Answer;
import waybill.testing.ScriptedModelServer;

/** Runs on endpoints that a file names, as a user's own would be. */
class RealModelsTest {
    private static final SimulatedModel WRITER =
            new SimulatedModel("writer", "0", 0.8, true, false, false, Duration.ZERO);

    @TempDir
    private Path folder;

    @Test
    void a_run_on_ones_own_endpoint_sends_the_key_and_starts_no_simulated_model() throws Exception {
        try (ScriptedModelServer server = ScriptedModelServer.start()) {
            server.answer("writer-2026", new SimulatedWriter(WRITER));
            StringWriter told = new StringWriter();
            int exit = run(
                    """
                    models:
                      - id: own
                        base-url: %s
                        upstream-model: writer-2026
                        api-key-env: OWN_KEY
                        json-schema: true
                        cost-per-call: 0.002
                    """
                            .formatted(server.baseUrl()),
                    told);
            assertThat(exit).as(told.toString()).isEqualTo(Demo.OK);
            assertThat(server.requests()).hasSizeGreaterThanOrEqualTo(6).allSatisfy(request -> assertThat(
                            request.header("Authorization"))
                    .contains("Bearer key-of-ours"));
            assertThat(told.toString())
                    .contains("billed      $0.0")
                    .doesNotContain("simulated")
                    .doesNotContain("sim-")
                    .doesNotContain("key-of-ours");
            String page = Files.readString(folder.resolve("report/report.html"));
            assertThat(page)
                    .contains("<b>Real</b> models")
                    .doesNotContain("simulated)")
                    .doesNotContain("key-of-ours");
            JsonNode json = new ObjectMapper()
                    .readTree(folder.resolve("report/report.json").toFile());
            assertThat(json.path("balances").isNull()).isTrue();
            assertThat(json.path("rating").path("level").textValue()).isEqualTo("HIGH");
        }
    }

    @Test
    void an_invented_number_is_flagged_and_foreign_text_stays_text() throws Exception {
        try (ScriptedModelServer server = ScriptedModelServer.start()) {
            SimulatedWriter honest = new SimulatedWriter(WRITER);
            server.answer(
                    "writer",
                    request -> request.lastUserText().startsWith("Headline:")
                            ? Answer.text("Ether will reach $9,999.99 \u001b[31m<script>x</script>")
                            : honest.answer(request));
            StringWriter told = new StringWriter();
            int exit = run("models: [{id: writer, json-schema: true, base-url: '" + server.baseUrl() + "'}]", told);
            assertThat(exit).as(told.toString()).isEqualTo(Demo.OK);
            assertThat(told.toString())
                    .contains("flagged     Headline has numbers that nothing computed: $9,999.99")
                    .doesNotContain("\u001b");
            assertThat(Files.readString(folder.resolve("report/report.html")))
                    .contains("Not among the computed figures: $9,999.99")
                    .contains("&lt;script&gt;x&lt;/script&gt;")
                    .doesNotContain("<script");
        }
    }

    @Test
    void a_part_that_nobody_writes_fails_the_run_and_leaves_the_others() throws Exception {
        try (ScriptedModelServer server = ScriptedModelServer.start()) {
            SimulatedWriter honest = new SimulatedWriter(WRITER);
            server.answer(
                    "writer",
                    request -> request.lastUserText().startsWith("Pool section:")
                            ? Answer.error(400, "no pools here")
                            : honest.answer(request));
            StringWriter told = new StringWriter();
            int exit = run("models: [{id: writer, json-schema: true, base-url: '" + server.baseUrl() + "'}]", told);
            assertThat(exit).isEqualTo(Demo.FAILED);
            assertThat(told.toString()).contains("FAILED: not written: Pool: ");
            assertThat(Files.readString(folder.resolve("report/report.md"))).contains("One hour in twenty");
        }
    }

    @Test
    void a_wrong_models_file_ends_the_run_before_anything_is_started() throws Exception {
        StringWriter told = new StringWriter();
        int exit = run("models: [{id: m, base-url: 'http://127.0.0.1:1/v1', api-key-env: MISSING}]", told);
        assertThat(exit).isEqualTo(Demo.MISUSED);
        assertThat(told.toString())
                .contains("models[0].api-key-env names the environment variable MISSING, which is not set")
                .doesNotContain("Exception");
        assertThat(folder.resolve("report")).doesNotExist();
    }

    private int run(String models, StringWriter told) throws IOException {
        Path file = Files.writeString(folder.resolve("models.yml"), models);
        DemoOptions options = DemoOptions.defaults()
                .withReport(folder.resolve("report"))
                .withModels(file)
                .withEnvironment(Map.of("OWN_KEY", "key-of-ours"));
        return new Demo(options, new PrintWriter(told)).run();
    }
}
