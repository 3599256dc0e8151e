package waybill.wallet.okhttp;

import java.io.IOException;
import java.net.Authenticator;
import java.net.CookieHandler;
import java.net.InetAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.PushPromiseHandler;
import java.net.http.HttpResponse.ResponseInfo;
import java.net.http.HttpTimeoutException;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSession;
import okhttp3.Call;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import org.jspecify.annotations.Nullable;
import waybill.wallet.AddressPinning;
import waybill.wallet.Origin;
import waybill.wallet.Policy;
import waybill.wallet.PrivateAddresses;

/**
 * A {@code java.net.http} client whose connections OkHttp makes, to the very addresses that {@link PinnedDns} has checked: the
 * delegate that a paying client needs where the policy opens hosts. It pays nothing itself, follows no redirects, goes
 * through no proxy and sends no request twice. Request bodies are read into memory, up to 32 MiB; a request's timeout is
 * the time until its answer begins. Thread-safe.
 */
public final class PinnedHttpClient extends HttpClient implements AddressPinning {

    private static final Executor THREADS = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "waybill-pinned-http");
        thread.setDaemon(true);
        return thread;
    });

    private static final ScheduledExecutorService TIMERS = timers();

    private final OkHttpClient client;
    private final Policy policy;
    private final ScheduledExecutorService timers;

    private PinnedHttpClient(OkHttpClient client, Policy policy, ScheduledExecutorService timers) {
        this.client = client;
        this.policy = policy;
        this.timers = timers;
    }

    /** One daemon thread, which keeps nothing of a timer that was called off. */
    static ScheduledThreadPoolExecutor timers() {
        ScheduledThreadPoolExecutor timers = new ScheduledThreadPoolExecutor(1, task -> {
            Thread thread = new Thread(task, "waybill-pinned-http-timers");
            thread.setDaemon(true);
            return thread;
        });
        timers.setRemoveOnCancelPolicy(true);
        return timers;
    }

    /** A client that connects where {@code policy} lets a payment go. */
    public static PinnedHttpClient under(Policy policy) {
        return like(
                new OkHttpClient.Builder()
                        .connectTimeout(Duration.ofSeconds(10))
                        .build(),
                policy);
    }

    /** The same with the sockets, the names and the trust of {@code base}; its interceptors are left out. */
    public static PinnedHttpClient like(OkHttpClient base, Policy policy) {
        return like(base, policy, TIMERS);
    }

    static PinnedHttpClient like(OkHttpClient base, Policy policy, ScheduledExecutorService timers) {
        OkHttpClient.Builder builder = base.newBuilder();
        builder.interceptors().clear();
        builder.networkInterceptors().clear();
        return new PinnedHttpClient(
                builder.followRedirects(false)
                        .followSslRedirects(false)
                        .retryOnConnectionFailure(false)
                        .dns(PinnedDns.over(base.dns(), policy))
                        .proxy(Proxy.NO_PROXY)
                        .callTimeout(Duration.ZERO) // as in the JDK's client, bodies take the time they take
                        .readTimeout(Duration.ZERO)
                        .build(),
                policy,
                timers);
    }

    @Override
    public boolean pins(Policy wanted) {
        return policy.hosts().equals(wanted.hosts());
    }

    /** Nothing, when an address that is written into {@code url}, which no resolver sees, is public or named. */
    static void requirePublic(URI url, Policy policy) throws IOException {
        Origin origin = Origin.of(url);
        if (policy.names(origin)) {
            return;
        }
        if (policy.namesHost(origin.host())) {
            throw PrivateAddresses.refused(origin.authority(), "only other ports of this host are allowed by name");
        }
        InetAddress literal = PrivateAddresses.literal(origin.host());
        if (literal != null) {
            PrivateAddresses.requirePublic(origin.host(), literal);
        }
    }

    @Override
    public <T> HttpResponse<T> send(HttpRequest request, BodyHandler<T> handler)
            throws IOException, InterruptedException {
        CompletableFuture<HttpResponse<T>> answer = sendAsync(request, handler);
        try {
            return answer.get();
        } catch (InterruptedException e) {
            answer.cancel(true);
            throw e;
        } catch (CancellationException e) {
            throw new IOException("the request was cancelled", e);
        } catch (ExecutionException e) {
            Throwable cause = e.getCause() instanceof CompletionException wrapped ? wrapped.getCause() : e.getCause();
            if (cause instanceof HttpTimeoutException) {
                throw (HttpTimeoutException)
                        new HttpTimeoutException("the answer did not begin in time").initCause(cause);
            }
            if (cause instanceof RuntimeException unexpected && !(cause instanceof CompletionException)) {
                throw unexpected;
            }
            throw cause instanceof IOException io ? io : new IOException(String.valueOf(cause), cause);
        }
    }

    @Override
    public <T> CompletableFuture<HttpResponse<T>> sendAsync(HttpRequest request, BodyHandler<T> handler) {
        Exchange<T> exchange = new Exchange<>(request, handler);
        THREADS.execute(exchange);
        return exchange;
    }

    /** Takes no pushes. */
    @Override
    public <T> CompletableFuture<HttpResponse<T>> sendAsync(
            HttpRequest request, BodyHandler<T> handler, @Nullable PushPromiseHandler<T> pushes) {
        return sendAsync(request, handler);
    }

    /** One request on its way; it is the future of its answer, and cancelling it ends the call. */
    private final class Exchange<T> extends CompletableFuture<HttpResponse<T>> implements Runnable {
        private final HttpRequest request;
        private final BodyHandler<T> handler;
        private final AtomicBoolean begun = new AtomicBoolean();
        private volatile @Nullable Call call;

        Exchange(HttpRequest request, BodyHandler<T> handler) {
            this.request = request;
            this.handler = handler;
        }

        @Override
        public boolean cancel(boolean mayInterruptIfRunning) {
            boolean cancelled = super.cancel(mayInterruptIfRunning);
            Call running = call;
            if (running != null) {
                running.cancel();
            }
            return cancelled;
        }

        @Override
        public <U> CompletableFuture<U> newIncompleteFuture() {
            return new CompletableFuture<>();
        }

        @Override
        public void run() {
            try {
                requirePublic(request.uri(), policy);
                Call running = client.newCall(okHttp(request));
                call = running;
                if (isDone()) {
                    return; // cancelled before it was sent
                }
                try (Response response = begin(running)) {
                    receive(running, response);
                }
            } catch (Throwable e) { // nobody else could tell the caller
                completeExceptionally(e);
            }
        }

        /** The answer's beginning; its timer, which holds all of this exchange, ends with the wait for it. */
        private Response begin(Call running) throws IOException {
            Future<?> timer = request.timeout()
                    .map(timeout -> timers.schedule(
                            () -> THREADS.execute(() -> timeOut(running)), timeout.toNanos(), TimeUnit.NANOSECONDS))
                    .orElse(null);
            try {
                return running.execute();
            } finally {
                begun.set(true);
                if (timer != null) {
                    timer.cancel(false);
                }
            }
        }

        private void timeOut(Call running) {
            if (begun.compareAndSet(false, true)
                    && completeExceptionally(new HttpTimeoutException("the answer did not begin in time"))) {
                running.cancel();
            }
        }

        private void receive(Call running, Response response) {
            HttpHeaders headers = PayingInterceptor.neutral(response.headers());
            Version version = response.protocol().toString().startsWith("h2") ? Version.HTTP_2 : Version.HTTP_1_1;
            HttpResponse.BodySubscriber<T> subscriber = handler.apply(new Info(response.code(), headers, version));
            subscriber
                    .getBody()
                    .whenCompleteAsync( // who goes on from here may read the body, which this thread is to bring
                            (body, failure) -> {
                                if (failure == null) {
                                    complete(new Answer<>(request, response.code(), headers, body, version));
                                } else {
                                    completeExceptionally(failure);
                                }
                            },
                            THREADS);
            new BodyPump(response.body().source(), subscriber, running::cancel).run();
        }
    }

    private static Request okHttp(HttpRequest request) throws IOException {
        byte[] body = WholeBody.of(request);
        Request.Builder builder = new Request.Builder().url(request.uri().toString());
        request.headers().map().forEach((name, values) -> values.forEach(value -> builder.addHeader(name, value)));
        String type = request.headers().firstValue("Content-Type").orElse(null);
        boolean without = request.method().equals("GET") || request.method().equals("HEAD");
        if (without && body.length > 0) {
            throw new IOException("OkHttp sends no body with " + request.method());
        }
        MediaType media = type == null ? null : MediaType.parse(type);
        return builder.method(request.method(), without ? null : RequestBody.create(body, media))
                .build();
    }

    private record Info(int statusCode, HttpHeaders headers, Version version) implements ResponseInfo {}

    private record Answer<T>(HttpRequest request, int statusCode, HttpHeaders headers, T body, Version version)
            implements HttpResponse<T> {
        @Override
        public Optional<HttpResponse<T>> previousResponse() {
            return Optional.empty();
        }

        @Override
        public Optional<SSLSession> sslSession() {
            return Optional.empty();
        }

        @Override
        public URI uri() {
            return request.uri();
        }
    }

    // ---- what it is

    @Override
    public Optional<CookieHandler> cookieHandler() {
        return Optional.empty();
    }

    @Override
    public Optional<Duration> connectTimeout() {
        return Optional.of(Duration.ofMillis(client.connectTimeoutMillis()));
    }

    @Override
    public Redirect followRedirects() {
        return Redirect.NEVER;
    }

    @Override
    public Optional<ProxySelector> proxy() {
        return Optional.of(Builder.NO_PROXY);
    }

    @Override
    public SSLContext sslContext() {
        try {
            return SSLContext.getDefault();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has a default SSLContext", e);
        }
    }

    @Override
    public SSLParameters sslParameters() {
        return sslContext().getDefaultSSLParameters();
    }

    @Override
    public Optional<Authenticator> authenticator() {
        return Optional.empty();
    }

    @Override
    public Version version() {
        return Version.HTTP_2;
    }

    @Override
    public Optional<Executor> executor() {
        return Optional.empty();
    }
}
