package waybill.seller;

import java.net.URI;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * That a paid request opens again to the account that paid for it, by signature ({@code sign-in-with-x}): the same method,
 * path, query and body, and nothing else. For what is made once and read often; not for what costs the seller each time.
 *
 * @param origin this seller's own, such as {@code https://api.example.com}: what buyers are asked to sign in to. Never taken
 *     from a request, or whoever stands between could have a buyer sign in to him
 * @param lasts how long after it was paid for
 * @param statement a sentence that buyers see over their signature, or null
 */
public record Reopening(URI origin, Duration lasts, @Nullable String statement) {
    private static final int MAX_STATEMENT_CHARS = 300;

    public Reopening {
        boolean plain = origin.getHost() != null
                && ("https".equals(origin.getScheme()) || "http".equals(origin.getScheme()))
                && origin.getRawUserInfo() == null
                && (origin.getRawPath().isEmpty() || origin.getRawPath().equals("/"))
                && origin.getRawQuery() == null
                && origin.getRawFragment() == null;
        if (!plain) {
            throw new IllegalArgumentException(
                    "a seller's origin is scheme, host and port, such as https://api.example.com, not " + origin);
        }
        if (lasts.toSeconds() < 1) {
            throw new IllegalArgumentException("what is paid for stays open for at least a second, not " + lasts);
        }
        if (statement != null
                && (statement.isEmpty()
                        || statement.length() > MAX_STATEMENT_CHARS
                        || statement.chars().anyMatch(c -> c < 0x20 || c > 0x7e))) {
            throw new IllegalArgumentException("a statement is 1 to " + MAX_STATEMENT_CHARS + " printable characters");
        }
    }

    /** Open for {@code lasts}, without a statement. */
    public static Reopening at(URI origin, Duration lasts) {
        return new Reopening(origin, lasts, null);
    }

    /** Scheme, host and port, without a slash behind. */
    String base() {
        return origin.getScheme() + "://" + origin.getRawAuthority();
    }
}
