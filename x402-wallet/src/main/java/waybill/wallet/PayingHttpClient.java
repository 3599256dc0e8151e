package waybill.wallet;

import java.io.IOException;
import java.net.Authenticator;
import java.net.CookieHandler;
import java.net.ProxySelector;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.PushPromiseHandler;
import java.net.http.WebSocket;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;

/**
 * A {@code java.net.http} client that pays a 402 through a wallet and hands on only the final answer. It signs at most
 * once per request, and not at all for a request that carries a payment already; a 402 without an x402 bill comes back
 * as it came. A refusal or an unknown outcome is a {@link PaymentException}.
 *
 * <p>The final answer carries the ledger's id in the header {@value #PAYMENT_ID} beside the seller's
 * {@code PAYMENT-RESPONSE}. A request with the header {@value #INTENT} (any short text of the caller's; never sent) is
 * another call than the same request without it, or with another text: so a deliberate repeat is marked.
 *
 * <p>Where a bill lets whoever paid before come back by signature ({@code sign-in-with-x}), and this wallet has paid for that
 * resource, its query aside, it signs in instead of paying ({@link Policy#signIn}); the answer then names the earlier payment
 * in {@value #SIGNED_IN}. A deliberate repeat and a quote are always paid.
 *
 * <p>Bodies up to 8 MiB are read into memory so that they can be repeated. Retries of a layer above are safe while the
 * request stays the same: an unanswered payment is sent again, not made again. Thread-safe.
 */
public final class PayingHttpClient extends HttpClient {
    /** Marks a deliberate repeat; stripped before sending. */
    public static final String INTENT = "Waybill-Intent";

    /**
     * The most that this call may cost, in dollars such as {@code 0.01}: what a caller planned with. A dearer bill is
     * refused as {@code quote_drift}. Stripped before sending.
     */
    public static final String MAX_PRICE = "Waybill-Max-Price";

    /**
     * A tag for the ledger's reader, {@code name=value}; may be given several times. Limits on agents, sessions and models
     * count by the tags {@code agent}, {@code session} and {@code model}, and can only narrow. Stripped before sending.
     */
    public static final String TAG = "Waybill-Tag";

    /** Names the payment in the ledger, on the final answer. */
    public static final String PAYMENT_ID = "Waybill-Payment-Id";

    /** Names the earlier payment in the ledger, on an answer that was had again by signature, unpaid. */
    public static final String SIGNED_IN = "Waybill-Signed-In";

    private final HttpClient delegate;
    private final Wallet wallet;
    private final Map<String, String> tags;
    private final Terms terms;
    private final long mostBytes;

    private PayingHttpClient(
            HttpClient delegate, Wallet wallet, Map<String, String> tags, Terms terms, long mostBytes) {
        this.delegate = delegate;
        this.wallet = wallet;
        this.tags = Map.copyOf(tags);
        this.terms = terms;
        this.mostBytes = mostBytes;
    }

    /**
     * A client that sends through {@code delegate} and pays through {@code wallet}.
     *
     * <p>Where the wallet's policy opens hosts, a delegate that is {@linkplain AddressPinning pinned} reaches all of them, and
     * any other one those that are named.
     *
     * @throws IllegalArgumentException when the delegate follows redirects, which could carry a payment to a stranger
     */
    public static PayingHttpClient over(HttpClient delegate, Wallet wallet) {
        requireFit(delegate);
        return new PayingHttpClient(delegate, wallet, Map.of(), Terms.NONE, AnswerBound.DEFAULT);
    }

    /**
     * Nothing, when payments can safely travel through {@code delegate}.
     *
     * @throws IllegalArgumentException when it follows redirects
     */
    public static void requireFit(HttpClient delegate) {
        if (delegate.followRedirects() != Redirect.NEVER) {
            throw new IllegalArgumentException("a paying client follows no redirects, but the delegate follows them ("
                    + delegate.followRedirects() + "): build it with followRedirects(HttpClient.Redirect.NEVER)");
        }
    }

