package waybill.wallet;

import java.net.URI;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Scheme, host and port: the place that a request goes to and that a payee is remembered for.
 *
 * @param scheme {@code http} or {@code https}
 * @param host in lower case, as the URL spells it; IPv6 in brackets
 * @param port explicit, the scheme's own when the URL names none
 */
public record Origin(String scheme, String host, int port) {
    private static final Pattern LOOPBACK_V4 = Pattern.compile("127(\\.(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)){3}");

    /**
     * The origin of {@code url}.
     *
     * @throws IllegalArgumentException when it is not http or https, has no plain ASCII host, or carries user info
     */
    public static Origin of(URI url) {
        String scheme = url.getScheme() == null ? "" : url.getScheme().toLowerCase(Locale.ROOT);
        if (!scheme.equals("http") && !scheme.equals("https")) {
            throw new IllegalArgumentException("only http and https URLs can be paid, not the scheme '" + scheme + "'");
        }
        String host = url.getHost();
        if (host == null || host.isEmpty()) {
            throw new IllegalArgumentException("the URL has no host that can be compared exactly");
        }
        if (url.getRawUserInfo() != null) {
            throw new IllegalArgumentException("a URL with user info (name@host) is not paid");
        }
        int port = url.getPort() == -1 ? defaultPort(scheme) : url.getPort();
        return new Origin(scheme, host.toLowerCase(Locale.ROOT), port);
    }

    /**
     * Reads what {@link #toString()} writes.
     *
     * @throws IllegalArgumentException when it is anything else
     */
    public static Origin parse(String text) {
        return of(URI.create(text));
    }

    /** True for this machine by literal address, or {@code localhost}. */
    public boolean isLoopback() {
        return host.equals("localhost")
                || host.equals("[::1]")
                || LOOPBACK_V4.matcher(host).matches();
    }

    /** Host, and the port unless it is the scheme's own. */
    public String authority() {
        return port == defaultPort(scheme) ? host : host + ":" + port;
    }

    private static int defaultPort(String scheme) {
        return scheme.equals("https") ? 443 : 80;
    }

    /** Such as {@code https://api.example.com} or {@code http://127.0.0.1:8402}. */
    @Override
    public String toString() {
        return scheme + "://" + authority();
    }
}
