package waybill.wallet.spring;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpRequest;
import org.springframework.http.client.ClientHttpRequest;
import org.springframework.http.client.ClientHttpRequestExecution;
import org.springframework.http.client.ClientHttpRequestFactory;
import org.springframework.http.client.ClientHttpRequestInterceptor;
import org.springframework.http.client.ClientHttpResponse;
import org.springframework.http.client.JdkClientHttpRequestFactory;
import org.springframework.http.client.support.HttpRequestWrapper;
import waybill.wallet.AnswerBound;
import waybill.wallet.PaidExchange;
import waybill.wallet.PayingHttpClient;
import waybill.wallet.PaymentException;
import waybill.wallet.SignedIn;
import waybill.wallet.Terms;
import waybill.wallet.Wallet;

/**
 * A request interceptor that pays a 402 through a wallet and hands on only the final answer, with the promises of
 * {@link PayingHttpClient}. It works with its own {@link #requestFactory()} only, which follows no redirects and puts the
 * payment on the wire itself, so that no other interceptor ever sees it:
 *
 * <pre>{@code
 * var paying = PayingRequestInterceptor.over(HttpClient.newHttpClient(), wallet);
 * RestClient client = RestClient.builder()
 *         .requestFactory(paying.requestFactory())
 *         .requestInterceptor(paying)
 *         .build();
 * }</pre>
 *
 * Thread-safe.
 */
public final class PayingRequestInterceptor implements ClientHttpRequestInterceptor {
    /** The request's attribute that carries the way through our own factory. */
    private static final String LEG = PayingRequestInterceptor.class.getName() + ".leg";

    private final HttpClient delegate;
    private final Wallet wallet;
    private final Map<String, String> tags;
    private final Terms terms;
    private final long mostBytes;
    private final @Nullable Duration readTimeout;

    private PayingRequestInterceptor(
            HttpClient delegate,
            Wallet wallet,
            Map<String, String> tags,
            Terms terms,
            long mostBytes,
            @Nullable Duration readTimeout) {
        this.delegate = delegate;
        this.wallet = wallet;
        this.tags = Map.copyOf(tags);
        this.terms = terms;
        this.mostBytes = mostBytes;
        this.readTimeout = readTimeout;
    }

    /**
     * An interceptor whose factory sends through {@code delegate}.
     *
     * @throws IllegalArgumentException when the delegate follows redirects
     */
    public static PayingRequestInterceptor over(HttpClient delegate, Wallet wallet) {
        PayingHttpClient.requireFit(delegate);
        return new PayingRequestInterceptor(delegate, wallet, Map.of(), Terms.NONE, AnswerBound.DEFAULT, null);
    }

    /** This interceptor, with one more tag on what it pays; tags are for the ledger's reader. */
    public PayingRequestInterceptor tagged(String name, String value) {
        Map<String, String> more = new LinkedHashMap<>(tags);
        more.put(name, value);
        return new PayingRequestInterceptor(delegate, wallet, more, terms, mostBytes, readTimeout);
    }

    /** This interceptor, handing on answers of up to {@code bytes} bytes, as {@link PayingHttpClient#answersUpTo}. */
    public PayingRequestInterceptor answersUpTo(long bytes) {
        return new PayingRequestInterceptor(delegate, wallet, tags, terms, bytes, readTimeout);
    }

    /** This interceptor, holding what it pays to {@code narrower} instead of the policy alone. */
    public PayingRequestInterceptor under(Terms narrower) {
        return new PayingRequestInterceptor(delegate, wallet, tags, narrower, mostBytes, readTimeout);
    }

    /** This interceptor, whose factory waits at most this long for an answer to begin. */
    public PayingRequestInterceptor readTimeout(Duration timeout) {
        return new PayingRequestInterceptor(delegate, wallet, tags, terms, mostBytes, timeout);
    }

    /** The factory to build the client with. */
    public ClientHttpRequestFactory requestFactory() {
        JdkClientHttpRequestFactory factory = new JdkClientHttpRequestFactory(delegate);
        if (readTimeout != null) {
            factory.setReadTimeout(readTimeout);
        }
        return (uri, method) -> new LastStep(factory.createRequest(uri, method));
    }