    /**
     * Nothing, when {@code delegate} reaches the address at {@code url} that was checked, or a person has named the place.
     *
     * @throws PaymentException when hosts are open and the place is not named: the JDK client resolves a name again when
     *     it connects, so the address that was checked need not be the one it reaches
     */
    public static void requirePinned(HttpClient delegate, Wallet wallet, URI url) throws PaymentException {
        Policy policy = wallet.policy();
        if (!policy.openHosts() || (delegate instanceof AddressPinning pinning && pinning.pins(policy))) {
            return;
        }
        if (policy.judge(url) instanceof Decision.Allowed && !policy.names(Origin.of(url))) {
            throw new PaymentException(
                    PaymentCode.HOST_NOT_ALLOWED,
                    null,
                    Origin.of(url).authority()
                            + " is open (waybill.wallet.open-hosts) but not named, and this client resolves a name again"
                            + " when it connects, so that no check of its address holds: send through"
                            + " waybill.wallet.okhttp (PinnedHttpClient, PayingInterceptor), or name the host with"
                            + " waybill.wallet.allowed-hosts",
                    null);
        }
    }

    /**
     * A builder of paying clients, for whoever takes a {@link HttpClient.Builder}, such as LangChain4j's
     * {@code JdkHttpClient.builder().httpClientBuilder(..)}.
     */
    public static HttpClient.Builder builder(Wallet wallet) {
        return new PayingHttpClientBuilder(HttpClient.newBuilder(), wallet);
    }

    /** This client, with one more tag on what it pays; tags are for the ledger's reader. */
    public PayingHttpClient tagged(String name, String value) {
        Map<String, String> more = new LinkedHashMap<>(tags);
        more.put(name, value);
        return new PayingHttpClient(delegate, wallet, more, terms, mostBytes);
    }

    /**
     * This client, handing on answers of up to {@code bytes} bytes instead of {@value AnswerBound#DEFAULT}; event streams
     * may be 32 MiB in any case. A longer answer breaks off with an exception.
     */
    public PayingHttpClient answersUpTo(long bytes) {
        return new PayingHttpClient(delegate, wallet, tags, terms, bytes);
    }

    /** This client, holding what it pays to {@code narrower} instead of the policy alone. */
    public PayingHttpClient under(Terms narrower) {
        return new PayingHttpClient(delegate, wallet, tags, narrower, mostBytes);
    }

    /**
     * Makes a request without paying: the answer, or what it would cost and what the policy says of it. Only a place that
     * the policy would pay is asked.
     *
     * @throws PaymentException when the place may not be paid, or none of the bill's offers is understood
     */
    public Inquiry inquire(HttpRequest request) throws IOException, InterruptedException {
        requirePinned(delegate, wallet, request.uri());
        byte[] body = body(request);
        Call call = wallet.call(
                request.method(),
                request.uri(),
                body == null ? new byte[0] : body,
                PaidExchange.intent(request.headers()),
                PaidExchange.tags(tags, request.headers()));
        return wallet.inquire(
                delegate,
                JdkExchange.withoutOurs(request).build(),
                call,
                PaidExchange.narrowed(terms, request.headers()),
                PaidExchange.mayComeBack(request.headers(), terms));
    }

    /**
     * Makes a quoted request again and pays exactly the quote for it.
     *
     * @param same the request that was quoted: its method, URL, body and intent
     * @throws PaymentException {@code quote_drift} or {@code payee_changed} when something else is asked now,
     *     {@code quote_expired}, {@code quote_used}, or as {@link #send}; then nothing was signed
     */
    public <T> HttpResponse<T> pay(Quote quote, HttpRequest same, BodyHandler<T> handler)
            throws IOException, InterruptedException {
        return under(Terms.of(quote)).send(same, handler);
    }

