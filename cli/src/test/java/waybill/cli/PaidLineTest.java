package waybill.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import waybill.testing.Answer;
import waybill.testing.ScriptedModelServer;

/** The commands together: a devnet, a gateway that sells a model on it, and somebody who pays. */
class PaidLineTest {

    private static final String QUESTION =
            "{\"model\":\"scripted\",\"messages\":[{\"role\":\"user\",\"content\":\"Hello?\"}]}";
    private static final String PAY_TO = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
    private static final String GAS_KEY = "0x5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a";

    @TempDir
    Path folder;

    @Test
    void devnet_gateway_quote_pay_and_balance_fit_together() throws Exception {
        try (ScriptedModelServer model = ScriptedModelServer.start();
                Started devnet = new Started(Map.of(), "devnet", "--port", "0")) {
            model.answer("scripted-1", Answer.text("Hello yourself.").usage(9, 2));
            String rpc = devnet.line("RPC +(http://127\\.0\\.0\\.1:\\d+)").group(1);
            devnet.line("Chain id +84532");
            devnet.line("USDC +0x036CbD53842c5426634e7929541eC2318f3dCF7e");
            devnet.line("public test keys");
            String buyer =
                    devnet.line("(0x[0-9a-fA-F]{40})  key (0x[0-9a-f]{64})").group(2);

            Map<String, String> gas = Map.of("WAYBILL_FACILITATOR_KEY", GAS_KEY);
            String[] sell = {"gateway", config(model).toString(), "--port", "0", "--pay-to", PAY_TO, "--rpc", rpc};
            try (Started gateway = new Started(gas, sell)) {
                String url = gateway.line("Listening on (http://127\\.0\\.0\\.1:\\d+)")
                        .group(1);
                gateway.line("scripted +0\\.005 USDC per call");
                gateway.line("Paid to " + PAY_TO + " on eip155:84532");
                String completions = url + "/v1/chat/completions";
                Ran.Setup wallet = Ran.with()
                        .variable("WAYBILL_HOME", folder.resolve("wallet").toString())
                        .variable("WAYBILL_RPC_URL", rpc)
                        .variable("WAYBILL_PRIVATE_KEY", buyer);
                String[] question = {"-H", "Content-Type: application/json", "-d", QUESTION, completions};

                Ran quote = wallet.run(join("quote", question));
                assertThat(quote.out()).contains("0.005 USDC", PAY_TO, "would be paid");
                assertThat(quote.exit()).as(quote.err()).isZero();
                Ran tooDear = wallet.run(join("quote", join("--max", join("0.004", question))));
                assertThat(tooDear.exit()).isEqualTo(Exit.REFUSED);
                assertThat(wallet.run("wallet", "balance").out()).isEqualTo("1000 USDC\n");

                Ran paid = wallet.run(join("pay", join("--json", question)));
                assertThat(paid.exit()).as(paid.err()).isZero();
                JsonNode object = new ObjectMapper().readTree(paid.out());
                assertThat(object.path("status").asInt()).isEqualTo(200);
                assertThat(object.path("body").asText()).contains("Hello yourself.");
                assertThat(object.path("settlement").path("transaction").asText())
                        .matches("0x[0-9a-f]{64}");
                assertThat(wallet.run("wallet", "balance").out()).isEqualTo("999.995 USDC\n");

                assertThat(wallet.run("wallet", "reconcile").out()).contains("SETTLED (confirmed)");
                assertThat(wallet.run("wallet", "verify").out()).contains("all in order");
                assertThat(wallet.run("wallet", "ledger", "--json").out())
                        .contains(object.path("paymentId").asText(), "\"confirmed\":true");
                assertThat(gateway.stop()).isZero();
                assertThat(letsGoOf(URI.create(url).getPort())).isTrue();
            }
        }
    }

    @Test
    void pays_nothing_from_an_account_without_funds() throws Exception {
        try (Started devnet = new Started(Map.of(), "devnet", "--port", "0");
                ScriptedSeller seller = ScriptedSeller.unpaid(ScriptedSeller.bill(ScriptedSeller.usdc("0.01")))) {
            String rpc = devnet.line("RPC +(http://127\\.0\\.0\\.1:\\d+)").group(1);
            Ran ran = Ran.with()
                    .variable("WAYBILL_HOME", folder.toString())
                    .variable("WAYBILL_RPC_URL", rpc)
                    .variable("WAYBILL_PRIVATE_KEY", "0x" + "17".repeat(32))
                    .run("pay", seller.url());
            assertThat(ran.exit()).isEqualTo(Exit.REFUSED);
            assertThat(ran.err()).contains("insufficient_funds");
            assertThat(seller.signatures()).isEmpty();
        }
    }