    @Override
    public ClientHttpResponse intercept(HttpRequest request, byte[] body, ClientHttpRequestExecution execution)
            throws IOException {
        PayingHttpClient.requirePinned(delegate, wallet, request.getURI());
        Leg plain = new Leg(null, null);
        HttpRequest stripped = new Stripped(request);
        java.net.http.HttpHeaders headers = neutral(request.getHeaders());
        if (PaidExchange.carriesPayment(headers)) {
            return execution.execute(stripped, body);
        }
        PaidExchange exchange = PaidExchange.begin(
                wallet,
                request.getMethod().name(),
                request.getURI(),
                headers,
                body.length > PaidExchange.MAX_REQUEST_BODY ? null : body,
                readTimeout,
                tags,
                terms);
        Optional<PaidExchange.Paid> unanswered = exchange.resume();
        if (unanswered.isPresent()) {
            return paid(stripped, body, execution, unanswered.get());
        }
        stripped.getAttributes().put(LEG, plain);
        ClientHttpResponse first;
        try {
            first = execution.execute(stripped, body);
        } catch (IOException e) {
            throw PaidExchange.explained(e);
        }
        java.net.http.HttpHeaders answer = neutral(first.getHeaders());
        int status = first.getStatusCode().value();
        byte[] billBody = null;
        if (PaidExchange.mayBeBill(status, answer)) {
            byte[] begin = first.getBody().readNBytes(PaidExchange.MAX_BILL_BODY + 1);
            billBody = PaidExchange.isBill(begin) ? begin : null;
            first = billBody == null ? new BegunResponse(first, begin) : first;
        }
        if (billBody == null && !PaidExchange.isBill(status, answer)) {
            return new WatchedResponse(first, PaidExchange.shown(answer, (String) null), mostBytes, null);
        }
        WatchedResponse.drop(first); // the bill is read
        if (!plain.taken) {
            throw new IOException(
                    "the client sends with another request factory than this interceptor's, which could follow"
                            + " a redirect with a payment: build it with requestFactory(paying.requestFactory())");
        }
        Optional<SignedIn> signedIn = exchange.comeBack(answer);
        if (signedIn.isPresent()) {
            stripped.getAttributes()
                    .put(
                            LEG,
                            new Leg(signedIn.get().headerName(), signedIn.get().header()));
            ClientHttpResponse second;
            try {
                second = execution.execute(stripped, body);
            } catch (IOException e) {
                throw PaidExchange.explained(e);
            }
            java.net.http.HttpHeaders answered = neutral(second.getHeaders());
            int secondStatus = second.getStatusCode().value();
            if (!SignedIn.refused(secondStatus)) {
                return new WatchedResponse(second, PaidExchange.shown(answered, signedIn.get()), mostBytes, null);
            }
            WatchedResponse.drop(second);
            answer = PaidExchange.isBill(secondStatus, answered) ? answered : answer;
        }
        return paid(stripped, body, execution, exchange.pay(answer, billBody));
    }

    private ClientHttpResponse paid(
            HttpRequest request, byte[] body, ClientHttpRequestExecution execution, PaidExchange.Paid paid)
            throws IOException {
        request.getAttributes().put(LEG, new Leg(paid.headerName(), paid.header()));
        ClientHttpResponse response;
        int status;
        try {
            response = execution.execute(request, body);
            status = response.getStatusCode().value();
        } catch (IOException | RuntimeException e) {
            throw paid.broken(e);
        } finally {
            request.getAttributes().remove(LEG);
        }
        java.net.http.HttpHeaders answer = neutral(response.getHeaders());
        try {
            byte @Nullable [] why = null;
            if (paid.saysWhyInBody(status, answer)) {
                byte[] begin = response.getBody().readNBytes(PaidExchange.MAX_BILL_BODY + 1);
                why = PaidExchange.isBill(begin) ? begin : null;
                response = new BegunResponse(response, begin);
            }
            paid.arrived(status, answer, why);
        } catch (PaymentException e) {
            WatchedResponse.drop(response);
            throw e;
        } catch (IOException e) {
            WatchedResponse.drop(response);
            throw paid.broken(e);
        }
        return new WatchedResponse(response, PaidExchange.shown(answer, paid.id()), mostBytes, paid);
    }

    static java.net.http.HttpHeaders neutral(HttpHeaders headers) {
        Map<String, java.util.List<String>> all = new LinkedHashMap<>();
        headers.forEach(all::put);
        return java.net.http.HttpHeaders.of(all, (name, value) -> true);
    }

    /** One try, on its way to the factory, with the header that it takes along. Its text names no payment. */
    private static final class Leg {
        private final @Nullable String headerName;
        private final @Nullable String header;
        private volatile boolean taken;

        Leg(@Nullable String headerName, @Nullable String header) {
            this.headerName = headerName;
            this.header = header;
        }
    }

    /** The caller's request without the headers that are for us. */
    private static final class Stripped extends HttpRequestWrapper {
        private final HttpHeaders headers = new HttpHeaders();

        Stripped(HttpRequest request) {
            super(request);
            request.getHeaders().forEach((name, values) -> {
                if (!PaidExchange.isOurs(name)) {
                    headers.addAll(name, values);
                }
            });
        }

        @Override
        public HttpHeaders getHeaders() {
            return headers;
        }
    }

    /** A request as it leaves: here, behind every interceptor, the payment joins it. */
    private static final class LastStep implements ClientHttpRequest {
        private final ClientHttpRequest request;
        private final Map<String, Object> attributes = new ConcurrentHashMap<>();
        private final ByteArrayOutputStream body = new ByteArrayOutputStream();

        LastStep(ClientHttpRequest request) {
            this.request = request;
        }

        @Override
        public ClientHttpResponse execute() throws IOException {
            if (body.size() > 0) {
                request.getBody().write(body.toByteArray());
            }
            if (attributes.get(LEG) instanceof Leg leg) {
                leg.taken = true;
                if (leg.headerName != null) {
                    request.getHeaders().set(leg.headerName, leg.header);
                }
            }
            return request.execute();
        }

        @Override
        public OutputStream getBody() {
            return body;
        }

        @Override
        public HttpMethod getMethod() {
            return request.getMethod();
        }

        @Override
        public URI getURI() {
            return request.getURI();
        }

        @Override
        public Map<String, Object> getAttributes() {
            return attributes;
        }

        @Override
        public HttpHeaders getHeaders() {
            return request.getHeaders();
        }
    }
}
