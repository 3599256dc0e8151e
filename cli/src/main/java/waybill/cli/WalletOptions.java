package waybill.cli;

import java.math.BigDecimal;
import java.net.URI;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import waybill.wallet.DevelopmentSigner;
import waybill.wallet.KeystoreSigner;
import waybill.wallet.PaymentApprover;
import waybill.wallet.PaymentSigner;
import waybill.wallet.Policy;
import waybill.wallet.Seal;
import waybill.wallet.SigningException;
import waybill.wallet.WalletListener;
import waybill.x402.Address;

/** Which wallet to use, by options and environment. */
final class WalletOptions {

    private static final String KEY = "WAYBILL_PRIVATE_KEY";
    private static final String NODE = "WAYBILL_RPC_URL";

    @Option(
            names = "--wallet",
            paramLabel = "DIR",
            description = "The wallet's directory (default: WAYBILL_HOME, else ~/.waybill).")
    private @Nullable Path directory;

    @Option(
            names = "--passphrase-file",
            paramLabel = "FILE",
            description =
                    "Read the passphrase from this file, readable by you only (default: WAYBILL_PASSPHRASE_FILE, else ask).")
    private @Nullable Path passphraseFile;

    /** The wallet's directory. */
    WalletHome home(Terminal terminal) {
        if (directory != null) return new WalletHome(directory);
        String named = terminal.variable("WAYBILL_HOME");
        return new WalletHome(named != null ? Path.of(named) : Path.of(System.getProperty("user.home"), ".waybill"));
    }

    /** What the person has set for this wallet. */
    WalletSettings settings(Terminal terminal) {
        return WalletSettings.read(home(terminal).settings());
    }

    /** Where the passphrase is; null to ask for it. */
    @Nullable
    Path passphraseFile(Terminal terminal) {
        if (passphraseFile != null) return passphraseFile;
        String named = terminal.variable("WAYBILL_PASSPHRASE_FILE");
        return named == null ? null : Path.of(named);
    }

    /** Where payments are written down: play money apart from the rest, so that it never uses up a limit. */
    LedgerPlace ledger(Terminal terminal) {
        return ledger(settings(terminal), terminal);
    }

    private LedgerPlace ledger(WalletSettings settings, Terminal terminal) {
        WalletHome home = home(terminal);
        if (development(terminal)) return LedgerPlace.of(home.developmentLedger());
        LedgerPlace database = settings.database();
        return database == null ? LedgerPlace.of(home.ledger()) : database;
    }

    /** The wallet's account; no passphrase is needed. */
    Address address(Terminal terminal) {
        String key = terminal.variable(KEY);
        if (key == null) {
            SignerPlace service = settings(terminal).service();
            return service == null ? home(terminal).address() : service.account();
        }
        try {
            return development(key, node(settings(terminal), terminal)).address();
        } catch (SigningException e) {
            throw new Failure(Exit.WALLET, String.valueOf(e.getMessage()), e);
        }
    }

    /** The person's node, if the environment or the settings name one. */
    @Nullable
    Node node(WalletSettings settings, Terminal terminal) {
        String named = terminal.variable(NODE);
        String rpc = named == null ? settings.rpc() : named;
        if (rpc == null) return null;
        try {
            URI url = URI.create(rpc);
            if (url.getHost() != null) return new Node(url);
        } catch (IllegalArgumentException e) {
            throw new Failure(Exit.USAGE, "the node '%s' is not a URL.".formatted(rpc), e);
        }
        throw Failure.usage("the node '%s' is not a URL with a host, such as http://127.0.0.1:8545.".formatted(rpc));
    }

    /** Fails when no node is known that could be asked. */
    void requireNode(WalletSettings settings, Terminal terminal) {
        if (node(settings, terminal) != null) return;
        throw new Failure(
                Exit.WALLET, "no node is known to ask; name one with WAYBILL_RPC_URL or 'rpc' in wallet.yaml.");
    }

    /** True when the key comes from the environment, which is for development networks only. */
    boolean development(Terminal terminal) {
        return terminal.variable(KEY) != null;
    }