    @Test
    void a_frozen_wallet_pays_nothing_until_it_is_let_go() throws Exception {
        try (Started devnet = new Started(Map.of(), "devnet", "--port", "0");
                ScriptedSeller seller = ScriptedSeller.asking(
                        ScriptedSeller.usdc("0.01"), ScriptedSeller.serves(200, "bought", "0x" + "cd".repeat(32)))) {
            String rpc = devnet.line("RPC +(http://127\\.0\\.0\\.1:\\d+)").group(1);
            String key = devnet.line("key (0x[0-9a-f]{64})").group(1);
            Ran.Setup wallet = Ran.with()
                    .variable("WAYBILL_HOME", folder.toString())
                    .variable("WAYBILL_RPC_URL", rpc)
                    .variable("WAYBILL_PRIVATE_KEY", key);
            assertThat(wallet.run("wallet", "freeze", "on holiday").exit()).isZero();
            Ran frozen = wallet.run("pay", seller.url());
            assertThat(frozen.exit()).isEqualTo(Exit.WALLET);
            assertThat(frozen.err()).contains("on holiday", "waybill wallet unfreeze");
            assertThat(seller.signatures()).isEmpty();
            assertThat(wallet.run("wallet", "unfreeze").exit()).isZero();
            assertThat(wallet.run("pay", seller.url()).out()).isEqualTo("bought");
        }
    }

    @Test
    void a_gateway_says_what_its_configuration_lacks() throws IOException {
        Path empty = Files.writeString(folder.resolve("empty.yaml"), "waybill:\n  gateway:\n    models: []\n");
        Ran ran = Ran.waybill("gateway", empty.toString());
        assertThat(ran.exit()).isEqualTo(Exit.USAGE);
        assertThat(ran.err())
                .contains(empty.toString(), "waybill.gateway.models")
                .doesNotContain("\tat ");
        Ran absent = Ran.waybill("gateway", folder.resolve("absent.yaml").toString());
        assertThat(absent.exit()).isEqualTo(Exit.USAGE);
        assertThat(absent.err()).contains("absent.yaml cannot be read");
    }

    @Test
    void a_port_that_is_taken_is_an_error_that_names_the_option() throws Exception {
        try (Started devnet = new Started(Map.of(), "devnet", "--port", "0")) {
            String port = devnet.line("RPC +http://127\\.0\\.0\\.1:(\\d+)").group(1);
            Ran ran = Ran.waybill("devnet", "--port", port);
            assertThat(ran.exit()).isEqualTo(Exit.USAGE);
            assertThat(ran.err()).contains("port " + port + " is in use", "--port");
        }
        assertThat(Ran.waybill("devnet", "--port", "70000").exit()).isEqualTo(Exit.USAGE);
    }

    private Path config(ScriptedModelServer model) throws IOException {
        return Files.writeString(
                folder.resolve("gateway.yaml"),
                """
                waybill:
                  gateway:
                    data-dir: %s
                    models:
                      - id: scripted
                        base-url: %s
                        upstream-model: scripted-1
                        price: 0.005
                """
                        .formatted(folder.resolve("gateway"), model.baseUrl()));
    }

    /** Whether nobody listens on the port any more, or stops within a minute: Netty closes it on its own thread. */
    private static boolean letsGoOf(int port) throws IOException {
        long deadline = System.nanoTime() + Duration.ofMinutes(1).toNanos();
        while (System.nanoTime() < deadline) {
            try (Socket socket = new Socket()) {
                socket.connect(new InetSocketAddress("127.0.0.1", port), 1_000);
            } catch (ConnectException nobody) {
                return true;
            } catch (SocketException closing) {
                // Reset half-way: it is just going; asked again.
            }
        }
        return false;
    }

    private static String[] join(String first, String... rest) {
        String[] all = new String[rest.length + 1];
        all[0] = first;
        System.arraycopy(rest, 0, all, 1, rest.length);
        return all;
    }
}
