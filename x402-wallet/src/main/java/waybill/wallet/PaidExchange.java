package waybill.wallet;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpResponse.BodySubscribers;
import java.net.http.HttpResponse.PushPromiseHandler;
import java.net.http.HttpResponse.ResponseInfo;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;
import waybill.x402.Headers;

/** One request of a caller's: the plain try, and at most one paid try. Without threads of its own. */
final class PaidExchange<T> {
    private static final int MAX_REQUEST_BODY = 8 * 1024 * 1024;
    private static final int MAX_BILL_BODY = 64 * 1024;

    private final Wallet wallet;
    private final HttpRequest request;
    private final BodyHandler<T> handler;
    private final byte @Nullable [] body; // null when it is too long to repeat
    private final Call call;

    PaidExchange(
            Wallet wallet,
            HttpRequest request,
            BodyHandler<T> handler,
            byte @Nullable [] body,
            String intent,
            Map<String, String> tags) {
        this.wallet = wallet;
        this.request = request;
        this.handler = handler;
        this.body = body;
        this.call = wallet.call(request.method(), request.uri(), body == null ? new byte[0] : body, intent, tags);
    }

    /**
     * The body of a request, read into memory; empty when its publisher says that it is longer than what is repeated.
     * Fails when it turns out longer than that only while it is read.
     */
    static CompletableFuture<Optional<byte[]>> body(HttpRequest request) {
        Optional<BodyPublisher> publisher = request.bodyPublisher();
        if (publisher.isEmpty()) {
            return CompletableFuture.completedFuture(Optional.of(new byte[0]));
        }
        if (publisher.get().contentLength() > MAX_REQUEST_BODY) {
            return CompletableFuture.completedFuture(Optional.empty());
        }
        BoundedBytes bytes = new BoundedBytes(MAX_REQUEST_BODY);
        publisher.get().subscribe(bytes.ofRequest());
        return bytes.getBody()
                .toCompletableFuture()
                .thenCompose(read -> read.isPresent()
                        ? CompletableFuture.completedFuture(read)
                        : CompletableFuture.failedFuture(
                                tooLong("it turned out so only while it was read, so nothing was sent")));
    }

    private static PaymentException tooLong(String more) {
        return new PaymentException(
                PaymentCode.BODY_NOT_REPEATABLE,
                null,
                "the body of the request is longer than the " + MAX_REQUEST_BODY
                        + " bytes that can be sent again with a payment; " + more,
                null);
    }

