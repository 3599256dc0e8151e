package waybill.wallet;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import waybill.x402.Headers;

/**
 * One request of a caller's on its way through any HTTP client: the plain try, and at most one paid try. Every transport
 * goes through this class and through nothing else: first {@link #resume()}; when that is empty the plain request is
 * sent. Its answer, when {@link #isBill(int, HttpHeaders)}, is first tried with {@link #comeBack}: where that is not empty
 * the request is sent once more with its header, and any answer but a {@linkplain SignedIn#refused no} is the caller's.
 * Else the bill, or the newer one that came with the no, is paid by {@link #pay}. The request that carries {@link Paid#header()} is
 * sent once, its answer shown to {@link Paid#arrived}, and how its body ended told to {@link Paid#whole()} or
 * {@link Paid#broken}. Without threads or I/O of its own, beside the wallet's.
 */
public final class PaidExchange {
    /** The longest body of a request that is kept to be sent again, in bytes. */
    public static final int MAX_REQUEST_BODY = 8 * 1024 * 1024;
    /** How much of a bill's body is read before the rest is dropped, in bytes; the bill itself is a header. */
    public static final int MAX_BILL_BODY = 64 * 1024;

    private static final int MAX_INTENT_CHARS = 200;

    /** How the header of a payment of version 1 begins: what comes first in its JSON is the version. */
    private static final String OF_VERSION_1 =
            Base64.getEncoder().encodeToString("{\"x402Version\":1,\"".getBytes(StandardCharsets.US_ASCII));

    private final Wallet wallet;
    private final Call call;
    private final boolean repeatable;
    private final @Nullable Duration timeout;
    private final Terms terms;
    private final boolean mayComeBack;

    private PaidExchange(
            Wallet wallet,
            Call call,
            boolean repeatable,
            @Nullable Duration timeout,
            Terms terms,
            boolean mayComeBack) {
        this.wallet = wallet;
        this.call = call;
        this.repeatable = repeatable;
        this.timeout = timeout;
        this.terms = terms;
        this.mayComeBack = mayComeBack;
    }

    /**
     * Begins one request. Nothing is asked or sent yet.
     *
     * @param method of the request
     * @param url of the request, whole
     * @param request its headers, of which {@value PayingHttpClient#INTENT}, {@value PayingHttpClient#MAX_PRICE} and
     *     {@value PayingHttpClient#TAG} are read here
     * @param body of the request; null when it cannot be sent again, so that a bill for it is refused
     * @param timeout of the request, which sets how long a payment stays valid; or null
     * @param tags for the ledger's reader, and for limits that narrow
     * @param terms that the payment is held to
     * @throws IllegalArgumentException when the intent is longer than 200 characters, the most to be paid is no sum of
     *     dollars, or the tags are too many
     */
    public static PaidExchange begin(
            Wallet wallet,
            String method,
            URI url,
            HttpHeaders request,
            byte @Nullable [] body,
            @Nullable Duration timeout,
            Map<String, String> tags,
            Terms terms) {
        Call call = wallet.call(method, url, body == null ? new byte[0] : body, intent(request), tags(tags, request));
        return new PaidExchange(
                wallet, call, body != null, timeout, narrowed(terms, request), mayComeBack(request, terms));
    }

    /** True for a request header that is for us, and stripped before sending. */
    public static boolean isOurs(String headerName) {
        return headerName.equalsIgnoreCase(PayingHttpClient.INTENT)
                || headerName.equalsIgnoreCase(PayingHttpClient.MAX_PRICE)
                || headerName.equalsIgnoreCase(PayingHttpClient.TAG);
    }

    /** A deliberate repeat is bought, and so is a quote; and whoever signs in on its own is left alone. */
    static boolean mayComeBack(HttpHeaders request, Terms terms) {
        return intent(request).isEmpty()
                && terms.quote() == null
                && request.firstValue(Headers.SIGN_IN_WITH_X).isEmpty();
    }

    static String intent(HttpHeaders request) {
        String mark = request.firstValue(PayingHttpClient.INTENT).orElse("");
        if (mark.length() > MAX_INTENT_CHARS) {
            throw new IllegalArgumentException(PayingHttpClient.INTENT + " has " + mark.length()
                    + " characters; at most " + MAX_INTENT_CHARS + " are taken");
        }
        return mark;
    }

