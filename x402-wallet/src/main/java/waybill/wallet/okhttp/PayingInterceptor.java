package waybill.wallet.okhttp;

import java.io.IOException;
import java.net.Proxy;
import java.net.http.HttpHeaders;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import okhttp3.Headers;
import okhttp3.Interceptor;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import okhttp3.internal.connection.RealCall;
import okio.Buffer;
import okio.ForwardingSink;
import okio.Okio;
import org.jspecify.annotations.Nullable;
import waybill.wallet.AnswerBound;
import waybill.wallet.PaidExchange;
import waybill.wallet.PayingHttpClient;
import waybill.wallet.PaymentException;
import waybill.wallet.SignedIn;
import waybill.wallet.Terms;
import waybill.wallet.Wallet;

/**
 * An OkHttp application interceptor that pays a 402 through a wallet and hands on only the final answer, with the promises
 * of {@link PayingHttpClient}. {@link #install} makes a client that fits it; in a client made elsewhere it looks before
 * each request, and refuses one that follows redirects, or, with open hosts, one that resolves names on its own or goes
 * through a proxy. Interceptors added after this one see the payment: add none that logs headers. Thread-safe.
 */
public final class PayingInterceptor implements Interceptor {
    private static final Pattern NAME = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+"); // a token of RFC 9110

    private final Wallet wallet;
    private final Map<String, String> tags;
    private final Terms terms;
    private final long mostBytes;

    private PayingInterceptor(Wallet wallet, Map<String, String> tags, Terms terms, long mostBytes) {
        this.wallet = wallet;
        this.tags = Map.copyOf(tags);
        this.terms = terms;
        this.mostBytes = mostBytes;
    }

    /** An interceptor that pays through {@code wallet}. */
    public static PayingInterceptor of(Wallet wallet) {
        return new PayingInterceptor(wallet, Map.of(), Terms.NONE, AnswerBound.DEFAULT);
    }

    /**
     * A client like {@code base} that pays through {@code wallet}: without redirects and, where the policy opens hosts, with
     * a {@link PinnedDns} over the client's own and without a proxy.
     */
    public static OkHttpClient install(OkHttpClient base, Wallet wallet) {
        OkHttpClient.Builder builder = base.newBuilder()
                .followRedirects(false)
                .followSslRedirects(false)
                .addInterceptor(of(wallet));
        if (wallet.policy().openHosts()) {
            builder.dns(PinnedDns.over(base.dns(), wallet.policy())).proxy(Proxy.NO_PROXY);
        }
        return builder.build();
    }

    /** This interceptor, with one more tag on what it pays; tags are for the ledger's reader. */
    public PayingInterceptor tagged(String name, String value) {
        Map<String, String> more = new LinkedHashMap<>(tags);
        more.put(name, value);
        return new PayingInterceptor(wallet, more, terms, mostBytes);
    }

    /** This interceptor, handing on answers of up to {@code bytes} bytes, as {@link PayingHttpClient#answersUpTo}. */
    public PayingInterceptor answersUpTo(long bytes) {
        return new PayingInterceptor(wallet, tags, terms, bytes);
    }

    /** This interceptor, holding what it pays to {@code narrower} instead of the policy alone. */
    public PayingInterceptor under(Terms narrower) {
        return new PayingInterceptor(wallet, tags, narrower, mostBytes);
    }

    @Override
    public Response intercept(Chain chain) throws IOException {
        Request request = chain.request();
        requireFit(chain.call());
        if (wallet.policy().openHosts()) {
            PinnedHttpClient.requirePublic(request.url().uri(), wallet.policy());
        }
        HttpHeaders headers = neutral(request.headers());
        if (PaidExchange.carriesPayment(headers)) {
            return chain.proceed(withoutOurs(request).build());
        }
        byte @Nullable [] body = body(request.body());
        PaidExchange exchange = begin(chain, request, headers, body);
        Request plain = again(request, body);
        Optional<PaidExchange.Paid> unanswered = exchange.resume();
        if (unanswered.isPresent()) {
            return paid(chain, request, plain, unanswered.get());
        }
        Response first = chain.proceed(plain);
        HttpHeaders answer = neutral(first.headers());
        byte[] billBody = null;
        if (PaidExchange.mayBeBill(first.code(), answer)) {
            byte[] begin = first.peekBody(PaidExchange.MAX_BILL_BODY + 1L).bytes();
            billBody = PaidExchange.isBill(begin) ? begin : null;
        }
        if (billBody == null && !PaidExchange.isBill(first.code(), answer)) {
            return WatchedBody.answer(first, request, PaidExchange.shown(answer, (String) null), mostBytes, null);
        }
        first.close(); // the bill is read
        Optional<SignedIn> signedIn = exchange.comeBack(answer);
        if (signedIn.isPresent()) {
            Response second = chain.proceed(plain.newBuilder()
                    .header(signedIn.get().headerName(), signedIn.get().header())
                    .build());
            HttpHeaders answered = neutral(second.headers());
            if (!SignedIn.refused(second.code())) {
                return WatchedBody.answer(
                        second, request, PaidExchange.shown(answered, signedIn.get()), mostBytes, null);
            }
            second.close();
            answer = PaidExchange.isBill(second.code(), answered) ? answered : answer;
        }
        if (chain.call().isCanceled()) {
            throw new IOException("cancelled before anything was paid");
        }
        return paid(chain, request, plain, exchange.pay(answer, billBody));
    }

