package waybill.wallet;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import waybill.x402.Address;
import waybill.x402.Json;
import waybill.x402.MalformedWireException;
import waybill.x402.Signature;

/**
 * Asks a signing service over HTTP, so that the key lives in another process or on another machine. The service is sent
 * the typed thing, whole, beside its digest, so that it can apply a policy of its own; {@code docs/signers.md} is the
 * protocol. One request per signature, never repeated, without redirects, its answer bounded; a signature that does not
 * recover to the expected account is refused. Thread-safe.
 */
public final class RemoteSigner implements PaymentSigner {
    private static final Duration CONNECT = Duration.ofSeconds(5);
    private static final Duration ANSWER = Duration.ofSeconds(10);
    private static final int MAX_ANSWER = 4 * 1024;

    private final URI url;
    private final Address address;
    private final String token;
    private final Duration timeout;
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(CONNECT)
            .build();

    private RemoteSigner(URI url, Address address, String token, Duration timeout) {
        this.url = url;
        this.address = address;
        this.token = token;
        this.timeout = timeout;
    }

    /**
     * A signer for {@code address} at a service. Nothing is asked yet.
     *
     * @param url where signatures are asked for, whole; https, or http on this machine
     * @param address the account whose signatures are expected
     * @param token what the service knows us by, 16 to 4,096 printable ASCII characters; sent as a bearer token
     * @throws SigningException when the URL or the token cannot be used; the message holds neither the token nor a part
     */
    public static RemoteSigner at(URI url, Address address, String token) {
        return new RemoteSigner(requireSafe(url), address, requireToken(token), ANSWER);
    }

    /** This signer, waiting at most this long for an answer instead of 10 s. */
    public RemoteSigner within(Duration limit) {
        return new RemoteSigner(url, address, token, limit);
    }

    private static URI requireSafe(URI url) {
        Origin origin;
        try {
            origin = Origin.of(url);
        } catch (IllegalArgumentException e) {
            throw new SigningException("the signing service cannot be asked: " + e.getMessage(), null);
        }
        if (!origin.scheme().equals("https") && !origin.isLoopback()) {
            throw new SigningException(
                    "the signing service at " + origin + " is not encrypted; use https, or http on this machine", null);
        }
        return url;
    }

    private static String requireToken(String token) {
        boolean usable =
                token.length() >= 16 && token.length() <= 4_096 && token.chars().allMatch(c -> c > 0x20 && c < 0x7f);
        if (!usable) {
            throw new SigningException(
                    "the token of the signing service has 16 to 4096 printable ASCII characters without spaces", null);
        }
        return token;
    }

    @Override
    public Address address() {
        return address;
    }

    @Override
    public Signature sign(Signable signable) {
        HttpRequest request = HttpRequest.newBuilder(url)
                .timeout(timeout)
                .header("Authorization", "Bearer " + token)
                .header("Content-Type", "application/json")
                .header("Accept", "application/json")
                .POST(BodyPublishers.ofString(Json.write(question(signable))))
                .build();
        HttpResponse<Optional<byte[]>> answer = send(request);
        Signature signature = read(answer);
        if (!address.equals(signature.recover(signable.digest()))) {
            throw new SigningException(
                    "the signing service signed with another key, or something else, than was asked of " + address,
                    null);
        }
        return signature;
    }

    private Map<String, @Nullable Object> question(Signable signable) {
        Map<String, @Nullable Object> question = new LinkedHashMap<>();
        question.put("version", 1);
        question.put("account", address.toString());
        question.put("kind", TypedData.kind(signable));
        question.put("digest", signable.digest().toString());
        question.putAll(TypedData.of(signable));
        return question;
    }

    private HttpResponse<Optional<byte[]>> send(HttpRequest request) {
        try {
            return http.send(request, info -> new BoundedBytes(MAX_ANSWER, timeout));
        } catch (IOException e) {
            throw new SigningException(
                    "the signing service at " + Origin.of(url) + " did not answer: "
                            + e.getClass().getSimpleName() + ". Nothing was signed that anybody has",
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new SigningException("the wait for the signing service was interrupted", e);
        }
    }

    private Signature read(HttpResponse<Optional<byte[]>> answer) {
        byte[] body = answer.body()
                .orElseThrow(() -> new SigningException(
                        "the signing service answered more than " + MAX_ANSWER + " bytes, or not all of it in "
                                + timeout.toMillis() + " ms",
                        null));
        Map<String, @Nullable Object> json;
        try {
            json = Json.parseObject(body, MAX_ANSWER);
        } catch (MalformedWireException e) {
            throw new SigningException(
                    "the signing service answered status " + answer.statusCode() + " without JSON of the protocol",
                    null);
        }
        if (answer.statusCode() != 200) {
            throw new SigningException(
                    "the signing service refused (status " + answer.statusCode() + "): "
                            + (json.get("error") instanceof String said ? Words.cut(said, 200) : "no reason given"),
                    null);
        }
        if (!(json.get("signature") instanceof String hex)) {
            throw new SigningException("the signing service answered 200 without a signature", null);
        }
        try {
            return Signature.parse(hex);
        } catch (IllegalArgumentException e) {
            throw new SigningException("the signing service's signature cannot be used: " + e.getMessage(), null);
        }
    }

    /** Without the token. */
    @Override
    public String toString() {
        return "RemoteSigner[" + address + " at " + Origin.of(url) + "]";
    }
}