    /** The client's tags and those of the request; what the client says holds. */
    static Map<String, String> tags(Map<String, String> ofClient, HttpHeaders request) {
        Map<String, String> all = new TreeMap<>();
        for (String tag : request.allValues(PayingHttpClient.TAG)) {
            int equals = tag.indexOf('=');
            if (equals < 1) {
                throw new IllegalArgumentException(PayingHttpClient.TAG + " is name=value, not: " + Words.cut(tag, 60));
            }
            all.put(tag.substring(0, equals).strip(), tag.substring(equals + 1).strip());
        }
        all.putAll(ofClient);
        return all;
    }

    static Terms narrowed(Terms terms, HttpHeaders request) {
        Terms all = terms;
        for (String price : request.allValues(PayingHttpClient.MAX_PRICE)) {
            all = all.narrowed(Dollars.parse(price, PayingHttpClient.MAX_PRICE));
        }
        return all;
    }

    /** True when a request carries a payment already; then it is the caller's, and nothing is signed for it. */
    public static boolean carriesPayment(HttpHeaders request) {
        return request.firstValue(Headers.PAYMENT_SIGNATURE).isPresent()
                || request.firstValue(Headers.V1_PAYMENT).isPresent();
    }

    /** True when an answer is a 402 with an x402 bill; any other 402 belongs to the caller. */
    public static boolean isBill(int status, HttpHeaders answer) {
        return status == 402 && Wallet.hasBill(answer);
    }

    /**
     * True when the body of an answer has to be read to tell: a 402 of JSON without the header, which may hold a bill of
     * version 1. A body of more than {@link #MAX_BILL_BODY} bytes holds none.
     */
    public static boolean mayBeBill(int status, HttpHeaders answer) {
        return status == 402 && Bill.mayBeBody(answer);
    }

    /** True when the body of such an answer is a bill; any other one belongs to the caller. */
    public static boolean isBill(byte[] body) {
        return body.length <= MAX_BILL_BODY && Bill.in(body);
    }

    /** The headers of an answer as the caller sees them: only we name payments. */
    public static HttpHeaders shown(HttpHeaders answer, @Nullable String paymentId) {
        return shown(answer, PayingHttpClient.PAYMENT_ID, paymentId);
    }

    /** The same for an answer that was had by coming back to an earlier payment. */
    public static HttpHeaders shown(HttpHeaders answer, SignedIn signedIn) {
        return shown(answer, PayingHttpClient.SIGNED_IN, signedIn.paymentId());
    }

    private static HttpHeaders shown(HttpHeaders answer, String name, @Nullable String paymentId) {
        Map<String, List<String>> all = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        answer.map().forEach((theirs, values) -> all.put(theirs, new ArrayList<>(values)));
        all.remove(PayingHttpClient.PAYMENT_ID);
        all.remove(PayingHttpClient.SIGNED_IN);
        if (paymentId != null) {
            all.put(name, List.of(paymentId));
        }
        return HttpHeaders.of(all, (any, value) -> true);
    }

