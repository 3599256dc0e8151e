package waybill.wallet.actuator;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.WriteOperation;
import waybill.wallet.Budget;
import waybill.wallet.PaymentRecord;
import waybill.wallet.Totals;
import waybill.wallet.Wallet;
import waybill.x402.Amount;

/**
 * {@code /actuator/x402}: reading shows the wallet's state, what is left of each limit and what has not ended; writing
 * freezes the wallet at once. Nothing here lets it pay again: that is {@code waybill wallet unfreeze}, at a terminal. It
 * shows amounts and hosts; expose it as other endpoints that need a login. Thread-safe.
 */
@Endpoint(id = "x402")
public final class WalletEndpoint {
    private static final int LATEST = 200;
    private static final int MAX_REASON = 200;

    private final Wallet wallet;

    /** Shows {@code wallet}. */
    public WalletEndpoint(Wallet wallet) {
        this.wallet = wallet;
    }

    /** The wallet's state as plain values. */
    @ReadOperation
    public Map<String, Object> status() {
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("address", wallet.address().toString());
        all.put("realMoney", wallet.policy().mainnet());
        all.put("frozen", wallet.frozen().isPresent());
        wallet.frozen().ifPresent(why -> all.put("frozenBecause", why));
        List<Object> limits = new ArrayList<>();
        for (Budget budget : wallet.budgets()) {
            Map<String, Object> limit = new LinkedHashMap<>();
            limit.put("limit", budget.property());
            limit.put("counts", budget.measure().name().toLowerCase(Locale.ROOT));
            limit.put("most", plain(budget.limit()));
            if (budget.used() != null) {
                limit.put("used", plain(budget.used()));
            }
            limit.put("left", plain(budget.left()));
            limits.add(limit);
        }
        all.put("limits", limits);
        Totals totals = wallet.totals();
        all.put("spent", amounts(totals.settled()));
        all.put("held", amounts(totals.held()));
        List<Object> pending = new ArrayList<>();
        for (PaymentRecord payment : wallet.payments(LATEST)) {
            if (payment.state().holds()) {
                pending.add(line(payment));
            }
        }
        all.put("pending", pending);
        return all;
    }

    /**
     * The kill switch: no signature is made from now on.
     *
     * @param reason why, for whoever looks later; null for a sentence of ours
     */
    @WriteOperation
    public Map<String, Object> freeze(@Nullable String reason) {
        String why = reason == null || reason.isBlank() ? "frozen through the actuator" : reason.strip();
        wallet.freeze(why.length() > MAX_REASON ? why.substring(0, MAX_REASON) : why);
        return Map.of("frozen", true, "lift", "waybill wallet unfreeze");
    }

    private static Map<String, Object> line(PaymentRecord payment) {
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("paymentId", payment.id());
        all.put("state", payment.state().name());
        all.put("host", payment.host());
        all.put("amount", String.valueOf(payment.amount()));
        all.put("since", payment.createdAt().toString());
        all.put("collectableUntil", String.valueOf(payment.validBefore()));
        return all;
    }

    private static String plain(BigDecimal number) {
        return number.stripTrailingZeros().toPlainString();
    }

    private static List<String> amounts(List<Amount> sums) {
        return sums.stream().map(sum -> sum + " on " + sum.asset().network()).toList();
    }
}
