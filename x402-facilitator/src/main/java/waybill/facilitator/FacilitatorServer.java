package waybill.facilitator;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.System.Logger.Level;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import waybill.seller.Facilitator;
import waybill.seller.FacilitatorException;
import waybill.x402.Address;
import waybill.x402.FacilitatorMessages;
import waybill.x402.Headers;
import waybill.x402.Json;
import waybill.x402.MalformedWireException;
import waybill.x402.SchemePayload;
import waybill.x402.SettlementResponse;

/**
 * A facilitator as an HTTP server: {@code POST /verify}, {@code POST /settle}, {@code GET /supported} and
 * {@code GET /discovery/resources}. Requests are bounded in size and in number; what cannot be told is a 503 with
 * {@code Retry-After}, never a made-up verdict. Whoever may call it spends its gas, so it listens on loopback unless told
 * otherwise, and asks for a token where it is given one.
 *
 * <p>The JDK's server reads its own limits from system properties: {@code sun.net.httpserver.nodelay=true} saves 40 ms a
 * call on a kept connection, {@code sun.net.httpserver.maxReqTime} cuts off callers that send slowly.
 */
public final class FacilitatorServer implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(FacilitatorServer.class.getName());
    private static final int BACKLOG = 512;
    private static final int THREADS = 64;
    private static final int WAITING = 1024;
    private static final String RETRY_SECONDS = "2";
    private static final Pattern LOOPBACK = Pattern.compile("(localhost|127\\.[0-9.]+|\\[::1])(:[0-9]{1,5})?");

    private final HttpServer server;
    private final ExecutorService threads;
    private final Facilitator facilitator;
    private final Catalogue catalogue;
    private final byte @Nullable [] token;
    private final ToldOnce told = new ToldOnce();

    private FacilitatorServer(
            HttpServer server,
            ExecutorService threads,
            Facilitator facilitator,
            Catalogue catalogue,
            byte @Nullable [] token) {
        this.server = server;
        this.threads = threads;
        this.facilitator = facilitator;
        this.catalogue = catalogue;
        this.token = token;
    }

    /**
     * Starts to listen. Closing the server leaves {@code facilitator} open.
     *
     * @param address where; port 0 takes a free one
     * @param token what callers have to send as {@code Authorization: Bearer …}, or null to serve whoever reaches it
     * @throws UncheckedIOException when it cannot listen there
     */
    public static FacilitatorServer start(
            InetSocketAddress address, Facilitator facilitator, @Nullable String token, Clock clock) {
        HttpServer http;
        try {
            http = HttpServer.create(address, BACKLOG);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot listen on " + address + ": " + e.getMessage(), e);
        }
        AtomicInteger count = new AtomicInteger();
        ThreadPoolExecutor threads = new ThreadPoolExecutor(
                THREADS, THREADS, 30, TimeUnit.SECONDS, new LinkedBlockingQueue<>(WAITING), task -> {
                    Thread thread = new Thread(task, "waybill-facilitator-" + count.incrementAndGet());
                    thread.setDaemon(true);
                    return thread;
                });
        threads.allowCoreThreadTimeOut(true);
        FacilitatorServer server = new FacilitatorServer(
                http,
                threads,
                facilitator,
                new Catalogue(clock),
                token == null ? null : ("Bearer " + token).getBytes(StandardCharsets.UTF_8));
        http.setExecutor(threads);
        http.createContext("/", exchange -> server.serve(exchange));
        http.start();
        return server;
    }

    /** Where it listens, without a path. */
    public URI uri() {
        InetSocketAddress address = server.getAddress();
        String host = address.getAddress().isAnyLocalAddress()
                ? "127.0.0.1"
                : address.getAddress().getHostAddress();
        return URI.create("http://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort());
    }

    /** Stops listening; calls under way are cut off, and their settlements are found again by the next try. */
    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }

    /** An answer: its status and a JSON body. */
    @SuppressWarnings("ArrayRecordComponent") // made to be sent once
    private record Reply(int status, byte[] body) {
        static Reply ok(String json) {
            return new Reply(200, json.getBytes(StandardCharsets.UTF_8));
        }

        static Reply error(int status, String code, String message) {
            Map<String, @Nullable Object> body = new LinkedHashMap<>();
            body.put("error", code);
            body.put("message", message);
            return new Reply(status, Json.write(body).getBytes(StandardCharsets.UTF_8));
        }
    }

    private void serve(HttpExchange exchange) throws IOException {
        try (exchange) {
            Reply reply;
            try {
                reply = reply(exchange);
            } catch (MalformedWireException e) {
                reply = Reply.error(400, "invalid_payload", String.valueOf(e.getMessage()));
            } catch (FacilitatorException e) {
                LOG.log(Level.WARNING, exchange.getRequestURI().getPath() + ": " + e.getMessage());
                reply = Reply.error(503, "unexpected_error", "this cannot be told now; ask again with the same body");
            } catch (RuntimeException e) {
                LOG.log(Level.ERROR, exchange.getRequestURI().getPath() + " failed", e);
                reply = Reply.error(500, "unexpected_error", "this failed here; ask again with the same body");
            }
            send(exchange, reply);
        }
    }

    private Reply reply(HttpExchange exchange) throws IOException {
        if (!isNamed(exchange)) {
            return Reply.error(
                    403,
                    "host_not_allowed",
                    "this facilitator listens on loopback and answers to loopback's names only");
        }
        if (!allowed(exchange)) {
            return Reply.error(401, "unauthorized", "send the token of this facilitator: Authorization: Bearer …");
        }
        String path = exchange.getRequestURI().getPath();
        String method = exchange.getRequestMethod();
        String expected = path.equals("/verify") || path.equals("/settle") ? "POST" : "GET";
        switch (path) {
            case "/verify", "/settle", "/supported", "/discovery/resources", "/health" -> {
                if (!method.equals(expected)) {
                    exchange.getResponseHeaders().set("Allow", expected);
                    return Reply.error(405, "method_not_allowed", path + " takes " + expected);
                }
            }
            default -> {
                return Reply.error(404, "not_found", "there are /verify, /settle, /supported and /discovery/resources");
            }
        }
        if (expected.equals("POST") && !isJson(exchange)) {
            return Reply.error(
                    415, "unsupported_media_type", "the body is JSON, and says so: Content-Type: application/json");
        }
        return switch (path) {
            case "/verify" -> {
                FacilitatorMessages.Request asked = FacilitatorMessages.request(body(exchange));
                yield Reply.ok(FacilitatorMessages.write(facilitator.verify(asked.payment(), asked.required())));
            }
            case "/settle" -> {
                FacilitatorMessages.Request asked = FacilitatorMessages.request(body(exchange));
                SettlementResponse response = facilitator.settle(asked.payment(), asked.required());
                if (!"kept".equals(exchange.getRequestHeaders().getFirst(Headers.WAYBILL_CLAIMS))
                        && !told.first(response)) {
                    response = usedBefore(asked, response);
                }
                if (response.success()) {
                    catalogue.settled(asked);
                }
                yield Reply.ok(FacilitatorMessages.write(response, asked.version()));
            }
            case "/supported" -> Reply.ok(FacilitatorMessages.write(facilitator.supported()));
            case "/discovery/resources" ->
                Reply.ok(catalogue.page(exchange.getRequestURI().getRawQuery()));
            default -> Reply.ok("{\"status\":\"ok\"}");
        };
    }

    /** What the second one is told that asks for one payment: as if it had come after the first. */
    private static SettlementResponse usedBefore(FacilitatorMessages.Request asked, SettlementResponse settled) {
        boolean byToken = asked.payment().payload() instanceof SchemePayload.Eip3009;
        String payer = settled.payer();
        return SettlementResponse.failed(
                byToken ? ExactByEip3009.NONCE_USED : Permit2Terms.NONCE_USED,
                "this payment was settled for another request",
                "",
                settled.network(),
                payer == null ? null : Address.parse(payer));
    }

    private boolean allowed(HttpExchange exchange) {
        byte[] expected = token;
        if (expected == null || exchange.getRequestURI().getPath().equals("/health")) {
            return true;
        }
        String given = exchange.getRequestHeaders().getFirst("Authorization");
        return given != null && MessageDigest.isEqual(expected, given.getBytes(StandardCharsets.UTF_8));
    }

    /** A web page can post anything else here without the browser asking; JSON it cannot. */
    private static boolean isJson(HttpExchange exchange) {
        String type = exchange.getRequestHeaders().getFirst("Content-Type");
        return type != null && type.toLowerCase(Locale.ROOT).matches("application/json( *;.*)?");
    }

    /** On loopback only loopback's own names are answered: a page under another name would spend the gas of this machine. */
    private boolean isNamed(HttpExchange exchange) {
        String host = exchange.getRequestHeaders().getFirst("Host");
        return !server.getAddress().getAddress().isLoopbackAddress()
                || (host != null && LOOPBACK.matcher(host).matches());
    }

    private static byte[] body(HttpExchange exchange) throws IOException {
        byte[] body = exchange.getRequestBody().readNBytes(FacilitatorMessages.MAX_BODY_BYTES + 1);
        if (body.length > FacilitatorMessages.MAX_BODY_BYTES) {
            throw new MalformedWireException("the body has more than " + FacilitatorMessages.MAX_BODY_BYTES
                    + " bytes, which is all that is read");
        }
        return body;
    }

    private static void send(HttpExchange exchange, Reply reply) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.getResponseHeaders().set("Cache-Control", "no-store");
        exchange.getResponseHeaders().set("X-Content-Type-Options", "nosniff");
        if (reply.status() == 503) {
            exchange.getResponseHeaders().set("Retry-After", RETRY_SECONDS);
        }
        exchange.sendResponseHeaders(reply.status(), reply.body().length);
        exchange.getResponseBody().write(reply.body());
    }
}
