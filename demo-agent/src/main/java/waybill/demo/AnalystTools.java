package waybill.demo;

import dev.langchain4j.agent.tool.P;
import dev.langchain4j.agent.tool.Tool;
import java.math.BigDecimal;
import java.util.List;
import java.util.stream.Collectors;

/**
 * What a model may look up. Every answer is one computed figure a line, as {@code name: value}; bad arguments are
 * answered in words, so that the model can ask again.
 */
final class AnalystTools {
    private static final BigDecimal MOST_ETHER = BigDecimal.valueOf(1_000_000);

    private final FactBook facts;
    private final PoolReader pool;

    AnalystTools(FactBook facts, PoolReader pool) {
        this.facts = facts;
        this.pool = pool;
    }

    @Tool(
            name = "market_facts",
            value = "Price, returns, volatility, drawdown and volume of the recorded ETH-USD bars.")
    String marketFacts() {
        return lines(facts.market().market());
    }

    @Tool(name = "risk_facts", value = "Value at risk and its tail mean (CVaR) of holding ether for one hour.")
    String riskFacts() {
        return lines(facts.market().risk());
    }

    @Tool(
            name = "pool_facts",
            value =
                    "Reserves, price, fee, depth and quoted sales of the WETH/USDC pool on the chain, and its impermanent"
                            + " loss for a few price changes.")
    String poolFacts() {
        return lines(facts.pool().facts());
    }

    @Tool(
            name = "play_facts",
            value = "Results over the window of doing nothing, providing liquidity and following the trend, with what"
                    + " would prove each wrong, and the ether exposure that keeps a risk budget.")
    String playFacts() {
        return lines(facts.playbook().facts());
    }

    @Tool(name = "quote_sale", value = "Asks the pool on the chain what it pays for some ether now.")
    String quoteSale(@P("ether to sell, a decimal number above 0") String ether) {
        BigDecimal size;
        try {
            size = new BigDecimal(ether.length() > 40 ? "" : ether.strip());
        } catch (NumberFormatException e) {
            return "Not a number of ether. Give a decimal such as 12.5.";
        }
        if (size.signum() <= 0 || size.compareTo(MOST_ETHER) > 0 || size.scale() > 18) {
            return "The ether to sell lies above 0 and is at most 1000000, with up to 18 decimals.";
        }
        PoolFacts.Sale sale = pool.quote(size);
        String name = "Sale of " + size.stripTrailingZeros().toPlainString() + " WETH";
        return lines(List.of(
                facts.add(new Fact(name + " pays", Figures.amount(sale.dollars(), 2, "USDC"))),
                facts.add(new Fact(name + " impact with fee", Figures.percent(sale.impact())))));
    }

    @Tool(name = "impermanent_loss", value = "The impermanent loss of a 50/50 pool when the price changes by a factor.")
    String impermanentLoss(@P("the new price divided by the price at entry, between 0.01 and 100") double ratio) {
        if (!(ratio >= 0.01 && ratio <= 100)) {
            return "The price ratio lies between 0.01 and 100.";
        }
        return lines(List.of(facts.add(new Fact(
                "Impermanent loss at " + Figures.rounded(ratio, 4) + " x the price",
                Figures.percent(Analytics.impermanentLoss(ratio))))));
    }

    static String lines(List<Fact> facts) {
        return facts.stream().map(Fact::toString).collect(Collectors.joining("\n"));
    }
}
