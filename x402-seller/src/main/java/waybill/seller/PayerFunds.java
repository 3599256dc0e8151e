package waybill.seller;

import java.math.BigInteger;
import waybill.x402.Address;
import waybill.x402.Network;

/** Sees how much of a token an account can spend through Permit2. Thread-safe; a call ends within a limit of its own. */
@FunctionalInterface
public interface PayerFunds {

    /**
     * The lesser of the account's balance and what it has approved Permit2 for, in atomic units, at the latest block.
     *
     * @throws FacilitatorException when it cannot be told
     */
    BigInteger spendable(Network network, Address token, Address owner);
}
