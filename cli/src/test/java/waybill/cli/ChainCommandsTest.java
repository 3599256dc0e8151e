package waybill.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.math.BigInteger;
import java.nio.file.Path;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.web3j.crypto.Credentials;
import org.web3j.protocol.Web3j;
import org.web3j.protocol.core.methods.response.EthSendTransaction;
import org.web3j.tx.RawTransactionManager;
import waybill.devnet.Devnet;
import waybill.x402.Address;
import waybill.x402.SchemePayload;
import waybill.x402.Signature;
import waybill.x402.TransferAuthorization;
import waybill.x402.WireFormat;

/** The commands that ask a chain, over the devnet. */
class ChainCommandsTest {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final String TRANSACTION = "0x" + "ab".repeat(32);

    @TempDir
    Path folder;

    private Ran.Setup wallet(Devnet devnet) {
        return Ran.with()
                .variable("WAYBILL_HOME", folder.toString())
                .variable("WAYBILL_RPC_URL", devnet.rpcUrl().toString())
                .variable("WAYBILL_PRIVATE_KEY", devnet.accounts().get(0).privateKey());
    }

    /** Sends from the devnet's second account, which pays the gas; returns the transaction's hash. */
    private static String send(Devnet devnet, String to, String data) throws Exception {
        RawTransactionManager sender = new RawTransactionManager(
                Web3j.build(devnet.web3jService()),
                Credentials.create(devnet.accounts().get(1).privateKey()),
                Devnet.CHAIN_ID);
        EthSendTransaction sent = sender.sendTransaction(
                BigInteger.valueOf(2_000_000_000L), BigInteger.valueOf(300_000), to, data, BigInteger.ZERO);
        assertThat(sent.hasError()).as(String.valueOf(sent.getError())).isFalse();
        return sent.getTransactionHash();
    }

    /** What the seller of {@code header} does with it. */
    private static String collect(Devnet devnet, String header) throws Exception {
        SchemePayload.Eip3009 payment =
                (SchemePayload.Eip3009) WireFormat.paymentPayload(header).payload();
        TransferAuthorization transfer = payment.authorization();
        Signature signature = Signature.parse(payment.signature());
        return send(
                devnet,
                devnet.usdc(),
                "0xe3ee160e" + word(transfer.from()) + word(transfer.to())
                        + "%064x%064x%064x".formatted(transfer.value(), transfer.validAfter(), transfer.validBefore())
                        + transfer.nonce().toString().substring(2)
                        + "%064x%064x%064x".formatted(signature.v(), signature.r(), signature.s()));
    }

    private static String word(Address address) {
        return "0".repeat(24) + HexFormat.of().formatHex(address.bytes());
    }

    @Test
    void verify_with_the_chain_counts_what_it_shows() throws Exception {
        try (Devnet devnet = Devnet.start();
                ScriptedSeller seller = ScriptedSeller.asking(
                        ScriptedSeller.usdc("0.01"), ScriptedSeller.serves(200, "bought", TRANSACTION))) {
            assertThat(wallet(devnet).run("pay", seller.url()).out()).isEqualTo("bought");
            Ran claimed = wallet(devnet).run("wallet", "verify", "--chain");
            assertThat(claimed.exit()).as(claimed.err()).isZero();
            assertThat(claimed.out())
                    .contains("all in order", "1 settled payments, 0 shown by the chain, 1 claimed and not shown yet");

            collect(devnet, seller.signatures().get(0));
            assertThat(wallet(devnet).run("wallet", "verify", "--chain").out())
                    .contains("1 settled payments, 1 shown by the chain, 0 claimed and not shown yet");
            assertThat(wallet(devnet).run("wallet", "reconcile").out()).contains("SETTLED (confirmed)");
        }
        Ran without = Ran.with()
                .variable("WAYBILL_HOME", folder.toString())
                .variable("WAYBILL_PRIVATE_KEY", "0x" + "11".repeat(32))
                .run("wallet", "verify", "--chain");
        assertThat(without.exit()).isEqualTo(Exit.WALLET);
        assertThat(without.err()).contains("WAYBILL_RPC_URL");
    }

    @Test
    void what_is_taken_back_is_void_once_somebody_has_sent_it() throws Exception {
        try (Devnet devnet = Devnet.start();
                ScriptedSeller seller =
                        ScriptedSeller.asking(ScriptedSeller.usdc("0.01"), (exchange, payment) -> exchange.close())) {
            Ran cut = wallet(devnet).run("pay", "--json", seller.url());
            assertThat(cut.exit()).isEqualTo(Exit.UNKNOWN);
            String id = MAPPER.readTree(cut.out()).path("paymentId").asText();

            Ran taken = wallet(devnet).run("wallet", "cancel", "--json", id);
            assertThat(taken.exit()).as(taken.err()).isZero();
            JsonNode transaction = MAPPER.readTree(taken.out());
            assertThat(transaction.path("chainId").asLong()).isEqualTo(Devnet.CHAIN_ID);
            assertThat(wallet(devnet).run("wallet", "reconcile").err()).contains("0 payments changed");

            send(
                    devnet,
                    transaction.path("to").asText(),
                    transaction.path("data").asText());
            assertThat(wallet(devnet).run("wallet", "reconcile").out()).contains(id + "  VOID");
            Ran again = wallet(devnet).run("wallet", "cancel", id);
            assertThat(again.exit()).isEqualTo(Exit.USAGE);
            assertThat(again.err()).contains("is VOID");
            assertThat(wallet(devnet).run("wallet", "cancel", "nothing").err()).contains("'waybill wallet payments'");
        }
    }

    @Test
    void a_token_is_approved_once_and_the_approval_taken_back() {
        try (Devnet devnet = Devnet.start()) {
            Ran approved = wallet(devnet).run("wallet", "approve-token", "USDC");
            assertThat(approved.exit()).as(approved.err()).isZero();
            assertThat(approved.out().strip()).matches("0x[0-9a-f]{64}");
            assertThat(wallet(devnet).run("wallet", "approve-token", "USDC").err())
                    .contains("so already");
            assertThat(wallet(devnet)
                            .run("wallet", "approve-token", "USDC", "--revoke")
                            .out()
                            .strip())
                    .matches("0x[0-9a-f]{64}");
            assertThat(wallet(devnet).run("wallet", "approve-token", "NONE").exit())
                    .isEqualTo(Exit.USAGE);
        }
    }
}
