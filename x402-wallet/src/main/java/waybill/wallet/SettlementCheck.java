package waybill.wallet;

import java.math.BigInteger;
import java.net.http.HttpHeaders;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import waybill.x402.Headers;
import waybill.x402.MalformedWireException;
import waybill.x402.PaymentRequired;
import waybill.x402.SettlementResponse;
import waybill.x402.Version1;
import waybill.x402.WireFormat;

/** Reads what a seller answered to a payment, and compares it with what was signed. */
final class SettlementCheck {
    private static final Pattern HASH = Pattern.compile("0x[0-9a-fA-F]{64}");
    private static final Pattern REASON = Pattern.compile("[a-z0-9]+(_[a-z0-9]+)+");

    private SettlementCheck() {}

    /**
     * The step that the answer stands for. Only a settlement response that fits in every field settles.
     *
     * @param body of a 402, where version 1 of the protocol says why; null when it was not read
     */
    static Step read(PaymentRecord payment, int status, HttpHeaders headers, byte @Nullable [] body) {
        List<String> values = new ArrayList<>(headers.allValues(Headers.PAYMENT_RESPONSE));
        boolean first = values.isEmpty();
        values.addAll(first ? headers.allValues(Headers.V1_PAYMENT_RESPONSE) : List.of());
        if (values.isEmpty()) {
            return withoutResponse(status, headers, body);
        }
        if (values.size() > 1) {
            return new Step.Unknown("the answer carries " + values.size() + " settlement responses");
        }
        SettlementResponse response;
        try {
            response =
                    first ? Version1.settlementResponse(values.get(0)) : WireFormat.settlementResponse(values.get(0));
        } catch (MalformedWireException e) {
            return new Step.Unknown("the settlement response cannot be read: " + e.getMessage());
        }
        if (!response.success() && !response.pending()) {
            return new Step.Rejected("the seller could not settle it: " + Words.cut(response.errorReason(), 100) + " "
                    + Words.cut(response.errorMessage(), 200));
        }
        String difference = difference(payment, response);
        if (difference != null) {
            return new Step.Unknown("the settlement response is not for this payment: " + difference);
        }
        if (response.pending()) {
            return new Step.Pending(
                    HASH.matcher(response.transaction()).matches() ? response.transaction() : null,
                    "the seller says that the transaction is on its way");
        }
        if (payment.paidBy() == PaymentMethod.UPTO) {
            return taken(payment, response);
        }
        if (!HASH.matcher(response.transaction()).matches()) {
            return new Step.Unknown("the settlement response names no transaction");
        }
        return new Step.Settled(response.transaction(), false);
    }

    /** Under {@code upto} the seller's word for how much it took frees nothing: the ceiling is held until the chain shows. */
    private static Step taken(PaymentRecord payment, SettlementResponse response) {
        String amount = response.amount();
        String hash = HASH.matcher(response.transaction()).matches() ? response.transaction() : null;
        return new Step.Pending(
                hash,
                "the seller says that it took " + (amount == null ? "it" : Words.cut(amount, 80) + " atomic units")
                        + " of at most " + payment.amount() + "; the chain will show");
    }

    /** An error that is a reason code is a no; an error in prose, or none, may be a lost settlement. */
    private static Step withoutResponse(int status, HttpHeaders headers, byte @Nullable [] body) {
        if (status != 402) {
            return new Step.Unknown("status " + status + " without a settlement response");
        }
        String error = error(headers, body);
        return error != null && REASON.matcher(error).matches()
                ? new Step.Rejected("the seller did not take it: " + Words.cut(error, 100))
                : new Step.Unknown("the seller asks to be paid again, without saying what became of this payment");
    }

    private static @Nullable String error(HttpHeaders headers, byte @Nullable [] body) {
        try {
            PaymentRequired bill = body == null
                    ? WireFormat.paymentRequired(
                            headers.firstValue(Headers.PAYMENT_REQUIRED).orElse(""))
                    : Version1.paymentRequired(body);
            return bill.error();
        } catch (MalformedWireException e) {
            return null;
        }
    }

    private static @Nullable String difference(PaymentRecord payment, SettlementResponse response) {
        String network = String.valueOf(payment.network());
        if (!response.network().equals(network)) {
            return "network " + Words.cut(response.network(), 60) + ", not " + network;
        }
        String payer = response.payer();
        if (payer != null
                && !payer.isEmpty()
                && !payer.equalsIgnoreCase(payment.payer().toString())) {
            return "payer " + Words.cut(payer, 60) + ", not " + payment.payer();
        }
        String amount = response.amount();
        String signed =
                payment.amount() == null ? "" : payment.amount().atomic().toString();
        if (amount == null || amount.isEmpty() || amount.equals(signed)) {
            return null;
        }
        if (payment.paidBy() != PaymentMethod.UPTO) {
            return "amount " + Words.cut(amount, 80) + ", not " + signed;
        }
        if (!amount.matches("[0-9]{1,78}") || new BigInteger(amount).compareTo(new BigInteger(signed)) > 0) {
            return "amount " + Words.cut(amount, 80) + ", and at most " + signed + " was authorised";
        }
        return null;
    }
}
