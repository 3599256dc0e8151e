package waybill.demo;

import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A report as a run would leave it, with a hostile model among the writers when asked for. */
final class ReportFixture {
    static final String HOSTILE =
            "<script>alert(1)</script> & \"quotes\" <img src=x onerror=y> [a](http://evil.example) https://evil.example";

    private ReportFixture() {}

    static Report report(String marketText, List<String> unknownNumbers) {
        MarketFacts market = MarketFacts.from(BarSeries.recorded());
        ConstantProductPool pool = ConstantProductPoolTest.pool("100", "162952", 3);
        List<PoolFacts.Sale> sales = List.of(sale(pool, "0.1"), sale(pool, "1"), sale(pool, "10"));
        PoolFacts poolFacts = new PoolFacts("0x00000000000000000000000000000000000000AA", 84532, 12, pool, sales);
        return new Report(
                Instant.parse("2026-11-22T12:00:00Z"),
                Duration.ofMillis(4200),
                true,
                market,
                poolFacts,
                Playbook.from(market, pool),
                List.of(
                        new Report.Section(
                                "headline",
                                "Headline",
                                "Ether closes at $1,629.52, down 6.75 % in 24 h, after a drawdown of 8.92 %.",
                                List.of()),
                        new Report.Section("market", "Market", marketText, unknownNumbers),
                        new Report.Section(
                                "risk",
                                "Risk",
                                "One hour in twenty loses more than the VaR.\n\n- volatility is high\n- depth is thin",
                                List.of())),
                new RiskRating(RiskRating.Level.HIGH, List.of("Realised volatility is 89.32 %."), "the pool's depth"),
                List.of(
                        call(1, "headline", "sim-swift", payment("SETTLED", "0.0005", "")),
                        call(2, "market", "sim-swift", payment("SETTLED", "0.0005", "")),
                        failover(3, "risk"),
                        call(4, "risk", "sim-sage", payment("SETTLED", "0.006", ""))),
                new Report.Spending(
                        new BigDecimal("0.013"),
                        new BigDecimal("0.0005"),
                        BigDecimal.ZERO,
                        BigDecimal.ZERO,
                        new BigDecimal("0.25")),
                new Report.Balances(
                        "0x00000000000000000000000000000000000000B1",
                        new BigDecimal("1000"),
                        new BigDecimal("999.987"),
                        "0x00000000000000000000000000000000000000B2",
                        new BigDecimal("1000"),
                        new BigDecimal("1000.013")));
    }

    private static PoolFacts.Sale sale(ConstantProductPool pool, String size) {
        BigDecimal ether = new BigDecimal(size);
        return new PoolFacts.Sale(ether, pool.sellEther(ether), pool.saleImpact(ether));
    }

    private static ModelCall.Payment payment(String state, String amount, String reason) {
        @Nullable String transaction = state.equals("SETTLED") ? "0x" + "5e".repeat(32) : null;
        return new ModelCall.Payment("p-" + amount, state, new BigDecimal(amount), "USDC", transaction, reason);
    }

    private static ModelCall call(int number, String section, String model, ModelCall.Payment payment) {
        return new ModelCall(
                number,
                section,
                Instant.parse("2026-11-22T12:00:00Z"),
                Duration.ofMillis(240),
                model,
                model + " is worth $0.0081 here, $0.0012 more than the next",
                List.of(
                        new ModelCall.Choice(model, 0.0081, 0.91, 0.0005, 0.3),
                        new ModelCall.Choice("sim-steady", 0.0069, 0.94, 0.002, 0.8)),
                List.of(new ModelCall.Excluded("sim-nano", "does not call tools")),
                List.of(new ModelCall.Attempt(model, true, "answered", Duration.ofMillis(240), payment)),
                payment.amount(),
                812,
                64);
    }

    private static ModelCall failover(int number, String section) {
        ModelCall first = call(number, section, "sim-sage", payment("SETTLED", "0.006", ""));
        return new ModelCall(
                number,
                section,
                first.at(),
                first.took(),
                "sim-sage",
                first.why(),
                first.plan(),
                first.excluded(),
                List.of(
                        new ModelCall.Attempt(
                                "sim-oracle",
                                false,
                                "payment refused",
                                Duration.ofMillis(3),
                                payment("DENIED", "0.02", "0.02 USDC is above the limit of 0.01 USDC a payment")),
                        new ModelCall.Attempt(
                                "sim-steady",
                                false,
                                "overloaded (503)",
                                Duration.ofMillis(30),
                                payment("UNKNOWN", "0.0005", "held until the authorisation expires")),
                        first.attempts().get(0)),
                first.cost(),
                900,
                210);
    }
}
