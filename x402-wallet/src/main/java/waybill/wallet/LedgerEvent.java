package waybill.wallet;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One event of the ledger, for whoever reads its books.
 *
 * @param number counts from one without gaps
 * @param at when it was written
 * @param kind what happened, such as {@code RESERVED}, {@code SETTLED} or {@code FROZEN}
 * @param paymentId the payment that it is about, or null
 * @param state where it left the payment, or null
 * @param link the seal over this event and all before it, in hex
 */
public record LedgerEvent(
        long number, Instant at, String kind, @Nullable String paymentId, @Nullable PaymentState state, String link) {}
