package waybill.wallet;

import java.net.http.HttpHeaders;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/** What becomes of a payment after it is signed: how its call ended, and how an identical call goes on with it. */
final class PaidCalls {
    private static final System.Logger LOG = System.getLogger(PaidCalls.class.getName());

    private final Journal journal;
    private final KillSwitch killSwitch;
    private final Reconciling reconciling;
    private final Executor background;

    PaidCalls(Journal journal, KillSwitch killSwitch, Reconciling reconciling, Executor background) {
        this.journal = journal;
        this.killSwitch = killSwitch;
        this.reconciling = reconciling;
        this.background = background;
    }

    /**
     * The payment that an earlier, identical call left behind, ready to be sent again; empty when the call is new.
     *
     * @throws PaymentException when that payment has not ended and cannot be sent again
     */
    Optional<Payment> resume(Call call) throws PaymentException {
        Ledger ledger = journal.ledger();
        try {
            Optional<Unanswered> found = ledger.unanswered(call.fingerprint(), journal.now());
            if (found.isEmpty()) {
                return Optional.empty();
            }
            PaymentRecord before = found.get().payment();
            String header = found.get().header();
            boolean mayBeSent = header != null && !found.get().inFlight();
            Optional<PaymentRecord> again = !mayBeSent || killSwitch.reason().isPresent()
                    ? Optional.empty()
                    : ledger.resend(before.id(), journal.now());
            if (again.isPresent() && header != null) {
                return Optional.of(new Payment(journal.told(again.get()), header));
            }
            if (!found.get().inFlight() && reconciling.ended(call, before)) {
                return Optional.empty();
            }
            throw journal.refused(
                    call, null, null, PaymentCode.DUPLICATE_PAYMENT, Sentences.duplicate(before.id(), before.state()));
        } catch (LedgerException e) {
            throw Journal.unavailable(e);
        }
    }

    /**
     * Reads what the seller answered and writes it down. Says with what the call fails, or null when it goes on.
     *
     * @param body of a 402 of version 1, which says why; else null
     */
    @Nullable
    PaymentException arrived(Payment payment, int status, HttpHeaders headers, byte @Nullable [] body) {
        PaymentRecord line = payment.line();
        Step step = SettlementCheck.read(line, status, headers, body);
        boolean answered = status >= 200 && status < 300;
        try {
            if (line.state() == PaymentState.SETTLED) { // it was only sent again to have its answer
                noteReceipt(payment, headers);
                return answered || step instanceof Step.Settled ? null : answerLost(line, "status " + status, null);
            }
            PaymentRecord now = journal.told(move(payment.id(), step));
            noteReceipt(payment, headers);
            if (answered || now.state() == PaymentState.SETTLED) {
                return null;
            }
            PaymentCode code =
                    step instanceof Step.Rejected ? PaymentCode.PAYMENT_REJECTED : PaymentCode.OUTCOME_UNKNOWN;
            return new PaymentException(code, now.id(), held(now) + ": " + now.reason(), null);
        } catch (LedgerException e) {
            return notWrittenDown(payment, e);
        }
    }

    /** What the seller signed is written down beside the payment, and changes nothing of it. */
    private void noteReceipt(Payment payment, HttpHeaders headers) {
        ReceiptCheck.read(payment.line(), payment.header(), headers, journal.now())
                .ifPresent(found -> {
                    try {
                        if (!found.equals(payment.line().receipt())) {
                            journal.ledger().receipted(payment.id(), found, journal.now());
                        }
                    } catch (LedgerException e) {
                        LOG.log(
                                System.Logger.Level.WARNING,
                                "A receipt could not be written down: {0}",
                                e.getMessage());
                    }
                    if (found.finding().bad()) {
                        LOG.log(
                                System.Logger.Level.WARNING,
                                "The receipt of payment {0} is not what it should be: {1}. The chain tells what was paid",
                                payment.id(),
                                found);
                    }
                });
    }

    /** The chain may have settled it while its answer was on the way; then the seller's word adds nothing. */
    private PaymentRecord move(String id, Step step) {
        try {
            return journal.ledger().move(id, step, journal.now());
        } catch (IllegalStateException e) {
            return journal.ledger()
                    .payment(id)
                    .filter(payment -> payment.state() == PaymentState.SETTLED)
                    .orElseThrow(() -> e);
        }
    }

    /**
     * The answer of a paid call is whole, or its reader has had enough of it. What was taken of a ceiling is looked up on
     * the chain in the background, because only that frees the rest.
     */
    void answered(Payment payment) {
        journal.ledger().callEnded(payment.id(), true, journal.now());
        if (payment.line().paidBy() == PaymentMethod.UPTO) {
            try {
                background.execute(() -> reconciling.look(payment.id()));
            } catch (RejectedExecutionException e) {
                // the wallet is closed; whoever opens it next looks
            }
        }
    }

    /** A paid call failed before its answer was whole. */
    PaymentException failed(Payment payment, Throwable failure) {
        try {
            PaymentRecord now = journal.ledger().payment(payment.id()).orElse(payment.line());
            if (now.state() == PaymentState.SETTLED) {
                return answerLost(now, String.valueOf(failure.getMessage()), failure);
            }
            if (now.state() == PaymentState.SENT) {
                String reason = "the connection failed after the payment was sent: "
                        + failure.getClass().getSimpleName();
                now = journal.move(now.id(), new Step.Unknown(reason));
            }
            return new PaymentException(
                    PaymentCode.OUTCOME_UNKNOWN, now.id(), held(now) + ": " + now.reason(), failure);
        } catch (LedgerException e) {
            PaymentException unknown = notWrittenDown(payment, e);
            unknown.addSuppressed(failure);
            return unknown;
        }
    }

    private PaymentException answerLost(PaymentRecord settled, String why, @Nullable Throwable failure) {
        PaymentRecord lost = journal.told(journal.ledger().callEnded(settled.id(), false, journal.now()));
        return new PaymentException(
                PaymentCode.ANSWER_LOST,
                lost.id(),
                lost.amount() + " is paid (" + lost.transaction() + "), but the answer did not arrive: "
                        + Words.cut(why, 200) + ". Until " + lost.validBefore()
                        + " the same request sends the same payment again, not a new one",
                failure);
    }

    private static PaymentException notWrittenDown(Payment payment, LedgerException e) {
        return new PaymentException(
                PaymentCode.OUTCOME_UNKNOWN, payment.id(), "its end could not be written down. " + e.getMessage(), e);
    }

    private static String held(PaymentRecord payment) {
        return payment.amount() + " to " + payment.payTo() + " stays held until the chain or " + payment.validBefore()
                + " tells";
    }
}
