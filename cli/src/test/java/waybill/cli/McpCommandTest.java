package waybill.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import waybill.devnet.Devnet;

/** {@code waybill wallet mcp}, as a client starts it and as a client calls it. */
class McpCommandTest {
    private static final String TRANSACTION = "0x" + "ab".repeat(32);
    private static final ObjectMapper JSON = new ObjectMapper();

    private static Devnet devnet;

    @TempDir
    Path home;

    @BeforeAll
    static void start() {
        devnet = Devnet.start();
    }

    @AfterAll
    static void stop() {
        devnet.close();
    }

    private Map<String, String> environment() {
        return Map.of(
                "WAYBILL_HOME", home.toString(),
                "WAYBILL_RPC_URL", devnet.rpcUrl().toString(),
                "WAYBILL_PRIVATE_KEY", devnet.accounts().get(0).privateKey());
    }

    private void allow(String url) throws IOException {
        Files.writeString(
                home.resolve("wallet.yaml"),
                "waybill:\n  wallet:\n    allowed-hosts: [\"" + URI.create(url).getAuthority() + "\"]\n");
    }

    private Ran mcp(List<String> lines, String... options) {
        Ran.Setup setup = Ran.with().in(String.join("\n", lines) + "\n");
        environment().forEach(setup::variable);
        List<String> args = new ArrayList<>(List.of("wallet", "mcp"));
        args.addAll(List.of(options));
        return setup.run(args.toArray(String[]::new));
    }

    private static List<String> asking(String... requests) {
        List<String> lines = new ArrayList<>(List.of(
                "{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"initialize\",\"params\":{\"protocolVersion\":\"2025-06-18\","
                        + "\"capabilities\":{},\"clientInfo\":{\"name\":\"test\",\"version\":\"1\"}}}",
                "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}"));
        lines.addAll(List.of(requests));
        return lines;
    }

    private static String call(int id, String tool, String arguments) {
        return "{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"tools/call\",\"params\":{\"name\":\"%s\",\"arguments\":%s}}"
                .formatted(id, tool, arguments);
    }

    /** The answers by id; fails when a line of standard output is anything else. */
    private static JsonNode answer(Ran ran, int id) throws IOException {
        JsonNode found = JSON.missingNode();
        for (String line : ran.out().lines().toList()) {
            JsonNode message = JSON.readTree(line);
            assertThat(message.path("jsonrpc").asText()).as(line).isEqualTo("2.0");
            if (message.path("id").asInt(-1) == id) found = message.path("result");
        }
        assertThat(found.isMissingNode()).as(ran.out() + ran.err()).isFalse();
        return found;
    }

    private static JsonNode told(JsonNode result) throws IOException {
        return JSON.readTree(result.path("content").path(0).path("text").asText());
    }

    @Test
    void speaks_the_protocol_and_nothing_else_on_standard_output() throws IOException {
        Ran ran =
                mcp(asking("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\"}", call(2, "wallet_status", "{}")));
        assertThat(ran.exit()).as(ran.err()).isEqualTo(Exit.OK);
        assertThat(ran.out().lines()).hasSize(3);
        assertThat(answer(ran, 0).path("serverInfo").path("name").asText()).isEqualTo("waybill-wallet");
        assertThat(answer(ran, 1).path("tools").findValuesAsText("name"))
                .containsExactly("wallet_status", "x402_quote", "x402_pay", "x402_payments");
        assertThat(told(answer(ran, 2)).path("address").asText())
                .isEqualToIgnoringCase(devnet.accounts().get(0).address());
        assertThat(ran.err()).contains("Serving MCP");
        assertThat(ran.out() + ran.err())
                .doesNotContain(devnet.accounts().get(0).privateKey().substring(2));
    }

    @Test
    void pays_within_wallet_yaml_and_refuses_what_is_not_in_it() throws IOException {
        try (ScriptedSeller seller = ScriptedSeller.asking(
                ScriptedSeller.usdc("0.01"), ScriptedSeller.serves(200, "the report", TRANSACTION))) {
            String arguments = "{\"url\":\"" + seller.url() + "\",\"maxPriceUsd\":\"0.05\"}";
            Ran refused = mcp(asking(call(1, "x402_fetch", arguments)), "--fetch");
            assertThat(told(answer(refused, 1)).path("error").asText()).isEqualTo("host_not_allowed");
            assertThat(seller.signatures()).isEmpty();

            allow(seller.url());
            Ran paid = mcp(asking(call(1, "x402_fetch", arguments)), "--fetch");
            JsonNode told = told(answer(paid, 1));
            assertThat(told.path("status").asText()).as(paid.out()).isEqualTo("SETTLED");
            assertThat(told.path("data").path("text").asText()).contains("the report");
            assertThat(seller.signatures()).hasSize(1);
        }
    }

    @Test
    void serves_a_local_port_to_whoever_has_the_token() throws Exception {
        try (Started server = new Started(environment(), "wallet", "mcp", "--http", "0")) {
            URI url = URI.create(
                    server.line("MCP +(http://127\\.0\\.0\\.1:\\d+/mcp)").group(1));
            String token = server.line("Authorization: Bearer ([0-9a-f]{64})").group(1);
            assertThat(post(url, "Bearer " + token).statusCode()).isEqualTo(200);
            assertThat(post(url, "Bearer " + "0".repeat(64)).statusCode()).isEqualTo(401);
        }
    }

    private static HttpResponse<String> post(URI url, String authorization) throws Exception {
        return HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(url)
                                .header("Authorization", authorization)
                                .header("Content-Type", "application/json")
                                .POST(BodyPublishers.ofString("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}"))
                                .build(),
                        BodyHandlers.ofString());
    }

    @Test
    void refuses_a_token_file_that_others_can_read_or_that_is_short() throws IOException {
        Path file = Files.writeString(home.resolve("token"), "x".repeat(40));
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
        Ran open = mcp(List.of(), "--http", "0", "--token-file", file.toString());
        assertThat(open.exit()).isEqualTo(Exit.WALLET);
        assertThat(open.err()).contains("chmod 600");
        Files.writeString(file, "short");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        assertThat(mcp(List.of(), "--http", "0", "--token-file", file.toString())
                        .err())
                .contains("at least 32");
        assertThat(mcp(List.of(), "--token-file", file.toString()).exit()).isEqualTo(Exit.USAGE);
        assertThat(mcp(List.of(), "--list", "http://list.example/").err()).contains("https");
    }
}
