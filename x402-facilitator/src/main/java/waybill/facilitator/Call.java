package waybill.facilitator;

import java.math.BigInteger;
import org.jspecify.annotations.Nullable;
import waybill.x402.Address;

/**
 * A contract call to send as a transaction.
 *
 * @param to the contract
 * @param data selector and arguments; not copied, nobody writes into it
 * @param gasLimit the most gas that it may burn
 * @param from the account that must send it, or null when any of ours may
 */
@SuppressWarnings("ArrayRecordComponent") // read once, to be signed
record Call(Address to, byte[] data, BigInteger gasLimit, @Nullable Address from) {}
