package waybill.cli;

import java.nio.file.Files;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import waybill.wallet.KeystoreSigner;
import waybill.wallet.Seal;
import waybill.wallet.SigningException;
import waybill.x402.Address;
import waybill.x402.Asset;
import waybill.x402.Network;

/** The commands of {@code waybill wallet} about its key and its settings. */
final class KeyCommands {

    private KeyCommands() {}

    /** {@code waybill wallet new}. */
    @Command(
            name = "new",
            header = "Make a key and store it encrypted, readable by you only.",
            description = {
                "",
                "Asks for a passphrase twice. A lost passphrase cannot be recovered. A wallet.yaml that is there already is",
                "sealed with it.",
            })
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
                byte[] settings = SealedSettings.text(home);
                WalletSettings.parse(home.settings(), settings); // what cannot be followed is not sealed
                KeystoreSigner signer = KeystoreSigner.create(home.keystore(), passphrase);
                SealedSettings.write(home, settings, signer.seal());
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

    /** {@code waybill wallet seal}. */
    @Command(
            name = "seal",
            header = "Seal wallet.yaml after a change, so that the wallet pays under it.",
            description = {
                "",
                "Shows the limits as they will hold and asks for the passphrase at the terminal. A wallet.yaml that was",
                "changed, added or removed without this command pays nothing.",
            })
    static final class SealSettings implements Callable<Integer> {
        private final Terminal terminal;

        @Mixin
        private final WalletOptions wallets = new WalletOptions();

        SealSettings(Terminal terminal) {
            this.terminal = terminal;
        }

        @Override
        public Integer call() {
            WalletHome home = wallets.home(terminal);
            byte[] text = SealedSettings.text(home);
            WalletSettings settings = WalletSettings.parse(home.settings(), text);
            LimitsText.of(settings).forEach(terminal::progress);
            Seal seal = PersonsWord.typed(wallets, terminal, "seal these limits");
            SealedSettings.write(home, text, seal);
            terminal.progress("Sealed; the wallet pays under these limits.");
            return Exit.OK;
        }
    }
}
