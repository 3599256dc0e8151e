package waybill.demo;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;

/**
 * What the pool on the chain says, read at one block.
 *
 * @param address of the pool's contract
 * @param block at which it was read
 * @param sales of ether, small to large
 */
record PoolFacts(String address, long chainId, long block, ConstantProductPool pool, List<Sale> sales) {
    static final double DEPTH = 0.02;

    /**
     * One sale of ether, quoted by the contract and computed again in Java.
     *
     * @param impact how far it falls short of the pool's price, fee included: a negative fraction
     */
    record Sale(BigDecimal ether, BigDecimal dollars, double impact) {}

    PoolFacts {
        sales = List.copyOf(sales);
    }

    /** The facts that describe the pool. */
    List<Fact> facts() {
        List<Fact> facts = new ArrayList<>(List.of(
                new Fact("Pool price", Figures.dollars(pool.price(), 2)),
                new Fact("Ether reserve", Figures.amount(pool.ether(), 2, "WETH")),
                new Fact("Dollar reserve", Figures.amount(pool.dollars(), 2, "USDC")),
                new Fact("Value locked", Figures.dollars(pool.value(), 2)),
                new Fact("Swap fee", Figures.percent(pool.feePerMille() / 1000.0, 1)),
                new Fact("Depth +2 %", Figures.dollars(pool.depthAbove(DEPTH))),
                new Fact("Depth -2 %", Figures.dollars(pool.depthBelow(DEPTH)))));
        for (Sale sale : sales) {
            String size = sale.ether().stripTrailingZeros().toPlainString() + " WETH";
            facts.add(new Fact("Sale of " + size + " pays", Figures.amount(sale.dollars(), 2, "USDC")));
            facts.add(new Fact("Sale of " + size + " impact with fee", Figures.percent(sale.impact())));
        }
        for (double ratio : new double[] {1.25, 1.5, 2}) {
            facts.add(new Fact(
                    "Impermanent loss at " + Figures.rounded(ratio, 2) + " x the price",
                    Figures.percent(Analytics.impermanentLoss(ratio))));
        }
        facts.add(new Fact("Block", Long.toString(block)));
        return List.copyOf(facts);
    }
}
