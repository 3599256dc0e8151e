package waybill.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import waybill.wallet.KeystoreSigner;
import waybill.wallet.Ledger;
import waybill.wallet.PaymentRecord;
import waybill.wallet.SigningException;
import waybill.wallet.Totals;
import waybill.wallet.Verification;
import waybill.x402.Address;
import waybill.x402.Amount;
import waybill.x402.Asset;
import waybill.x402.Network;

/** {@code waybill wallet}: the key and the ledger that payments are made with. */
@Command(
        name = "wallet",
        header = "Make a wallet, see its address, balance and payments, and look after its ledger.",
        description = {
            "",
            "A wallet is a directory: keystore.json (the key, encrypted), wallet.yaml (limits, hosts and tokens; optional)",
            "and ledger.db (every payment and refusal). No command shows the key.",
        },
        synopsisSubcommandLabel = "COMMAND",
        commandListHeading = "%nCommands:%n",
        exitCodeList = {Exit.Words.OK, Exit.Words.FAILED, Exit.Words.USAGE, Exit.Words.WALLET},
        footerHeading = "%nEnvironment:%n",
        footer = {
            "  WAYBILL_HOME              the wallet's directory (default: ~/.waybill)",
            "  WAYBILL_PASSPHRASE_FILE   a file with the passphrase, readable by you only",
            "  WAYBILL_RPC_URL           the node to ask for balances (or 'rpc' in wallet.yaml)",
            "  WAYBILL_PRIVATE_KEY       a key in the clear: development networks with a node on this machine only",
            "",
            "Example of a wallet.yaml; all of it is optional:",
            "  waybill:",
            "    wallet:",
            "      rpc: http://127.0.0.1:8545",
            "      per-payment: 0.25            # dollars; also first-payment, per-hour, per-day; per-minute is a count",
            "      allowed-hosts: [api.example.com]",
            "      allowed-networks: [eip155:84532]",
            "      mainnet-enabled: false       # true lets real money be paid",
            "      payees:                      # the only one who may be paid at a host",
            "        api.example.com: \"0x70997970C51812dc3A010C7d01b50e0d17dc79C8\"",
            "      assets:                      # tokens besides those that are built in",
            "        - {symbol: EURX, network: \"eip155:84532\", address: \"0x70997970C51812dc3A010C7d01b50e0d17dc79C8\",",
            "           decimals: 6, name: Euro X, version: \"1\"}   # name and version of its EIP-712 domain",
        },
        subcommands = {
            WalletCommand.New.class,
            WalletCommand.ShowAddress.class,
            WalletCommand.Balance.class,
            WalletCommand.Payments.class,
            WalletCommand.Verify.class,
            WalletCommand.Reconcile.class,
            WalletCommand.Release.class,
            WalletCommand.Freeze.class,
            WalletCommand.Unfreeze.class,
        })
final class WalletCommand implements Runnable {

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before run()
    private CommandSpec spec;

