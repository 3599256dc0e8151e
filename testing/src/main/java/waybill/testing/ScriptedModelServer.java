package waybill.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A provider of language models that says what it is told to: an OpenAI-compatible server on a loopback port, made on
 * plain sockets so that it can also fail in every way a provider does.
 *
 * <pre>{@code
 * try (ScriptedModelServer server = ScriptedModelServer.start()) {
 *     server.answer("small", Answer.text("Hello.").usage(9, 2));
 *     server.answer("big", request -> Answer.text("You said: " + request.lastUserText()));
 *     server.enqueue("small", Answer.rateLimited(Duration.ofSeconds(7)), Answer.hang());
 *
 *     ChatModel model = OpenAiChatModel.builder().baseUrl(server.baseUrl()).modelName("small")...
 *     assertThat(server.requests()).hasSize(1);
 * }
 * }</pre>
 *
 * It serves {@code POST /v1/chat/completions}, plain and as server-sent events, and {@code GET /v1/models}. A request
 * gets, in this order: the next answer queued for its model, the next one queued for any model, the standing script of
 * its model, the standing script of any model, or a 404 that lists the models. All methods may be called from any thread.
 */
public final class ScriptedModelServer implements AutoCloseable {

    private static final int KEPT_REQUESTS = 10_000;

    private final Map<String, Deque<Script>> queued = new LinkedHashMap<>();
    private final Map<String, Script> standing = new LinkedHashMap<>();
    private final Deque<Script> queuedForAny = new ArrayDeque<>();
    private final Deque<ModelRequest> requests = new ArrayDeque<>();
    private @Nullable Script standingForAny;
    private long received;

    private final Object lock = new Object();
    private final Set<Socket> connections = ConcurrentHashMap.newKeySet();
    private final AtomicLong accepted = new AtomicLong();
    private final AtomicLong answers = new AtomicLong();
    private final CompletableFuture<Boolean> closed = new CompletableFuture<>();
    private final ExecutorService threads;
    private final int port;
    private volatile @Nullable ServerSocket listening;
    private volatile CompletableFuture<?> accepting = CompletableFuture.completedFuture(null);

