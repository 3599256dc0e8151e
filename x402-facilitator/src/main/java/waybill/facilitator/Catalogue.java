package waybill.facilitator;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import waybill.x402.FacilitatorMessages;
import waybill.x402.Json;
import waybill.x402.MalformedWireException;
import waybill.x402.Offer;
import waybill.x402.PaymentPayload;
import waybill.x402.ResourceInfo;
import waybill.x402.WireFormat;

/**
 * What can be bought through this facilitator: the resources whose sellers asked to be listed (the extension
 * {@code bazaar}), each from its latest settled payment on. Only a settlement lists, so a place costs money; the
 * longest unpaid one goes first. It forgets when the process ends. It owns the list. Thread-safe.
 */
final class Catalogue {
    static final String EXTENSION = "bazaar";
    private static final int MAX_ENTRIES = 1000;
    private static final int MAX_URL = 2048;
    private static final int MAX_INFO = 8 * 1024;
    private static final int DEFAULT_LIMIT = 20;
    private static final int MAX_LIMIT = 100;
    private static final int MAX_ACCEPTS = 8;

    private final Clock clock;
    private final Map<String, Entry> entries = new LinkedHashMap<>(); // guarded by this; the longest unpaid first

    Catalogue(Clock clock) {
        this.clock = clock;
    }

    private record Entry(
            ResourceInfo resource, String type, Object bazaar, Map<String, Offer> accepts, long lastUpdated) {}

    /** Lists what was paid for, if its seller asked for it. */
    void settled(FacilitatorMessages.Request paid) {
        PaymentPayload payment = paid.payment();
        ResourceInfo resource = payment.resource();
        Object bazaar = payment.extensions().get(EXTENSION);
        if (resource == null
                || resource.url().length() > MAX_URL
                || !(bazaar instanceof Map<?, ?> declared)
                || isLong(resource.description())
                || isLong(resource.mimeType())
                || Json.write(bazaar).length() > MAX_INFO
                || Json.write(paid.required().json()).length() > MAX_INFO) {
            return;
        }
        Offer required = paid.required();
        synchronized (this) {
            Entry before = entries.remove(resource.url());
            Map<String, Offer> accepts = before == null ? new LinkedHashMap<>() : new LinkedHashMap<>(before.accepts());
            accepts.put(way(required), required);
            if (accepts.size() > MAX_ACCEPTS) {
                accepts.remove(accepts.keySet().iterator().next());
            }
            entries.put(
                    resource.url(),
                    new Entry(
                            resource,
                            type(declared),
                            bazaar,
                            accepts,
                            clock.instant().getEpochSecond()));
            if (entries.size() > MAX_ENTRIES) {
                entries.remove(entries.keySet().iterator().next());
            }
        }
    }

    private static boolean isLong(@Nullable String text) {
        return text != null && text.length() > MAX_URL;
    }

    private static String way(Offer offer) {
        return String.join("|", offer.scheme(), offer.network(), offer.asset(), offer.payTo());
    }

    private static String type(Map<?, ?> declared) {
        return declared.get("info") instanceof Map<?, ?> info
                        && info.get("input") instanceof Map<?, ?> input
                        && "mcp".equals(input.get("type"))
                ? "mcp"
                : "http";
    }

    /**
     * One page of the list as JSON.
     *
     * @param rawQuery {@code type}, {@code payTo}, {@code scheme}, {@code network}, {@code extensions}, {@code limit} (at
     *     most 100) and {@code offset}
     * @throws MalformedWireException when a number in it is none
     */
    String page(@Nullable String rawQuery) {
        Map<String, String> query = query(rawQuery);
        int limit = Math.max(1, Math.min(MAX_LIMIT, number(query, "limit", DEFAULT_LIMIT)));
        int offset = number(query, "offset", 0);
        String type = query.getOrDefault("type", "");
        String extension = query.getOrDefault("extensions", "");
        Predicate<Offer> wanted = offer -> matches(query, "payTo", offer.payTo())
                && matches(query, "scheme", offer.scheme())
                && matches(query, "network", offer.network());
        List<Entry> found;
        synchronized (this) {
            found = entries.values().stream()
                    .filter(entry -> type.isEmpty() || type.equals(entry.type()))
                    .filter(entry -> extension.isEmpty() || extension.equals(EXTENSION))
                    .filter(entry -> entry.accepts().values().stream().anyMatch(wanted))
                    .toList();
        }
        Map<String, @Nullable Object> out = new LinkedHashMap<>();
        out.put("x402Version", WireFormat.VERSION);
        out.put(
                "items",
                found.stream().skip(offset).limit(limit).map(Catalogue::json).toList());
        Map<String, @Nullable Object> pagination = new LinkedHashMap<>();
        pagination.put("limit", limit);
        pagination.put("offset", offset);
        pagination.put("total", found.size());
        out.put("pagination", pagination);
        return Json.write(out);
    }

    private static Map<String, @Nullable Object> json(Entry entry) {
        Map<String, @Nullable Object> out = new LinkedHashMap<>();
        out.put("resource", entry.resource().url());
        out.put("type", entry.type());
        out.put("x402Version", WireFormat.VERSION);
        List<Object> accepts = new ArrayList<>();
        entry.accepts().values().forEach(offer -> accepts.add(offer.json()));
        out.put("accepts", accepts);
        out.put("lastUpdated", entry.lastUpdated());
        if (entry.resource().description() != null) {
            out.put("description", entry.resource().description());
        }
        if (entry.resource().mimeType() != null) {
            out.put("mimeType", entry.resource().mimeType());
        }
        out.put("extensions", Map.of(EXTENSION, entry.bazaar()));
        return out;
    }

    private static boolean matches(Map<String, String> query, String name, String value) {
        String wanted = query.get(name);
        return wanted == null || wanted.equalsIgnoreCase(value);
    }

    private static Map<String, String> query(@Nullable String raw) {
        Map<String, String> query = new LinkedHashMap<>();
        if (raw == null || raw.length() > MAX_URL) {
            return query;
        }
        for (String pair : raw.split("&", -1)) {
            int equals = pair.indexOf('=');
            if (equals > 0) {
                query.put(decoded(pair.substring(0, equals)), decoded(pair.substring(equals + 1)));
            }
        }
        return query;
    }

    private static String decoded(String text) {
        try {
            return URLDecoder.decode(text, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw new MalformedWireException("the query is not percent-encoded rightly", e);
        }
    }

    private static int number(Map<String, String> query, String name, int otherwise) {
        String text = query.get(name);
        if (text == null) {
            return otherwise;
        }
        if (!text.matches("[0-9]{1,6}")) {
            throw new MalformedWireException(name + " is a number of at most six digits");
        }
        return Integer.parseInt(text);
    }
}
