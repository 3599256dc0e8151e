package waybill.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchService;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What loosens a wallet needs a person; what an agent with a shell can reach does not pay. */
class SealedWalletTest {
    /** A terminal of its own: the common pool may have one thread, and the payment waits in it. */
    private static final Executor ANOTHER = task -> new Thread(task).start();

    private static final String PASSPHRASE = "long enough for a test";
    private static final String TRANSACTION = "0x" + "ab".repeat(32);

    @TempDir
    Path folder;

    private Path home;
    private Path passphraseFile;

    @BeforeEach
    void makeAWallet() throws IOException {
        home = Files.createDirectory(folder.resolve("wallet"));
        passphraseFile = Files.writeString(folder.resolve("passphrase"), PASSPHRASE);
        Files.setPosixFilePermissions(passphraseFile, PosixFilePermissions.fromString("rw-------"));
    }

    /** A wallet whose keystore opens at once: its key is a test's, and its passphrase is guessed in no time. */
    private void made(String settings) throws IOException {
        write(settings);
        try (InputStream keystore = SealedWalletTest.class.getResourceAsStream("quick-keystore.json")) {
            Files.copy(keystore, home.resolve("keystore.json"));
        }
        Files.setPosixFilePermissions(home.resolve("keystore.json"), PosixFilePermissions.fromString("rw-------"));
        assertThat(person().run("wallet", "seal").exit()).isZero();
    }

    private void write(String settings) throws IOException {
        Files.writeString(home.resolve("wallet.yaml"), "waybill:\n  wallet:\n    " + settings + "\n");
        Files.setPosixFilePermissions(home.resolve("wallet.yaml"), PosixFilePermissions.fromString("rw-------"));
    }

    /** Somebody at a terminal who knows the passphrase. */
    private Ran.Setup person() {
        return Ran.with().variable("WAYBILL_HOME", home.toString()).secret(PASSPHRASE);
    }

    /** A program with a shell, to which somebody has given the passphrase file. */
    private Ran.Setup program() {
        return Ran.with()
                .variable("WAYBILL_HOME", home.toString())
                .variable("WAYBILL_PASSPHRASE_FILE", passphraseFile.toString());
    }

    private static ScriptedSeller selling(String price) throws IOException {
        return ScriptedSeller.asking(ScriptedSeller.usdc(price), ScriptedSeller.serves(200, "bought", TRANSACTION));
    }

    @Test
    void settings_loosened_by_hand_pay_nothing_until_a_person_seals_them() throws IOException {
        made("per-payment: 0.01");
        try (ScriptedSeller seller = selling("0.05")) {
            assertThat(program().run("pay", seller.url()).exit()).isEqualTo(Exit.REFUSED);

            write("per-payment: 0.10");
            Ran loosened = program().run("pay", seller.url());
            assertThat(loosened.exit()).isEqualTo(Exit.WALLET);
            assertThat(loosened.err()).contains("was changed after it was sealed", "waybill wallet seal");

            Files.delete(home.resolve("wallet.yaml"));
            assertThat(program().run("pay", seller.url()).exit()).isEqualTo(Exit.WALLET);
            Files.delete(home.resolve("wallet.seal"));
            assertThat(program().run("pay", seller.url()).err()).contains("are not sealed", "waybill wallet seal");

            write("per-payment: 0.10");
            Ran byProgram = program().run("wallet", "seal");
            assertThat(byProgram.exit()).isEqualTo(Exit.WALLET);
            assertThat(byProgram.err()).contains("a person types the passphrase at a terminal");
            assertThat(seller.signatures()).isEmpty();

            Ran sealed = person().run("wallet", "seal");
            assertThat(sealed.exit()).as(sealed.err()).isZero();
            assertThat(sealed.err()).contains("per-payment").contains("$0.10");
            assertThat(program().run("pay", seller.url()).out()).isEqualTo("bought");
        }
    }

    @Test
    void a_new_wallet_is_sealed_with_the_settings_that_are_there() throws IOException {
        write("per-payment: 0.10");
        assertThat(person().run("wallet", "new").exit()).isZero();
        try (ScriptedSeller seller = selling("0.05")) {
            assertThat(program().run("pay", seller.url()).out()).isEqualTo("bought");
        }
    }

    @Test
    void freezing_needs_nobody_and_letting_go_needs_a_person() throws IOException {
        made("per-payment: 0.10");
        try (ScriptedSeller seller = selling("0.05")) {
            assertThat(Ran.with()
                            .variable("WAYBILL_HOME", home.toString())
                            .run("wallet", "freeze", "on holiday")
                            .exit())
                    .isZero();
            Ran frozen = program().run("pay", seller.url());
            assertThat(frozen.exit()).isEqualTo(Exit.WALLET);
            assertThat(frozen.err()).contains("on holiday");
            Ran byProgram = program().run("wallet", "unfreeze");
            assertThat(byProgram.exit()).isEqualTo(Exit.WALLET);
            assertThat(byProgram.err()).contains("a person types the passphrase");
            Ran wrong = Ran.with()
                    .variable("WAYBILL_HOME", home.toString())
                    .secret("not the passphrase")
                    .run("wallet", "unfreeze");
            assertThat(wrong.exit()).isEqualTo(Exit.WALLET);
            assertThat(person().run("wallet", "status").out()).contains("frozen       on holiday");
            assertThat(seller.signatures()).isEmpty();
            assertThat(person().run("wallet", "unfreeze").exit()).isZero();
            assertThat(program().run("pay", seller.url()).out()).isEqualTo("bought");
        }
    }