    /**
     * What the JDK says of an answer's header beyond its own bound, in our words; other failures as they are. For the
     * transports that send through {@code java.net.http}.
     */
    public static IOException explained(IOException failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            String message = String.valueOf(cause.getMessage()).toLowerCase(Locale.ROOT);
            if (message.contains("header")
                    && (message.contains("too large") || message.contains("size") || message.contains("exceed"))) {
                return new PaymentException(
                        PaymentCode.BILL_TOO_LARGE,
                        null,
                        "the answer's headers are longer than what the JDK client reads (384 KiB); a bill of more than 16384"
                                + " characters is not read in any case",
                        failure);
            }
        }
        return failure;
    }

    /** A body that is longer than what can be sent again, or that can be read only once. */
    public static PaymentException notRepeatable(String why) {
        return new PaymentException(
                PaymentCode.BODY_NOT_REPEATABLE,
                null,
                "the body of the request cannot be sent again with a payment: " + why + ". Send at most "
                        + MAX_REQUEST_BODY + " bytes, or buy it with a client of your own",
                null);
    }

    /**
     * The payment that an earlier, identical request left behind, to be sent again; empty when the request is new.
     *
     * @throws PaymentException when that payment has not ended and cannot be sent again
     */
    public Optional<Paid> resume() throws PaymentException {
        return repeatable ? wallet.resume(call).map(payment -> new Paid(wallet, payment)) : Optional.empty();
    }

    /**
     * How the request may have by signature what this wallet has paid for before, where the bill lets it and the policy
     * too; empty in every other case. Ask once, for the first bill.
     */
    public Optional<SignedIn> comeBack(HttpHeaders bill) {
        return repeatable && mayComeBack ? wallet.comeBack(call, bill) : Optional.empty();
    }

    /**
     * Answers a bill: policy, reservation, signature, in the wallet's order.
     *
     * @param bill the headers of the 402
     * @throws PaymentException when nothing was signed
     */
    public Paid pay(HttpHeaders bill) throws PaymentException {
        return pay(bill, null);
    }

    /**
     * The same for a bill whose headers hold none: version 1 of the protocol writes it into the body.
     *
     * @param body of the answer, where it is {@linkplain #isBill(byte[]) such a bill}; else null
     */
    public Paid pay(HttpHeaders bill, byte @Nullable [] body) throws PaymentException {
        if (!repeatable) {
            throw notRepeatable("it is too long, or can be read only once");
        }
        return new Paid(wallet, wallet.pay(call, bill, body, timeout, terms));
    }

    /** The paid try: a signed payment that the ledger has as sent. Thread-safe. */
    public static final class Paid {
        private final Wallet wallet;
        private final Payment payment;
        private final AtomicReference<@Nullable PaymentException> refusal = new AtomicReference<>();

        private Paid(Wallet wallet, Payment payment) {
            this.wallet = wallet;
            this.payment = payment;
        }

        /** The name of the header that the payment goes in, which depends on the version that the seller speaks. */
        public String headerName() {
            return payment.header().startsWith(OF_VERSION_1) ? Headers.V1_PAYMENT : Headers.PAYMENT_SIGNATURE;
        }

        /** Its value; it opens the payment to whoever reads it. */
        public String header() {
            return payment.header();
        }

        /** The ledger's id. */
        public String id() {
            return payment.id();
        }

        /**
         * Writes down what the seller answered, before its body is read; so a stream begins with its payment settled.
         *
         * @throws PaymentException when the answer is not the caller's to have
         */
        public void arrived(int status, HttpHeaders answer) throws PaymentException {
            arrived(status, answer, null);
        }

        /**
         * True when the answer refuses a payment of version 1, whose reason stands in the body: read up to
         * {@link #MAX_BILL_BODY} bytes of it and hand them to {@link #arrived(int, HttpHeaders, byte[])}.
         */
        public boolean saysWhyInBody(int status, HttpHeaders answer) {
            return headerName().equals(Headers.V1_PAYMENT) && mayBeBill(status, answer);
        }

        /**
         * The same for such an answer.
         *
         * @param body as far as it was read, where it {@linkplain #isBill(byte[]) is a bill}; else null
         */
        public void arrived(int status, HttpHeaders answer, byte @Nullable [] body) throws PaymentException {
            PaymentException failure = wallet.arrived(payment, status, answer, body);
            if (failure != null) {
                refusal.set(failure);
                throw failure;
            }
        }

        /** The body is whole, or the caller wants no more of it. A ledger that cannot be written changes nothing. */
        public void whole() {
            try {
                wallet.answered(payment);
            } catch (LedgerException e) {
                // the call stays open in the ledger, which can only refuse a repeat
            }
        }

        /** The paid request failed before its answer was whole; what the caller is told, the same however often asked. */
        public PaymentException broken(Throwable failure) {
            PaymentException known = refusal.get();
            if (known == null) {
                PaymentException told = wallet.failed(payment, failure);
                return refusal.compareAndSet(null, told) ? told : broken(failure);
            }
            if (!within(known, failure) && !within(failure, known)) {
                known.addSuppressed(failure);
            }
            return known;
        }

        private static boolean within(Throwable wanted, Throwable chain) {
            for (Throwable cause = chain; cause != null; cause = cause.getCause()) {
                if (cause == wanted) {
                    return true;
                }
            }
            return false;
        }

        /** Why the answer was not the caller's to have, or null. */
        @Nullable
        PaymentException refusal() {
            return refusal.get();
        }

        /** Without the header. */
        @Override
        public String toString() {
            return "Paid[" + payment.id() + "]";
        }
    }
}
