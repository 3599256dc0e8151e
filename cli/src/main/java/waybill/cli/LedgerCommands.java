package waybill.cli;

import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import waybill.wallet.Budget;
import waybill.wallet.ChainFindings;
import waybill.wallet.Ledger;
import waybill.wallet.Limit;
import waybill.wallet.PaymentRecord;
import waybill.wallet.Totals;
import waybill.wallet.Verification;
import waybill.x402.Address;
import waybill.x402.Amount;
import waybill.x402.Network;

/** The commands of {@code waybill wallet} that read its ledger and end what is open in it. */
final class LedgerCommands {

    private LedgerCommands() {}

    /** {@code waybill wallet ledger}. */
    @Command(name = "ledger", header = "List payments and refusals, newest first, and what is spent and held.")
    static final class Payments implements Callable<Integer> {
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
            if (!Files.exists(file)) return nothingYet(wallets, terminal);
            try (Ledger ledger = OpenWallet.ledger(file)) {
                List<PaymentRecord> payments = ledger.payments(limit);
                if (json) {
                    payments.forEach(payment -> terminal.print(Json.write(PaymentText.object(payment))));
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
                        PaymentText.time(payment.createdAt()),
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
    }

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
            if (chain) requireNode(wallets, settings, terminal);
            if (!Files.exists(wallets.ledger(terminal))) return nothingYet(wallets, terminal);
            if (!chain) {
                try (Ledger ledger = OpenWallet.ledger(wallets.ledger(terminal))) {
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
            requireNode(wallets, settings, terminal);
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

    /** {@code waybill wallet payments}. */
    @Command(
            name = "payments",
            header = "Show one payment or refusal whole; without its id, those that somebody should look at.",
            description = {
                "",
                "Without an id: payments whose end is not known, with what is held for them. 'ledger' lists everything.",
            })
    static final class OnePayment implements Callable<Integer> {
        private final Terminal terminal;

        @Parameters(paramLabel = "PAYMENT", arity = "0..1", description = "The payment's id.")
        private @Nullable String payment;

        @Option(names = "--json", description = "Print one JSON object a line.")
        private boolean json;

        @Mixin
        private final WalletOptions wallets = new WalletOptions();

        OnePayment(Terminal terminal) {
            this.terminal = terminal;
        }

        @Override
        public Integer call() {
            Path file = wallets.ledger(terminal);
            if (!Files.exists(file)) return nothingYet(wallets, terminal);
            try (Ledger ledger = OpenWallet.ledger(file)) {
                String id = payment;
                if (id == null) {
                    List<PaymentRecord> open = ledger.unproven();
                    open.forEach(this::show);
                    if (open.isEmpty()) terminal.progress("Every payment has its end.");
                    return Exit.OK;
                }
                show(ledger.payment(id)
                        .orElseThrow(() -> Failure.usage("there is no payment %s; 'waybill wallet ledger' lists them."
                                .formatted(Words.printable(id, 60)))));
                return Exit.OK;
            }
        }

        private void show(PaymentRecord record) {
            Map<String, Object> fields = PaymentText.object(record);
            if (json) {
                terminal.print(Json.write(fields));
            } else {
                fields.forEach((name, value) -> terminal.print("%-12s %s".formatted(name, value)));
                terminal.print("");
            }
        }
    }

    /** {@code waybill wallet export}. */
    @Command(
            name = "export",
            header = "Write the ledger for a bookkeeper, oldest first: dates in UTC, amounts exact.",
            footerHeading = "%nExamples:%n",
            footer = {
                "  waybill wallet export --since 2026-01-01 --until 2026-02-01 > january.csv",
                "  waybill wallet export --format json | jq 'select(.state == \"SETTLED\")'",
            })
    static final class Export implements Callable<Integer> {
        private static final int MOST = 1_000_000;

        private final Terminal terminal;

        /** The forms that a ledger is written in. */
        enum Format {
            /** RFC 4180 with a heading. */
            csv,
            /** One JSON object a line. */
            json
        }

        @Option(
                names = "--format",
                paramLabel = "csv|json",
                defaultValue = "csv",
                description = "Comma-separated with a heading, or one JSON object a line (default: ${DEFAULT-VALUE}).")
        private Format format = Format.csv;

        @Option(names = "--since", paramLabel = "DATE", description = "From this day on, UTC, such as 2026-01-31.")
        private @Nullable LocalDate since;

        @Option(names = "--until", paramLabel = "DATE", description = "Before this day, UTC.")
        private @Nullable LocalDate until;

        @Mixin
        private final WalletOptions wallets = new WalletOptions();

        Export(Terminal terminal) {
            this.terminal = terminal;
        }

        @Override
        public Integer call() {
            Path file = wallets.ledger(terminal);
            if (!Files.exists(file)) return nothingYet(wallets, terminal);
            try (Ledger ledger = OpenWallet.ledger(file)) {
                List<PaymentRecord> oldestFirst = new ArrayList<>(ledger.payments(MOST));
                Collections.reverse(oldestFirst);
                if (format == Format.csv) terminal.print(PaymentText.heading());
                for (PaymentRecord payment : oldestFirst) {
                    if (!within(payment.createdAt())) continue;
                    terminal.print(
                            format == Format.csv ? PaymentText.csv(payment) : Json.write(PaymentText.object(payment)));
                }
                return Exit.OK;
            }
        }

        private boolean within(Instant at) {
            boolean late = since == null
                    || !at.isBefore(since.atStartOfDay(ZoneOffset.UTC).toInstant());
            boolean early = until == null
                    || at.isBefore(until.atStartOfDay(ZoneOffset.UTC).toInstant());
            return late && early;
        }
    }

    /** {@code waybill wallet limits}. */
    @Command(name = "limits", header = "Show what a person has allowed, and how much of it is used.")
    static final class ShowLimits implements Callable<Integer> {
        private final Terminal terminal;

        @Option(names = "--json", description = "Print one JSON object.")
        private boolean json;

        @Mixin
        private final WalletOptions wallets = new WalletOptions();

        ShowLimits(Terminal terminal) {
            this.terminal = terminal;
        }

        @Override
        public Integer call() {
            WalletSettings settings = wallets.settings(terminal);
            if (json) {
                terminal.print(Json.write(LimitsText.object(settings)));
            } else {
                LimitsText.of(settings).forEach(terminal::print);
            }
            if (!wallets.development(terminal) && !SealedSettings.present(wallets.home(terminal))) {
                terminal.progress("These limits are not sealed, so nothing is paid under them: waybill wallet seal");
            }
            return Exit.OK;
        }
    }

    /** {@code waybill wallet status}. */
    @Command(
            name = "status",
            header =
                    "Show the wallet at a glance: address, balances, whether it is frozen, what is spent, held and open.")
    static final class Status implements Callable<Integer> {
        private final Terminal terminal;

        @Option(names = "--json", description = "Print one JSON object.")
        private boolean json;

        @Mixin
        private final WalletOptions wallets = new WalletOptions();

        Status(Terminal terminal) {
            this.terminal = terminal;
        }

        @Override
        public Integer call() {
            WalletSettings settings = wallets.settings(terminal);
            Map<String, Object> status = new LinkedHashMap<>();
            status.put("address", wallets.address(terminal).toString());
            Node node = wallets.node(settings, terminal);
            status.put("balances", node == null ? List.of() : balances(settings, node));
            try (OpenWallet opened = wallets.toLook(settings, terminal)) {
                status.put("frozen", opened.wallet().frozen().orElse("no"));
                for (Budget budget : opened.wallet().budgets()) status.put(budget.property(), used(budget));
                Totals totals = opened.wallet().totals();
                status.put("settled", texts(totals.settled()));
                status.put("held", texts(totals.held()));
                status.put(
                        "unresolved",
                        opened.ledger().unproven().stream()
                                .filter(payment -> payment.state().unresolved())
                                .count());
            }
            status.put("waiting", GuardCommands.waiting(wallets.home(terminal)).size());
            if (json) {
                terminal.print(Json.write(status));
            } else {
                status.forEach((name, value) -> terminal.print("%-12s %s".formatted(name, text(value))));
            }
            return Exit.OK;
        }

        private static String used(Budget budget) {
            boolean dollars = budget.measure() == Limit.Measure.DOLLARS;
            String limit = dollars ? Dollars.show(budget.limit()) : budget.limit() + " payments";
            BigDecimal used = budget.used();
            if (used == null) return "at most " + limit;
            String left = dollars ? Dollars.show(budget.left()) : budget.left().toPlainString();
            return "%s left of %s".formatted(left, limit);
        }

        private List<String> balances(WalletSettings settings, Node node) {
            Network network = node.network();
            Address owner = wallets.address(terminal);
            return settings.assets().all().stream()
                    .filter(asset -> asset.network().equals(network))
                    .map(asset -> node.balance(asset, owner) + " on " + network)
                    .toList();
        }

        private static List<String> texts(List<Amount> amounts) {
            return amounts.stream()
                    .map(amount -> amount + " on " + amount.asset().network())
                    .toList();
        }

        private static String text(Object value) {
            return value instanceof List<?> list
                    ? list.isEmpty()
                            ? "none"
                            : String.join(
                                    ", ", list.stream().map(String::valueOf).toList())
                    : String.valueOf(value);
        }
    }

    private static int nothingYet(WalletOptions wallets, Terminal terminal) {
        terminal.progress("Nothing was paid yet: there is no " + wallets.ledger(terminal) + ".");
        return Exit.OK;
    }

    private static void requireNode(WalletOptions wallets, WalletSettings settings, Terminal terminal) {
        if (wallets.node(settings, terminal) != null) return;
        throw new Failure(
                Exit.WALLET, "no node is known to ask; name one with WAYBILL_RPC_URL or 'rpc' in wallet.yaml.");
    }
}
