package waybill.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.web3j.crypto.Credentials;
import org.web3j.crypto.Sign;
import org.web3j.utils.Numeric;

/** A ledger and a key elsewhere, where a person's sealed settings say so. */
class PlacesTest {
    private static final String PASSPHRASE = "long enough for a test";
    private static final String TOKEN = "a-token-of-the-test-0123456789";
    private static final Credentials KEY = Credentials.create("0x" + "42".repeat(32));

    @TempDir
    Path folder;

    private Path wallet(String name, String settings) throws IOException {
        Path home = Files.createDirectory(folder.resolve(name));
        ownersOnly(home.resolve("wallet.yaml"), "waybill:\n  wallet:\n" + settings.indent(4));
        try (InputStream keystore = PlacesTest.class.getResourceAsStream("quick-keystore.json")) {
            Files.copy(keystore, home.resolve("keystore.json"));
        }
        Files.setPosixFilePermissions(home.resolve("keystore.json"), PosixFilePermissions.fromString("rw-------"));
        Ran sealed = Ran.with()
                .variable("WAYBILL_HOME", home.toString())
                .secret(PASSPHRASE)
                .run("wallet", "seal");
        assertThat(sealed.exit()).as(sealed.err()).isZero();
        return home;
    }

    private static Path ownersOnly(Path file, String text) throws IOException {
        Files.writeString(file, text);
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    }

    private Ran run(Path home, String... arguments) throws IOException {
        Path passphrase = ownersOnly(folder.resolve("passphrase"), PASSPHRASE);
        return Ran.with()
                .variable("WAYBILL_HOME", home.toString())
                .variable("WAYBILL_PASSPHRASE_FILE", passphrase.toString())
                .run(arguments);
    }

    private static ScriptedSeller selling() throws IOException {
        return ScriptedSeller.asking(
                ScriptedSeller.usdc("0.05"), ScriptedSeller.serves(200, "bought", "0x" + "ab".repeat(32)));
    }

    @Test
    void two_wallets_spend_from_one_ledger_in_a_database() throws Exception {
        Path data = folder.resolve("database");
        try (EmbeddedPostgres server = EmbeddedPostgres.builder()
                        .setDataDirectory(data)
                        .setServerConfig("fsync", "on")
                        .setServerConfig("synchronous_commit", "on")
                        .start();
                ScriptedSeller seller = selling()) {
            Path login = ownersOnly(folder.resolve("login.properties"), "user=postgres\n");
            String settings =
                    """
                    per-day: 0.08
                    per-hour: 0.08
                    ledger: jdbc:postgresql://127.0.0.1:%d/postgres
                    ledger-login-file: %s
                    ledger-secret-file: %s
                    """
                            .formatted(server.getPort(), login, folder.resolve("shared.secret"));
            Path one = wallet("one", settings);
            Path two = wallet("two", settings);
            Ran paid = run(one, "pay", seller.url());
            assertThat(paid.out()).as(paid.err()).isEqualTo("bought");
            Ran refused = run(two, "pay", seller.url() + "/2");
            assertThat(refused.exit()).isEqualTo(Exit.REFUSED);
            assertThat(refused.err()).contains("cumulative_cap");
            assertThat(run(two, "wallet", "ledger").out()).contains("SETTLED", "DENIED");
            assertThat(run(two, "wallet", "verify").out()).contains("all in order");
            assertThat(run(two, "wallet", "limits").out()).contains("jdbc:postgresql://127.0.0.1");
            assertThat(one.resolve("ledger.db")).doesNotExist();

            Files.setPosixFilePermissions(login, PosixFilePermissions.fromString("rw-r--r--"));
            assertThat(run(two, "wallet", "verify").err()).contains("login file", "chmod 600");
        }
    }

