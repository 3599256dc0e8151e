package waybill.x402;

import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The message by which an account says who it is to one site (EIP-4361, with {@code sign-in-with-x}). The text around the
 * seller's words is ours and fixed, and none of those words may hold a line break, so they cannot pass for another part.
 *
 * @param domain the site: host, and port where it is not the usual one
 * @param account who signs in
 * @param statement what the site wants said, or null
 * @param uri what is signed in to
 * @param network the chain of the account
 * @param nonce the site's, good once
 * @param issuedAt when the site made it, as it wrote it (ISO 8601)
 * @param expirationTime until when it is good, or null
 * @param notBefore from when on, or null
 * @param requestId the site's, or null
 * @param resources what is spoken of, or null when the site names none
 */
public record SignIn(
        String domain,
        Address account,
        @Nullable String statement,
        String uri,
        Network network,
        String nonce,
        String issuedAt,
        @Nullable String expirationTime,
        @Nullable String notBefore,
        @Nullable String requestId,
        @Nullable List<String> resources) {
    private static final int MAX_RESOURCES = 16;
    private static final long CLOCKS_DIFFER_SECONDS = 30;

    public SignIn {
        requireLine(domain, 255, "domain");
        requireLine(statement, 1000, "statement");
        requireLine(uri, 2048, "uri");
        requireLine(requestId, 128, "requestId");
        if (!nonce.matches("[a-zA-Z0-9]{8,128}")) {
            throw new IllegalArgumentException("the nonce is not 8 to 128 letters and digits");
        }
        requireTime(issuedAt, "issuedAt");
        requireTime(expirationTime, "expirationTime");
        requireTime(notBefore, "notBefore");
        if (resources != null) {
            if (resources.size() > MAX_RESOURCES) {
                throw new IllegalArgumentException(
                        "there are " + resources.size() + " resources; at most " + MAX_RESOURCES + " are read");
            }
            resources.forEach(resource -> requireLine(resource, 2048, "a resource"));
            resources = List.copyOf(resources);
        }
    }

    /** The text that is signed. */
    public String text() {
        StringBuilder text = new StringBuilder();
        text.append(domain).append(" wants you to sign in with your Ethereum account:\n");
        text.append(account).append("\n\n");
        if (statement != null) {
            text.append(statement).append('\n');
        }
        text.append("\nURI: ").append(uri);
        text.append("\nVersion: 1");
        text.append("\nChain ID: ").append(network.chainId());
        text.append("\nNonce: ").append(nonce);
        text.append("\nIssued At: ").append(issuedAt);
        line(text, "Expiration Time", expirationTime);
        line(text, "Not Before", notBefore);
        line(text, "Request ID", requestId);
        if (resources != null) {
            text.append("\nResources:");
            resources.forEach(resource -> text.append("\n- ").append(resource));
        }
        return text.toString();
    }

    /** What is signed: the text behind Ethereum's prefix for messages (EIP-191), which no payment begins with. */
    public Bytes32 digest() {
        byte[] text = text().getBytes(StandardCharsets.UTF_8);
        byte[] prefix = ("\u0019Ethereum Signed Message:\n" + text.length).getBytes(StandardCharsets.US_ASCII);
        return Bytes32.of(Keccak.hash(prefix, text));
    }

    /**
     * Whether it is good at {@code now}: issued no earlier than {@code maxAgeSeconds} ago, begun, not run out. One that
     * was issued up to 30 seconds ahead of our clock is of now.
     */
    public boolean goodAt(Instant now, long maxAgeSeconds) {
        Instant issued = Instant.parse(issuedAt);
        return !issued.isAfter(now.plusSeconds(CLOCKS_DIFFER_SECONDS))
                && !issued.isBefore(now.minusSeconds(maxAgeSeconds))
                && (notBefore == null || !Instant.parse(notBefore).isAfter(now))
                && (expirationTime == null || Instant.parse(expirationTime).isAfter(now));
    }

    Map<String, @Nullable Object> json() {
        Map<String, @Nullable Object> out = new LinkedHashMap<>();
        out.put("domain", domain);
        out.put("address", account.toString());
        put(out, "statement", statement);
        out.put("uri", uri);
        out.put("version", "1");
        out.put("chainId", network.toString());
        out.put("type", "eip191");
        out.put("nonce", nonce);
        out.put("issuedAt", issuedAt);
        put(out, "expirationTime", expirationTime);
        put(out, "notBefore", notBefore);
        put(out, "requestId", requestId);
        put(out, "resources", resources);
        return out;
    }

    /** The message for {@code account} on {@code network}, from fields that hold all the rest. */
    static SignIn read(JsonObject json, Address account, Network network) {
        if (!"1".equals(json.string("version"))) {
            throw new IllegalArgumentException("only version 1 of sign-in messages is spoken");
        }
        return new SignIn(
                json.string("domain"),
                account,
                json.optionalString("statement"),
                json.string("uri"),
                network,
                json.string("nonce"),
                json.string("issuedAt"),
                json.optionalString("expirationTime"),
                json.optionalString("notBefore"),
                json.optionalString("requestId"),
                json.has("resources") ? texts(json.list("resources", MAX_RESOURCES)) : null);
    }

    private static List<String> texts(List<?> list) {
        return list.stream()
                .map(entry -> {
                    if (entry instanceof String text) {
                        return text;
                    }
                    throw new IllegalArgumentException("a resource is not a string");
                })
                .toList();
    }

    private static void put(Map<String, @Nullable Object> out, String key, @Nullable Object value) {
        if (value != null) {
            out.put(key, value);
        }
    }

    private static void line(StringBuilder text, String name, @Nullable String value) {
        if (value != null) {
            text.append('\n').append(name).append(": ").append(value);
        }
    }

    private static void requireLine(@Nullable String value, int most, String what) {
        if (value == null) {
            return;
        }
        if (value.isEmpty() || value.length() > most) {
            throw new IllegalArgumentException(
                    what + " has " + value.length() + " characters; 1 to " + most + " are taken");
        }
        if (value.chars().anyMatch(c -> Character.isISOControl(c) || c == 0x2028 || c == 0x2029)) {
            throw new IllegalArgumentException(what + " holds a line break or a control character");
        }
    }

    private static void requireTime(@Nullable String value, String what) {
        if (value == null) {
            return;
        }
        try {
            if (value.length() <= 40) {
                Instant.parse(value);
                return;
            }
        } catch (DateTimeException e) {
            // said below
        }
        throw new IllegalArgumentException(
                what + " is no time such as 2026-01-01T00:00:00Z: " + Printable.cut(value, 40));
    }
}
