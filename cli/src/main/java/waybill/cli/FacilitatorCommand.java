package waybill.cli;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import waybill.facilitator.Chain;
import waybill.facilitator.FacilitatorServer;
import waybill.facilitator.FacilitatorSettings;
import waybill.facilitator.GasKey;
import waybill.facilitator.LocalFacilitator;
import waybill.facilitator.SettlementStore;
import waybill.seller.FacilitatorException;
import waybill.x402.Address;
import waybill.x402.Network;
import waybill.x402.Supported;

/** {@code waybill facilitator}: verifies and settles payments for sellers. */
@Command(
        name = "facilitator",
        header = "Verify and settle x402 payments for sellers, over HTTP.",
        description = {
            "",
            "Serves POST /verify, POST /settle, GET /supported and GET /discovery/resources. Whoever can reach it spends",
            "its gas: it listens on 127.0.0.1 unless --host says otherwise, and asks for a token where one is set.",
            "Runs until interrupted (Ctrl-C).",
        },
        exitCodeList = {Exit.Words.OK, Exit.Words.FAILED, Exit.Words.USAGE},
        footerHeading = "%nEnvironment:%n",
        footer = {
            "  WAYBILL_FACILITATOR_KEY     the key that pays gas, several with commas between: on development networks;",
            "                              elsewhere use --keystore",
            "  WAYBILL_FACILITATOR_TOKEN   what callers must send as 'Authorization: Bearer TOKEN'; optional",
            "",
            "Example:",
            "  waybill devnet --port 8545 &",
            "  WAYBILL_FACILITATOR_KEY=0x... waybill facilitator --port 4022 --rpc http://127.0.0.1:8545",
        })
final class FacilitatorCommand implements Callable<Integer> {
    private static final String TOKEN = "WAYBILL_FACILITATOR_TOKEN";
    private static final int LEAST_TOKEN = 16;

    private final Terminal terminal;

    @Option(
            names = "--port",
            paramLabel = "PORT",
            defaultValue = "4022",
            description = "Listen here; 0 takes a free port (default: ${DEFAULT-VALUE}).")
    private int port;

    @Option(
            names = "--host",
            paramLabel = "ADDRESS",
            defaultValue = "127.0.0.1",
            description = "Listen on this address (default: ${DEFAULT-VALUE}). Others than loopback need a token.")
    @SuppressWarnings("NullAway.Init") // has a default
    private String host;

    @Option(names = "--rpc", required = true, paramLabel = "URL", description = "The chain's node.")
    @SuppressWarnings("NullAway.Init") // picocli refuses the command line without it
    private URI rpc;

    @Option(
            names = "--network",
            paramLabel = "CAIP2",
            defaultValue = "eip155:84532",
            description = "The chain that the node must be on (default: ${DEFAULT-VALUE}).")
    @SuppressWarnings("NullAway.Init") // has a default
    private String network;

    @Option(
            names = "--keystore",
            paramLabel = "FILE",
            description = "The key that pays gas, a V3 keystore; several may be named.")
    private List<Path> keystores = new ArrayList<>();

    @Option(
            names = "--passphrase-file",
            paramLabel = "FILE",
            description = "The keystores' passphrase, in a file that only you can read; otherwise it is asked for.")
    private @Nullable Path passphraseFile;

    @Option(
            names = "--data",
            paramLabel = "FILE",
            description =
                    "Where it is noted what was sent for which payment, so that a crash loses nothing (default: in memory"
                            + " on a development network; needed elsewhere).")
    private @Nullable Path data;

    @Option(
            names = "--coin-price",
            paramLabel = "DOLLARS",
            description =
                    "What a native coin is worth; payments worth less than their gas are refused (default: none is).")
    private @Nullable BigDecimal coinPrice;

    @Option(
            names = "--sponsor-approvals",
            paramLabel = "COINS",
            description =
                    "Send payers at most this many native coins a day for the gas of approvals they signed; what an approval"
                            + " does not burn the payer keeps (default: 1 on a development network, none elsewhere).")
    private @Nullable BigDecimal sponsored;

    @Option(
            names = "--wallet-factory",
            paramLabel = "ADDRESS",
            description =
                    "Call this contract to deploy a payer's wallet that is not on the chain yet (ERC-6492); several may be"
                            + " named. The payer chooses what it is called with (default: none is called).")
    private List<String> walletFactories = new ArrayList<>();