    private PaidExchange begin(Chain chain, Request request, HttpHeaders headers, byte @Nullable [] body)
            throws IOException {
        try {
            return PaidExchange.begin(
                    wallet, request.method(), request.url().uri(), headers, body, timeout(chain), tags, terms);
        } catch (IllegalArgumentException e) {
            throw new IOException(e.getMessage(), e); // anything else would end OkHttp's thread
        }
    }

    private Response paid(Chain chain, Request request, Request plain, PaidExchange.Paid paid) throws IOException {
        Response response;
        try {
            response = chain.proceed(
                    plain.newBuilder().header(paid.headerName(), paid.header()).build());
        } catch (IOException | RuntimeException e) {
            throw paid.broken(e);
        }
        HttpHeaders answer = neutral(response.headers());
        try {
            byte @Nullable [] why = null;
            if (paid.saysWhyInBody(response.code(), answer)) {
                byte[] begin =
                        response.peekBody(PaidExchange.MAX_BILL_BODY + 1L).bytes();
                why = PaidExchange.isBill(begin) ? begin : null;
            }
            paid.arrived(response.code(), answer, why);
        } catch (PaymentException e) {
            response.close();
            throw e;
        } catch (IOException e) {
            response.close();
            throw paid.broken(e);
        }
        return WatchedBody.answer(response, request, PaidExchange.shown(answer, paid.id()), mostBytes, paid);
    }

    // ---- what the client must be
    // -------------------------------------------------------------------------------------

    private void requireFit(okhttp3.Call call) throws IOException {
        if (!(call instanceof RealCall real)) {
            throw new IOException(
                    "a paying interceptor works in OkHttp's own client only, because it must see whether the"
                            + " client follows redirects; this call is of "
                            + call.getClass().getName());
        }
        OkHttpClient client = real.getClient();
        if (client.followRedirects() || client.followSslRedirects()) {
            throw new IOException("a paying client follows no redirects, but this OkHttpClient does: build it with"
                    + " followRedirects(false) and followSslRedirects(false), or with PayingInterceptor.install");
        }
        boolean pinned = client.dns() instanceof PinnedDns && Proxy.NO_PROXY.equals(client.proxy());
        if (wallet.policy().openHosts() && !pinned) {
            throw new IOException("hosts are open (Policy.openHosts), so the address that is checked must be the"
                    + " one that is connected to: build the client with PayingInterceptor.install, which sets PinnedDns"
                    + " and no proxy");
        }
    }

    // ---- between OkHttp's words and ours
    // -----------------------------------------------------------------------------

    private static Request again(Request request, byte @Nullable [] body) {
        Request.Builder builder = withoutOurs(request);
        RequestBody given = request.body();
        if (given != null && body != null) {
            builder.method(request.method(), RequestBody.create(body, given.contentType()));
        }
        return builder.build();
    }

    private static Request.Builder withoutOurs(Request request) {
        Request.Builder builder = request.newBuilder();
        for (String name : request.headers().names()) {
            if (PaidExchange.isOurs(name)) {
                builder.removeHeader(name);
            }
        }
        return builder;
    }

    /** The body in memory; null when it says that it is longer than what is kept, or is written while it is answered. */
    private static byte @Nullable [] body(@Nullable RequestBody body) throws IOException {
        if (body == null) {
            return new byte[0];
        }
        if (body.isDuplex() || body.contentLength() > PaidExchange.MAX_REQUEST_BODY) {
            return null;
        }
        Buffer kept = new Buffer();
        okio.BufferedSink sink = Okio.buffer(new ForwardingSink(kept) {
            @Override
            public void write(Buffer source, long byteCount) throws IOException {
                if (byteCount > PaidExchange.MAX_REQUEST_BODY - kept.size()) {
                    throw PaidExchange.notRepeatable("it turned out too long while it was read, and nothing was sent");
                }
                super.write(source, byteCount);
            }
        });
        body.writeTo(sink);
        sink.flush();
        return kept.readByteArray();
    }

    private static @Nullable Duration timeout(Chain chain) {
        long nanos = chain.call().timeout().timeoutNanos();
        if (nanos > 0) {
            return Duration.ofNanos(nanos);
        }
        return chain.readTimeoutMillis() > 0 ? Duration.ofMillis(chain.readTimeoutMillis()) : null;
    }

    /** Those with a name. OkHttp keeps every line that a server sends in their place, and nothing is read from others. */
    static HttpHeaders neutral(Headers headers) {
        Map<String, List<String>> named = new TreeMap<>(headers.toMultimap());
        named.keySet().removeIf(name -> !NAME.matcher(name).matches());
        return HttpHeaders.of(named, (name, value) -> true);
    }
}