    private ScriptedModelServer(int wantedPort) throws IOException {
        AtomicInteger names = new AtomicInteger();
        this.threads = Executors.newCachedThreadPool(task -> {
            Thread thread = new Thread(task, "scripted-model-" + names.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        });
        this.port = listen(wantedPort);
    }

    /** Starts a server on a free loopback port. */
    public static ScriptedModelServer start() {
        return start(0);
    }

    /** Starts a server on this loopback port; 0 takes a free one. */
    public static ScriptedModelServer start(int port) {
        try {
            return new ScriptedModelServer(port);
        } catch (IOException e) {
            throw new UncheckedIOException("Could not listen on 127.0.0.1:" + port + ".", e);
        }
    }

    /** Where it listens, without a path. */
    public URI uri() {
        return URI.create("http://127.0.0.1:" + port);
    }

    /** The base URL that a client of this API is given: {@link #uri()} with {@code /v1}. */
    public String baseUrl() {
        return uri() + "/v1";
    }

    /** Sets what this model answers from now on, and lists it among the models. */
    public ScriptedModelServer answer(String model, Script script) {
        synchronized (lock) {
            standing.put(model, script);
        }
        return this;
    }

    /** Sets what any model without a script of its own answers from now on. */
    public ScriptedModelServer answer(Script script) {
        synchronized (lock) {
            standingForAny = script;
        }
        return this;
    }

    /** Queues this model's next answers, before its standing script. */
    public ScriptedModelServer enqueue(String model, Script... next) {
        synchronized (lock) {
            queued.computeIfAbsent(model, any -> new ArrayDeque<>()).addAll(Arrays.asList(next));
        }
        return this;
    }

    /** Queues the next answers of whichever model is asked. */
    public ScriptedModelServer enqueue(Script... next) {
        synchronized (lock) {
            queuedForAny.addAll(Arrays.asList(next));
        }
        return this;
    }

    /** Closes every connection and refuses new ones, as a provider that is down. */
    public void refuseConnections() {
        stopListening();
    }

    /** Listens again, on the same port. */
    public void acceptConnections() {
        if (listening != null) {
            return;
        }
        try {
            listen(port);
        } catch (IOException e) {
            throw new UncheckedIOException("Could not listen on 127.0.0.1:" + port + " again.", e);
        }
    }

    /** The requests so far, in order of arrival, at most the latest 10,000. */
    public List<ModelRequest> requests() {
        synchronized (lock) {
            return List.copyOf(requests);
        }
    }

    /** The requests so far that asked for this model. */
    public List<ModelRequest> requests(String model) {
        return requests().stream()
                .filter(request -> request.model().equals(model))
                .toList();
    }

    /** How many requests have arrived. */
    public long requestCount() {
        synchronized (lock) {
            return received;
        }
    }

    /** How many connections have been accepted. */
    public long connectionCount() {
        return accepted.get();
    }

    /** Waits until so many requests have arrived; throws {@link IllegalStateException} when they do not in time. */
    public void awaitRequests(long count, Duration atMost) throws InterruptedException {
        long deadline = System.nanoTime() + atMost.toNanos();
        synchronized (lock) {
            while (received < count) {
                long left = deadline - System.nanoTime();
                if (left <= 0) {
                    throw new IllegalStateException(
                            "Waited " + atMost + " for " + count + " requests; " + received + " arrived.");
                }
                TimeUnit.NANOSECONDS.timedWait(lock, left);
            }
        }
    }

    /** Closes every connection and stops listening; answers under way end as {@link Outcome#SERVER_CLOSED}. */
    @Override
    public void close() {
        closed.complete(true);
        stopListening();
        threads.shutdown();
        try {
            threads.awaitTermination(5, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    void received(ModelRequest request) {
        synchronized (lock) {
            received++;
            requests.addLast(request);
            if (requests.size() > KEPT_REQUESTS) {
                requests.removeFirst();
            }
            lock.notifyAll();
        }
    }

    boolean isListening() {
        return listening != null;
    }

    /** Waits for the moment of a script; the end of the server is one too. */
    void await(CompletableFuture<?> moment) throws IOException {
        try {
            CompletableFuture.anyOf(moment, closed).get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        } catch (ExecutionException e) {
            throw new IOException(e);
        }
    }

    String nextId() {
        return "chatcmpl-scripted-" + answers.incrementAndGet();
    }

    List<String> models() {
        synchronized (lock) {
            List<String> names = new ArrayList<>(standing.keySet());
            queued.keySet().stream().filter(name -> !names.contains(name)).forEach(names::add);
            return names;
        }
    }

    Optional<Script> scriptFor(String model) {
        synchronized (lock) {
            Deque<Script> own = queued.get(model);
            if (own != null && !own.isEmpty()) {
                return Optional.of(own.removeFirst());
            }
            if (!queuedForAny.isEmpty()) {
                return Optional.of(queuedForAny.removeFirst());
            }
            Script script = standing.get(model);
            return Optional.ofNullable(script != null ? script : standingForAny);
        }
    }

    private int listen(int wantedPort) throws IOException {
        ServerSocket socket = new ServerSocket();
        try {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), wantedPort), 512);
        } catch (IOException e) {
            socket.close();
            throw e;
        }
        listening = socket;
        accepting = CompletableFuture.runAsync(() -> acceptOn(socket), threads);
        return socket.getLocalPort();
    }

    private void acceptOn(ServerSocket socket) {
        while (!socket.isClosed()) {
            try {
                Socket connection = socket.accept();
                connections.add(connection);
                if (socket.isClosed()) {
                    connection.close();
                    return;
                }
                accepted.incrementAndGet();
                threads.execute(() -> {
                    new Connection(connection, this).serve();
                    connections.remove(connection);
                });
            } catch (IOException closed) {
                return;
            }
        }
    }

    private void stopListening() {
        ServerSocket socket = listening;
        listening = null;
        if (socket == null) {
            return;
        }
        Connection.closeQuietly(socket);
        accepting.join(); // until then the port still takes a connection, only to drop it
        connections.forEach(Connection::closeQuietly);
        connections.clear();
    }
}
