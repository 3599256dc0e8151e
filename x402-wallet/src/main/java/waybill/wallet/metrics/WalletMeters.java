package waybill.wallet.metrics;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import waybill.wallet.Budget;
import waybill.wallet.LedgerException;
import waybill.wallet.Limit;
import waybill.wallet.PaymentRecord;
import waybill.wallet.PaymentState;
import waybill.wallet.Wallet;
import waybill.wallet.WalletListener;
import waybill.x402.Network;

/**
 * Meters of a wallet, with few values per tag:
 *
 * <ul>
 *   <li>{@code x402.payments} (counter; {@code outcome}, {@code network}): payments that reached an outcome since the start:
 *       {@code settled}, {@code denied}, {@code pending}, {@code unknown}, {@code rejected}, {@code void}
 *   <li>{@code x402.spend.usd} (counter; {@code network}): what the ledger says was ever paid; it survives a restart
 *   <li>{@code x402.budget.remaining} (gauge in dollars; {@code limit}): what is left of each rolling limit in dollars
 * </ul>
 *
 * <p>Give it to the wallet as its listener, then {@link #watch} the wallet. Amounts are doubles here and nowhere else: a
 * chart, not books. A ledger that cannot be read gives NaN. Thread-safe.
 */
public final class WalletMeters implements WalletListener {
    private static final int REMEMBERED = 10_000;

    private final MeterRegistry registry;
    private final Set<String> counted = Collections.newSetFromMap(Collections.synchronizedMap(new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
            return size() > REMEMBERED;
        }
    }));
    private volatile @Nullable Wallet wallet;

    /** Meters in {@code registry}. */
    public WalletMeters(MeterRegistry registry) {
        this.registry = registry;
    }

    /** Reads spend and budgets of {@code wallet} from now on, each time that the meters are read. */
    public WalletMeters watch(Wallet watched) {
        wallet = watched;
        for (Budget budget : watched.budgets()) {
            if (budget.measure() == Limit.Measure.DOLLARS && budget.used() != null) {
                String limit = budget.property();
                Gauge.builder("x402.budget.remaining", watched, source -> remaining(source, limit))
                        .description("What is left of a spending limit")
                        .baseUnit("usd")
                        .tags("limit", limit)
                        .register(registry);
            }
        }
        watched.totals().settled().forEach(sum -> spendOf(watched, sum.asset().network()));
        return this;
    }

    @Override
    public void onChange(PaymentRecord payment) {
        PaymentState state = payment.state();
        boolean outcome =
                switch (state) {
                    case SETTLED, DENIED, PENDING, UNKNOWN, REJECTED, VOID -> true;
                    case QUOTED, AWAITING_APPROVAL, RESERVED, SIGNED, SENT -> false;
                };
        if (!outcome || !counted.add(state + " " + payment.id())) {
            return;
        }
        Network network = payment.network();
        registry.counter(
                        "x402.payments",
                        Tags.of(
                                "outcome",
                                state.name().toLowerCase(Locale.ROOT),
                                "network",
                                network == null ? "none" : network.toString()))
                .increment();
        Wallet watched = wallet;
        if (state == PaymentState.SETTLED && network != null && watched != null) {
            spendOf(watched, network);
        }
    }

    private void spendOf(Wallet watched, Network network) {
        boolean there = registry.find("x402.spend.usd")
                        .tags("network", network.toString())
                        .functionCounter()
                != null;
        if (there) {
            return;
        }
        FunctionCounter.builder("x402.spend.usd", watched, source -> spent(source, network))
                .description("What was paid, a token of the table taken as a dollar")
                .baseUnit("usd")
                .tags("network", network.toString())
                .register(registry);
    }

    private static double spent(Wallet wallet, Network network) {
        try {
            return wallet.totals().settled().stream()
                    .filter(sum -> sum.asset().network().equals(network))
                    .mapToDouble(sum -> sum.decimal().doubleValue())
                    .sum();
        } catch (LedgerException e) {
            return Double.NaN;
        }
    }

    private static double remaining(Wallet wallet, String limit) {
        try {
            return wallet.budgets().stream()
                    .filter(budget -> budget.property().equals(limit))
                    .mapToDouble(budget -> budget.left().doubleValue())
                    .findFirst()
                    .orElse(Double.NaN);
        } catch (LedgerException e) {
            return Double.NaN;
        }
    }
}