    @Override
    public <T> HttpResponse<T> send(HttpRequest request, BodyHandler<T> handler)
            throws IOException, InterruptedException {
        requirePinned(delegate, wallet, request.uri());
        if (PaidExchange.carriesPayment(request.headers())) {
            return delegate.send(JdkExchange.withoutOurs(request).build(), handler);
        }
        JdkExchange<T> exchange = new JdkExchange<>(wallet, request, handler, body(request), tags, terms, mostBytes);
        var unanswered = exchange.resume();
        if (unanswered.isPresent()) {
            return sendPaid(unanswered.get());
        }
        HttpResponse<Reply<T>> first;
        try {
            first = delegate.send(exchange.plain(), exchange.untilBill());
        } catch (IOException e) {
            throw PaidExchange.explained(e);
        }
        if (!exchange.isBill(first)) {
            return exchange.passedOn(first);
        }
        var back = exchange.comeBack(first);
        return back.isPresent() ? sendBack(back.get()) : sendPaid(exchange.pay(first));
    }

    private <T> HttpResponse<T> sendBack(JdkExchange<T>.Return back) throws IOException, InterruptedException {
        HttpResponse<Reply<T>> second;
        try {
            second = delegate.send(back.request(), back.handler());
        } catch (IOException e) {
            throw PaidExchange.explained(e);
        }
        return back.refused(second) ? sendPaid(back.pay(second)) : back.passedOn(second);
    }

    private <T> HttpResponse<T> sendPaid(JdkExchange<T>.Leg leg) throws IOException, InterruptedException {
        try {
            return leg.finished(delegate.send(leg.request(), leg.handler()));
        } catch (PaymentException e) {
            throw e;
        } catch (InterruptedException e) {
            e.initCause(leg.failed(e));
            throw e;
        } catch (IOException | RuntimeException e) {
            throw leg.failed(e);
        }
    }

