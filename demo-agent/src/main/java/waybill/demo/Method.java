package waybill.demo;

import java.util.List;

/** The formulas behind the figures, as told in the report. */
final class Method {
    static final List<Fact> LINES = List.of(
            new Fact("Return", "p(now) / p(then) − 1, on closes"),
            new Fact(
                    "Realised volatility",
                    "√(mean of squared log returns of 5 minutes × 105,120 a year), no mean subtracted"),
            new Fact("Maximum drawdown", "the lowest p / (highest p so far) − 1, on closes"),
            new Fact("Average true range", "Wilder, 14 bars"),
            new Fact("VaR, historical", "the smallest loss that 95 % (99 %) of all overlapping hours do not exceed"),
            new Fact("CVaR, historical", "the mean of the losses from that one on"),
            new Fact("VaR, normal", "z σ − μ with z = 1.6449 (2.3263)"),
            new Fact("CVaR, normal", "σ φ(z) / (1 − c) − μ"),
            new Fact("Swap", "⌊in × 997 × y / (1000 x + 997 in)⌋, the contract's own rounding"),
            new Fact("Price impact", "what a swap pays / (amount × pool price) − 1, fee included"),
            new Fact("Depth ±2 %", "what moves y / x by 2 %, the fee staying in the pool"),
            new Fact("Impermanent loss", "2√r / (1 + r) − 1 for a price that changed by the factor r"),
            new Fact("Do nothing", "(1 + r) / 2 − 1"),
            new Fact("Provide liquidity", "√r − 1, fees earned not counted"),
            new Fact(
                    "Follow the trend",
                    "decided on the close before, filled at it, 0.3 % for each switch, no other costs"));

    private Method() {}
}
