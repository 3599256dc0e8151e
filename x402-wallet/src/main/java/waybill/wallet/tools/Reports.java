package waybill.wallet.tools;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import waybill.wallet.Budget;
import waybill.wallet.Limit;
import waybill.wallet.PaymentRecord;
import waybill.wallet.SellerReceipt;
import waybill.wallet.Totals;
import waybill.wallet.Wallet;
import waybill.x402.Amount;

/** What the ledger says, in plain values. No seller's words are in it: a refusal is told by its code. */
final class Reports {
    private static final int SHOWN_UNRESOLVED = 20;
    private static final int MOST_PAYMENTS = 50;

    private final Wallet wallet;
    private final boolean paysInOneStep;

    Reports(Wallet wallet, boolean paysInOneStep) {
        this.wallet = wallet;
        this.paysInOneStep = paysInOneStep;
    }

    ToolResult status() {
        Map<String, @Nullable Object> all = new LinkedHashMap<>();
        all.put("address", wallet.address().toString());
        Optional<String> frozen = wallet.frozen();
        all.put("frozen", frozen.isPresent());
        frozen.ifPresent(why -> all.put("frozenBecause", Fence.line(why, 200)));
        all.put("realMoney", wallet.policy().mainnet());
        all.put("hosts", wallet.policy().hosts().stream().sorted().limit(50).toList());
        all.put("budgetLeft", left());
        Totals totals = wallet.totals();
        all.put("balances", amounts(wallet.balances()));
        all.put("spent", amounts(totals.settled()));
        all.put("held", amounts(totals.held()));
        List<Object> unresolved = new ArrayList<>();
        for (PaymentRecord payment : wallet.payments(1_000)) {
            if (payment.state().unresolved() && unresolved.size() < SHOWN_UNRESOLVED) {
                unresolved.add(line(payment));
            }
        }
        all.put("unresolved", unresolved);
        all.put("paysInOneStep", paysInOneStep);
        return ToolResult.of(all);
    }

    ToolResult payments(Arguments arguments) {
        String id = arguments.optional("paymentId", 100);
        if (id != null) {
            Optional<PaymentRecord> found = wallet.payment(id);
            return found.isPresent()
                    ? ToolResult.of(Map.of("payments", List.of(line(found.get()))))
                    : ToolResult.error("unknown_payment", NextStep.of("unknown_payment"));
        }
        List<Object> lines = new ArrayList<>();
        wallet.payments(arguments.count("limit", 10, MOST_PAYMENTS)).forEach(payment -> lines.add(line(payment)));
        Map<String, @Nullable Object> all = new LinkedHashMap<>();
        all.put("payments", lines);
        all.put("budgetLeft", left());
        return ToolResult.of(all);
    }

    /** What is left of each limit of the wallet, by the property that sets it. */
    Map<String, @Nullable Object> left() {
        Map<String, @Nullable Object> all = new LinkedHashMap<>();
        for (Budget budget : wallet.budgets()) {
            boolean dollars = budget.measure() == Limit.Measure.DOLLARS;
            all.put(
                    budget.property(),
                    dollars
                            ? "$" + plain(budget.left()) + " of $" + plain(budget.limit())
                            : plain(budget.left()) + " of " + plain(budget.limit()) + " payments");
        }
        return all;
    }

    private static String plain(BigDecimal number) {
        return number.stripTrailingZeros().toPlainString();
    }

    static Map<String, @Nullable Object> receipt(PaymentRecord payment) {
        Map<String, @Nullable Object> all = new LinkedHashMap<>();
        put(all, "transaction", payment.transaction());
        put(all, "network", payment.network());
        put(all, "payer", payment.payer());
        put(all, "payTo", payment.payTo());
        put(all, "amount", payment.amount());
        all.put("confirmed", payment.confirmed());
        SellerReceipt receipt = payment.receipt();
        put(all, "sellerReceipt", receipt == null ? null : receipt.finding());
        return all;
    }

    private static Map<String, @Nullable Object> line(PaymentRecord payment) {
        Map<String, @Nullable Object> all = new LinkedHashMap<>();
        all.put("paymentId", payment.id());
        all.put("state", payment.state().name());
        put(all, "code", payment.code());
        all.put("method", payment.method());
        all.put("host", Fence.line(payment.host(), 100));
        put(all, "heldUntil", payment.state().unresolved() ? payment.validBefore() : null);
        all.put("at", payment.createdAt().toString());
        all.putAll(receipt(payment));
        return all;
    }

    private static void put(Map<String, @Nullable Object> all, String name, @Nullable Object value) {
        if (value != null) {
            all.put(name, value.toString());
        }
    }

    private static List<Object> amounts(List<Amount> sums) {
        List<Object> shown = new ArrayList<>();
        sums.forEach(sum -> shown.add(sum + " on " + sum.asset().network()));
        return shown;
    }
}
