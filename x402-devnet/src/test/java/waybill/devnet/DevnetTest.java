package waybill.devnet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.web3j.crypto.Bip32ECKeyPair;
import org.web3j.crypto.Credentials;
import org.web3j.crypto.MnemonicUtils;
import org.web3j.crypto.RawTransaction;
import org.web3j.crypto.Sign;
import org.web3j.crypto.TransactionEncoder;
import org.web3j.protocol.Web3j;
import org.web3j.protocol.core.DefaultBlockParameterName;
import org.web3j.protocol.core.Request;
import org.web3j.protocol.core.methods.response.EthCall;
import org.web3j.protocol.http.HttpService;
import org.web3j.utils.Numeric;

class DevnetTest {

    @Test
    void its_accounts_are_those_of_the_public_test_mnemonic() {
        byte[] seed = MnemonicUtils.generateSeed("test test test test test test test test test test test junk", "");
        Bip32ECKeyPair root = Bip32ECKeyPair.generateKeyPair(seed);
        for (int i = 0; i < 10; i++) {
            int hard = Bip32ECKeyPair.HARDENED_BIT;
            int[] path = {44 | hard, 60 | hard, hard, 0, i};
            Credentials derived = Credentials.create(Bip32ECKeyPair.deriveKeyPair(root, path));
            DevAccount account = DevAccount.ALL.get(i);
            assertThat(account.address()).isEqualToIgnoringCase(derived.getAddress());
            assertThat(new BigInteger(account.privateKey().substring(2), 16))
                    .isEqualTo(derived.getEcKeyPair().getPrivateKey());
        }
        assertThat(DevAccount.ALL.get(0)).asString().doesNotContain("ac0974");
    }

    @Test
    void starts_with_funded_accounts_and_a_pool() throws Exception {
        try (Devnet devnet = Devnet.start();
                Service http =
                        new Service(Web3j.build(new HttpService(devnet.rpcUrl().toString())))) {
            assertThat(http.web3j().ethChainId().send().getChainId()).isEqualTo(84532);
            assertThat(devnet.accounts()).hasSize(10);
            for (DevAccount account : devnet.accounts()) {
                assertThat(devnet.balanceOf(devnet.usdc(), account.address())).isEqualTo(1_000_000_000);
                assertThat(http.web3j()
                                .ethGetBalance(account.address(), DefaultBlockParameterName.LATEST)
                                .send()
                                .getBalance())
                        .isEqualTo(BigInteger.TEN.pow(22));
            }
            assertThat(devnet.balanceOf(devnet.usdc(), devnet.pool())).isEqualTo(1_600_000_000_000L);
            assertThat(devnet.balanceOf(devnet.weth(), devnet.pool())).isEqualTo(BigInteger.TEN.pow(21));
        }
    }

    /** Not in the suite that runs on anvil too: that one follows the Cancun fork, which came before EIP-7702. */
    @Test
    void an_account_runs_the_code_that_it_has_delegated_to_as_its_own() throws Exception {
        try (Devnet devnet = Devnet.start()) {
            DevAccount alice = devnet.accounts().get(1);
            byte[] hash = Words.bytes32(Words.keccak(new byte[] {1}));
            Sign.SignatureData signed = Sign.signMessage(
                    hash, Credentials.create(alice.privateKey()).getEcKeyPair(), false);
            byte[] signature = Numeric.hexStringToByteArray(Numeric.toHexString(signed.getR())
                    + Numeric.toHexString(signed.getS()).substring(2)
                    + Numeric.toHexString(signed.getV()).substring(2));
            String asked = Abi.encode("isValidSignature", Abi.bytes32(hash), Abi.bytes(signature));
            ask(
                    devnet,
                    "anvil_setCode",
                    alice.address(),
                    "0xef0100" + devnet.selfSigner().substring(2));

            assertThat(call(devnet, alice.address(), asked)).startsWith("0x1626ba7e");
            assertThat(call(devnet, devnet.selfSigner(), asked))
                    .as("the same code as itself knows another account")
                    .startsWith("0xffffffff");
            assertThat(ask(devnet, "eth_getCode", alice.address(), "latest")).hasSize(48);
            ask(
                    devnet,
                    "anvil_setCode",
                    alice.address(),
                    "0xef0100" + alice.address().substring(2));
            assertThat(call(devnet, alice.address(), asked))
                    .as("a delegation leads one step far: what is there is no code that runs")
                    .startsWith("no: ");
        }
    }

