package waybill.cli;

import java.io.IOException;
import java.io.Reader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import waybill.facilitator.Chain;
import waybill.facilitator.ChainFunds;
import waybill.facilitator.FacilitatorSettings;
import waybill.facilitator.GasKey;
import waybill.facilitator.LocalFacilitator;
import waybill.facilitator.SettlementStore;
import waybill.seller.ClaimStore;
import waybill.seller.ClaimStoreException;
import waybill.seller.Exposure;
import waybill.seller.Facilitator;
import waybill.seller.FacilitatorException;
import waybill.seller.GateSettings;
import waybill.seller.JwsReceiptSigner;
import waybill.seller.PaymentGate;
import waybill.seller.PostgresClaimStore;
import waybill.seller.RemoteFacilitator;
import waybill.seller.SqliteClaimStore;
import waybill.x402.Address;
import waybill.x402.Amount;
import waybill.x402.Asset;
import waybill.x402.Assets;
import waybill.x402.Network;

/** {@code waybill seller}: an example shop. */
@Command(
        name = "seller",
        header = "Run an example seller with a route per x402 scheme, on a development network.",
        description = {
            "",
            "GET /eip3009 and POST /echo (exact by EIP-3009), GET /permit2 and GET /usdt (exact through Permit2), GET",
            "/upfront (settled before it is served), GET /report (opens again by signature to whoever paid), GET",
            "/upto?use=UNITS (charged by use). Buyers of both versions of the protocol are served. Payments are settled here,",
            "or by a facilitator at a URL. Runs until Ctrl-C.",
        },
        exitCodeList = {Exit.Words.OK, Exit.Words.FAILED, Exit.Words.USAGE},
        footerHeading = "%nExample:%n",
        footer = {
            "  waybill devnet --port 8545 &",
            "  WAYBILL_FACILITATOR_KEY=0x... waybill seller --rpc http://127.0.0.1:8545 --pay-to 0x7099...",
            "  waybill pay http://127.0.0.1:4021/permit2",
        })
final class SellerCommand implements Callable<Integer> {
    private static final String MOST_OPEN = "1";

    private final Terminal terminal;

    @Option(
            names = "--port",
            paramLabel = "PORT",
            defaultValue = "4021",
            description = "Port on 127.0.0.1; 0 takes a free one (default: ${DEFAULT-VALUE}).")
    private int port;

    @Option(names = "--rpc", required = true, paramLabel = "URL", description = "The chain's node, on this machine.")
    @SuppressWarnings("NullAway.Init") // picocli refuses the command line without it
    private URI rpc;

    @Option(names = "--pay-to", required = true, paramLabel = "ADDRESS", description = "Who is paid.")
    @SuppressWarnings("NullAway.Init") // picocli refuses the command line without it
    private String payTo;

    @Option(
            names = "--facilitator",
            paramLabel = "URL",
            description =
                    "Who verifies and settles; without one it is done here, with the key in WAYBILL_FACILITATOR_KEY.")
    private @Nullable URI facilitator;

    @Option(
            names = "--claims",
            paramLabel = "URL",
            description =
                    "A PostgreSQL database, jdbc:postgresql://host/database, whose claims several sellers share; they "
                            + "settle through one --facilitator. Without it claims are forgotten at the end.")
    private @Nullable String claims;

    @Option(
            names = "--claims-login-file",
            paramLabel = "FILE",
            description = "The database driver's properties, such as user and password.")
    private @Nullable Path claimsLogin;

    @Option(names = "--token", paramLabel = "SYMBOL=ADDRESS", description = Tokens.DESCRIPTION)
    private List<String> tokens = new ArrayList<>();

    @Option(
            names = "--receipt-key",
            paramLabel = "FILE",
            description = {
                "Sign offers and receipts with the Ed25519 keys in this PEM file, private and public:",
                "openssl genpkey -algorithm ed25519 -out FILE && openssl pkey -in FILE -pubout >> FILE"
            })
    private @Nullable Path receiptKey;

    SellerCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws Exception {
        if (claims != null && facilitator == null) {
            throw Failure.usage("--claims goes with --facilitator: sellers that settle themselves would not know what"
                    + " another has sent.");
        }
        Network network = new Network(84532);
        Assets assets = Tokens.with(tokens, network);
        Chain chain;
        Address payee;
        Facilitator settling;
        try {
            chain = Chain.connect(rpc, network);
            payee = Address.parse(payTo);
            settling = facilitator == null ? here(chain, assets) : RemoteFacilitator.at(facilitator);
        } catch (IllegalArgumentException e) {
            throw new Failure(Exit.USAGE, e.getMessage() + ".", e);
        } catch (FacilitatorException e) {
            throw new Failure(Exit.FAILED, e.getMessage() + ".", e);
        }
        if (!chain.isDevelopment()) {
            throw Failure.usage("%s is no development network, and this is an example.".formatted(chain));
        }
        Asset usdc = assets.find(network, "USDC").orElseThrow();
        Path folder = Files.createTempDirectory("waybill-seller");
        ClaimStore store = store(folder);
        PaymentGate gate = new PaymentGate(
                settling,
                store,
                settings(),
                Clock.systemUTC(),
                new SecureRandom(),
                new Exposure(new ChainFunds(chain), List.of(Amount.parse(MOST_OPEN, usdc))));
        Address settler = gate.settlingAccount(network);
        System.setProperty("sun.net.httpserver.nodelay", "true"); // else 40 ms a request on kept connections
        ExampleShop shop = Servers.listening(
                "--port",
                port,
                () -> ExampleShop.open(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), port),
                        gate,
                        payee,
                        settler,
                        usdc,
                        assets.find(network, "USDT").orElse(null)));
        terminal.print("Listening on " + shop.uri());
        shop.routes().forEach(route -> terminal.print("  " + route));
        terminal.progress("Running until interrupted (Ctrl-C).");
        Running.untilInterrupted(() -> {
            shop.close();
            store.close();
            forget(folder);
        });
        return Exit.OK;
    }

    private GateSettings settings() {
        Path file = receiptKey;
        if (file == null) return GateSettings.defaults();
        try {
            OthersAccess.refuse("receipt key", file, OthersAccess.READ_OR_WRITE, "chmod 600");
            return GateSettings.defaults().signedBy(JwsReceiptSigner.read(file));
        } catch (IOException e) {
            throw new Failure(Exit.USAGE, "%s cannot be read: %s".formatted(file, e.getMessage()), e);
        } catch (IllegalArgumentException e) {
            throw new Failure(Exit.USAGE, e.getMessage() + ".", e);
        }
    }

    private ClaimStore store(Path folder) throws IOException {
        if (claims == null) {
            return SqliteClaimStore.open(folder.resolve("claims.db"));
        }
        Properties login = new Properties();
        if (claimsLogin != null) {
            OthersAccess.refuse("login file", claimsLogin, OthersAccess.READ_OR_WRITE, "chmod 600");
            try (Reader reader = Files.newBufferedReader(claimsLogin)) {
                login.load(reader);
            }
        }
        try {
            return PostgresClaimStore.open(claims, login);
        } catch (ClaimStoreException e) {
            throw new Failure(Exit.FAILED, e.getMessage() + ".", e);
        }
    }

    private static void forget(Path folder) throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
            for (Path file : files) Files.deleteIfExists(file);
        }
        Files.deleteIfExists(folder);
    }

    private LocalFacilitator here(Chain chain, Assets assets) {
        return new LocalFacilitator(
                chain,
                GasKey.allFromEnvironment(terminal.environment(), chain),
                SettlementStore.inMemory(),
                assets,
                FacilitatorSettings.defaultsOn(chain),
                Clock.systemUTC());
    }
}
