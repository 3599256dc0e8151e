package waybill.wallet;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * The request headers that a model may choose. Only listed names pass; names that route a request, carry a credential or
 * a payment, or frame the message cannot be listed by anybody. Immutable.
 */
public final class ModelHeaders {
    private static final Set<String> STANDARD = Set.of(
            "accept", "accept-language", "content-type", "if-modified-since", "if-none-match", "idempotency-key");
    private static final Set<String> NEVER = Set.of(
            "authorization",
            "connection",
            "content-length",
            "cookie",
            "expect",
            "forwarded",
            "host",
            "keep-alive",
            "te",
            "trailer",
            "transfer-encoding",
            "upgrade",
            "via",
            "x-payment");
    private static final Set<String> NEVER_PREFIXES = Set.of("payment-", "proxy-", "sec-", "waybill-", "x-forwarded-");
    private static final int MAX_HEADERS = 16;
    private static final int MAX_VALUE_CHARS = 2_000;

    private final Set<String> allowed;

    private ModelHeaders(Set<String> allowed) {
        this.allowed = allowed;
    }

    /** Accept, Accept-Language, Content-Type, Idempotency-Key, If-Modified-Since and If-None-Match. */
    public static ModelHeaders standard() {
        return new ModelHeaders(STANDARD);
    }

    /**
     * With one more name that a model may set. A person's choice.
     *
     * @throws IllegalArgumentException when the name is no header name, or one that no model may ever set
     */
    public ModelHeaders allowing(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        if (!isToken(lower) || isForbidden(lower)) {
            throw new IllegalArgumentException(
                    "a model may never set the header '" + Words.cut(name, 60) + "'; it cannot be allowed");
        }
        Set<String> more = new TreeSet<>(allowed);
        more.add(lower);
        return new ModelHeaders(Set.copyOf(more));
    }

    /**
     * The headers as they may be sent, names in lower case.
     *
     * @throws IllegalArgumentException for the first one that may not; the sentence is for the model and repeats no value
     */
    public Map<String, String> checked(Map<String, String> chosen) {
        if (chosen.size() > MAX_HEADERS) {
            throw new IllegalArgumentException(
                    chosen.size() + " headers were given; at most " + MAX_HEADERS + " are sent");
        }
        Map<String, String> checked = new LinkedHashMap<>();
        chosen.forEach((name, value) -> {
            String lower = name.toLowerCase(Locale.ROOT);
            if (!allowed.contains(lower)) {
                throw new IllegalArgumentException("the header '" + Words.cut(name, 60) + "' may not be set"
                        + (isForbidden(lower) ? " by a model at all" : "") + "; leave it out. Allowed are: "
                        + String.join(", ", new TreeSet<>(allowed)));
            }
            if (value.length() > MAX_VALUE_CHARS || !isPlain(value)) {
                throw new IllegalArgumentException(
                        "the value of the header '" + lower + "' is not sent: it has at most " + MAX_VALUE_CHARS
                                + " printable ASCII characters, and no line breaks");
            }
            if (checked.put(lower, value) != null) {
                throw new IllegalArgumentException("the header '" + lower + "' was given twice");
            }
        });
        return checked;
    }

    private static boolean isForbidden(String lower) {
        return NEVER.contains(lower) || NEVER_PREFIXES.stream().anyMatch(lower::startsWith);
    }

    private static boolean isToken(String name) {
        return !name.isEmpty()
                && name.length() <= 100
                && name.chars().allMatch(c -> (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_');
    }

    private static boolean isPlain(String value) {
        return value.chars().allMatch(c -> c >= 0x20 && c < 0x7f);
    }
}
