package waybill.cli;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import waybill.wallet.Wallet;
import waybill.wallet.tools.Discovery;
import waybill.wallet.tools.WalletTools;
import waybill.wallet.tools.mcp.McpOverHttp;
import waybill.wallet.tools.mcp.McpOverStdio;
import waybill.wallet.tools.mcp.WalletMcp;

/** {@code waybill wallet mcp}: the wallet as tools for any agent that speaks the Model Context Protocol. */
@Command(
        name = "mcp",
        header = "Offer the wallet to an agent as MCP tools, on standard input and output or on a local port.",
        description = {
            "",
            "The agent can ask for prices, pay quotes, and read the ledger. Hosts, limits and approvals are those of",
            "wallet.yaml; no tool changes them. Standard output carries the protocol and nothing else.",
        },
        exitCodeList = {Exit.Words.OK, Exit.Words.FAILED, Exit.Words.USAGE, Exit.Words.WALLET},
        footerHeading = "%nExamples:%n",
        footer = {
            "  waybill wallet mcp --passphrase-file ~/.waybill/passphrase      # as a client starts it",
            "  waybill wallet mcp --http 8403                                  # prints the token that clients must send",
        })
final class McpCommand implements Callable<Integer> {

    private static final int TOKEN_BYTES = 32;

    private final Terminal terminal;

    @Option(
            names = "--http",
            paramLabel = "PORT",
            description = "Serve http://127.0.0.1:PORT/mcp instead of standard input and output; 0 takes a free port.")
    private @Nullable Integer port;

    @Option(
            names = "--token-file",
            paramLabel = "FILE",
            description =
                    "With --http: the token that clients must send, at least 32 characters (default: a new one, printed).")
    private @Nullable Path tokenFile;

    @Option(names = "--fetch", description = "Also offer x402_fetch, which asks and pays in one step.")
    private boolean fetch;

    @Option(
            names = "--facilitator",
            paramLabel = "URL",
            description = "Offer x402_discover over this facilitator's list; may be given several times.")
    private List<URI> facilitators = new ArrayList<>();

    @Option(
            names = "--list",
            paramLabel = "URL",
            description = "Offer x402_discover over this list, in a facilitator's form; may be given several times.")
    private List<URI> lists = new ArrayList<>();

    @Mixin
    private final WalletOptions wallets = new WalletOptions();

    McpCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws Exception {
        if (port == null && tokenFile != null) throw Failure.usage("--token-file goes with --http.");
        ScheduledExecutorService looks = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "waybill-reconcile");
            thread.setDaemon(true);
            return thread;
        });
        try (OpenWallet opened = wallets.toServe(payment -> {}, terminal)) {
            var unused = opened.wallet().reconcileBy(looks, Wallet.RECONCILE_EVERY);
            WalletTools tools = tools(opened);
            if (port == null) {
                terminal.progress("Serving MCP on standard input and output for "
                        + opened.wallet().address() + ".");
                try (McpOverStdio server = WalletMcp.stdio(tools, BuildInfo.version(), terminal.in(), terminal.out())) {
                    server.awaitEnd();
                }
            } else {
                overHttp(tools, port);
            }
            return Exit.OK;
        } finally {
            looks.shutdownNow();
        }
    }

    private void overHttp(WalletTools tools, int wanted) throws Exception {
        String token = token();
        McpOverHttp server =
                Servers.listening("--http", wanted, () -> WalletMcp.http(tools, BuildInfo.version(), wanted, token));
        terminal.print("MCP       " + server.url());
        if (tokenFile == null) terminal.print("Header    Authorization: Bearer " + token);
        terminal.progress("Running until interrupted (Ctrl-C).");
        Running.untilInterrupted(server);
    }

    private WalletTools tools(OpenWallet opened) {
        WalletTools.Builder tools = WalletTools.builder(opened.wallet(), opened.client())
                .fetch(fetch)
                .tag("agent", "mcp");
        if (!facilitators.isEmpty() || !lists.isEmpty()) {
            try {
                Discovery discovery = Discovery.over(
                                OpenWallet.plainClient(),
                                opened.wallet().policy(),
                                wallets.settings(terminal).assets())
                        .noting(opened.wallet().priceTags());
                for (URI facilitator : facilitators) discovery = discovery.facilitator(facilitator);
                for (URI list : lists) discovery = discovery.list(list);
                tools.discovery(discovery);
            } catch (IllegalArgumentException e) {
                throw new Failure(Exit.USAGE, e.getMessage() + ".", e);
            }
        }
        return tools.build();
    }

    private String token() {
        if (tokenFile == null) {
            byte[] token = new byte[TOKEN_BYTES];
            new SecureRandom().nextBytes(token);
            return HexFormat.of().formatHex(token);
        }
        try {
            OthersAccess.refuse("token file", tokenFile, OthersAccess.READ_OR_WRITE, "chmod 600");
            String token = Files.readString(tokenFile).strip();
            if (token.length() < TOKEN_BYTES) {
                throw Failure.usage("the token in %s has %d characters; it needs at least %d."
                        .formatted(tokenFile, token.length(), TOKEN_BYTES));
            }
            return token;
        } catch (IOException e) {
            throw new Failure(Exit.USAGE, "%s cannot be read: %s".formatted(tokenFile, e.getMessage()), e);
        }
    }
}
