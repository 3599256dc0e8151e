package waybill.facilitator;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import org.web3j.protocol.Service;
import waybill.seller.BoundedBody;

/**
 * JSON-RPC over HTTP with limits: 5 seconds to connect, 15 for a call, 4 MiB of answer, no redirects. What it throws never
 * holds the URL, in which people keep their node's access key.
 */
final class RpcConnection extends Service {
    private static final Duration CONNECT = Duration.ofSeconds(5);
    private static final Duration CALL = Duration.ofSeconds(15);
    private static final int MAX_ANSWER_BYTES = 4 * 1024 * 1024;

    private final HttpClient http = HttpClient.newBuilder()
            .connectTimeout(CONNECT)
            .followRedirects(HttpClient.Redirect.NEVER)
            .version(HttpClient.Version.HTTP_1_1)
            .build();
    private final URI rpc;

    RpcConnection(URI rpc) {
        super(false);
        this.rpc = rpc;
    }

    @Override
    protected InputStream performIO(String payload) throws IOException {
        HttpRequest request = HttpRequest.newBuilder(rpc)
                .timeout(CALL)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(payload))
                .build();
        try {
            HttpResponse<byte[]> response = http.send(request, info -> new BoundedBody(MAX_ANSWER_BYTES));
            if (response.statusCode() != 200) {
                throw new IOException("the node answered with status " + response.statusCode());
            }
            return new ByteArrayInputStream(response.body());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while waiting for the node", e);
        }
    }

    @Override
    public void close() {}
}
