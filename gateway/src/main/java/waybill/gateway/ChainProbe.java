package waybill.gateway;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import waybill.gateway.Storefront.Reach;
import waybill.x402.Network;

/** Asks the node for its chain id, at most once in five seconds whoever asks. Thread-safe. */
final class ChainProbe implements Supplier<Reach> {

    private static final Duration FRESH = Duration.ofSeconds(5);
    private static final Duration TIMEOUT = Duration.ofSeconds(2);

    private final HttpClient http;
    private final URI rpc;
    private final Pattern expected;
    private final InstantSource clock;
    private Reach last = Reach.UNREACHABLE; // guarded by this
    private @Nullable Instant asked; // guarded by this

    ChainProbe(HttpClient http, URI rpc, Network network, InstantSource clock) {
        this.http = http;
        this.rpc = rpc;
        this.expected = Pattern.compile("\"result\"\\s*:\\s*\"0x" + Long.toHexString(network.chainId()) + "\"");
        this.clock = clock;
    }

    @Override
    public synchronized Reach get() {
        Instant now = clock.instant();
        if (asked == null || Duration.between(asked, now).abs().compareTo(FRESH) >= 0) {
            asked = now;
            last = ask();
        }
        return last;
    }

    private Reach ask() {
        HttpRequest request = HttpRequest.newBuilder(rpc)
                .timeout(TIMEOUT)
                .version(HttpClient.Version.HTTP_1_1)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(
                        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"eth_chainId\",\"params\":[]}"))
                .build();
        try {
            HttpResponse<InputStream> response = http.send(request, HttpResponse.BodyHandlers.ofInputStream());
            try (InputStream body = response.body()) {
                String answer = new String(body.readNBytes(4_096), StandardCharsets.UTF_8);
                return expected.matcher(answer).find() ? Reach.REACHABLE : Reach.UNREACHABLE;
            }
        } catch (IOException e) {
            return Reach.UNREACHABLE;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Reach.UNREACHABLE;
        }
    }
}
