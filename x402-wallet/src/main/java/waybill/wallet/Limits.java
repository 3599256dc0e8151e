package waybill.wallet;

import java.util.List;
import org.jspecify.annotations.Nullable;
import waybill.x402.Address;

/**
 * The limits that a reservation is checked against, inside the ledger's transaction. Sums are millionths of a dollar.
 *
 * @param perPayment what one payment may cost
 * @param firstPayment what the first payment to a payee may cost whom nobody has named or approved
 * @param approvalAbove what one payment may cost without a person's yes; {@link Long#MAX_VALUE} where nobody is asked
 * @param payee whom a person has named for this place, or null when the first payee is remembered
 * @param rolling all of which must hold, looked at in this order; a limit on a tag can only narrow the wallet's
 */
public record Limits(
        long perPayment, long firstPayment, long approvalAbove, @Nullable Address payee, List<Limit> rolling) {
    public Limits {
        rolling = List.copyOf(rolling);
    }
}
