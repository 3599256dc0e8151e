package waybill.seller;

import java.lang.System.Logger.Level;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import waybill.x402.Address;
import waybill.x402.FacilitatorMessages;
import waybill.x402.Headers;
import waybill.x402.MalformedWireException;
import waybill.x402.Offer;
import waybill.x402.PaymentPayload;
import waybill.x402.SettlementResponse;
import waybill.x402.Supported;
import waybill.x402.VerifyResponse;
import waybill.x402.WireFormat;

/**
 * Facilitators behind URLs, the first that serves an offer being asked first. To verify moves nothing, so another one is
 * asked when one does not answer. To settle is another matter: once a settlement may have reached one, no other is asked,
 * and what became of it is unknown until that one says. It owns what each said it supports. Thread-safe.
 */
public final class RemoteFacilitator implements Facilitator {
    private static final System.Logger LOG = System.getLogger(RemoteFacilitator.class.getName());
    private static final Duration CONNECT = Duration.ofSeconds(5);
    private static final Duration SUPPORTED_LASTS = Duration.ofMinutes(10);
    private static final Duration ASK_AGAIN_AFTER = Duration.ofSeconds(5);

    /** The paths of a facilitator, each of which may want a credential of its own. */
    public enum Path {
        /** Checks a payment. */
        VERIFY("/verify"),
        /** Puts it on the chain. */
        SETTLE("/settle"),
        /** What it can do. */
        SUPPORTED("/supported");

        private final String text;

        Path(String text) {
            this.text = text;
        }

        /** Below the facilitator's URL. */
        public String text() {
            return text;
        }
    }

    /** The headers that show who is asking; called for every request, so that short-lived tokens can be renewed. */
    @FunctionalInterface
    public interface Credentials {
        /** No headers. */
        Credentials NONE = path -> Map.of();

        /** The headers for one path. */
        Map<String, String> headers(Path path);

        /** The same token for every path. */
        static Credentials bearer(String token) {
            return path -> Map.of("Authorization", "Bearer " + token);
        }
    }

    /**
     * One facilitator.
     *
     * @param url without a slash at its end; plain http on this machine only
     * @param credentials what it wants to see
     */
    public record Endpoint(URI url, Credentials credentials) {
        public Endpoint {
            String host = url.getHost();
            if (host == null || url.getRawQuery() != null || url.getUserInfo() != null) {
                throw new IllegalArgumentException("a facilitator's URL has a host, and neither user nor query");
            }
            boolean local =
                    host.equalsIgnoreCase("localhost") || host.equals("[::1]") || host.matches("127(\\.[0-9]{1,3}){3}");
            if (!"https".equalsIgnoreCase(url.getScheme()) && !(local && "http".equalsIgnoreCase(url.getScheme()))) {
                throw new IllegalArgumentException("a facilitator on another machine is reached by https only:"
                        + " whoever is in between could say that payments went through");
            }
        }

        /** One that asks for no credentials. */
        public static Endpoint open(URI url) {
            return new Endpoint(url, Credentials.NONE);
        }

        URI at(Path path) {
            String base = url.toString();
            return URI.create((base.endsWith("/") ? base.substring(0, base.length() - 1) : base) + path.text());
        }

        /** Without the credentials, and without a path that may be one. */
        @Override
        public String toString() {
            return url.getScheme() + "://" + url.getAuthority();
        }
    }

    /**
     * How long it is waited.
     *
     * @param verify for a verdict
     * @param settle for a settlement; a facilitator may wait for a block
     */
    public record Timeouts(Duration verify, Duration settle) {
        public Timeouts {
            if (verify.toMillis() < 1 || settle.toMillis() < 1) {
                throw new IllegalArgumentException("a timeout is at least a millisecond");
            }
        }

        /** 10 seconds for a verdict, 60 for a settlement. */
        public static Timeouts defaults() {
            return new Timeouts(Duration.ofSeconds(10), Duration.ofSeconds(60));
        }
    }

    private record Known(Supported supported, Instant from) {}