    /** Signs what it is asked, as RemoteSigner's protocol says; counts the questions. */
    private static HttpServer service() throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/sign", exchange -> {
            JsonNode question = new ObjectMapper().readTree(exchange.getRequestBody());
            boolean known =
                    ("Bearer " + TOKEN).equals(exchange.getRequestHeaders().getFirst("Authorization"));
            byte[] digest = Numeric.hexStringToByteArray(question.path("digest").asText());
            Sign.SignatureData signature = Sign.signMessage(digest, KEY.getEcKeyPair(), false);
            String hex = Numeric.toHexString(signature.getR())
                    + Numeric.toHexStringNoPrefix(signature.getS())
                    + Numeric.toHexStringNoPrefix(signature.getV());
            byte[] body = (known ? "{\"signature\":\"" + hex + "\"}" : "{\"error\":\"unknown token\"}").getBytes();
            exchange.sendResponseHeaders(known ? 200 : 401, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
        return server;
    }

    @Test
    void a_signing_service_pays_in_the_place_of_the_keystore() throws Exception {
        HttpServer service = service();
        try (ScriptedSeller seller = selling()) {
            Path token = ownersOnly(folder.resolve("token"), TOKEN + "\n");
            String settings =
                    """
                    signer: http://127.0.0.1:%d/sign
                    signer-account: "%s"
                    signer-token-file: %s
                    """
                            .formatted(service.getAddress().getPort(), KEY.getAddress(), token);
            Path home = wallet("remote", settings);
            assertThat(run(home, "wallet", "address").out().strip()).isEqualToIgnoringCase(KEY.getAddress());
            Ran paid = run(home, "pay", seller.url());
            assertThat(paid.out()).as(paid.err()).isEqualTo("bought");
            assertThat(run(home, "wallet", "ledger").out()).contains("SETTLED");

            ownersOnly(token, "another-token-of-the-test-0123456789");
            Ran unknown = run(home, "pay", seller.url() + "/2");
            assertThat(unknown.exit()).isNotZero();
            assertThat(unknown.err()).contains("unknown token").doesNotContain("another-token");
            assertThat(run(home, "wallet", "ledger").out()).contains("VOID");
        } finally {
            service.stop(0);
        }
    }

    @Test
    void a_service_or_database_that_only_an_agent_has_named_is_not_used() throws Exception {
        Path home = wallet("changed", "per-payment: 0.10\n");
        try (ScriptedSeller seller = selling()) {
            ownersOnly(
                    home.resolve("wallet.yaml"),
                    "waybill:\n  wallet:\n    per-payment: 0.10\n    ledger: jdbc:postgresql://127.0.0.1:1/elsewhere\n");
            Ran paid = run(home, "pay", seller.url());
            assertThat(paid.exit()).isEqualTo(Exit.WALLET);
            assertThat(paid.err()).contains("was changed after it was sealed");
            assertThat(seller.signatures()).isEmpty();
        }
    }

    @Test
    void half_of_a_setting_is_a_mistake_that_is_named() throws IOException {
        for (String[] wrong : new String[][] {
            {"ledger: jdbc:sqlite:x", "jdbc:postgresql"},
            {"ledger: \"jdbc:postgresql://h/d?password=x\"", "ledger-login-file"},
            {"ledger-login-file: x", "go with a ledger"},
            {"signer-token-file: x", "go with a signer"},
            {"signer: https://h/sign", "signer-account"}
        }) {
            Path home = Files.createTempDirectory(folder, "wrong");
            ownersOnly(home.resolve("wallet.yaml"), "waybill:\n  wallet:\n    " + wrong[0] + "\n");
            Ran ran = Ran.with().variable("WAYBILL_HOME", home.toString()).run("wallet", "limits");
            assertThat(ran.exit()).as(wrong[0]).isEqualTo(Exit.USAGE);
            assertThat(ran.err()).contains(wrong[1]);
        }
    }

    @Test
    void sellers_that_share_claims_settle_through_one_facilitator() {
        Ran ran = Ran.with()
                .run(
                        "seller",
                        "--rpc",
                        "http://127.0.0.1:1",
                        "--pay-to",
                        "0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
                        "--claims",
                        "jdbc:postgresql://127.0.0.1:1/nowhere");
        assertThat(ran.exit()).isEqualTo(Exit.USAGE);
        assertThat(ran.err()).contains("--claims goes with --facilitator");
    }
}