    /** What the JDK says of a header beyond its own bound, in our words; other failures as they are. */
    static IOException explained(IOException failure) {
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

    HttpRequest plain() {
        return again(null);
    }

    /** The request without the header that is for us. */
    static HttpRequest.Builder withoutIntent(HttpRequest request) {
        HttpRequest.Builder builder =
                HttpRequest.newBuilder(request, (name, value) -> !name.equalsIgnoreCase(PayingHttpClient.INTENT));
        return request.bodyPublisher().isEmpty() && request.method().equals("GET")
                ? builder.GET() // the JDK's copy would announce an empty body
                : builder;
    }

    private HttpRequest again(@Nullable String paymentHeader) {
        HttpRequest.Builder builder = withoutIntent(request);
        if (request.bodyPublisher().isPresent() && body != null) {
            builder.method(request.method(), BodyPublishers.ofByteArray(body));
        }
        return paymentHeader == null
                ? builder.build()
                : builder.header(Headers.PAYMENT_SIGNATURE, paymentHeader).build();
    }

    /** The caller's handler, except for a 402 with a bill, whose body nobody needs. */
    BodyHandler<Reply<T>> untilBill() {
        return info -> info.statusCode() == 402 && Wallet.hasBill(info.headers())
                ? withheld()
                : BodySubscribers.mapping(handler.apply(info), Reply.Answer::new);
    }

    private static <T> BodySubscriber<Reply<T>> withheld() {
        return BodySubscribers.mapping(new BoundedBytes(MAX_BILL_BODY), ignored -> new Reply.Withheld<>());
    }

    boolean isBill(HttpResponse<Reply<T>> first) {
        return first.body() instanceof Reply.Withheld;
    }

    HttpResponse<T> passedOn(HttpResponse<Reply<T>> response) {
        return new Answered<>(request, response, null);
    }

    Optional<Payment> resume() throws PaymentException {
        return body == null ? Optional.empty() : wallet.resume(call);
    }

    Payment pay(HttpHeaders bill) throws PaymentException {
        if (body == null) {
            throw tooLong("send less, or buy it with a client of your own");
        }
        return wallet.pay(call, bill, request.timeout().orElse(null));
    }

    Leg leg(Payment payment) {
        return new Leg(payment);
    }

    /** The paid try. */
    final class Leg {
        private final Payment payment;
        private final AtomicReference<@Nullable PaymentException> refusal = new AtomicReference<>();

        private Leg(Payment payment) {
            this.payment = payment;
        }

        HttpRequest request() {
            return again(payment.header());
        }

        /** Reads the settlement before the body, so that a stream begins with its payment written down. */
        BodyHandler<Reply<T>> handler() {
            return this::receive;
        }

        private BodySubscriber<Reply<T>> receive(ResponseInfo info) {
            PaymentException failure = wallet.arrived(payment, info.statusCode(), info.headers());
            if (failure != null) {
                refusal.set(failure);
                return withheld();
            }
            BodySubscriber<T> watched = new WatchedSubscriber<>(handler.apply(info), new WatchedSubscriber.Watcher() {
                @Override
                public void whole() {
                    wallet.answered(payment);
                }

                @Override
                public void broken(Throwable cause) {
                    wallet.failed(payment, cause);
                }
            });
            return BodySubscribers.mapping(watched, Reply.Answer::new);
        }

        HttpResponse<T> finished(HttpResponse<Reply<T>> response) throws PaymentException {
            PaymentException failure = refusal.get();
            if (failure != null) {
                throw failure;
            }
            return new Answered<>(request, response, payment.id());
        }

        PaymentException failed(Throwable failure) {
            PaymentException known = refusal.get();
            if (known != null) {
                known.addSuppressed(failure);
                return known;
            }
            return wallet.failed(payment, failure);
        }
    }

    /** Server pushes reach the caller's handler as they would without us. */
    static <T> PushPromiseHandler<Reply<T>> pushes(PushPromiseHandler<T> pushes) {
        return (initiating, pushed, acceptor) -> pushes.applyPushPromise(initiating, pushed, handler -> acceptor.apply(
                        info -> BodySubscribers.mapping(handler.apply(info), Reply.Answer::new))
                .thenApply(response -> new Answered<>(pushed, response, null)));
    }

    /** An answer as the caller sees it: of the caller's own request, without the payment that was sent. */
    private static final class Answered<T> implements HttpResponse<T> {
        private final HttpRequest request;
        private final HttpResponse<Reply<T>> response;
        private final HttpHeaders headers;

        Answered(HttpRequest request, HttpResponse<Reply<T>> response, @Nullable String paymentId) {
            this.request = request;
            this.response = response;
            Map<String, List<String>> all = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
            response.headers().map().forEach((name, values) -> all.put(name, new ArrayList<>(values)));
            all.remove(PayingHttpClient.PAYMENT_ID); // only we name payments
            if (paymentId != null) {
                all.put(PayingHttpClient.PAYMENT_ID, List.of(paymentId));
            }
            this.headers = HttpHeaders.of(all, (name, value) -> true);
        }

        @Override
        public int statusCode() {
            return response.statusCode();
        }

        @Override
        public HttpRequest request() {
            return request;
        }

        @Override
        public Optional<HttpResponse<T>> previousResponse() {
            return Optional.empty();
        }

        @Override
        public HttpHeaders headers() {
            return headers;
        }

        @Override
        public T body() {
            if (response.body() instanceof Reply.Answer<T> answer) {
                return answer.body();
            }
            throw new IllegalStateException("the answer was withheld");
        }

        @Override
        public Optional<SSLSession> sslSession() {
            return response.sslSession();
        }

        @Override
        public URI uri() {
            return response.uri();
        }

        @Override
        public HttpClient.Version version() {
            return response.version();
        }

        @Override
        public String toString() {
            return "(" + request.method() + " " + request.uri().getHost() + ") " + statusCode();
        }
    }
}