    @Test
    void a_passphrase_file_lets_go_only_where_a_person_has_sealed_that() throws IOException {
        made("passphrase-file-commands: true");
        assertThat(program().run("wallet", "freeze").exit()).isZero();
        assertThat(program().run("wallet", "unfreeze").exit()).isZero();
        write("passphrase-file-commands: true # and changed");
        assertThat(program().run("wallet", "unfreeze").exit()).isEqualTo(Exit.WALLET);
    }

    private String question(CompletableFuture<Ran> paying) throws Exception {
        Path questions = home.resolve("questions");
        try (WatchService watch = folder.getFileSystem().newWatchService()) {
            if (!Files.isDirectory(questions)) {
                Files.createDirectory(
                        questions, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            }
            questions.register(watch, StandardWatchEventKinds.ENTRY_CREATE);
            while (true) {
                String waiting = program().run("wallet", "approve", "--json").out();
                if (!waiting.isBlank()) {
                    return new ObjectMapper()
                            .readTree(waiting)
                            .path("paymentId")
                            .asText();
                }
                var key = watch.poll(60, TimeUnit.SECONDS);
                assertThat(key)
                        .as("a question; paying ended: " + paying.isDone())
                        .isNotNull();
                key.pollEvents();
                key.reset();
            }
        }
    }

    @Test
    void a_person_in_another_terminal_says_yes_or_no() throws Exception {
        made("approval-above: 0.01\n    approval-by: queue\n    approval-timeout: 120");
        try (ScriptedSeller seller = selling("0.05")) {
            CompletableFuture<Ran> paying =
                    CompletableFuture.supplyAsync(() -> program().run("pay", seller.url()), ANOTHER);
            String id = question(paying);
            Ran byProgram = program().run("wallet", "approve", id);
            assertThat(byProgram.exit()).isEqualTo(Exit.WALLET);
            assertThat(byProgram.err()).contains("0.05 USDC", "a person types the passphrase");
            assertThat(seller.signatures()).isEmpty();
            assertThat(person().run("wallet", "approve", id).exit()).isZero();
            Ran paid = paying.get(60, TimeUnit.SECONDS);
            assertThat(paid.out()).as(paid.err()).isEqualTo("bought");
            assertThat(program().run("wallet", "approve").err()).contains("Nothing waits");

            CompletableFuture<Ran> again =
                    CompletableFuture.supplyAsync(() -> program().run("pay", seller.url() + "/2"), ANOTHER);
            assertThat(program().run("wallet", "cancel", question(again)).exit())
                    .isZero();
            Ran refused = again.get(60, TimeUnit.SECONDS);
            assertThat(refused.exit()).isEqualTo(Exit.REFUSED);
            assertThat(refused.err()).contains("approval_denied");
            assertThat(seller.signatures()).hasSize(1);
        }
    }

    @Test
    void a_bookkeeper_reads_the_ledger_as_csv_or_json() throws IOException {
        made("per-payment: 0.10");
        try (ScriptedSeller seller = selling("0.05");
                ScriptedSeller dear = selling("0.50")) {
            assertThat(program().run("pay", seller.url()).exit()).isZero();
            assertThat(program().run("pay", dear.url()).exit()).isEqualTo(Exit.REFUSED);
        }
        Ran csv = program().run("wallet", "export");
        assertThat(csv.exit()).as(csv.err()).isZero();
        String[] lines = csv.out().split("\n", -1);
        assertThat(lines[0]).startsWith("payment_id,created_utc,updated_utc,state,confirmed,token,amount,usd,network");
        assertThat(lines[1]).contains(",SETTLED,false,USDC,0.05", ",eip155:84532,", TRANSACTION);
        assertThat(lines[2]).contains(",DENIED,false,USDC,0.5", "per_payment_cap");
        assertThat(lines).hasSize(4); // and the end of the last line
        String json = program().run("wallet", "export", "--format", "json").out();
        assertThat(new ObjectMapper()
                        .readTree(json.split("\n", -1)[0])
                        .path("usd")
                        .asText())
                .startsWith("0.05");
        assertThat(program()
                        .run("wallet", "export", "--until", "2020-01-01")
                        .out()
                        .lines())
                .hasSize(1);
        String id = new ObjectMapper()
                .readTree(json.split("\n", -1)[1])
                .path("paymentId")
                .asText();
        assertThat(program().run("wallet", "payments", id).out()).contains("DENIED", "waybill.wallet.per-payment");
        assertThat(program().run("wallet", "payments", "nothing").exit()).isEqualTo(Exit.USAGE);
        assertThat(program().run("wallet", "limits", "--json").out()).contains("\"per-payment\":\"$0.10\"");
    }
}
