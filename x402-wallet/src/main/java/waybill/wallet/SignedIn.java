package waybill.wallet;

import java.net.http.HttpRequest;
import waybill.x402.Headers;

/**
 * How a wallet comes back to what it has paid for ({@code sign-in-with-x}): the header that says who it is, for one request
 * to one site within five minutes. Nothing is paid by it. Thread-safe.
 */
public final class SignedIn {
    private final String header;
    private final String paymentId;

    SignedIn(String header, String paymentId) {
        this.header = header;
        this.paymentId = paymentId;
    }

    /** The name of the header. */
    public String headerName() {
        return Headers.SIGN_IN_WITH_X;
    }

    /** Its value; it opens what was paid for to whoever reads it in time. */
    public String header() {
        return header;
    }

    /** The ledger's id of the payment that is come back to. */
    public String paymentId() {
        return paymentId;
    }

    /** Whether an answer of this status says no to a sign-in; then the bill from before is judged like any other. */
    public static boolean refused(int status) {
        return status == 400 || status == 401 || status == 402 || status == 403;
    }

    HttpRequest request(HttpRequest plain) {
        HttpRequest.Builder again = HttpRequest.newBuilder(plain, (name, value) -> true);
        if (plain.bodyPublisher().isEmpty() && plain.method().equals("GET")) {
            again.GET(); // the JDK's copy would announce an empty body
        }
        return again.setHeader(headerName(), header).build();
    }

    /** Without the header. */
    @Override
    public String toString() {
        return "SignedIn[" + paymentId + "]";
    }
}
