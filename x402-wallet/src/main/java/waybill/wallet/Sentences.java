package waybill.wallet;

import java.math.BigDecimal;
import waybill.x402.Amount;

/** Refusals that more than one place gives: what was asked, the limit, and what lifts it. */
final class Sentences {
    private Sentences() {}

    static String frozen(String reason) {
        return "the wallet is frozen (" + reason + "); a person lifts it with: waybill wallet unfreeze";
    }

    static String duplicate(String paymentId, PaymentState state) {
        return "the same request is paid by " + paymentId + ", which is " + state
                + "; paying again could pay twice. Wait until it has ended, look at it with: waybill wallet ledger, or mark"
                + " a deliberate repeat with the header " + PayingHttpClient.INTENT;
    }

    static String overPayment(BigDecimal asked, BigDecimal limit) {
        return Dollars.show(asked) + " was asked; one payment may cost at most " + Dollars.show(limit)
                + ". A person raises it with waybill.wallet.per-payment";
    }

    static String otherPayee(String asking, String origin, String named) {
        return asking + " asks to be paid at " + origin + ", where only " + named
                + " may be; a person changes it with waybill.wallet.payees";
    }

    static String changedPayee(String asking, String origin, String remembered) {
        return asking + " asks to be paid at " + origin + ", where " + remembered
                + " was paid before. If that is right, a person names the new payee with waybill.wallet.payees";
    }

    static String overFirstPayment(Amount asked, BigDecimal limit) {
        return Dollars.show(Dollars.of(asked)) + " is asked by a payee that nobody has named and that was never paid"
                + " before; the first payment above " + Dollars.show(limit)
                + " needs a person's yes (waybill.wallet.first-payment)";
    }
}
