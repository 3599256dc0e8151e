package waybill.wallet;

import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/**
 * What a caller holds a payment to, beside the policy. Terms only narrow. A bill that asks for anything else is refused
 * as {@code quote_drift}, or {@code payee_changed} where the payee is another, and nothing is signed.
 *
 * @param quote the quote that the payment must equal, or null
 * @param atMost the most that it may cost in dollars, such as the price that was planned with; null for no such bound
 */
public record Terms(@Nullable Quote quote, @Nullable BigDecimal atMost) {
    /** The policy alone. */
    public static final Terms NONE = new Terms(null, null);

    public Terms {
        if (atMost != null && atMost.signum() < 0) {
            throw new IllegalArgumentException("the most that a payment may cost is not negative: " + atMost);
        }
    }

    /** Exactly this quote, once, before it expires. */
    public static Terms of(Quote quote) {
        return new Terms(quote, null);
    }

    /** At most {@code dollars}. */
    public static Terms atMost(BigDecimal dollars) {
        return new Terms(null, dollars);
    }

    /** These, and at most {@code dollars}. */
    public Terms narrowed(BigDecimal dollars) {
        return new Terms(quote, atMost == null ? dollars : atMost.min(dollars));
    }

    /** Whether the quote may still be paid by {@code call}. */
    Decision judge(Call call, Journal journal) {
        Quote bound = quote;
        if (bound == null) {
            return Decision.allowed();
        }
        if (!bound.fingerprint().equals(call.fingerprint())) {
            return Decision.denied(
                    PaymentCode.QUOTE_DRIFT,
                    "this request is not the one that was quoted (" + bound.method() + " " + bound.origin()
                            + "): its method, URL or body differs. Ask for a new quote");
        }
        if (bound.expiredAt(journal.now())) {
            return Decision.denied(
                    PaymentCode.QUOTE_EXPIRED,
                    "the quote could be paid until " + bound.expiresAt() + ". Ask for a new one");
        }
        if (journal.ledger().payment(bound.id()).isPresent()) {
            return Decision.denied(
                    PaymentCode.QUOTE_USED, "a quote is paid once, and this one was used. Ask for a new one");
        }
        return Decision.allowed();
    }

    /** Whether what is asked now is what was agreed. */
    Decision judge(OfferReader.Reading.Understood asked) {
        Quote bound = quote;
        if (bound != null && !bound.payTo().equals(asked.payTo())) {
            return Decision.denied(
                    PaymentCode.PAYEE_CHANGED,
                    asked.payTo() + " asks to be paid now; the quote was to pay " + bound.payTo()
                            + ". Ask for a new quote");
        }
        if (bound != null && !bound.amount().equals(asked.amount())) {
            return Decision.denied(
                    PaymentCode.QUOTE_DRIFT,
                    asked.amount() + " on " + asked.amount().asset().network() + " is asked now; the quote was "
                            + bound.amount() + " on " + bound.amount().asset().network() + ". Ask for a new quote");
        }
        if (atMost != null && Dollars.of(asked.amount()).compareTo(atMost) > 0) {
            return Decision.denied(
                    PaymentCode.QUOTE_DRIFT,
                    Dollars.show(Dollars.of(asked.amount())) + " is asked; this call was planned with at most "
                            + Dollars.show(atMost) + " (" + PayingHttpClient.MAX_PRICE + ")");
        }
        return Decision.allowed();
    }
}