    @Option(names = "--token", paramLabel = "SYMBOL=ADDRESS", description = Tokens.DESCRIPTION)
    private List<String> tokens = new ArrayList<>();

    FacilitatorCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws Exception {
        InetAddress address = InetAddress.getByName(host);
        String token = token(address);
        Chain chain = chain();
        List<GasKey> keys = keys(chain);
        FacilitatorSettings settings = settings(chain);
        LocalFacilitator facilitator = new LocalFacilitator(
                chain, keys, store(chain), Tokens.with(tokens, chain.network()), settings, Clock.systemUTC());
        // The JDK's server reads these once: no 40 ms pause on kept connections, 20 s to send a request.
        System.setProperty("sun.net.httpserver.nodelay", "true");
        System.setProperty("sun.net.httpserver.maxReqTime", "20");
        FacilitatorServer server = Servers.listening(
                "--port",
                port,
                () -> FacilitatorServer.start(
                        new InetSocketAddress(address, port), facilitator, token, Clock.systemUTC()));
        terminal.print("Listening on " + server.uri());
        for (Supported.Kind kind : facilitator.supported().kinds()) {
            terminal.print("  %-8s on %s".formatted(kind.scheme(), kind.network()));
        }
        for (GasKey key : keys) terminal.print("Gas is paid by " + key.address());
        terminal.progress("Running until interrupted (Ctrl-C).");
        Running.untilInterrupted(() -> {
            server.close();
            facilitator.close();
        });
        return Exit.OK;
    }

    private FacilitatorSettings settings(Chain chain) {
        FacilitatorSettings settings = FacilitatorSettings.defaultsOn(chain);
        try {
            if (coinPrice != null) settings = settings.coinAt(coinPrice);
            if (sponsored != null) {
                BigDecimal wei = sponsored.movePointRight(18).setScale(0, RoundingMode.DOWN);
                settings = settings.sponsoring(wei.toBigInteger());
            }
            if (!walletFactories.isEmpty()) {
                settings = settings.deployingBy(
                        walletFactories.stream().map(Address::parse).collect(Collectors.toUnmodifiableSet()));
            }
            return settings;
        } catch (IllegalArgumentException e) {
            throw new Failure(Exit.USAGE, e.getMessage() + ".", e);
        }
    }

    private @Nullable String token(InetAddress address) {
        String token = terminal.environment().get(TOKEN);
        if (token == null || token.isBlank()) {
            if (!address.isLoopbackAddress()) {
                throw Failure.usage(
                        "--host %s can be reached by others, who could spend the gas: set %s to a secret of at least %d characters."
                                .formatted(host, TOKEN, LEAST_TOKEN));
            }
            return null;
        }
        if (token.length() < LEAST_TOKEN || !token.chars().allMatch(c -> c > 0x20 && c < 0x7f)) {
            throw Failure.usage(
                    "%s is not at least %d printable characters without spaces.".formatted(TOKEN, LEAST_TOKEN));
        }
        return token;
    }

    private Chain chain() {
        try {
            return Chain.connect(rpc, Network.parse(network));
        } catch (IllegalArgumentException e) {
            throw new Failure(Exit.USAGE, e.getMessage() + ".", e);
        } catch (FacilitatorException e) {
            throw new Failure(Exit.FAILED, e.getMessage() + ".", e);
        }
    }

    private List<GasKey> keys(Chain chain) {
        try {
            if (keystores.isEmpty()) {
                return GasKey.allFromEnvironment(terminal.environment(), chain);
            }
            char[] passphrase = Passphrase.existing(terminal, passphraseFile);
            try {
                return keystores.stream()
                        .map(file -> GasKey.fromKeystore(file, passphrase))
                        .toList();
            } finally {
                Arrays.fill(passphrase, '\0');
            }
        } catch (IllegalArgumentException e) {
            throw new Failure(Exit.USAGE, e.getMessage() + ".", e);
        }
    }

    private SettlementStore store(Chain chain) {
        Path file = data;
        if (file != null) {
            return SettlementStore.open(file);
        }
        if (!chain.isDevelopment()) {
            throw Failure.usage(
                    "%s is no development network: name a file with --data, so that no settlement is forgotten in a crash."
                            .formatted(chain));
        }
        return SettlementStore.inMemory();
    }
}
