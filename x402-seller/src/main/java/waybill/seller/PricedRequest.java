package waybill.seller;

import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import waybill.x402.Bazaar;
import waybill.x402.Headers;
import waybill.x402.ResourceInfo;

/**
 * A request that matched a priced route, as the gate needs it. Which route it matched is the host's word: paths are
 * compared after routing, so no spelling of a path goes around the gate.
 *
 * @param method the HTTP method, upper case
 * @param route the route as declared, such as {@code /v1/chat/completions}
 * @param url the resource's absolute URL with its query
 * @param bodyHash SHA-256 of the body in hex
 * @param tags the ways to pay for it now, at least one
 * @param payments every value of {@code PAYMENT-SIGNATURE}
 * @param v1Payments every value of {@code X-PAYMENT}, version 1's header
 * @param listing how the resource is called, for facilitators' lists; null keeps it out of them
 * @param signIns every value of {@code SIGN-IN-WITH-X}
 * @param reopening how it opens again to whoever has paid for it; null when every time is paid
 */
public record PricedRequest(
        String method,
        String route,
        String url,
        String bodyHash,
        List<PriceTag> tags,
        List<String> payments,
        List<String> v1Payments,
        @Nullable Bazaar listing,
        List<String> signIns,
        @Nullable Reopening reopening) {

    public PricedRequest {
        if (tags.isEmpty()) {
            throw new IllegalArgumentException("a priced request has at least one price tag");
        }
        method = method.toUpperCase(Locale.ROOT);
        tags = List.copyOf(tags);
        payments = List.copyOf(payments);
        v1Payments = List.copyOf(v1Payments);
        signIns = List.copyOf(signIns);
        if (reopening != null && tags.stream().anyMatch(PriceTag::metered)) {
            throw new IllegalArgumentException("what is sold by use is used anew each time, and does not open again");
        }
    }

    /** A request that asks to be in no list, and is paid every time. */
    public PricedRequest(
            String method,
            String route,
            String url,
            String bodyHash,
            List<PriceTag> tags,
            List<String> payments,
            List<String> v1Payments) {
        this(method, route, url, bodyHash, tags, payments, v1Payments, null, List.of(), null);
    }

    /** This request, whose resource asks to be listed. */
    public PricedRequest listed(Bazaar how) {
        return new PricedRequest(method, route, url, bodyHash, tags, payments, v1Payments, how, signIns, reopening);
    }

    /**
     * This request, which opens again to whoever has paid for it; the host must know {@link Admission.Opened} then. Not for
     * what is sold by use.
     */
    public PricedRequest reopened(Reopening how) {
        return new PricedRequest(method, route, url, bodyHash, tags, payments, v1Payments, listing, signIns, how);
    }

    /** Whether it pays in version 1 of the protocol. */
    boolean version1() {
        return !v1Payments.isEmpty();
    }

    /** What is sold, in the words of the first tag. */
    ResourceInfo resource() {
        return new ResourceInfo(url, tags.get(0).description(), tags.get(0).mimeType());
    }

    /**
     * A request with its body in hand.
     *
     * @param headers every value of a header by name, whatever its letter case; an empty list when it is absent
     */
    public static PricedRequest of(
            String method,
            String route,
            String url,
            byte[] body,
            List<PriceTag> tags,
            Function<String, List<String>> headers) {
        return new PricedRequest(
                method,
                route,
                url,
                Fingerprint.ofBytes(body),
                tags,
                headers.apply(Headers.PAYMENT_SIGNATURE),
                headers.apply(Headers.V1_PAYMENT),
                null,
                headers.apply(Headers.SIGN_IN_WITH_X),
                null);
    }

    /** What a payment opens: this method, route, path, query and body, and nothing else. */
    String fingerprint() {
        return Fingerprint.of("request", method, route, target(), bodyHash);
    }

    /** Path and query. The authority is left out: one seller may be reached by several names. */
    String target() {
        int scheme = url.indexOf("://");
        if (scheme < 0) {
            return url;
        }
        for (int i = scheme + 3; i < url.length(); i++) {
            char c = url.charAt(i);
            if (c == '/' || c == '?') {
                return url.substring(i);
            }
        }
        return "";
    }

    /** Without the payment, which opens the request to whoever reads it. */
    @Override
    public String toString() {
        return "PricedRequest[" + method + " " + route + "]";
    }
}
