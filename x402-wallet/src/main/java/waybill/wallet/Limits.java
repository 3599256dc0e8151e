package waybill.wallet;

import org.jspecify.annotations.Nullable;
import waybill.x402.Address;

/**
 * The limits that a reservation is checked against, inside the ledger's transaction. Sums are millionths of a dollar.
 *
 * @param perPayment what one payment may cost
 * @param firstPayment what the first payment to a payee may cost whom nobody has named
 * @param perHour what may be held and spent within a rolling hour
 * @param perDay the same within rolling 24 hours
 * @param perMinute how many payments may be begun within a rolling minute
 * @param payee whom a person has named for this place, or null when the first payee is remembered
 */
public record Limits(
        long perPayment, long firstPayment, long perHour, long perDay, int perMinute, @Nullable Address payee) {}