    WalletCommand() {}

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Which wallet command? 'waybill wallet --help' lists them.");
    }

    /** {@code waybill wallet new}. */
    @Command(
            name = "new",
            header = "Make a key and store it encrypted, readable by you only.",
            description = {"", "Asks for a passphrase twice. A lost passphrase cannot be recovered."})
    static final class New implements Callable<Integer> {
        private final Terminal terminal;

        @Mixin
        private final WalletOptions wallets = new WalletOptions();

        New(Terminal terminal) {
            this.terminal = terminal;
        }

        @Override
        public Integer call() {
            WalletHome home = wallets.home(terminal);
            if (Files.exists(home.keystore())) {
                throw new Failure(
                        Exit.WALLET,
                        "there is a wallet in %s already (%s); choose another directory with --wallet."
                                .formatted(home.directory(), home.address()));
            }
            char[] passphrase = Passphrase.chosen(terminal, wallets.passphraseFile(terminal));
            try {
                KeystoreSigner signer = KeystoreSigner.create(home.keystore(), passphrase);
                terminal.progress("Wrote " + home.keystore() + ". Keep a copy of it and of the passphrase.");
                terminal.print(signer.address().toString());
                return Exit.OK;
            } catch (SigningException e) {
                throw new Failure(Exit.WALLET, String.valueOf(e.getMessage()), e);
            } finally {
                Arrays.fill(passphrase, '\0');
            }
        }
    }

    /** {@code waybill wallet address}. */
    @Command(name = "address", header = "Print the wallet's address; no passphrase is needed.")
    static final class ShowAddress implements Callable<Integer> {
        private final Terminal terminal;

        @Mixin
        private final WalletOptions wallets = new WalletOptions();

        ShowAddress(Terminal terminal) {
            this.terminal = terminal;
        }

        @Override
        public Integer call() {
            terminal.print(wallets.address(terminal).toString());
            return Exit.OK;
        }
    }

    /** {@code waybill wallet balance}. */
    @Command(name = "balance", header = "Ask the node what the wallet holds of the known tokens.")
    static final class Balance implements Callable<Integer> {
        private final Terminal terminal;

        @Mixin
        private final WalletOptions wallets = new WalletOptions();

        Balance(Terminal terminal) {
            this.terminal = terminal;
        }

        @Override
        public Integer call() {
            WalletSettings settings = wallets.settings(terminal);
            Node node = wallets.node(settings, terminal);
            if (node == null) {
                throw new Failure(
                        Exit.WALLET,
                        "no node is known to ask for a balance; name one with WAYBILL_RPC_URL or 'rpc' in wallet.yaml.");
            }
            Address owner = wallets.address(terminal);
            Network network = node.network();
            List<Asset> assets = settings.assets().all().stream()
                    .filter(asset -> asset.network().equals(network))
                    .toList();
            if (assets.isEmpty()) {
                throw new Failure(
                        Exit.WALLET,
                        "no token is known on %s, the node's chain; add one to 'assets' in wallet.yaml."
                                .formatted(network));
            }
            terminal.progress("%s on %s".formatted(owner, network));
            for (Asset asset : assets) terminal.print(node.balance(asset, owner).toString());
            return Exit.OK;
        }
    }

    /** {@code waybill wallet ledger}. */
    @Command(name = "ledger", header = "List payments and refusals, newest first, and what is spent and held.")
    static final class Payments implements Callable<Integer> {
        private static final DateTimeFormatter TIME =
                DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss", Locale.ROOT).withZone(ZoneOffset.UTC);

        private final Terminal terminal;

        @Mixin
        private final WalletOptions wallets = new WalletOptions();

        @Option(
                names = "--limit",
                paramLabel = "N",
                defaultValue = "20",
                description = "List at most so many (default: ${DEFAULT-VALUE}).")
        private int limit;

        @Option(names = "--json", description = "Print one JSON object a line.")
        private boolean json;

        Payments(Terminal terminal) {
            this.terminal = terminal;
        }

        @Override
        public Integer call() {
            if (limit < 1 || limit > 100_000) throw Failure.usage("--limit is %d; it is 1 to 100000.".formatted(limit));
            Path file = wallets.ledger(terminal);
            if (!Files.exists(file)) {
                terminal.progress("Nothing was paid yet: there is no " + file + ".");
                return Exit.OK;
            }
            try (Ledger ledger = OpenWallet.ledger(file)) {
                List<PaymentRecord> payments = ledger.payments(limit);
                if (json) {
                    payments.forEach(payment -> terminal.print(Json.write(object(payment))));
                } else {
                    table(payments);
                    totals(ledger.totals());
                    ledger.frozen().ifPresent(why -> terminal.progress("The wallet is frozen: " + why));
                }
                return Exit.OK;
            }
        }

        private void table(List<PaymentRecord> payments) {
            Table table =
                    new Table("time (UTC)", "state", "amount", "host", "paid to", "transaction or reason", "payment");
            for (PaymentRecord payment : payments) {
                table.row(
                        TIME.format(payment.createdAt()),
                        payment.state() + (payment.confirmed() ? " (confirmed)" : ""),
                        text(payment.amount()),
                        payment.host(),
                        text(payment.payTo()),
                        payment.transaction() != null ? payment.transaction() : text(payment.code()),
                        payment.id());
            }
            table.lines().forEach(terminal::print);
        }

        private void totals(Totals totals) {
            for (Amount settled : totals.settled())
                terminal.print(
                        "settled  %s on %s".formatted(settled, settled.asset().network()));
            for (Amount held : totals.held())
                terminal.print("held     %s on %s".formatted(held, held.asset().network()));
        }

        private static String text(@Nullable Object value) {
            return value == null ? "-" : value.toString();
        }

        private static Map<String, Object> object(PaymentRecord payment) {
            Map<String, @Nullable Object> all = new LinkedHashMap<>();
            all.put("paymentId", payment.id());
            all.put("state", payment.state().name());
            all.put("confirmed", payment.confirmed());
            all.put("amount", payment.amount());
            all.put("network", payment.network());
            all.put("payTo", payment.payTo());
            all.put("method", payment.method());
            all.put("url", payment.url());
            all.put("transaction", payment.transaction());
            all.put("error", payment.code());
            all.put("message", payment.reason());
            all.put("createdAt", payment.createdAt());
            all.put("updatedAt", payment.updatedAt());
            Map<String, Object> known = new LinkedHashMap<>();
            all.forEach((key, value) -> {
                if (value != null) known.put(key, value instanceof Boolean ? value : value.toString());
            });
            return known;
        }
    }

    /** {@code waybill wallet verify}. */
    @Command(name = "verify", header = "Read the whole ledger and check that it adds up.")
    static final class Verify implements Callable<Integer> {
        private final Terminal terminal;

        @Mixin
        private final WalletOptions wallets = new WalletOptions();

        Verify(Terminal terminal) {
            this.terminal = terminal;
        }

        @Override
        public Integer call() {
            try (Ledger ledger = OpenWallet.ledger(wallets.ledger(terminal))) {
                Verification found = ledger.verify();
                found.findings().forEach(terminal::print);
                if (!found.sound()) {
                    throw new Failure(
                            Exit.WALLET,
                            "the ledger does not add up (%d findings in %d events); nothing is paid until it is mended."
                                    .formatted(found.findings().size(), found.events()));
                }
                terminal.print("%d events, all in order.".formatted(found.events()));
                return Exit.OK;
            }
        }
    }

    /** {@code waybill wallet reconcile}. */
    @Command(
            name = "reconcile",
            header = "Ask the node how unproven payments ended; confirm them, or free what can never be collected.")
    static final class Reconcile implements Callable<Integer> {
        private final Terminal terminal;

        @Mixin
        private final WalletOptions wallets = new WalletOptions();

        Reconcile(Terminal terminal) {
            this.terminal = terminal;
        }

        @Override
        public Integer call() {
            WalletSettings settings = wallets.settings(terminal);
            if (wallets.node(settings, terminal) == null) {
                throw new Failure(
                        Exit.WALLET, "no node is known to ask; name one with WAYBILL_RPC_URL or 'rpc' in wallet.yaml.");
            }
            try (OpenWallet opened = wallets.toLook(settings, terminal)) {
                List<PaymentRecord> changed = opened.wallet().reconcile();
                for (PaymentRecord payment : changed) {
                    terminal.print("%s  %s%s"
                            .formatted(payment.id(), payment.state(), payment.confirmed() ? " (confirmed)" : ""));
                }
                terminal.progress("%d payments changed.".formatted(changed.size()));
                return Exit.OK;
            } catch (IOException e) {
                throw new Failure(Exit.WALLET, "the node does not answer: " + e.getMessage(), e);
            }
        }
    }

    /** {@code waybill wallet release}. */
    @Command(
            name = "release",
            header = "Free the amount of an unresolved payment without proof, once nobody can collect it any more.")
    static final class Release implements Callable<Integer> {
        private final Terminal terminal;

        @Parameters(paramLabel = "PAYMENT", description = "The payment's id, as 'waybill wallet ledger' lists it.")
        @SuppressWarnings("NullAway.Init") // picocli refuses the command line without it
        private String payment;

        @Mixin
        private final WalletOptions wallets = new WalletOptions();

        Release(Terminal terminal) {
            this.terminal = terminal;
        }

        @Override
        public Integer call() {
            try (OpenWallet opened = wallets.toLook(wallets.settings(terminal), terminal)) {
                terminal.print(opened.wallet().release(payment).state().toString());
                return Exit.OK;
            } catch (IllegalArgumentException | IllegalStateException e) {
                throw new Failure(Exit.USAGE, e.getMessage() + ".", e);
            }
        }
    }

    /** {@code waybill wallet freeze}. */
    @Command(name = "freeze", header = "Stop every new payment, at once and until 'unfreeze'.")
    static final class Freeze implements Callable<Integer> {
        private final Terminal terminal;

        @Parameters(paramLabel = "REASON", arity = "0..1", defaultValue = "frozen by a person", description = "Why.")
        private String reason = "";

        @Mixin
        private final WalletOptions wallets = new WalletOptions();

        Freeze(Terminal terminal) {
            this.terminal = terminal;
        }

        @Override
        public Integer call() {
            try (Ledger ledger = OpenWallet.ledger(wallets.ledger(terminal))) {
                ledger.freeze(reason, Instant.now());
                terminal.progress("The wallet is frozen; 'waybill wallet unfreeze' lets it pay again.");
                return Exit.OK;
            }
        }
    }

    /** {@code waybill wallet unfreeze}. */
    @Command(name = "unfreeze", header = "Let a frozen wallet pay again.")
    static final class Unfreeze implements Callable<Integer> {
        private final Terminal terminal;

        @Mixin
        private final WalletOptions wallets = new WalletOptions();

        Unfreeze(Terminal terminal) {
            this.terminal = terminal;
        }

        @Override
        public Integer call() {
            try (Ledger ledger = OpenWallet.ledger(wallets.ledger(terminal))) {
                ledger.unfreeze(Instant.now());
                terminal.progress("The wallet pays again, within its limits.");
                return Exit.OK;
            }
        }
    }
}
