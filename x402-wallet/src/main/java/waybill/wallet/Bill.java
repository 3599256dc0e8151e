package waybill.wallet;

import java.net.URI;
import java.net.http.HttpHeaders;
import java.util.List;
import waybill.x402.Headers;
import waybill.x402.MalformedWireException;
import waybill.x402.PaymentRequired;
import waybill.x402.WireFormat;

/** Reads the bill of a 402: one, bounded, well formed, and for the place that was asked. */
final class Bill {
    private Bill() {}

    static boolean in(HttpHeaders headers) {
        return headers.firstValue(Headers.PAYMENT_REQUIRED).isPresent();
    }

    static PaymentRequired read(HttpHeaders headers, URI asked) {
        List<String> values = headers.allValues(Headers.PAYMENT_REQUIRED);
        if (values.size() != 1) {
            throw new Refusal(
                    PaymentCode.BILL_MALFORMED, "the 402 carries " + values.size() + " bills; one is expected");
        }
        if (values.get(0).length() > WireFormat.MAX_HEADER_CHARS) {
            throw new Refusal(
                    PaymentCode.BILL_TOO_LARGE,
                    "the bill has " + values.get(0).length() + " characters; at most " + WireFormat.MAX_HEADER_CHARS
                            + " are read");
        }
        PaymentRequired bill;
        try {
            bill = WireFormat.paymentRequired(values.get(0));
        } catch (MalformedWireException e) {
            throw new Refusal(PaymentCode.BILL_MALFORMED, Words.cut(e.getMessage(), 300));
        }
        requireSameHost(asked, bill);
        return bill;
    }

    /** A bill for another host's resource is somebody else's bill. */
    private static void requireSameHost(URI asked, PaymentRequired bill) {
        String named;
        try {
            named = URI.create(bill.resource().url()).getHost();
        } catch (IllegalArgumentException e) {
            return; // text that names no host contradicts nothing
        }
        if (named != null && !named.equalsIgnoreCase(asked.getHost())) {
            throw new Refusal(
                    PaymentCode.RESOURCE_MISMATCH,
                    "the request went to " + asked.getHost() + ", the bill is for a resource of "
                            + Words.cut(named, 100));
        }
    }
}