    /**
     * Opens the wallet to pay at {@code url}, whose host a person has typed, with {@code max} as a narrower limit. The
     * settings of a keystore's wallet have to be sealed.
     */
    OpenWallet toPay(URI url, @Nullable BigDecimal max, WalletListener listener, Terminal terminal) {
        return toSign(settings -> forCall(settings, url, max), listener, this::keystore, terminal);
    }

    /** Opens the wallet to pay for whoever asks, within the sealed settings and nothing more. */
    OpenWallet toServe(WalletListener listener, Terminal terminal) {
        return toSign(settings -> settings, listener, this::keystore, terminal);
    }

    /** Opens the wallet to take a payment back, for a person at the terminal. */
    OpenWallet toTakeBack(Terminal terminal) {
        return toSign(
                settings -> settings,
                payment -> {},
                there -> PersonsWord.keystore(this, there, "take this payment back"),
                terminal);
    }

    /** Opens the wallet to approve a token, for a person at the terminal. */
    OpenWallet toApprove(Terminal terminal) {
        return toSign(
                settings -> settings,
                payment -> {},
                there -> PersonsWord.keystore(this, there, "approve this token"),
                terminal);
    }

    private OpenWallet toSign(
            UnaryOperator<WalletSettings> forCall,
            WalletListener listener,
            Function<Terminal, KeystoreSigner> keystore,
            Terminal terminal) {
        WalletHome home = home(terminal);
        byte[] text = SealedSettings.text(home);
        WalletSettings settings = WalletSettings.parse(home.settings(), text);
        Node node = node(settings, terminal);
        PaymentSigner signer;
        Seal seal = null;
        try {
            String key = terminal.variable(KEY);
            if (key == null) {
                KeystoreSigner opened = keystore.apply(terminal);
                seal = opened.seal();
                SealedSettings.require(home, text, seal);
                SignerPlace service = settings.service();
                signer = service == null ? opened : service.signer();
            } else {
                signer = development(key, node);
            }
        } catch (SigningException e) {
            throw new Failure(Exit.WALLET, String.valueOf(e.getMessage()), e);
        }
        PaymentApprover approver =
                settings.approvals().approver(home, seal, settings.policy().approvalTimeout());
        return OpenWallet.of(signer, ledger(settings, terminal), forCall.apply(settings), listener, node, wallet -> {
            wallet.killSwitch(home.killSwitch());
            if (approver != null) wallet.approver(approver);
        });
    }

    /** Opens the wallet to see what {@code url} would cost; nothing can be signed with it. */
    OpenWallet toQuote(URI url, @Nullable BigDecimal max, Terminal terminal) {
        return toLook(forCall(settings(terminal), url, max), terminal);
    }

    /** Opens the wallet to look after its ledger; nothing can be signed with it. */
    OpenWallet toLook(WalletSettings settings, Terminal terminal) {
        WalletHome home = home(terminal);
        return OpenWallet.of(
                new Onlooker(address(terminal)),
                ledger(settings, terminal),
                settings,
                payment -> {},
                node(settings, terminal),
                wallet -> wallet.killSwitch(home.killSwitch()));
    }

    private static WalletSettings forCall(WalletSettings settings, URI url, @Nullable BigDecimal max) {
        Policy policy = settings.policy().allowHost(url.getAuthority());
        return settings.with(
                max == null ? policy : policy.perPayment(policy.perPayment().min(max)));
    }

    private KeystoreSigner keystore(Terminal terminal) {
        WalletHome home = home(terminal);
        home.requireKeystore();
        char[] passphrase = Passphrase.existing(terminal, passphraseFile(terminal));
        try {
            return KeystoreSigner.open(home.keystore(), passphrase);
        } finally {
            Arrays.fill(passphrase, '\0');
        }
    }

    /** A key from the environment, good for the chain of a node on this machine only. */
    private static PaymentSigner development(String key, @Nullable Node node) {
        if (node == null) {
            throw new Failure(
                    Exit.WALLET,
                    KEY + " is for development networks only and needs " + NODE
                            + ", a node on this machine (try: waybill"
                            + " devnet). For anything else make a keystore: waybill wallet new");
        }
        DevelopmentSigner.fromEnvironment(key, node.url()); // refuses a node elsewhere before it is asked anything
        return DevelopmentSigner.fromEnvironment(key, node.url(), node.network());
    }
}
