package waybill.cli;

import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import waybill.wallet.Budget;
import waybill.wallet.Limit;
import waybill.wallet.Totals;
import waybill.x402.Address;
import waybill.x402.Amount;
import waybill.x402.Network;

/** The commands of {@code waybill wallet} that show what it may spend and where it stands. */
final class StatusCommands {

    private StatusCommands() {}

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
}