    private static String call(Devnet devnet, String to, String data) throws Exception {
        return ask(devnet, "eth_call", Map.of("to", to, "data", data), "latest");
    }

    private static String ask(Devnet devnet, String method, Object... params) throws Exception {
        EthCall answer = new Request<>(method, List.of(params), devnet.web3jService(), EthCall.class).send();
        return answer.hasError() ? "no: " + answer.getError().getMessage() : String.valueOf(answer.getResult());
    }

    @Test
    void says_so_when_asked_for_a_token_that_is_none() {
        try (Devnet devnet = Devnet.start()) {
            String nobody = devnet.accounts().get(0).address();
            assertThatThrownBy(() -> devnet.balanceOf(nobody, nobody))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining(nobody);
        }
    }

    @Test
    void takes_a_transaction_with_a_fee_of_its_own_and_a_tip() throws Exception {
        try (Devnet devnet = Devnet.start();
                Service chain = new Service(Web3j.build(devnet.web3jService()))) {
            String to = "0x00000000000000000000000000000000000000ee";
            RawTransaction transfer = RawTransaction.createEtherTransaction(
                    Devnet.CHAIN_ID,
                    BigInteger.ZERO,
                    BigInteger.valueOf(21_000),
                    to,
                    BigInteger.ONE,
                    BigInteger.valueOf(1_000_000_000),
                    BigInteger.valueOf(10_000_000_000L));
            Credentials sender = Credentials.create(devnet.accounts().get(0).privateKey());
            byte[] signed = TransactionEncoder.signMessage(transfer, sender);
            assertThat(chain.web3j()
                            .ethSendRawTransaction(Numeric.toHexString(signed))
                            .send()
                            .getError())
                    .isNull();
            assertThat(chain.web3j()
                            .ethGetBalance(to, DefaultBlockParameterName.LATEST)
                            .send()
                            .getBalance())
                    .isEqualTo(1);
        }
    }

    @Test
    void refuses_an_address_that_is_none() {
        try (Devnet devnet = Devnet.start()) {
            assertThatThrownBy(() -> devnet.balanceOf(devnet.usdc(), "0x12"))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("0x12");
        }
    }

    @Test
    void says_which_port_is_taken() {
        try (Devnet first = Devnet.start()) {
            int port = first.rpcUrl().getPort();
            assertThatThrownBy(() -> Devnet.start(port))
                    .isInstanceOf(UncheckedIOException.class)
                    .hasMessageContaining("127.0.0.1:" + port);
        }
    }

    @Test
    void the_pool_starts_with_the_reserves_it_is_given() {
        BigInteger wei = BigInteger.TEN.pow(18);
        BigInteger dollars = BigInteger.valueOf(2_000_000_000);
        try (Devnet devnet = Devnet.builder().pool(wei, dollars).start()) {
            assertThat(devnet.balanceOf(devnet.weth(), devnet.pool())).isEqualTo(wei);
            assertThat(devnet.balanceOf(devnet.usdc(), devnet.pool())).isEqualTo(dollars);
        }
        assertThatThrownBy(() -> Devnet.builder().pool(BigInteger.ZERO, dollars))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Devnet.builder().pool(wei, BigInteger.ONE.shiftLeft(112)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private record Service(Web3j web3j) implements AutoCloseable {
        @Override
        public void close() {
            web3j.shutdown();
        }
    }
}
