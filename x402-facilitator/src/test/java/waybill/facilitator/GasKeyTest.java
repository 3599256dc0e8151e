package waybill.facilitator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.web3j.crypto.Credentials;
import org.web3j.crypto.WalletUtils;
import org.web3j.protocol.core.Request;
import org.web3j.protocol.core.Response;
import org.web3j.protocol.core.methods.response.EthChainId;
import waybill.devnet.Devnet;
import waybill.x402.Network;

class GasKeyTest {
    private static final String KEY = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";
    private static final String ADDRESS = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";

    @TempDir
    Path folder;

    /** A chain with some id whose node is in this process. */
    private static Chain chain(long id) {
        ScriptedNode node = new ScriptedNode(null) {
            @Override
            @SuppressWarnings("rawtypes")
            public <T extends Response> T send(Request request, Class<T> type) {
                EthChainId response = new EthChainId();
                response.setResult("0x" + Long.toHexString(id));
                return type.cast(response);
            }
        };
        return Chain.inProcess(node, new Network(id));
    }

    @Test
    void takes_the_environments_key_on_a_development_network() {
        try (Devnet devnet = Devnet.start()) {
            for (Chain chain : List.of(
                    Chain.inProcess(devnet.web3jService(), Payer.NETWORK),
                    Chain.connect(devnet.rpcUrl(), Payer.NETWORK))) {
                GasKey key = GasKey.fromEnvironment(Map.of(GasKey.ENVIRONMENT, KEY), chain);
                assertThat(key.address()).hasToString(ADDRESS);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 8453, 11155111})
    void refuses_a_key_in_the_clear_on_chain(long id) {
        assertThatThrownBy(() -> GasKey.ofDevelopment(KEY, chain(id)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("use a keystore")
                .hasMessageNotContaining(KEY.substring(2));
    }

    @Test
    void refuses_plain_http_to_another_machine() {
        assertThatThrownBy(() -> Chain.connect(URI.create("http://192.0.2.1:8545"), Payer.NETWORK))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("https");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0x12", "zz", "0000000000000000000000000000000000000000000000000000000000000000"})
    void refuses_what_is_no_key_without_repeating_it(String text) {
        assertThatThrownBy(() -> GasKey.ofDevelopment(text, chain(31337)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageNotContaining(text);
    }

    @Test
    void says_which_variable_is_missing() {
        assertThatThrownBy(() -> GasKey.fromEnvironment(Map.of(), chain(31337)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("WAYBILL_FACILITATOR_KEY");
    }

    @Test
    void opens_a_keystore_with_its_passphrase_only() throws Exception {
        String name = WalletUtils.generateWalletFile(
                "correct horse", Credentials.create(KEY).getEcKeyPair(), folder.toFile(), false);
        Path file = folder.resolve(name);

        assertThat(GasKey.fromKeystore(file, "correct horse".toCharArray()).address())
                .hasToString(ADDRESS);
        assertThatThrownBy(() -> GasKey.fromKeystore(file, "battery staple".toCharArray()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageNotContaining("battery staple");
    }

    @Test
    void refuses_a_file_that_is_no_keystore() throws IOException {
        Path file = Files.writeString(folder.resolve("key.json"), "{\"a\":1}");
        assertThatThrownBy(() -> GasKey.fromKeystore(file, "x".toCharArray()))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void prints_the_account_and_never_the_key() {
        GasKey key = GasKey.ofDevelopment(KEY, chain(31337));
        assertThat(key).hasToString("GasKey[" + ADDRESS + "]");
    }
}
