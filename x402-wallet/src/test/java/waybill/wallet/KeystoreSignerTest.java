package waybill.wallet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.web3j.crypto.Credentials;
import org.web3j.crypto.ECKeyPair;
import org.web3j.crypto.WalletFile;
import waybill.x402.Address;
import waybill.x402.Network;

class KeystoreSignerTest {
    private static final int LIGHT = 1 << 12;
    private static final char[] PASSPHRASE = "correct horse \u00fc".toCharArray();

    @TempDir
    Path folder;

    private KeystoreSigner create(Path file) {
        return KeystoreSigner.create(file, PASSPHRASE, LIGHT, new SecureRandom());
    }

    @Test
    void a_new_keystore_opens_again_and_is_for_its_owner_only() throws Exception {
        Path file = folder.resolve("keys/wallet.json");
        KeystoreSigner made = create(file);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        assertThat(KeystoreSigner.open(file, PASSPHRASE).address()).isEqualTo(made.address());
    }

    @Test
    void web3j_opens_what_we_write() throws Exception {
        Path file = folder.resolve("ours.json");
        KeystoreSigner made = create(file);
        WalletFile read = new ObjectMapper().readValue(file.toFile(), WalletFile.class);
        ECKeyPair pair = org.web3j.crypto.Wallet.decrypt(new String(PASSPHRASE), read);
        assertThat(Address.parse(Credentials.create(pair).getAddress())).isEqualTo(made.address());
    }

    @Test
    void we_open_what_web3j_writes() throws Exception {
        ECKeyPair pair = ECKeyPair.create(new java.math.BigInteger(Fixture.KEY.substring(2), 16));
        WalletFile theirs = org.web3j.crypto.Wallet.create(new String(PASSPHRASE), pair, LIGHT, 1);
        Path file = folder.resolve("theirs.json");
        write(file, new ObjectMapper().writeValueAsString(theirs));
        assertThat(KeystoreSigner.open(file, PASSPHRASE).address()).isEqualTo(Fixture.SIGNER.address());
    }

    /** The test vector of the Web3 secret storage definition, by PBKDF2. */
    @Test
    void the_published_vector_opens() throws Exception {
        Path file = folder.resolve("vector.json");
        write(
                file,
                """
                {"crypto":{"cipher":"aes-128-ctr","cipherparams":{"iv":"6087dab2f9fdbbfaddc31a909735c1e6"},
                "ciphertext":"5318b4d5bcd28de64ee5559e671353e16f075ecae9f99c7a79a38af5f869aa46","kdf":"pbkdf2",
                "kdfparams":{"c":262144,"dklen":32,"prf":"hmac-sha256",
                "salt":"ae3cd4e7013836a3df6bd7241b12db061dbe2c6785853cce422d148a624ce0bd"},
                "mac":"517ead924a9d0dc3124507e3393d175ce3ff7c1e96529c6c555ce9e51205e9b2"},
                "id":"3198bc9c-6672-5ab3-d995-4942343ae5b6","version":3}""");
        Address expected = waybill.x402.SigningKey.parse(
                        "7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d")
                .address();
        assertThat(KeystoreSigner.open(file, "testpassword".toCharArray()).address())
                .isEqualTo(expected);
    }

    @Test
    void a_wrong_passphrase_is_said_and_not_repeated() {
        Path file = folder.resolve("wallet.json");
        create(file);
        assertThatThrownBy(() -> KeystoreSigner.open(file, "guess-4711".toCharArray()))
                .isInstanceOf(SigningException.class)
                .hasMessageContaining("passphrase is wrong")
                .hasMessageNotContaining("guess-4711")
                .hasNoCause();
    }

    @ParameterizedTest
    @ValueSource(strings = {"rw-r-----", "rw----r--", "rw--w----", "rw-rw-rw-"})
    void a_keystore_that_others_can_read_is_refused(String permissions) throws Exception {
        Path file = folder.resolve("wallet.json");
        create(file);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
        assertThatThrownBy(() -> KeystoreSigner.open(file, PASSPHRASE))
                .isInstanceOf(SigningException.class)
                .hasMessageContaining("chmod 600");
    }

