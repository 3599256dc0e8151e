package waybill.cli;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import waybill.wallet.PaymentRecord;
import waybill.wallet.WalletListener;
import waybill.x402.Address;
import waybill.x402.Amount;

/** Follows the payment of one call and says on the terminal how it goes. */
final class Payments implements WalletListener {

    private final Terminal terminal;
    private volatile @Nullable PaymentRecord last;

    Payments(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public void onChange(PaymentRecord payment) {
        last = payment;
        switch (payment.state()) {
            case SENT ->
                terminal.progress(
                        "Paying %s to %s on %s".formatted(payment.amount(), payment.payTo(), payment.network()));
            case SETTLED ->
                terminal.progress("Paid     %s, transaction %s, payment %s"
                        .formatted(payment.amount(), payment.transaction(), payment.id()));
            default -> {} // the answer or the error says it
        }
    }

    /** The payment as it stands; null while there is none. */
    @Nullable
    PaymentRecord last() {
        return last;
    }

    /** Adds what is known of the payment to a JSON object. */
    void describe(Map<String, Object> object) {
        PaymentRecord payment = last;
        if (payment == null) return;
        Amount amount = payment.amount();
        Address payTo = payment.payTo();
        if (amount != null) object.put("amount", amount.toString());
        if (payTo != null) object.put("payTo", payTo.toString());
    }
}
