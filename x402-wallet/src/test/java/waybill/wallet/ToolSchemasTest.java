package waybill.wallet;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import waybill.testing.Answer;
import waybill.testing.ScriptedModelServer;
import waybill.wallet.tools.Discovery;
import waybill.wallet.tools.WalletTool;
import waybill.wallet.tools.WalletTools;
import waybill.wallet.tools.mcp.McpOverHttp;
import waybill.wallet.tools.mcp.WalletMcp;
import waybill.x402.Assets;
import waybill.x402.Json;

/** What each framework really sends to a model, read from the wire: the same names, descriptions and schemas. */
class ToolSchemasTest {
    private static final String LIST = "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"tools/list\"}";

    @TempDir
    Path folder;

    private Fixture fixture;
    private WalletTools tools;

    @BeforeEach
    void build() {
        fixture = Fixture.open(folder, Policy.defaults(), builder -> builder);
        tools = WalletTools.builder(fixture.wallet, fixture.plain)
                .discovery(Discovery.over(fixture.plain, Policy.defaults(), Assets.standard()))
                .fetch(true)
                .build();
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    private record Shown(String description, Object schema) {}

    private Map<String, Shown> ours() {
        Map<String, Shown> all = new LinkedHashMap<>();
        for (WalletTool tool : tools.all()) {
            all.put(tool.name(), new Shown(tool.description(), parsed(tool.schemaJson())));
        }
        return all;
    }

    private static Object parsed(String json) {
        return Json.parse(json.getBytes(StandardCharsets.UTF_8), 1 << 20);
    }

    @Test
    void the_surface_is_these_six_tools_and_no_other() {
        assertThat(tools.all())
                .extracting(WalletTool::name)
                .containsExactly(
                        "wallet_status", "x402_quote", "x402_pay", "x402_fetch", "x402_payments", "x402_discover");
        assertThat(parsed(tools.all().get(2).schemaJson()))
                .as("what a model can say when it pays")
                .isEqualTo(Map.of(
                        "type",
                        "object",
                        "properties",
                        Map.of(
                                "quoteId",
                                Map.of("type", "string", "description", "The quoteId that x402_quote returned.")),
                        "required",
                        List.of("quoteId")));
    }

    @ParameterizedTest
    @EnumSource(Agents.class)
    void a_framework_sends_the_same_tools_to_its_model(Agents framework) {
        try (ScriptedModelServer models = ScriptedModelServer.start()) {
            models.answer(Agents.MODEL, Answer.text("hello"));
            framework.over(models, tools).ask("hello");
            Map<String, Shown> sent = new LinkedHashMap<>();
            Object list = parsed(models.requests().get(0).body());
            for (Object tool : (List<?>) ((Map<?, ?>) list).get("tools")) {
                Map<?, ?> function = (Map<?, ?>) ((Map<?, ?>) tool).get("function");
                sent.put(
                        (String) function.get("name"),
                        new Shown((String) function.get("description"), function.get("parameters")));
            }
            assertThat(sent).isEqualTo(ours());
        }
    }

    @Test
    void mcp_over_http_lists_the_same_tools() throws Exception {
        try (McpOverHttp server = WalletMcp.http(tools, "1", 0, "t".repeat(40))) {
            String answer = fixture.plain
                    .send(
                            HttpRequest.newBuilder(server.url())
                                    .header("Authorization", "Bearer " + "t".repeat(40))
                                    .header("Content-Type", "application/json")
                                    .header("Accept", "application/json, text/event-stream")
                                    .POST(BodyPublishers.ofString(LIST))
                                    .build(),
                            BodyHandlers.ofString())
                    .body();
            assertThat(listed(answer)).isEqualTo(ours());
        }
    }

    @Test
    void mcp_over_stdio_lists_the_same_tools_and_writes_nothing_else() throws Exception {
        PipedOutputStream toServer = new PipedOutputStream();
        PipedInputStream fromServer = new PipedInputStream(1 << 20);
        try (PipedInputStream in = new PipedInputStream(toServer, 1 << 20);
                PipedOutputStream out = new PipedOutputStream(fromServer);
                BufferedReader lines = new BufferedReader(new InputStreamReader(fromServer, StandardCharsets.UTF_8));
                AutoCloseable server = WalletMcp.stdio(tools, "1", in, out)) {
            say(
                    toServer,
                    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\",\"params\":{\"protocolVersion\":\"2025-06-18\","
                            + "\"capabilities\":{},\"clientInfo\":{\"name\":\"test\",\"version\":\"1\"}}}");
            assertThat(parsed(lines.readLine()))
                    .asInstanceOf(org.assertj.core.api.InstanceOfAssertFactories.MAP)
                    .containsKey("result");
            say(toServer, "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}");
            say(toServer, LIST);
            assertThat(listed(lines.readLine())).isEqualTo(ours());
        }
    }

    private static void say(PipedOutputStream to, String line) throws Exception {
        to.write((line + "\n").getBytes(StandardCharsets.UTF_8));
        to.flush();
    }

    private static Map<String, Shown> listed(String answer) {
        Map<String, Shown> all = new LinkedHashMap<>();
        Map<?, ?> result = (Map<?, ?>) ((Map<?, ?>) parsed(answer)).get("result");
        for (Object tool : (List<?>) result.get("tools")) {
            Map<?, ?> fields = (Map<?, ?>) tool;
            all.put(
                    (String) fields.get("name"),
                    new Shown((String) fields.get("description"), fields.get("inputSchema")));
        }
        return all;
    }
}
