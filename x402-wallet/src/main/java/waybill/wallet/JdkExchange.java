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
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/** A {@link PaidExchange} in the words of {@code java.net.http}. Without threads of its own. */
final class JdkExchange<T> {

    /** How long the body of a refusal may take: the request's own timeout ends with its headers. */
    private static final Duration REASON_WITHIN = Duration.ofSeconds(10);

    private final HttpRequest request;
    private final BodyHandler<T> handler;
    private final byte @Nullable [] body; // null when it is too long to repeat
    private final PaidExchange exchange;
    private final long mostBytes;

    JdkExchange(
            Wallet wallet,
            HttpRequest request,
            BodyHandler<T> handler,
            byte @Nullable [] body,
            Map<String, String> tags,
            Terms terms,
            long mostBytes) {
        this.request = request;
        this.handler = handler;
        this.body = body;
        this.mostBytes = mostBytes;
        this.exchange = PaidExchange.begin(
                wallet,
                request.method(),
                request.uri(),
                request.headers(),
                body,
                request.timeout().orElse(null),
                tags,
                terms);
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
        if (publisher.get().contentLength() > PaidExchange.MAX_REQUEST_BODY) {
            return CompletableFuture.completedFuture(Optional.empty());
        }
        BoundedBytes bytes = new BoundedBytes(PaidExchange.MAX_REQUEST_BODY);
        publisher.get().subscribe(bytes.ofRequest());
        return bytes.getBody()
                .toCompletableFuture()
                .thenCompose(read -> read.isPresent()
                        ? CompletableFuture.completedFuture(read)
                        : CompletableFuture.failedFuture(PaidExchange.notRepeatable(
                                "it turned out too long while it was read, and nothing was sent")));
    }

    HttpRequest plain() {
        return again().build();
    }

    /** The request without the headers that are for us. */
    static HttpRequest.Builder withoutOurs(HttpRequest request) {
        HttpRequest.Builder builder = HttpRequest.newBuilder(request, (name, value) -> !PaidExchange.isOurs(name));
        return request.bodyPublisher().isEmpty() && request.method().equals("GET")
                ? builder.GET() // the JDK's copy would announce an empty body
                : builder;
    }

    private HttpRequest.Builder again() {
        HttpRequest.Builder builder = withoutOurs(request);
        if (request.bodyPublisher().isPresent() && body != null) {
            builder.method(request.method(), BodyPublishers.ofByteArray(body));
        }
        return builder;
    }

    /** The caller's handler, except for a 402 with a bill. */
    BodyHandler<Reply<T>> untilBill() {
        return info -> {
            if (PaidExchange.isBill(info.statusCode(), info.headers())) {
                return withheld();
            }
            return PaidExchange.mayBeBill(info.statusCode(), info.headers())
                    ? new PossibleBill<>(() -> watched(info, WatchedSubscriber.Watcher.NONE))
                    : BodySubscribers.mapping(watched(info, WatchedSubscriber.Watcher.NONE), Reply.Answer::new);
        };
    }

    /** The caller's handler, except for an answer that says no to a sign-in. */
    private BodyHandler<Reply<T>> untilRefused() {
        return info -> SignedIn.refused(info.statusCode())
                ? withheld()
                : BodySubscribers.mapping(watched(info, WatchedSubscriber.Watcher.NONE), Reply.Answer::new);
    }

    private BodySubscriber<T> watched(ResponseInfo info, WatchedSubscriber.Watcher watcher) {
        return new WatchedSubscriber<>(handler.apply(info), AnswerBound.of(mostBytes, info.headers()), watcher);
    }

    private static <T> BodySubscriber<Reply<T>> withheld() {
        return BodySubscribers.mapping(
                new DroppedBody(PaidExchange.MAX_BILL_BODY), ignored -> new Reply.Withheld<>(null));
    }

    boolean isBill(HttpResponse<Reply<T>> first) {
        return first.body() instanceof Reply.Withheld;
    }

    HttpResponse<T> passedOn(HttpResponse<Reply<T>> response) {
        return new Answered<>(request, response, PaidExchange.shown(response.headers(), (String) null));
    }

    /** How the request may be made again by signature, after the bill that {@code first} {@linkplain #isBill is}. */
    Optional<Return> comeBack(HttpResponse<Reply<T>> first) {
        return exchange.comeBack(first.headers()).map(signedIn -> new Return(first, signedIn));
    }

    /** The try by signature. */
    final class Return {
        private final HttpResponse<Reply<T>> first;
        private final SignedIn signedIn;

        private Return(HttpResponse<Reply<T>> first, SignedIn signedIn) {
            this.first = first;
            this.signedIn = signedIn;
        }