    private byte @Nullable [] body(HttpRequest request) throws IOException, InterruptedException {
        CompletableFuture<Optional<byte[]>> body = JdkExchange.body(request);
        try {
            return body.get().orElse(null);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException failure) {
                throw failure;
            }
            throw new IOException("the body of the request cannot be read", e.getCause());
        }
    }

    @Override
    public <T> CompletableFuture<HttpResponse<T>> sendAsync(HttpRequest request, BodyHandler<T> handler) {
        return sendAsync(request, handler, null);
    }

    @Override
    public <T> CompletableFuture<HttpResponse<T>> sendAsync(
            HttpRequest request, BodyHandler<T> handler, @Nullable PushPromiseHandler<T> pushes) {
        try {
            requirePinned(delegate, wallet, request.uri());
        } catch (PaymentException e) {
            return CompletableFuture.failedFuture(e);
        }
        if (PaidExchange.carriesPayment(request.headers())) {
            return delegate.sendAsync(JdkExchange.withoutOurs(request).build(), handler, pushes);
        }
        PushPromiseHandler<Reply<T>> replyPushes = pushes == null ? null : JdkExchange.pushes(pushes);
        CancellableFuture<HttpResponse<T>> result = new CancellableFuture<>();
        var unused = JdkExchange.body(request)
                .thenApplyAsync(
                        body -> new JdkExchange<>(wallet, request, handler, body.orElse(null), tags, terms, mostBytes),
                        wallet.threads())
                .thenCompose(exchange -> begin(exchange, replyPushes, result))
                .whenComplete((answer, failure) -> {
                    if (failure == null) {
                        result.complete(answer);
                    } else {
                        result.completeExceptionally(cause(failure));
                    }
                });
        return result;
    }

    private <T> CompletableFuture<HttpResponse<T>> begin(
            JdkExchange<T> exchange,
            @Nullable PushPromiseHandler<Reply<T>> pushes,
            CancellableFuture<HttpResponse<T>> result) {
        try {
            var unanswered = exchange.resume();
            if (unanswered.isPresent()) {
                return sendPaidAsync(unanswered.get(), pushes, result);
            }
        } catch (IOException e) {
            return CompletableFuture.failedFuture(e);
        }
        return result.running(delegate.sendAsync(exchange.plain(), exchange.untilBill(), pushes))
                .handle(First::new)
                .thenComposeAsync(first -> answered(exchange, first, pushes, result), wallet.threads());
    }

    /** How an unpaid try ended: with an answer or with a failure. */
    private record First<T>(@Nullable HttpResponse<Reply<T>> answer, @Nullable Throwable failure) {
        HttpResponse<Reply<T>> orThrow() throws IOException {
            if (answer != null) {
                return answer;
            }
            Throwable cause = cause(failure);
            if (cause instanceof IOException io) {
                throw PaidExchange.explained(io);
            }
            throw new CompletionException(cause);
        }
    }

    private <T> CompletableFuture<HttpResponse<T>> answered(
            JdkExchange<T> exchange,
            First<T> ended,
            @Nullable PushPromiseHandler<Reply<T>> pushes,
            CancellableFuture<HttpResponse<T>> result) {
        try {
            HttpResponse<Reply<T>> first = ended.orThrow();
            if (!exchange.isBill(first)) {
                return CompletableFuture.completedFuture(exchange.passedOn(first));
            }
            requireWanted(result);
            var back = exchange.comeBack(first);
            if (back.isEmpty()) {
                return sendPaidAsync(exchange.pay(first), pushes, result);
            }
            return result.running(
                            delegate.sendAsync(back.get().request(), back.get().handler(), pushes))
                    .handle(First::new)
                    .thenComposeAsync(second -> cameBack(back.get(), second, pushes, result), wallet.threads());
        } catch (IOException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private <T> CompletableFuture<HttpResponse<T>> cameBack(
            JdkExchange<T>.Return back,
            First<T> ended,
            @Nullable PushPromiseHandler<Reply<T>> pushes,
            CancellableFuture<HttpResponse<T>> result) {
        try {
            HttpResponse<Reply<T>> second = ended.orThrow();
            if (!back.refused(second)) {
                return CompletableFuture.completedFuture(back.passedOn(second));
            }
            requireWanted(result);
            return sendPaidAsync(back.pay(second), pushes, result);
        } catch (IOException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private static void requireWanted(CompletableFuture<?> result) throws IOException {
        if (result.isDone()) {
            throw new IOException("cancelled before anything was paid");
        }
    }

    private <T> CompletableFuture<HttpResponse<T>> sendPaidAsync(
            JdkExchange<T>.Leg leg,
            @Nullable PushPromiseHandler<Reply<T>> pushes,
            CancellableFuture<HttpResponse<T>> result) {
        return result.running(delegate.sendAsync(leg.request(), leg.handler(), pushes))
                .handleAsync(
                        (response, failure) -> {
                            try {
                                if (response == null) {
                                    throw leg.failed(cause(failure));
                                }
                                return leg.finished(response);
                            } catch (PaymentException e) {
                                throw new CompletionException(e);
                            }
                        },
                        wallet.threads());
    }

    private static Throwable cause(@Nullable Throwable failure) {
        if (failure == null) {
            return new IllegalStateException("neither an answer nor a failure");
        }
        Throwable inside = failure.getCause();
        return failure instanceof CompletionException && inside != null ? inside : failure;
    }

    @Override
    public Optional<CookieHandler> cookieHandler() {
        return delegate.cookieHandler();
    }

    @Override
    public Optional<Duration> connectTimeout() {
        return delegate.connectTimeout();
    }

    @Override
    public Redirect followRedirects() {
        return Redirect.NEVER;
    }

    @Override
    public Optional<ProxySelector> proxy() {
        return delegate.proxy();
    }

    @Override
    public SSLContext sslContext() {
        return delegate.sslContext();
    }

    @Override
    public SSLParameters sslParameters() {
        return delegate.sslParameters();
    }

    @Override
    public Optional<Authenticator> authenticator() {
        return delegate.authenticator();
    }

    @Override
    public Version version() {
        return delegate.version();
    }

    @Override
    public Optional<Executor> executor() {
        return delegate.executor();
    }

    /** A web socket of the delegate's; nothing is paid on it. */
    @Override
    public WebSocket.Builder newWebSocketBuilder() {
        return delegate.newWebSocketBuilder();
    }
}