    private final List<Endpoint> endpoints;
    private final Timeouts timeouts;
    private final Clock clock;
    private final HttpClient http;
    private final Map<Endpoint, Known> known = new ConcurrentHashMap<>();
    private final Map<Endpoint, Instant> silent = new ConcurrentHashMap<>();

    /** Facilitators in the order of preference. */
    public RemoteFacilitator(List<Endpoint> endpoints, Timeouts timeouts, Clock clock) {
        if (endpoints.isEmpty()) {
            throw new IllegalArgumentException("name at least one facilitator");
        }
        this.endpoints = List.copyOf(endpoints);
        this.timeouts = timeouts;
        this.clock = clock;
        this.http = HttpClient.newBuilder()
                .connectTimeout(CONNECT)
                .followRedirects(HttpClient.Redirect.NEVER)
                .version(HttpClient.Version.HTTP_1_1)
                .build();
    }

    /** One facilitator that asks for no credentials, with default timeouts. */
    public static RemoteFacilitator at(URI url) {
        return new RemoteFacilitator(List.of(Endpoint.open(url)), Timeouts.defaults(), Clock.systemUTC());
    }

    /** A request that did not arrive, or may have. */
    private static final class Unanswered extends Exception {
        private static final long serialVersionUID = 1L;
        private final boolean sent;

        Unanswered(String message, boolean sent, @Nullable Throwable cause) {
            super(message, cause);
            this.sent = sent;
        }
    }

    @Override
    public VerifyResponse verify(PaymentPayload payment, Offer required) {
        byte[] body = body(payment, required);
        List<Unanswered> failures = new ArrayList<>();
        for (Endpoint endpoint : serving(required)) {
            try {
                return post(endpoint, Path.VERIFY, body, timeouts.verify(), FacilitatorMessages::verifyResponse);
            } catch (Unanswered e) {
                LOG.log(Level.WARNING, endpoint + ": " + e.getMessage());
                failures.add(e);
            }
        }
        throw failed("no facilitator gave a verdict", failures);
    }

    @Override
    public SettlementResponse settle(PaymentPayload payment, Offer required) {
        byte[] body = body(payment, required);
        List<Unanswered> failures = new ArrayList<>();
        for (Endpoint endpoint : serving(required)) {
            try {
                return post(endpoint, Path.SETTLE, body, timeouts.settle(), FacilitatorMessages::settlementResponse);
            } catch (Unanswered e) {
                LOG.log(Level.WARNING, endpoint + ": " + e.getMessage());
                failures.add(e);
                if (e.sent) {
                    throw failed(endpoint + " was asked to settle, and did not say what became of it", failures);
                }
            }
        }
        throw failed("no facilitator could be asked to settle", failures);
    }

    private static byte[] body(PaymentPayload payment, Offer required) {
        return FacilitatorMessages.write(new FacilitatorMessages.Request(WireFormat.VERSION, payment, required))
                .getBytes(StandardCharsets.UTF_8);
    }

    /** What all of them together support; the extra of an offer's kind comes from the first that serves it. */
    @Override
    public Supported supported() {
        Set<Supported.Kind> kinds = new LinkedHashSet<>();
        Set<String> extensions = new LinkedHashSet<>();
        Map<String, List<Address>> signers = new LinkedHashMap<>();
        List<Unanswered> failures = new ArrayList<>();
        for (Endpoint endpoint : endpoints) {
            try {
                Supported supported = supported(endpoint);
                kinds.addAll(supported.kinds());
                extensions.addAll(supported.extensions());
                supported
                        .signers()
                        .forEach((network, accounts) -> signers.merge(network, accounts, (a, b) -> {
                            Set<Address> all = new LinkedHashSet<>(a);
                            all.addAll(b);
                            return List.copyOf(all);
                        }));
            } catch (Unanswered e) {
                failures.add(e);
            }
        }
        if (failures.size() == endpoints.size()) {
            throw failed("no facilitator said what it supports", failures);
        }
        return new Supported(List.copyOf(kinds), List.copyOf(extensions), signers);
    }

