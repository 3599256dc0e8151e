package waybill.wallet;

import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import waybill.x402.Address;
import waybill.x402.Amount;
import waybill.x402.Asset;
import waybill.x402.Bytes32;
import waybill.x402.Offer;

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
     * Checks every stored limit and holds the amount, in one step. Looked at in this order: state of the ledger, kill
     * switch, the clock, the same call unanswered, a person's approval, payee, per payment, rolling limits.
     *
     * @throws IllegalStateException when a payment with this id has begun before
     */
    Reservation reserve(Purchase purchase, Limits limits, Instant now);

    /**
     * What {@link #reserve} would say now, as if a person said yes wherever one can be asked. Writes nothing and promises
     * nothing.
     */
    Decision foresee(Call call, Amount amount, Address payTo, Limits limits, Instant now);

    /**
     * Writes down that a person is being asked about this call, amount and payee. Refused where the same call is
     * unanswered.
     *
     * @param until after which silence is no
     */
    Reservation awaitApproval(String id, Call call, Amount amount, Address payTo, Instant until, Instant now);

    /**
     * Writes down a person's yes, which {@link #reserve} then asks for under the same id.
     *
     * @throws IllegalStateException when nobody is being asked, or the question has run out
     */
    PaymentRecord approve(String id, Instant now);

    /** The questions that have not been answered and have not run out, oldest first. */
    List<Approval> approvals(Instant now);

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
     * Moves a payment. A settlement above what is held is not believed: the payment is left UNKNOWN, with the claim in
     * its reason and in an event FLAGGED.
     *
     * @throws IllegalStateException when it is not in a state that may move so
     */
    PaymentRecord move(String id, Step step, Instant now);

    /**
     * Writes down that a reserved payment is signed and about to be sent, in one step. No byte of it may leave before this
     * method has returned.
     *
     * @param header what will be sent, to the last byte
     * @throws IllegalStateException when it is not reserved
     */
    PaymentRecord send(String id, String header, Instant now);

    /**
     * Begins to send an unanswered payment again, unless its earlier call still runs or the kill switch is on.
     *
     * @return the payment, now in flight; empty when it may not be sent
     */
    Optional<PaymentRecord> resend(String id, Instant now);

    /**
     * Notes that an unresolved payment is being taken back by a person: it is not sent again. Its amount stays held.
     *
     * @throws IllegalStateException when it is not unresolved
     */
    PaymentRecord cancelling(String id, Instant now);

    /** Notes that the call of a payment has ended, with its answer whole or without. */
    PaymentRecord callEnded(String id, boolean answered, Instant now);

    /**
     * Notes that the chain has shown the transfer of a payment, which settles it where it was not.
     *
     * @param charged what the chain shows was taken; null for what was claimed before, or else the whole amount
     * @throws IllegalArgumentException when more was taken than was authorised, which no chain can show
     */
    PaymentRecord confirm(String id, String transaction, @Nullable Amount charged, Instant now);

    /** Notes what the seller's signed receipt of a payment was found to be. No money moves by it. */
    PaymentRecord receipted(String id, SellerReceipt receipt, Instant now);

    /**
     * The last payment of this account that went out for this resource, whatever its method and query, and has not been
     * proven void.
     *
     * @param url whole; its query and fragment are not looked at
     */
    Optional<PaymentRecord> paidFor(Address payer, URI url);

    /**
     * The payment that stands against making the call of this fingerprint anew: not ended, or paid while its answer may
     * still be had for it.
     */
    Optional<Unanswered> unanswered(String fingerprint, Instant now);

    /** The payee that is remembered for this place and token. */
    Optional<Address> payee(Origin origin, Asset asset);

    /** The last {@code limit} payments and refusals, newest first. */
    List<PaymentRecord> payments(int limit);

    /**
     * Payments and refusals that were first seen in {@code [from, until)}, oldest first: a page of at most {@code limit}.
     *
     * @param after the id of the last one of the page before, or null for the first page
     * @throws IllegalArgumentException when there is no such payment
     */
    List<PaymentRecord> payments(Instant from, Instant until, @Nullable String after, int limit);

    /** At most {@code limit} events behind number {@code after}, in their order. */
    List<LedgerEvent> events(long after, int limit);

    /** One payment or refusal. */
    Optional<PaymentRecord> payment(String id);

    /** The offer that a payment accepted, as its seller made it; empty before it was signed, and under version 1. */
    Optional<Offer> accepted(String id);

    /** All payments whose end somebody should look for: unresolved ones, and settled ones not yet confirmed. */
    List<PaymentRecord> unproven();

    /** Sums by token. */
    Totals totals();

    /**
     * What a limit of this kind would count now: millionths of a dollar held and spent, or payments begun.
     *
     * @param value host and port, payee, or the tag's value; empty for the wallet
     */
    long used(Scope scope, String value, Limit.Measure measure, Window window, Instant now);

    /**
     * Ends what instances left that are gone: what was never signed is void, what was signed or sent is unknown and
     * stays held. Opening a ledger does it too.
     *
     * @return how many payments it ended
     */
    int recover(Instant now);

    /** Stops every new signature, at once and until {@link #unfreeze}. */
    void freeze(String reason, Instant now);

    /** Lets the wallet sign again, and takes the clock as it stands for right. */
    void unfreeze(Instant now);

    /** Why the wallet is frozen; empty when it is not. */
    Optional<String> frozen();

    /** Reads everything and compares it. While something is wrong, every reservation is refused. */
    Verification verify();

    @Override
    void close();
}
