package waybill.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands together: a devnet, sellers, and somebody who pays. */
class PaidLineTest {

    @TempDir
    Path folder;

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
    void a_port_that_is_taken_is_an_error_that_names_the_option() throws Exception {
        try (Started devnet = new Started(Map.of(), "devnet", "--port", "0")) {
            String port = devnet.line("RPC +http://127\\.0\\.0\\.1:(\\d+)").group(1);
            Ran ran = Ran.waybill("devnet", "--port", port);
            assertThat(ran.exit()).isEqualTo(Exit.USAGE);
            assertThat(ran.err()).contains("port " + port + " is in use", "--port");
        }
        assertThat(Ran.waybill("devnet", "--port", "70000").exit()).isEqualTo(Exit.USAGE);
    }
}
