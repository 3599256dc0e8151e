package waybill.devnet;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** JSON-RPC over HTTP on the loopback address only: POST, a bounded body, one answer. */
final class RpcServer implements AutoCloseable {
    private static final int THREADS = 8;

    static {
        // The JDK's server writes head and body apart; without this every answer may wait 40 ms for an acknowledgement.
        if (System.getProperty("sun.net.httpserver.nodelay") == null) {
            System.setProperty("sun.net.httpserver.nodelay", "true");
        }
    }

    private final HttpServer server;
    private final ExecutorService threads;
    private final JsonRpc rpc;

    RpcServer(JsonRpc rpc, int port) throws IOException {
        this.rpc = rpc;
        this.server = HttpServer.create(
                new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), port), 128);
        this.threads = Executors.newFixedThreadPool(THREADS, work -> {
            Thread thread = new Thread(work, "devnet-rpc");
            thread.setDaemon(true);
            return thread;
        });
        server.setExecutor(threads);
        server.createContext("/", this::answer);
        server.start();
    }

    URI uri() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            if (!exchange.getRequestMethod().equals("POST")) {
                exchange.getResponseHeaders().set("Allow", "POST");
                send(exchange, 405, "The devnet answers JSON-RPC by POST.", "text/plain");
                return;
            }
            byte[] body = exchange.getRequestBody().readNBytes(JsonRpc.MAX_REQUEST_CHARS + 1);
            if (body.length > JsonRpc.MAX_REQUEST_CHARS) {
                send(exchange, 413, JsonRpc.tooLarge(), "text/plain");
                return;
            }
            send(exchange, 200, rpc.answer(new String(body, StandardCharsets.UTF_8)), "application/json");
        }
    }

    private static void send(HttpExchange exchange, int status, String text, String type) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", type);
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