    /** Those that serve the offer, the first first. One that does not say is taken at the end: perhaps it does. */
    private List<Endpoint> serving(Offer required) {
        if (endpoints.size() == 1) {
            return endpoints;
        }
        List<Endpoint> serving = new ArrayList<>();
        List<Endpoint> perhaps = new ArrayList<>();
        for (Endpoint endpoint : endpoints) {
            try {
                if (supported(endpoint).covers(required)) {
                    serving.add(endpoint);
                }
            } catch (Unanswered e) {
                perhaps.add(endpoint);
            }
        }
        serving.addAll(perhaps);
        if (serving.isEmpty()) {
            throw new FacilitatorException("no facilitator settles " + required.scheme() + " on " + required.network()
                    + ": name one that does");
        }
        return serving;
    }

    private Supported supported(Endpoint endpoint) throws Unanswered {
        Instant now = clock.instant();
        Known before = known.get(endpoint);
        if (before != null && now.isBefore(before.from().plus(SUPPORTED_LASTS))) {
            return before.supported();
        }
        Instant failed = silent.get(endpoint);
        if (failed != null && now.isBefore(failed.plus(ASK_AGAIN_AFTER))) {
            throw new Unanswered("did not say what it supports a moment ago", false, null);
        }
        try {
            HttpRequest request = request(endpoint, Path.SUPPORTED).GET().build();
            Supported supported = send(request, timeouts.verify(), FacilitatorMessages::supported);
            known.put(endpoint, new Known(supported, now));
            silent.remove(endpoint);
            return supported;
        } catch (Unanswered e) {
            silent.put(endpoint, now);
            if (before != null) {
                return before.supported(); // old news, and better than none
            }
            throw e;
        }
    }

    private <T> T post(Endpoint endpoint, Path path, byte[] body, Duration timeout, Function<byte[], T> reader)
            throws Unanswered {
        HttpRequest request = request(endpoint, path)
                .header("Content-Type", "application/json")
                .header(Headers.WAYBILL_CLAIMS, "kept")
                .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                .build();
        return send(request, timeout, reader);
    }

    private static HttpRequest.Builder request(Endpoint endpoint, Path path) {
        HttpRequest.Builder request = HttpRequest.newBuilder(endpoint.at(path)).header("Accept", "application/json");
        endpoint.credentials().headers(path).forEach(request::header);
        return request;
    }

    /** A status beside 200 may carry a verdict all the same, as the reference's do; what is none is no answer. */
    private <T> T send(HttpRequest request, Duration timeout, Function<byte[], T> reader) throws Unanswered {
        // Waited for here: the request's own timeout ends with the headers, and a body may come drop by drop.
        CompletableFuture<HttpResponse<byte[]>> asked =
                http.sendAsync(request, info -> new BoundedBody(FacilitatorMessages.MAX_BODY_BYTES));
        HttpResponse<byte[]> response;
        try {
            response = asked.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            asked.cancel(true);
            throw new Unanswered("did not answer within " + timeout.toMillis() + " ms", true, e);
        } catch (ExecutionException e) {
            Throwable cause = e.getCause();
            boolean unreached = cause instanceof ConnectException || cause instanceof HttpConnectTimeoutException;
            throw new Unanswered(unreached ? "cannot be reached" : "did not answer", !unreached, cause);
        } catch (InterruptedException e) {
            asked.cancel(true);
            Thread.currentThread().interrupt();
            throw new Unanswered("interrupted while waiting for it", true, e);
        }
        try {
            return reader.apply(response.body());
        } catch (MalformedWireException e) {
            // 429 and 401 come before any work; of every other refusal nobody knows how far it got.
            int status = response.statusCode();
            boolean before = status == 429 || status == 401;
            throw new Unanswered("answered with status " + status + " and nothing to read", !before, e);
        }
    }

    private static FacilitatorException failed(String what, List<Unanswered> failures) {
        FacilitatorException failed =
                failures.isEmpty() ? new FacilitatorException(what) : new FacilitatorException(what, failures.get(0));
        failures.stream().skip(1).forEach(failed::addSuppressed);
        return failed;
    }
}
