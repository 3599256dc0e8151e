package waybill.facilitator;

import java.math.BigInteger;

/**
 * What a transaction offers for gas, in wei.
 *
 * @param tip to the block's producer
 * @param max in all, the base fee included
 */
record Fees(BigInteger tip, BigInteger max) {}