    @Test
    void a_keystore_is_never_overwritten() throws Exception {
        Path file = folder.resolve("wallet.json");
        create(file);
        byte[] before = Files.readAllBytes(file);
        assertThatThrownBy(() -> create(file))
                .isInstanceOf(SigningException.class)
                .hasMessageContaining("never overwritten");
        assertThat(Files.readAllBytes(file)).isEqualTo(before);
    }

    @Test
    void a_missing_file_and_an_empty_passphrase_are_said() {
        assertThatThrownBy(() -> KeystoreSigner.open(folder.resolve("none.json"), PASSPHRASE))
                .isInstanceOf(SigningException.class)
                .hasMessageContaining("there is no keystore");
        assertThatThrownBy(() -> KeystoreSigner.create(folder.resolve("new.json"), new char[0]))
                .isInstanceOf(SigningException.class)
                .hasMessageContaining("not empty");
    }

    @Test
    void a_file_that_is_no_keystore_or_asks_for_too_much_work_is_refused() throws Exception {
        Path file = folder.resolve("wallet.json");
        create(file);
        String good = Files.readString(file);
        for (String bad : List.of(
                "",
                "not json",
                "{}",
                good.replace("\"version\":3", "\"version\":4"),
                good.replace("\"n\":4096", "\"n\":1073741824"),
                good.replace("\"n\":4096", "\"n\":4097"),
                good.replace("\"r\":8", "\"r\":1000000"),
                good.replace("\"r\":8", "\"r\":4194304").replace("\"n\":4096", "\"n\":2"),
                good.replace("\"r\":8", "\"r\":134217728").replace("\"n\":4096", "\"n\":1073741824"),
                good.replace("aes-128-ctr", "rot13"),
                good.replace("\"dklen\":32", "\"dklen\":16"),
                "x".repeat(100_000))) {
            Path other = folder.resolve("bad" + bad.hashCode());
            write(other, bad);
            assertThatThrownBy(() -> KeystoreSigner.open(other, PASSPHRASE))
                    .as(bad.substring(0, Math.min(60, bad.length())))
                    .isInstanceOf(SigningException.class)
                    .hasMessageContaining("no readable V3 keystore");
        }
    }

    private static void write(Path file, String text) throws Exception {
        OwnerOnly.createFile(file);
        Files.writeString(file, text);
    }

    @Test
    void a_development_key_works_only_with_a_node_on_this_machine() {
        for (String rpc :
                List.of("https://sepolia.base.org", "http://10.0.0.1:8545", "http://localhost.example:8545", "x")) {
            assertThatThrownBy(() -> DevelopmentSigner.fromEnvironment(Fixture.KEY, URI.create(rpc)))
                    .isInstanceOf(SigningException.class)
                    .hasMessageContaining("on this machine")
                    .hasMessageNotContaining(Fixture.KEY);
        }
    }

    @Test
    void a_development_key_works_only_for_listed_networks() {
        URI rpc = URI.create("http://127.0.0.1:8545");
        assertThatThrownBy(() -> DevelopmentSigner.fromEnvironment(Fixture.KEY, rpc, new Network(8453)))
                .isInstanceOf(SigningException.class)
                .hasMessageContaining("eip155:84532");
        DevelopmentSigner signer = DevelopmentSigner.fromEnvironment(Fixture.KEY, rpc, new Network(31337));
        var authorization = new waybill.x402.TransferAuthorization(
                signer.address(),
                ScriptedSeller.PAYEE,
                java.math.BigInteger.ONE,
                java.math.BigInteger.ZERO,
                java.math.BigInteger.TEN,
                waybill.x402.Bytes32.keccak(new byte[0]));
        assertThatThrownBy(() -> signer.sign(new Signable.Transfer(authorization, ScriptedSeller.USDC)))
                .isInstanceOf(SigningException.class)
                .hasMessageContaining("eip155:84532");
    }

    @Test
    void a_value_that_is_no_key_is_said_and_not_repeated() {
        for (String value : List.of("", "0x12", "z".repeat(64), "0".repeat(64), Fixture.KEY + "00")) {
            assertThatThrownBy(() -> DevelopmentSigner.fromEnvironment(value, URI.create("http://127.0.0.1:8545")))
                    .isInstanceOf(SigningException.class)
                    .satisfies(e -> {
                        if (value.length() > 4) {
                            assertThat(e.getMessage()).doesNotContain(value);
                        }
                    });
        }
    }
}