        HttpRequest request() {
            return again().setHeader(signedIn.headerName(), signedIn.header()).build();
        }

        BodyHandler<Reply<T>> handler() {
            return untilRefused();
        }

        boolean refused(HttpResponse<Reply<T>> second) {
            return second.body() instanceof Reply.Withheld;
        }

        HttpResponse<T> passedOn(HttpResponse<Reply<T>> second) {
            return new Answered<>(request, second, PaidExchange.shown(second.headers(), signedIn));
        }

        /** Pays the bill that came with the no, or else the one from before. */
        Leg pay(HttpResponse<Reply<T>> second) throws PaymentException {
            boolean newer = PaidExchange.isBill(second.statusCode(), second.headers());
            return JdkExchange.this.pay(newer ? second : first);
        }
    }

    Optional<Leg> resume() throws PaymentException {
        return exchange.resume().map(Leg::new);
    }

    /** Pays the bill that {@code first} {@linkplain #isBill is}. */
    Leg pay(HttpResponse<Reply<T>> first) throws PaymentException {
        String body = first.body() instanceof Reply.Withheld<T> withheld ? withheld.bill() : null;
        return new Leg(exchange.pay(first.headers(), body == null ? null : body.getBytes(StandardCharsets.UTF_8)));
    }

    /** The paid try. */
    final class Leg {
        private final PaidExchange.Paid paid;

        private Leg(PaidExchange.Paid paid) {
            this.paid = paid;
        }

        HttpRequest request() {
            return again().header(paid.headerName(), paid.header()).build();
        }

        /** Reads the settlement before the body, so that a stream begins with its payment written down. */
        BodyHandler<Reply<T>> handler() {
            return this::receive;
        }

        private BodySubscriber<Reply<T>> receive(ResponseInfo info) {
            if (paid.saysWhyInBody(info.statusCode(), info.headers())) {
                return refusal();
            }
            try {
                paid.arrived(info.statusCode(), info.headers());
            } catch (PaymentException e) {
                return withheld(); // finished() says it again
            }
            BodySubscriber<T> body = watched(info, new WatchedSubscriber.Watcher() {
                @Override
                public void whole() {
                    paid.whole();
                }

                @Override
                public Throwable broken(Throwable cause) {
                    return paid.broken(cause);
                }
            });
            return BodySubscribers.mapping(body, Reply.Answer::new);
        }

        /** The body of a 402 of version 1, where the reason stands; {@link #finished} reads it. */
        private static <T> BodySubscriber<Reply<T>> refusal() {
            return BodySubscribers.mapping(
                    new BoundedBytes(PaidExchange.MAX_BILL_BODY, REASON_WITHIN),
                    body -> new Reply.Withheld<>(body.filter(PaidExchange::isBill)
                            .map(bytes -> new String(bytes, StandardCharsets.UTF_8))
                            .orElse(null)));
        }

        HttpResponse<T> finished(HttpResponse<Reply<T>> response) throws PaymentException {
            if (paid.saysWhyInBody(response.statusCode(), response.headers())) {
                String why = response.body() instanceof Reply.Withheld<T> withheld ? withheld.bill() : null;
                paid.arrived(
                        response.statusCode(),
                        response.headers(),
                        why == null ? null : why.getBytes(StandardCharsets.UTF_8));
                throw paid.broken(new IOException("the seller answers 402 to what the chain shows as paid"));
            }
            PaymentException refusal = paid.refusal();
            if (refusal != null) {
                throw refusal;
            }
            return new Answered<>(request, response, PaidExchange.shown(response.headers(), paid.id()));
        }

        PaymentException failed(Throwable failure) {
            return paid.broken(failure);
        }
    }

    /** Server pushes reach the caller's handler as they would without us. */
    static <T> PushPromiseHandler<Reply<T>> pushes(PushPromiseHandler<T> pushes) {
        return (initiating, pushed, acceptor) -> pushes.applyPushPromise(initiating, pushed, handler -> acceptor.apply(
                        info -> BodySubscribers.mapping(handler.apply(info), Reply.Answer::new))
                .thenApply(response ->
                        new Answered<>(pushed, response, PaidExchange.shown(response.headers(), (String) null))));
    }

    /** An answer as the caller sees it: of the caller's own request, without the payment that was sent. */
    private static final class Answered<T> implements HttpResponse<T> {
        private final HttpRequest request;
        private final HttpResponse<Reply<T>> response;
        private final HttpHeaders headers;

        Answered(HttpRequest request, HttpResponse<Reply<T>> response, HttpHeaders headers) {
            this.request = request;
            this.response = response;
            this.headers = headers;
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
