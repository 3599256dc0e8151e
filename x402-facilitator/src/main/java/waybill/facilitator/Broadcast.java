package waybill.facilitator;

import java.math.BigInteger;
import waybill.x402.Address;

/**
 * A transaction as it was handed to the node.
 *
 * @param hash of the signed transaction
 * @param sender which gas account sent it
 * @param nonce of that account
 * @param fees what it offers for gas
 */
record Broadcast(String hash, Address sender, BigInteger nonce, Fees fees) {}
