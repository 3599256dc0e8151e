package waybill.wallet.okhttp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpResponse.BodySubscriber;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Flow;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import okhttp3.OkHttpClient;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import waybill.wallet.Policy;

class PinnedHttpClientTest {

    private static final byte[] BODY = new byte[100_000]; // more than one piece
    private static final long BOUND = 60; // seconds; reached only by what hangs

    private final CountDownLatch asked = new CountDownLatch(1);
    private final CountDownLatch mayAnswer = new CountDownLatch(1);

    private HttpServer server;
    private Policy policy;
    private PinnedHttpClient client;
    private HttpRequest request;

    @BeforeEach
    void serve() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            asked.countDown();
            awaitQuietly(mayAnswer);
            exchange.sendResponseHeaders(200, BODY.length);
            try (OutputStream out = exchange.getResponseBody()) {
                out.write(BODY);
            }
        });
        server.start();
        String host = "127.0.0.1:" + server.getAddress().getPort();
        policy = Policy.defaults().allowHost(host);
        client = PinnedHttpClient.under(policy);
        request = HttpRequest.newBuilder(URI.create("http://" + host + "/")).build();
    }

    @AfterEach
    void stop() {
        mayAnswer.countDown();
        server.stop(0);
    }

    @Test
    void a_body_may_be_read_by_whoever_goes_on_from_its_answer() throws Exception {
        CompletableFuture<Integer> length =
                client.sendAsync(request, BodyHandlers.ofInputStream()).thenApply(answer -> read(answer.body()));
        mayAnswer.countDown(); // only now, so that the reading is a step of the exchange's own
        assertThat(length.get(BOUND, TimeUnit.SECONDS)).isEqualTo(BODY.length);
    }

    @Test
    void a_timer_is_kept_only_while_its_answer_has_not_begun() throws Exception {
        ScheduledThreadPoolExecutor timers = PinnedHttpClient.timers();
        try {
            PinnedHttpClient timed = PinnedHttpClient.like(new OkHttpClient(), policy, timers);
            HttpRequest patient = HttpRequest.newBuilder(request.uri())
                    .timeout(Duration.ofHours(1))
                    .build();
            CompletableFuture<HttpResponse<byte[]>> call = timed.sendAsync(patient, BodyHandlers.ofByteArray());
            assertThat(asked.await(BOUND, TimeUnit.SECONDS)).isTrue();
            assertThat(timers.getQueue()).hasSize(1);
            mayAnswer.countDown();
            assertThat(call.get(BOUND, TimeUnit.SECONDS).body()).isEqualTo(BODY);
            assertThat(timers.getQueue()).isEmpty();
        } finally {
            timers.shutdownNow();
        }
    }

    @Test
    void whatever_goes_wrong_the_answer_ends() {
        mayAnswer.countDown();
        BodyHandler<String> broken = info -> {
            throw new AssertionError("no such body");
        };
        assertThatThrownBy(() -> client.sendAsync(request, broken).get(BOUND, TimeUnit.SECONDS))
                .isInstanceOf(ExecutionException.class)
                .hasRootCauseMessage("no such body");
    }

    @Test
    void a_subscriber_that_fails_at_a_piece_hears_of_the_end() throws Exception {
        mayAnswer.countDown();
        CompletableFuture<Throwable> heard = new CompletableFuture<>();
        BodySubscriber<String> failing = new BodySubscriber<>() {
            @Override
            public CompletionStage<String> getBody() {
                return CompletableFuture.completedFuture("begun");
            }

            @Override
            public void onSubscribe(Flow.Subscription subscription) {
                subscription.request(Long.MAX_VALUE);
            }

            @Override
            public void onNext(List<ByteBuffer> piece) {
                throw new IllegalStateException("cannot be read");
            }

            @Override
            public void onError(Throwable failure) {
                heard.complete(failure);
            }

            @Override
            public void onComplete() {
                heard.complete(new AssertionError("it went on"));
            }
        };
        assertThat(client.sendAsync(request, info -> failing)
                        .get(BOUND, TimeUnit.SECONDS)
                        .body())
                .isEqualTo("begun");
        assertThat(heard.get(BOUND, TimeUnit.SECONDS)).hasMessage("cannot be read");
    }

    private static int read(InputStream body) {
        try (body) {
            return body.readAllBytes().length;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void awaitQuietly(CountDownLatch latch) throws IOException {
        try {
            if (!latch.await(BOUND, TimeUnit.SECONDS)) {
                throw new IOException("nobody said that it may answer");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }
}
