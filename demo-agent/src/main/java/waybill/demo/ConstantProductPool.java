package waybill.demo;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;

/**
 * A pool of ether and dollars whose product of reserves never falls, with a fee on what goes in. Amounts are integers in
 * the tokens' smallest units, and a swap rounds down as the contract does.
 *
 * @param etherReserve in wei
 * @param dollarReserve in the dollar token's smallest unit
 * @param dollarDecimals the dollar token's decimals
 * @param feePerMille of each amount that goes in
 */
record ConstantProductPool(BigInteger etherReserve, BigInteger dollarReserve, int dollarDecimals, int feePerMille) {
    private static final int ETHER_DECIMALS = 18;
    private static final BigInteger MILLE = BigInteger.valueOf(1000);

    ConstantProductPool {
        if (etherReserve.signum() <= 0 || dollarReserve.signum() <= 0) {
            throw new IllegalArgumentException(
                    "A pool holds both tokens; this one " + etherReserve + " wei and " + dollarReserve + ".");
        }
        if (feePerMille < 0 || feePerMille >= 1000) {
            throw new IllegalArgumentException(
                    "A fee lies between 0 and 999 per mille; this one is " + feePerMille + ".");
        }
    }

    /** The ether held. */
    BigDecimal ether() {
        return new BigDecimal(etherReserve, ETHER_DECIMALS);
    }

    /** The dollars held. */
    BigDecimal dollars() {
        return new BigDecimal(dollarReserve, dollarDecimals);
    }

    /** Dollars for one ether, before fee and impact. */
    BigDecimal price() {
        return dollars().divide(ether(), MathContext.DECIMAL64);
    }

    /** What both reserves are worth in dollars at the pool's own price. */
    BigDecimal value() {
        return dollars().multiply(BigDecimal.valueOf(2));
    }

    /** What a sale of so much ether pays out in dollars, after fee and impact. */
    BigDecimal sellEther(BigDecimal amount) {
        BigInteger in = amount.movePointRight(ETHER_DECIMALS).toBigIntegerExact();
        return new BigDecimal(amountOut(in, etherReserve, dollarReserve), dollarDecimals);
    }

    /** What so many dollars buy in ether, after fee and impact. */
    BigDecimal buyEther(BigDecimal dollars) {
        BigInteger in = dollars.movePointRight(dollarDecimals).toBigIntegerExact();
        return new BigDecimal(amountOut(in, dollarReserve, etherReserve), ETHER_DECIMALS);
    }

    /** How far a sale of so much ether falls short of the pool's price, fee included: a negative fraction. */
    double saleImpact(BigDecimal amount) {
        return sellEther(amount)
                        .divide(amount.multiply(price()), MathContext.DECIMAL64)
                        .doubleValue()
                - 1;
    }

    /** How far a purchase for so many dollars falls short of the pool's price, fee included: a negative fraction. */
    double purchaseImpact(BigDecimal dollars) {
        return buyEther(dollars)
                        .multiply(price())
                        .divide(dollars, MathContext.DECIMAL64)
                        .doubleValue()
                - 1;
    }

    /** The dollars that, put in, raise the pool's price by {@code fraction}. */
    double depthAbove(double fraction) {
        return dollars().doubleValue() * shareThatMoves(fraction);
    }

    /** The dollars' worth of ether, at the price before, that, sold, lowers the pool's price by {@code fraction}. */
    double depthBelow(double fraction) {
        return dollars().doubleValue() * shareThatMoves(fraction / (1 - fraction));
    }

    /** The u that solves (1 + u)(1 + k u) = 1 + fraction: the reserve grows by u, and k of it is traded after the fee. */
    private double shareThatMoves(double fraction) {
        double k = 1 - feePerMille / 1000.0;
        return (Math.sqrt((1 + k) * (1 + k) + 4 * k * fraction) - (1 + k)) / (2 * k);
    }

    private BigInteger amountOut(BigInteger in, BigInteger reserveIn, BigInteger reserveOut) {
        if (in.signum() <= 0) {
            throw new IllegalArgumentException("A swap takes an amount above 0; this one " + in + ".");
        }
        BigInteger taken = in.multiply(MILLE.subtract(BigInteger.valueOf(feePerMille)));
        return taken.multiply(reserveOut).divide(reserveIn.multiply(MILLE).add(taken));
    }
}
