package waybill.wallet;

import java.net.URI;
import java.net.http.HttpHeaders;
import java.util.List;
import org.jspecify.annotations.Nullable;
import waybill.x402.Headers;
import waybill.x402.MalformedWireException;
import waybill.x402.PaymentRequired;
import waybill.x402.Version1;
import waybill.x402.WireFormat;

/**
 * The bill of a 402: one, bounded, well formed, and for the place that was asked.
 *
 * @param required what it says
 * @param version of the protocol that it came in, 1 or 2
 */
record Bill(PaymentRequired required, int version) {

    static boolean in(HttpHeaders headers) {
        return headers.firstValue(Headers.PAYMENT_REQUIRED).isPresent();
    }

    /** Whether the body of a 402 without the header may be a bill of version 1. */
    static boolean mayBeBody(HttpHeaders headers) {
        return !in(headers)
                && headers.firstValue("Content-Type").orElse("").strip().startsWith("application/json");
    }

    /** Whether it is one: JSON that names version 1. What else stands in it is looked at by {@link #read}. */
    static boolean in(byte[] body) {
        try {
            Version1.paymentRequired(body);
            return true;
        } catch (MalformedWireException e) {
            return false;
        }
    }

    /**
     * Reads a bill.
     *
     * @param body of the answer, where it was a {@link #in(byte[]) bill of version 1}; else null
     */
    static Bill read(HttpHeaders headers, byte @Nullable [] body, URI asked) {
        Bill bill = in(headers) || body == null
                ? new Bill(ofHeader(headers), WireFormat.VERSION)
                : new Bill(ofBody(body), Version1.VERSION);
        requireSameHost(asked, bill.required());
        return bill;
    }

    private static PaymentRequired ofBody(byte[] body) {
        try {
            return Version1.paymentRequired(body);
        } catch (MalformedWireException e) {
            throw new Refusal(PaymentCode.BILL_MALFORMED, Words.cut(e.getMessage(), 300));
        }
    }

    private static PaymentRequired ofHeader(HttpHeaders headers) {
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
        try {
            return WireFormat.paymentRequired(values.get(0));
        } catch (MalformedWireException e) {
            throw new Refusal(PaymentCode.BILL_MALFORMED, Words.cut(e.getMessage(), 300));
        }
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
