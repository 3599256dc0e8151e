package waybill.wallet;

import java.math.BigInteger;
import waybill.x402.Amount;
import waybill.x402.TokenPrice;
import waybill.x402.TokenUsage;

/**
 * What the use of something should have cost by the price that was accepted, beside what the chain shows was taken for it.
 * A seller's count cannot be proven; that it charged for more than it counted can.
 *
 * @param paymentId the payment's id in the ledger
 * @param usage what was used, as the buyer knows it
 * @param expected usage × price, rounded up once, and at most the ceiling
 * @param charged what was taken, as the chain shows
 */
public record UseCheck(String paymentId, TokenUsage usage, Amount expected, Amount charged) {

    static UseCheck of(PaymentRecord payment, Amount ceiling, Amount charged, TokenPrice price, TokenUsage usage) {
        BigInteger due = price.charge(usage).min(ceiling.atomic());
        return new UseCheck(payment.id(), usage, new Amount(ceiling.asset(), due), charged);
    }

    /** True when exactly what was due was taken. */
    public boolean agrees() {
        return charged.compareTo(expected) == 0;
    }

    /** True when more was taken than what was due. */
    public boolean overcharged() {
        return charged.compareTo(expected) > 0;
    }

    /** The finding in a sentence. */
    @Override
    public String toString() {
        String difference = (overcharged() ? "more than " : agrees() ? "exactly " : "less than ") + expected;
        return "payment " + paymentId + ": " + charged + " was taken, " + difference + " due, for " + usage.prompt()
                + " tokens read, " + usage.output() + " written and " + usage.reasoning() + " of reasoning";
    }
}
