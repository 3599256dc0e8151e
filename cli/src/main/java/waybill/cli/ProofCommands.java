package waybill.cli;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import waybill.wallet.ChainFindings;
import waybill.wallet.Ledger;
import waybill.wallet.PaymentRecord;
import waybill.wallet.Verification;

/** The commands of {@code waybill wallet} that hold its ledger against itself and the chain, and end what is open in it. */
final class ProofCommands {

    private ProofCommands() {}

    /** {@code waybill wallet verify}. */
    @Command(
            name = "verify",
            header = "Read the whole ledger and check that it adds up; with --chain, ask the node too.",
            exitCodeList = {
                Exit.Words.OK,
                Exit.Words.FAILED,
                Exit.Words.USAGE,
                "7:the ledger or the chain contradicts it, or cannot be read",
            })
    static final class Verify implements Callable<Integer> {
        private final Terminal terminal;

        @Option(
                names = "--chain",
                description = "Also look every settled payment up on its chain. Changes nothing; 'reconcile' does.")
        private boolean chain;

        @Mixin
        private final WalletOptions wallets = new WalletOptions();

        Verify(Terminal terminal) {
            this.terminal = terminal;
        }

        @Override
        public Integer call() {
            WalletSettings settings = wallets.settings(terminal);
            if (chain) wallets.requireNode(settings, terminal);
            LedgerPlace place = wallets.ledger(terminal);
            if (!place.begun()) return place.nothingYet(terminal);
            if (!chain) {
                try (Ledger ledger = place.open()) {
                    verify(ledger);
                    return Exit.OK;
                }
            }
            try (OpenWallet opened = wallets.toLook(settings, terminal)) {
                verify(opened.ledger());
                ChainFindings found = opened.wallet().verifyChain();
                found.findings().forEach(terminal::print);
                if (!found.sound()) {
                    throw new Failure(
                            Exit.WALLET,
                            "the chain contradicts the ledger in %d of %d settled payments."
                                    .formatted(found.findings().size(), found.asked()));
                }
                terminal.print("%d settled payments, %d shown by the chain, %d claimed and not shown yet."
                        .formatted(found.asked(), found.shown(), found.asked() - found.shown()));
                return Exit.OK;
            } catch (IOException e) {
                throw new Failure(Exit.WALLET, "the node does not answer: " + e.getMessage(), e);
            }
        }

        private void verify(Ledger ledger) {
            Verification found = ledger.verify();
            found.findings().forEach(terminal::print);
            if (!found.sound()) {
                throw new Failure(
                        Exit.WALLET,
                        "the ledger does not add up (%d findings in %d events); nothing is paid until it is mended."
                                .formatted(found.findings().size(), found.events()));
            }
            terminal.print("%d events, all in order.".formatted(found.events()));
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
            wallets.requireNode(settings, terminal);
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
            header = "Free the amount of an unresolved payment without proof, once nobody can collect it any more.",
            description = {"", "For a wallet without a node. Asks for the passphrase at the terminal."})
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
            if (!wallets.development(terminal)) PersonsWord.given(wallets, terminal, "release this payment");
            try (OpenWallet opened = wallets.toLook(wallets.settings(terminal), terminal)) {
                terminal.print(opened.wallet().release(payment).state().toString());
                return Exit.OK;
            } catch (IllegalArgumentException | IllegalStateException e) {
                throw new Failure(Exit.USAGE, e.getMessage() + ".", e);
            }
        }
    }
}
