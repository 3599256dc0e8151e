package waybill.wallet.tools;

import java.net.http.HttpRequest;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import waybill.wallet.Quote;

/**
 * The quotes that a model may pay: each once, none after it has expired, the latest eight. What is paid is what was
 * quoted, because the request is kept here and not taken from the model again. Thread-safe.
 */
final class OpenQuotes {
    static final int MOST = 8;

    private final Map<String, Open> open = new LinkedHashMap<>();

    /** A quote with the request that it was asked for. */
    record Open(Quote quote, HttpRequest request) {}

    synchronized void keep(Quote quote, HttpRequest request, Instant now) {
        open.values().removeIf(kept -> kept.quote().expiredAt(now));
        open.put(quote.id(), new Open(quote, request));
        while (open.size() > MOST) {
            open.remove(open.keySet().iterator().next());
        }
    }

    /** Takes a quote out; empty when it was never given, was taken, has expired or was pushed out by newer ones. */
    synchronized Optional<Open> take(String id, Instant now) {
        return Optional.ofNullable(open.remove(id)).filter(kept -> !kept.quote().expiredAt(now));
    }

    synchronized int size() {
        return open.size();
    }
}
