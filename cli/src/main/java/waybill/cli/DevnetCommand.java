package waybill.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import waybill.devnet.DevAccount;
import waybill.devnet.Devnet;

/** {@code waybill devnet}: a chain to develop against. */
@Command(
        name = "devnet",
        header = "Run a chain inside this program: JSON-RPC on loopback, funded test accounts, USDC.",
        description = {
            "",
            "The chain has Base Sepolia's id (84532) and a USDC-like token at Base Sepolia's USDC address, so every x402",
            "client works with it unchanged. It lives in memory and ends with the command (Ctrl-C).",
        },
        exitCodeList = {Exit.Words.OK, Exit.Words.FAILED, Exit.Words.USAGE},
        footerHeading = "%nExample:%n",
        footer = {
            "  waybill devnet --port 8545 &",
            "  export WAYBILL_RPC_URL=http://127.0.0.1:8545 WAYBILL_PRIVATE_KEY=0x...   # a key it printed",
            "  waybill wallet balance",
        })
final class DevnetCommand implements Callable<Integer> {

    private final Terminal terminal;

    @Option(
            names = "--port",
            paramLabel = "PORT",
            defaultValue = "8545",
            description = "Port on 127.0.0.1; 0 takes a free one (default: ${DEFAULT-VALUE}).")
    private int port;

    DevnetCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws Exception {
        Devnet devnet = Servers.listening("--port", port, () -> Devnet.start(port));
        terminal.print("RPC       " + devnet.rpcUrl());
        terminal.print("Chain id  84532 (eip155:84532)");
        terminal.print("USDC      " + devnet.usdc());
        terminal.print("WETH      " + devnet.weth());
        terminal.print("Pool      " + devnet.pool());
        terminal.print("");
        terminal.print(
                "Accounts with 10,000 ETH and 1,000 USDC each. Their keys are public test keys: anyone can spend what");
        terminal.print("they hold, so never send anything of worth to them.");
        for (DevAccount account : devnet.accounts()) {
            terminal.print("  %s  key %s".formatted(account.address(), account.privateKey()));
        }
        terminal.progress("Running until interrupted (Ctrl-C).");
        Running.untilInterrupted(devnet);
        return Exit.OK;
    }
}
