package waybill.devnet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Writer;
import java.math.BigInteger;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import waybill.devnet.WorldState.Change;
import waybill.devnet.WorldState.Slot;

/**
 * The contract tests on the devnet and on anvil side by side: both must give the same results, gas, logs, revert data and
 * steps. Runs when the environment variable WAYBILL_ANVIL names the anvil binary.
 */
class AnvilComparisonTest extends PaymentContractSuite {
    private static final Pattern LISTENING = Pattern.compile("Listening on (127\\.0\\.0\\.1:\\d+)");

    private static final int PROGRAM_ROUNDS = 40;

    private Devnet devnet;
    private Process anvil;

    @BeforeEach
    void start() throws IOException {
        String binary = System.getenv("WAYBILL_ANVIL");
        assumeTrue(
                binary != null,
                "Set WAYBILL_ANVIL to the path of the anvil binary to compare the devnet with it: run"
                        + " 'npm ci --ignore-scripts' in x402-devnet/solidity, which puts it at"
                        + " node_modules/@foundry-rs/anvil-linux-amd64/bin/anvil.");
        devnet = DevnetContractsTest.fresh();
        Node real = startAnvil(Path.of(binary));
        copyGenesis(real);
        begin(new Stage(List.of(new Node("devnet", devnet.rpcUrl()), real)));
    }

    @AfterEach
    void stop() throws InterruptedException {
        if (devnet != null) devnet.close();
        if (anvil != null) anvil.destroyForcibly().waitFor();
    }

    @Test
    void random_programs_take_the_same_steps() {
        long seed = Long.getLong("waybill.seed", 1559); // go looking with another
        RandomPrograms programs = new RandomPrograms(seed);
        stage().edit("anvil_setBalance", RandomPrograms.ADDRESSES.get(0), "0x3e8");
        for (int round = 0; round < PROGRAM_ROUNDS; round++) {
            for (String address : RandomPrograms.ADDRESSES) stage().edit("anvil_setCode", address, programs.next());
            String data = Words.hex(programs.data());
            try {
                stage().send(ALICE, RandomPrograms.ADDRESSES.get(0), data);
            } catch (AssertionError different) {
                throw new AssertionError("seed " + seed + ", round " + round, different);
            }
        }
    }

    @Test
    void instructions_agree_on_every_pair_of_edge_values() {
        String address = RandomPrograms.ADDRESSES.get(0);
        for (String code : List.of(
                "01", "02", "03", "04", "05", "06", "07", "0a", "0b", "10", "11", "12", "13", "14", "16", "17", "18",
                "1a", "1b", "1c", "1d")) {
            StringBuilder program = new StringBuilder("0x");
            for (BigInteger top : RandomPrograms.EDGES) {
                for (BigInteger second : RandomPrograms.EDGES) {
                    program.append("7f").append(Words.wordHex(second).substring(2));
                    program.append("7f").append(Words.wordHex(top).substring(2));
                    program.append(code).append("50");
                }
            }
            stage().edit("anvil_setCode", address, program.toString());
            assertThat(stage().send(ALICE, address, "0x").succeeded()).isTrue();
        }
    }

    private Node startAnvil(Path binary) throws IOException {
        anvil = new ProcessBuilder(
                        binary.toString(),
                        "--port=0",
                        "--chain-id=" + Devnet.CHAIN_ID,
                        "--hardfork=cancun",
                        "--gas-limit=" + Chain.BLOCK_GAS_LIMIT,
                        "--base-fee=" + Chain.BASE_FEE,
                        "--timestamp=" + (Stage.START - 10),
                        "--steps-tracing")
                .redirectErrorStream(true)
                .start();
        BufferedReader output =
                new BufferedReader(new InputStreamReader(anvil.getInputStream(), StandardCharsets.UTF_8));
        String line;
        while ((line = output.readLine()) != null) {
            Matcher listening = LISTENING.matcher(line);
            if (listening.find()) {
                drain(output);
                return new Node("anvil", URI.create("http://" + listening.group(1)));
            }
        }
        throw new AssertionError("anvil ended without listening, exit value " + anvil.exitValue());
    }

    /** Keeps reading what anvil prints, so that it never waits for a reader. */
    private static void drain(BufferedReader output) {
        Thread reader = new Thread(
                () -> {
                    try {
                        output.transferTo(Writer.nullWriter());
                    } catch (IOException ended) {
                        // The test is over and anvil with it.
                    }
                },
                "anvil-output");
        reader.setDaemon(true);
        reader.start();
    }

    private static void copyGenesis(Node real) {
        WorldState genesis = new WorldState();
        Genesis.write(genesis, BigInteger.TEN.pow(21), BigInteger.valueOf(1_600_000_000_000L));
        for (Change<?, ?> change : genesis.commit()) {
            if (change.key() instanceof Slot slot) {
                real.ask(
                                "anvil_setStorageAt",
                                Words.addressHex(slot.address()),
                                Words.wordHex(slot.key()),
                                Words.wordHex(genesis.stored(slot)))
                        .value();
                continue;
            }
            BigInteger account = (BigInteger) change.key();
            String address = Words.addressHex(account);
            real.ask("anvil_setBalance", address, Words.quantity(genesis.balance(account)));
            real.ask("anvil_setCode", address, Words.hex(genesis.code(account)));
        }
        assertThat(real.ask("eth_blockNumber").text()).isEqualTo("0x0");
    }
}
