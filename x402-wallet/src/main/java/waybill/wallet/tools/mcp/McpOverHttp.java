package waybill.wallet.tools.mcp;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.modelcontextprotocol.common.McpTransportContext;
import io.modelcontextprotocol.json.McpJsonMapper;
import io.modelcontextprotocol.server.McpStatelessServerHandler;
import io.modelcontextprotocol.spec.McpSchema;
import io.modelcontextprotocol.spec.McpStatelessServerTransport;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Locale;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * MCP's streamable HTTP without sessions, on loopback: one message a POST, one JSON answer. Whoever reaches the port can
 * spend money, so every request must carry the token, and one that a web page could send (a foreign {@code Origin} or
 * {@code Host}) is refused before anything else is looked at.
 */
public final class McpOverHttp implements McpStatelessServerTransport, AutoCloseable {
    private static final String PATH = "/mcp";
    private static final int MIN_TOKEN_CHARS = 32;

    private final McpJsonMapper mapper;
    private final byte[] token;
    private final ExecutorService threads = Executors.newFixedThreadPool(16, task -> {
        Thread thread = new Thread(task, "waybill-mcp");
        thread.setDaemon(true);
        return thread;
    });
    private volatile @Nullable McpStatelessServerHandler handler;
    private volatile @Nullable HttpServer server;

    McpOverHttp(McpJsonMapper mapper, String token) {
        if (token.length() < MIN_TOKEN_CHARS) {
            throw new IllegalArgumentException("the token of an MCP server has at least " + MIN_TOKEN_CHARS
                    + " characters, not " + token.length());
        }
        this.mapper = mapper;
        this.token = ("Bearer " + token).getBytes(StandardCharsets.UTF_8);
    }

    void listen(InetSocketAddress address) {
        try {
            HttpServer listening = HttpServer.create(address, 50);
            listening.setExecutor(threads);
            listening.createContext(PATH, this::serve);
            listening.start();
            server = listening;
        } catch (IOException e) {
            throw new UncheckedIOException("port " + address.getPort() + " of this machine cannot be listened on", e);
        }
    }

    /** Where it listens. */
    public URI url() {
        HttpServer listening = server;
        if (listening == null) {
            throw new IllegalStateException("it does not listen");
        }
        return URI.create("http://127.0.0.1:" + listening.getAddress().getPort() + PATH);
    }

    @Override
    public void setMcpHandler(McpStatelessServerHandler given) {
        handler = given;
    }

    @Override
    public Mono<Void> closeGracefully() {
        return Mono.fromRunnable(this::close);
    }

    @Override
    public void close() {
        HttpServer listening = server;
        if (listening != null) {
            listening.stop(0);
        }
        threads.shutdownNow();
    }

    private void serve(HttpExchange exchange) throws IOException {
        try (exchange) {
            int refusal = refusal(exchange);
            if (refusal != 0) {
                exchange.sendResponseHeaders(refusal, -1);
                return;
            }
            byte[] body = exchange.getRequestBody().readNBytes(WalletMcp.MAX_MESSAGE_BYTES + 1);
            if (body.length > WalletMcp.MAX_MESSAGE_BYTES) {
                exchange.sendResponseHeaders(413, -1);
                return;
            }
            answer(exchange, body);
        }
    }

    /** The status to refuse with; 0 to go on. */
    private int refusal(HttpExchange exchange) {
        if (!isOurs(exchange.getRequestHeaders().getFirst("Origin"), true)
                || !isOurs(exchange.getRequestHeaders().getFirst("Host"), false)) {
            return 403; // a web page, or a name that was pointed at this machine
        }
        String authorization = exchange.getRequestHeaders().getFirst("Authorization");
        byte[] given = (authorization == null ? "" : authorization).getBytes(StandardCharsets.UTF_8);
        if (!MessageDigest.isEqual(given, token)) {
            return 401;
        }
        if (!exchange.getRequestURI().getPath().equals(PATH)) {
            return 404;
        }
        return exchange.getRequestMethod().equals("POST") ? 0 : 405; // there is no stream to read, nor a session to end
    }

    private static boolean isOurs(@Nullable String value, boolean isOrigin) {
        if (value == null) {
            return isOrigin;
        }
        String host;
        try {
            host = isOrigin
                    ? URI.create(value).getHost()
                    : URI.create("http://" + value).getHost();
        } catch (IllegalArgumentException e) {
            return false;
        }
        return host != null
                && (host.equals("127.0.0.1")
                        || host.toLowerCase(Locale.ROOT).equals("localhost")
                        || host.equals("[::1]"));
    }

    private void answer(HttpExchange exchange, byte[] body) throws IOException {
        McpStatelessServerHandler answering = handler;
        if (answering == null) {
            exchange.sendResponseHeaders(503, -1);
            return;
        }
        McpSchema.JSONRPCMessage message;
        try {
            message = McpSchema.deserializeJsonRpcMessage(mapper, new String(body, StandardCharsets.UTF_8));
        } catch (IOException | RuntimeException e) {
            exchange.sendResponseHeaders(400, -1);
            return;
        }
        if (message instanceof McpSchema.JSONRPCRequest request) {
            McpSchema.JSONRPCResponse response =
                    answering.handleRequest(McpTransportContext.EMPTY, request).block();
            byte[] json = mapper.writeValueAsBytes(response);
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.getResponseHeaders().set("Cache-Control", "no-store");
            exchange.sendResponseHeaders(200, json.length);
            exchange.getResponseBody().write(json);
        } else if (message instanceof McpSchema.JSONRPCNotification notification) {
            answering
                    .handleNotification(McpTransportContext.EMPTY, notification)
                    .block();
            exchange.sendResponseHeaders(202, -1);
        } else {
            exchange.sendResponseHeaders(400, -1);
        }
    }
}
