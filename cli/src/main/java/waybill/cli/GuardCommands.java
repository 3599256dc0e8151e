package waybill.cli;

import java.io.IOException;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import waybill.wallet.ApprovalQueue;
import waybill.wallet.KillSwitch;
import waybill.wallet.Ledger;
import waybill.wallet.LedgerException;
import waybill.wallet.Seal;
import waybill.wallet.SignedCancel;
import waybill.wallet.SigningException;

/** The commands of {@code waybill wallet} by which a person stops it, lets it go, and says yes or no. */
final class GuardCommands {

    private GuardCommands() {}

    /** {@code waybill wallet freeze}. */
    @Command(
            name = "freeze",
            header = "Stop every new payment, at once and until 'unfreeze'; also in a process that runs.",
            description = {"", "Needs no passphrase: whoever can stop the wallet, may."})
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
            WalletHome home = wallets.home(terminal);
            try {
                KillSwitch.pull(home.killSwitch(), reason);
            } catch (IOException e) {
                throw new Failure(
                        Exit.WALLET, "%s cannot be written: %s".formatted(home.killSwitch(), e.getMessage()), e);
            }
            try (Ledger ledger = wallets.ledger(terminal).open()) {
                ledger.freeze(reason, Instant.now());
            } catch (LedgerException elsewhere) {
                terminal.progress("Another process has the ledger; it stops before its next signature.");
            }
            terminal.progress("The wallet is frozen; 'waybill wallet unfreeze' lets it pay again.");
            return Exit.OK;
        }
    }

    /** {@code waybill wallet unfreeze}. */
    @Command(
            name = "unfreeze",
            header = "Let a frozen wallet pay again.",
            description = {
                "",
                "Asks for the passphrase at the terminal; a process that has the ledger is stopped first."
            })
    static final class Unfreeze implements Callable<Integer> {
        private final Terminal terminal;

        @Mixin
        private final WalletOptions wallets = new WalletOptions();

        Unfreeze(Terminal terminal) {
            this.terminal = terminal;
        }

        @Override
        public Integer call() {
            if (!wallets.development(terminal)) PersonsWord.given(wallets, terminal, "let the wallet pay again");
            try (OpenWallet opened = wallets.toLook(wallets.settings(terminal), terminal)) {
                opened.wallet().unfreeze();
                terminal.progress("The wallet pays again, within its limits.");
                return Exit.OK;
            }
        }
    }

    /** {@code waybill wallet approve}. */
    @Command(
            name = "approve",
            header = "Say yes to a payment that waits for a person; without its id, list those that wait.",
            description = {
                "",
                "For a wallet with 'approval-by: queue'. Shows what is asked and asks for the passphrase at the terminal.",
            })
    static final class Approve implements Callable<Integer> {
        private final Terminal terminal;

        @Parameters(paramLabel = "PAYMENT", arity = "0..1", description = "The payment's id.")
        private @Nullable String payment;

        @Option(names = "--json", description = "List as one JSON object a line.")
        private boolean json;

        @Mixin
        private final WalletOptions wallets = new WalletOptions();

        Approve(Terminal terminal) {
            this.terminal = terminal;
        }

        @Override
        public Integer call() {
            WalletHome home = wallets.home(terminal);
            if (payment == null) {
                list(waiting(home));
                return Exit.OK;
            }
            ApprovalQueue.Open question = question(home, payment);
            describe(question);
            Seal seal = PersonsWord.given(wallets, terminal, "pay this");
            try {
                ApprovalQueue.approve(home.questions(), question, seal);
            } catch (IOException e) {
                throw unwritable(home, e);
            }
            terminal.progress("Approved; the process that asks pays now, if its limits still allow it.");
            return Exit.OK;
        }

        private void list(List<ApprovalQueue.Open> open) {
            if (json) {
                open.forEach(question -> terminal.print(Json.write(fields(question))));
                return;
            }
            if (open.isEmpty()) terminal.progress("Nothing waits for a person.");
            Table table = new Table("until (UTC)", "amount", "network", "paid to", "for", "payment");
            for (ApprovalQueue.Open question : open) {
                table.row(
                        question.field("until"),
                        question.field("amount"),
                        question.field("network"),
                        question.field("payTo"),
                        question.field("method") + " " + question.field("origin") + question.field("path"),
                        question.paymentId());
            }
            if (!open.isEmpty()) table.lines().forEach(terminal::print);
        }

        private void describe(ApprovalQueue.Open question) {
            fields(question).forEach((name, value) -> terminal.progress("%-12s %s".formatted(name, value)));
        }
    }

    /** {@code waybill wallet cancel}. */
    @Command(
            name = "cancel",
            header =
                    "Say no to a payment that waits for a person, or take one back that was sent and may still be collected.",
            description = {
                "",
                "A payment that waits needs no passphrase: nothing is signed. One whose end is not known is taken back by a",
                "word of the account's to the token's contract (EIP-3009), for which the passphrase is asked at the terminal.",
                "The wallet holds no key that pays gas: send the printed transaction from any account. Once a final block",
                "has it, 'waybill wallet reconcile' frees the amount; until then the seller may still be first.",
            },
            footerHeading = "%nExample:%n",
            footer = {
                "  waybill wallet cancel 01890b2e-…      # prints 'to' and 'data', to be sent with any tool that pays gas",
            })
    static final class Cancel implements Callable<Integer> {
        private final Terminal terminal;

        @Parameters(
                paramLabel = "PAYMENT",
                description = "The payment's id, as 'waybill wallet approve' or 'waybill wallet payments' lists it.")
        @SuppressWarnings("NullAway.Init") // picocli refuses the command line without it
        private String payment;

        @Option(names = "--json", description = "Print the transaction as one JSON object.")
        private boolean json;

        @Mixin
        private final WalletOptions wallets = new WalletOptions();

        Cancel(Terminal terminal) {
            this.terminal = terminal;
        }

        @Override
        public Integer call() {
            WalletHome home = wallets.home(terminal);
            Optional<ApprovalQueue.Open> waiting = waiting(home).stream()
                    .filter(question -> question.paymentId().equals(payment))
                    .findFirst();
            if (waiting.isEmpty()) return takeBack();
            try {
                ApprovalQueue.refuse(home.questions(), waiting.get());
            } catch (IOException e) {
                throw unwritable(home, e);
            }
            terminal.progress("Refused; nothing is signed.");
            return Exit.OK;
        }

        private int takeBack() {
            requireSent();
            try (OpenWallet opened = wallets.toTakeBack(terminal)) {
                SignedCancel cancel = opened.wallet().cancel(payment);
                Map<String, Object> transaction = new LinkedHashMap<>();
                transaction.put("chainId", cancel.asset().network().chainId());
                transaction.put("to", cancel.asset().address().toString());
                transaction.put("data", cancel.callData());
                if (json) {
                    terminal.print(Json.write(transaction));
                } else {
                    transaction.forEach((name, value) -> terminal.print("%-8s %s".formatted(name, value)));
                }
                terminal.progress("Send this from any account that can pay the gas, then: waybill wallet reconcile."
                        + " The payment is held until a final block shows it, and is not sent again.");
                return Exit.OK;
            } catch (IllegalArgumentException | IllegalStateException e) {
                throw new Failure(Exit.USAGE, e.getMessage() + ".", e);
            } catch (SigningException e) {
                throw new Failure(Exit.WALLET, String.valueOf(e.getMessage()), e);
            }
        }

        /** Before anybody is asked for a passphrase. */
        private void requireSent() {
            LedgerPlace place = wallets.ledger(terminal);
            if (place.begun()) {
                try (Ledger ledger = place.open()) {
                    if (ledger.payment(payment).isPresent()) return;
                }
            }
            throw Failure.usage(
                    "no payment %s waits for a person or was sent; 'waybill wallet approve' and 'waybill wallet payments' list them."
                            .formatted(Words.printable(payment, 60)));
        }
    }

    private static Map<String, String> fields(ApprovalQueue.Open question) {
        Map<String, String> fields = new LinkedHashMap<>();
        for (String name : List.of(
                "paymentId", "amount", "network", "asset", "payTo", "method", "origin", "path", "why", "until")) {
            fields.put(name, Words.printable(question.field(name), 600));
        }
        return fields;
    }

    /** The open questions whose time is not over; a process that died may have left others. */
    static List<ApprovalQueue.Open> waiting(WalletHome home) {
        try {
            Instant now = Instant.now();
            return ApprovalQueue.open(home.questions()).stream()
                    .filter(question -> until(question).isAfter(now))
                    .toList();
        } catch (IOException e) {
            throw new Failure(Exit.WALLET, "%s cannot be read: %s".formatted(home.questions(), e.getMessage()), e);
        }
    }

    private static Instant until(ApprovalQueue.Open question) {
        try {
            return Instant.parse(question.field("until"));
        } catch (DateTimeParseException e) {
            return Instant.MIN;
        }
    }

    private static ApprovalQueue.Open question(WalletHome home, String payment) {
        return waiting(home).stream()
                .filter(question -> question.paymentId().equals(payment))
                .findFirst()
                .orElseThrow(() ->
                        Failure.usage("no payment %s waits for a person; 'waybill wallet approve' lists those that do."
                                .formatted(Words.printable(payment, 60))));
    }

    private static Failure unwritable(WalletHome home, IOException e) {
        return new Failure(Exit.WALLET, "%s cannot be written: %s".formatted(home.questions(), e.getMessage()), e);
    }
}
