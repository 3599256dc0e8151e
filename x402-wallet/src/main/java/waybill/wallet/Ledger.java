package waybill.wallet;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import waybill.x402.Address;
import waybill.x402.Amount;
import waybill.x402.Asset;
import waybill.x402.Bytes32;

/**
 * The durable account of a wallet: what is held, what is spent, what was refused, and the limits over all of it. It is
 * the wallet's only mutable state. Every method that writes returns after the write is on disk, and does all of it or
 * nothing. Thread-safe.
 *
 * <p>Every method throws {@link LedgerException} when the ledger cannot be read or written.
 */
public interface Ledger extends AutoCloseable {
    /** The nonce of a payment: always the same for the same id, and not to be guessed without the ledger's secret. */
    Bytes32 nonce(String paymentId);

    /**
     * Checks every stored limit and holds the amount, in one step. Limits are looked at in this order: kill switch, state
     * of the ledger, the same call unanswered, payee, per payment, rolling hour and 24 hours, payments per minute.
     */
    Reservation reserve(Purchase purchase, Limits limits, Instant now);

    /** Writes down that a person is being asked. Refused where the same call is unanswered. */
    Reservation awaitApproval(String id, Call call, Amount amount, Address payTo, Instant now);

    /** Writes down a refusal; closes a payment that awaits approval under the same id. */
    PaymentRecord deny(
            String id,
            Call call,
            @Nullable Amount amount,
            @Nullable Address payTo,
            PaymentCode code,
            String reason,
            Instant now);

    /**
     * Moves a payment.
     *
     * @throws IllegalStateException when it is not in a state that may move so
     */
    PaymentRecord move(String id, Step step, Instant now);

    /**
     * Begins to send an unanswered payment again, unless its earlier call still runs or the kill switch is on.
     *
     * @return the payment, now in flight; empty when it may not be sent
     */
    Optional<PaymentRecord> resend(String id, Instant now);

    /** Notes that the call of a payment has ended, with its answer whole or without. */
    PaymentRecord callEnded(String id, boolean answered, Instant now);

    /** Notes that the chain has shown the transfer of a settled payment. */
    PaymentRecord confirm(String id, String transaction, Instant now);

    /**
     * The payment that stands against making the call of this fingerprint anew: not ended, or paid while its answer may
     * still be had for it.
     */
    Optional<Unanswered> unanswered(String fingerprint, Instant now);

    /** The payee that is remembered for this place and token. */
    Optional<Address> payee(Origin origin, Asset asset);

    /** The last {@code limit} payments and refusals, newest first. */
    List<PaymentRecord> payments(int limit);

    /** One payment or refusal. */
    Optional<PaymentRecord> payment(String id);

    /** All payments whose end somebody should look for: unresolved ones, and settled ones not yet confirmed. */
    List<PaymentRecord> unproven();

    /** Sums by token. */
    Totals totals();

    /** Stops every new signature, at once and until {@link #unfreeze}. */
    void freeze(String reason, Instant now);

    /** Lets the wallet sign again. */
    void unfreeze(Instant now);

    /** Why the wallet is frozen; empty when it is not. */
    Optional<String> frozen();

    /** Reads everything and compares it. While something is wrong, every reservation is refused. */
    Verification verify();

    @Override
    void close();
}
