package waybill.facilitator;

import java.math.BigInteger;

/**
 * What a transaction offers for gas, in wei.
 *
 * @param tip to the block's producer
 * @param max in all, the base fee included
 */
record Fees(BigInteger tip, BigInteger max) {
    /** Nodes take a replacement only when both parts are at least a tenth higher (geth and anvil; 12.5 % is customary). */
    private static final BigInteger EIGHT = BigInteger.valueOf(8);

    /** What a replacement has to offer: an eighth more than this, and no less than {@code fresh}. */
    Fees raisedTo(Fees fresh) {
        return new Fees(raised(tip).max(fresh.tip), raised(max).max(fresh.max));
    }

    private static BigInteger raised(BigInteger value) {
        return value.add(value.divide(EIGHT)).add(BigInteger.ONE);
    }
}
