package waybill.wallet;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;
import waybill.x402.Json;
import waybill.x402.MalformedWireException;

/**
 * Asks at a person's own address: a POST of the question as JSON, answered when the person has decided. Both ways are
 * sealed with HMAC-SHA256 under a shared secret, in the header {@value #SIGNATURE}: of the question over its bytes, of the
 * answer over {@code question's signature + "." + answer's bytes}. Only status 200, a right seal and
 * {@code {"approved": true}} are a yes; everything else is a no. Thread-safe.
 */
public final class HttpApprover implements PaymentApprover {
    /** The header that carries the seal, in hex. */
    public static final String SIGNATURE = "Waybill-Signature";

    private static final int MAX_ANSWER_BYTES = 4 * 1024;
    private static final int LEAST_SECRET = 16;
    private static final String HMAC = "HmacSHA256";

    private final URI url;
    private final SecretKeySpec secret;
    private final Duration timeout;
    private final HttpClient http;
    private final Clock clock;

    /**
     * An approver at {@code url}.
     *
     * @param secret known to the wallet and to the person's address, at least 16 bytes
     * @param timeout how long the answer may take
     * @throws IllegalArgumentException when the URL is neither https nor on this machine, or the secret is short
     */
    public HttpApprover(URI url, byte[] secret, Duration timeout, Clock clock) {
        Origin origin = Origin.of(url);
        if (!origin.scheme().equals("https") && !origin.isLoopback()) {
            throw new IllegalArgumentException("approvals are asked over https, or on this machine, not at " + origin);
        }
        if (secret.length < LEAST_SECRET) {
            throw new IllegalArgumentException("the secret for approvals has " + secret.length + " bytes; at least "
                    + LEAST_SECRET + " are needed");
        }
        this.url = url;
        this.secret = new SecretKeySpec(secret, HMAC);
        this.timeout = timeout;
        this.clock = clock;
        this.http = HttpClient.newBuilder()
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(Duration.ofSeconds(5))
                .build();
    }

    @Override
    public boolean approves(String paymentId, Quote quote) throws InterruptedException {
        byte[] question = ApprovalQuestion.about(
                        paymentId, quote, clock.instant().plus(timeout))
                .bytes();
        String asked = seal(question);
        HttpRequest request = HttpRequest.newBuilder(url)
                .timeout(timeout)
                .header("Content-Type", "application/json")
                .header(SIGNATURE, asked)
                .POST(HttpRequest.BodyPublishers.ofByteArray(question))
                .build();
        HttpResponse<Optional<byte[]>> answer;
        try {
            answer = http.send(request, info -> new BoundedBytes(MAX_ANSWER_BYTES));
        } catch (IOException e) {
            throw new UncheckedIOException("nobody could be asked at " + Origin.of(url), e);
        }
        byte[] body = answer.body().orElse(null);
        String sealed = answer.headers().firstValue(SIGNATURE).orElse("");
        if (answer.statusCode() != 200 || body == null || !isSealed(asked, body, sealed)) {
            return false;
        }
        try {
            Map<String, @Nullable Object> fields = Json.parseObject(body, MAX_ANSWER_BYTES);
            return Boolean.TRUE.equals(fields.get("approved"));
        } catch (MalformedWireException e) {
            return false;
        }
    }

    private boolean isSealed(String asked, byte[] body, String sealed) {
        byte[] prefix = (asked + ".").getBytes(StandardCharsets.US_ASCII);
        byte[] both = new byte[prefix.length + body.length];
        System.arraycopy(prefix, 0, both, 0, prefix.length);
        System.arraycopy(body, 0, both, prefix.length, body.length);
        return MessageDigest.isEqual(
                seal(both).getBytes(StandardCharsets.US_ASCII), sealed.getBytes(StandardCharsets.UTF_8));
    }

    private String seal(byte[] text) {
        try {
            Mac mac = Mac.getInstance(HMAC);
            mac.init(secret);
            return HexFormat.of().formatHex(mac.doFinal(text));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has " + HMAC, e);
        }
    }

    @Override
    public String toString() {
        return "HttpApprover[" + Origin.of(url) + "]";
    }
}
