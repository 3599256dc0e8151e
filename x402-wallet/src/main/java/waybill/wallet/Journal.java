package waybill.wallet;

import java.time.Clock;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import waybill.x402.Address;
import waybill.x402.Amount;

/** The ledger with the wallet's clock, ids and listener: what is written through it is dated and told. Thread-safe. */
final class Journal {
    private final Ledger ledger;
    private final Clock clock;
    private final WalletListener listener;
    private final PaymentIds ids = new PaymentIds();

    Journal(Ledger ledger, Clock clock, WalletListener listener) {
        this.ledger = ledger;
        this.clock = clock;
        this.listener = listener;
    }

    Ledger ledger() {
        return ledger;
    }

    Instant now() {
        return clock.instant();
    }

    String newId() {
        return ids.next(now());
    }

    PaymentRecord move(String id, Step step) {
        return told(ledger.move(id, step, now()));
    }

    /** The payment is signed, and durably so before this returns. */
    PaymentRecord send(String id, String header) {
        return told(ledger.send(id, header, now()));
    }

    /** Writes a refusal down, as far as that can be done, and makes the exception of it. */
    PaymentException refused(
            Call call, @Nullable Amount amount, @Nullable Address payTo, PaymentCode code, String sentence) {
        return refused(newId(), call, amount, payTo, code, sentence);
    }

    /** The same under an id that was given out before. */
    PaymentException refused(
            String id, Call call, @Nullable Amount amount, @Nullable Address payTo, PaymentCode code, String sentence) {
        try {
            // an id that has begun is another payment's: the refusal is a line of its own
            String own = ledger.payment(id)
                            .map(begun -> begun.state() == PaymentState.AWAITING_APPROVAL)
                            .orElse(true)
                    ? id
                    : newId();
            PaymentRecord denied = told(ledger.deny(own, call, amount, payTo, code, sentence, now()));
            return new PaymentException(code, denied.id(), sentence, null);
        } catch (LedgerException e) {
            PaymentException refused = new PaymentException(code, null, sentence, null);
            refused.addSuppressed(e);
            return refused;
        }
    }

    static PaymentException unavailable(LedgerException e) {
        return new PaymentException(PaymentCode.LEDGER_UNAVAILABLE, null, String.valueOf(e.getMessage()), e);
    }

    /** Tells the listener, which cannot break a payment. */
    PaymentRecord told(PaymentRecord payment) {
        try {
            listener.onChange(payment);
        } catch (RuntimeException e) {
            // a listener cannot break a payment
        }
        return payment;
    }
}
