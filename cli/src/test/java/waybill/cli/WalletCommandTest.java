package waybill.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import waybill.devnet.Devnet;

class WalletCommandTest {

    private static final String PASSPHRASE = "correct horse battery";

    @TempDir
    Path folder;

    @Test
    void makes_a_key_that_only_its_owner_can_read_and_that_no_output_shows() throws IOException {
        Path home = folder.resolve("wallet");
        Ran made = Ran.with().secret(PASSPHRASE).run("wallet", "new", "--wallet", home.toString());
        assertThat(made.exit()).isZero();
        assertThat(made.out()).matches("0x[0-9a-fA-F]{40}\\R");
        Path keystore = home.resolve("keystore.json");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(keystore)))
                .isEqualTo("rw-------");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(home)))
                .isEqualTo("rwx------");
        assertThat(Files.readString(keystore)).contains("scrypt").doesNotContain(PASSPHRASE);

        Ran address = Ran.with().variable("WAYBILL_HOME", home.toString()).run("wallet", "address");
        assertThat(address.exit()).isZero();
        assertThat(address.out()).isEqualTo(made.out());
    }

    @Test
    void never_overwrites_a_key() throws IOException {
        Files.writeString(
                folder.resolve("keystore.json"), "{\"address\":\"70997970c51812dc3a010c7d01b50e0d17dc79c8\"}");
        Ran ran = Ran.with().secret(PASSPHRASE).run("wallet", "new", "--wallet", folder.toString());
        assertThat(ran.exit()).isEqualTo(Exit.WALLET);
        assertThat(ran.err()).contains("there is a wallet in", "0x70997970C51812dc3A010C7d01b50e0d17dc79C8");
        assertThat(Files.readString(folder.resolve("keystore.json"))).contains("70997970");
    }

    @Test
    void refuses_a_passphrase_that_is_too_short_or_that_nobody_can_type() {
        assertThat(Ran.with().secret("short").run("wallet", "new", "--wallet", folder.toString()))
                .satisfies(ran -> assertThat(ran.exit()).isEqualTo(Exit.USAGE))
                .satisfies(ran -> assertThat(ran.err()).contains("5 characters; at least 8"));
        assertThat(Ran.waybill("wallet", "new", "--wallet", folder.toString()))
                .satisfies(ran -> assertThat(ran.exit()).isEqualTo(Exit.WALLET))
                .satisfies(ran -> assertThat(ran.err()).contains("--passphrase-file"));
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void refuses_a_passphrase_file_that_others_can_read() throws IOException {
        Path file = Files.writeString(folder.resolve("passphrase"), PASSPHRASE + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
        Ran ran = Ran.waybill(
                "wallet", "new", "--wallet", folder.resolve("w").toString(), "--passphrase-file", file.toString());
        assertThat(ran.exit()).isEqualTo(Exit.WALLET);
        assertThat(ran.err())
                .contains("can be read or written by others", "chmod 600")
                .doesNotContain(PASSPHRASE);
        assertThat(folder.resolve("w")).doesNotExist();
    }

    @Test
    void takes_the_passphrase_from_a_file_of_the_owner() throws IOException {
        Path file = Files.writeString(folder.resolve("passphrase"), PASSPHRASE + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        Ran ran = Ran.with()
                .variable("WAYBILL_PASSPHRASE_FILE", file.toString())
                .run("wallet", "new", "--wallet", folder.resolve("w").toString());
        assertThat(ran.exit()).isZero();
        assertThat(folder.resolve("w").resolve("keystore.json")).exists();
    }

    @Test
    void takes_no_passphrase_from_the_command_line() {
        Ran ran = Ran.waybill("wallet", "new", "--passphrase", "on every process list");
        assertThat(ran.exit()).isEqualTo(Exit.USAGE);
        assertThat(ran.err()).contains("--passphrase");
    }

    @Test
    void says_that_there_is_no_wallet_yet() {
        for (String command : List.of("address", "balance")) {
            Ran ran = Ran.with()
                    .variable("WAYBILL_HOME", folder.toString())
                    .variable("WAYBILL_RPC_URL", "http://127.0.0.1:1")
                    .run("wallet", command);
            assertThat(ran.exit()).isEqualTo(Exit.WALLET);
            assertThat(ran.err()).contains("there is no wallet in " + folder, "waybill wallet new");
        }
        Ran ledger = Ran.waybill("wallet", "ledger", "--wallet", folder.toString());
        assertThat(ledger.exit()).isZero();
        assertThat(ledger.err()).contains("Nothing was paid yet");
    }

    @Test
    void asks_the_node_for_the_balance() {
        try (Devnet devnet = Devnet.start()) {
            Ran ran = Ran.with()
                    .variable("WAYBILL_HOME", folder.toString())
                    .variable("WAYBILL_RPC_URL", devnet.rpcUrl().toString())
                    .variable("WAYBILL_PRIVATE_KEY", devnet.accounts().get(0).privateKey())
                    .run("wallet", "balance");
            assertThat(ran.err()).isEqualTo(devnet.accounts().get(0).address() + " on eip155:84532\n");
            assertThat(ran.out()).isEqualTo("1000 USDC\n");
            assertThat(ran.exit()).isZero();
        }
    }

    @Test
    void says_that_the_node_does_not_answer() {
        Ran ran = Ran.with()
                .variable("WAYBILL_HOME", folder.toString())
                .variable("WAYBILL_RPC_URL", "http://127.0.0.1:1")
                .variable("WAYBILL_PRIVATE_KEY", "0x" + "11".repeat(32))
                .run("wallet", "balance");
        assertThat(ran.exit()).isEqualTo(Exit.WALLET);
        assertThat(ran.err()).contains("the node http://127.0.0.1:1 does not answer", "WAYBILL_RPC_URL");
    }

    @Test
    void keeps_a_key_of_the_environment_away_from_chains_elsewhere() {
        Ran ran = Ran.with()
                .variable("WAYBILL_HOME", folder.toString())
                .variable("WAYBILL_RPC_URL", "https://rpc.example.com")
                .variable("WAYBILL_PRIVATE_KEY", "0x" + "11".repeat(32))
                .run("wallet", "address");
        assertThat(ran.exit()).isEqualTo(Exit.WALLET);
        assertThat(ran.err()).contains("on this machine").doesNotContain("1111");
    }
}
