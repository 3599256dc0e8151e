package waybill.cli;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import waybill.wallet.Ledger;
import waybill.wallet.PaymentRecord;
import waybill.wallet.SellerReceipt;
import waybill.wallet.Totals;
import waybill.x402.Amount;

/** The commands of {@code waybill wallet} that read its ledger. */
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
            LedgerPlace place = wallets.ledger(terminal);
            if (!place.begun()) return place.nothingYet(terminal);
            try (Ledger ledger = place.open()) {
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
                        payment.state() + (payment.confirmed() ? " (confirmed)" : "") + receipt(payment),
                        text(payment.amount()),
                        payment.host(),
                        text(payment.payTo()),
                        payment.transaction() != null ? payment.transaction() : text(payment.code()),
                        payment.id());
            }
            table.lines().forEach(terminal::print);
        }

        private static String receipt(PaymentRecord payment) {
            SellerReceipt receipt = payment.receipt();
            if (receipt == null) return "";
            return receipt.finding().bad() ? " (BAD RECEIPT)" : " (receipt)";
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
            LedgerPlace place = wallets.ledger(terminal);
            if (!place.begun()) return place.nothingYet(terminal);
            try (Ledger ledger = place.open()) {
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
        private static final int PAGE = 500;

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
            LedgerPlace place = wallets.ledger(terminal);
            if (!place.begun()) return place.nothingYet(terminal);
            try (Ledger ledger = place.open()) {
                if (format == Format.csv) terminal.print(PaymentText.heading());
                String last = null;
                List<PaymentRecord> page = ledger.payments(from(), until(), null, PAGE);
                while (!page.isEmpty()) {
                    for (PaymentRecord payment : page) {
                        terminal.print(
                                format == Format.csv
                                        ? PaymentText.csv(payment)
                                        : Json.write(PaymentText.object(payment)));
                        last = payment.id();
                    }
                    page = ledger.payments(from(), until(), last, PAGE);
                }
                return Exit.OK;
            }
        }

        private Instant from() {
            return since == null
                    ? Instant.MIN
                    : since.atStartOfDay(ZoneOffset.UTC).toInstant();
        }

        private Instant until() {
            return until == null
                    ? Instant.MAX
                    : until.atStartOfDay(ZoneOffset.UTC).toInstant();
        }
    }
}
