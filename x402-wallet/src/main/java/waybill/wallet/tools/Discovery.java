package waybill.wallet.tools;

import java.io.IOException;
import java.math.BigDecimal;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import waybill.wallet.Origin;
import waybill.wallet.Policy;
import waybill.wallet.PriceTags;
import waybill.x402.Address;
import waybill.x402.Amount;
import waybill.x402.Asset;
import waybill.x402.Assets;
import waybill.x402.Json;
import waybill.x402.MalformedWireException;
import waybill.x402.Network;
import waybill.x402.Offer;

/**
 * Looks for services in lists that a person has configured: a facilitator's {@code /discovery/resources}, or any URL that
 * answers in the same form. Every row is a stranger's claim. Rows are ordered by what the person has allowed and by price,
 * never by what a row says of itself; a row whose price is not in a known token is left out. Thread-safe; nothing is
 * cached but by {@link #noting}.
 */
public final class Discovery {
    private static final int MAX_LIST_BYTES = 1024 * 1024;
    private static final int PAGE = 100;
    private static final int MAX_PAGES = 5;
    private static final int MAX_ROWS = 500;
    private static final int MAX_SHOWN = 20;
    private static final int MAX_OFFERS = 16;
    private static final int MAX_URL = 300;
    private static final int MAX_WORDS = 200;
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final HttpClient client;
    private final Policy policy;
    private final Assets assets;
    private final List<Source> sources;
    private final BiConsumer<URI, Amount> seen;

    private record Source(URI url, boolean pages) {}

    /**
     * One service, as its list describes it.
     *
     * @param url where it is said to be
     * @param price the cheapest of its offers in a known token on an allowed network
     * @param allowed true when the policy would pay its host
     * @param words its description, in the seller's words
     */
    public record Row(URI url, Amount price, boolean allowed, String words) {}

    /**
     * What was found.
     *
     * @param rows allowed ones first, then the cheapest
     * @param unread the lists that could not be read, each with the reason
     */
    public record Found(List<Row> rows, List<String> unread) {
        public Found {
            rows = List.copyOf(rows);
            unread = List.copyOf(unread);
        }
    }

    private Discovery(
            HttpClient client, Policy policy, Assets assets, List<Source> sources, BiConsumer<URI, Amount> seen) {
        this.client = client;
        this.policy = policy;
        this.assets = assets;
        this.sources = sources;
        this.seen = seen;
    }

    /**
     * A search without lists yet.
     *
     * @param plain reads the lists; it must not follow redirects
     * @param policy says which rows are allowed, and which networks count
     * @param assets the tokens that prices are understood in
     */
    public static Discovery over(HttpClient plain, Policy policy, Assets assets) {
        if (plain.followRedirects() != HttpClient.Redirect.NEVER) {
            throw new IllegalArgumentException(
                    "lists are read without following redirects: build the client with HttpClient.Redirect.NEVER");
        }
        return new Discovery(plain, policy, assets, List.of(), (url, price) -> {});
    }

    /** With the list of the facilitator at {@code base}, read page by page, at most 500 rows. */
    public Discovery facilitator(URI base) {
        String text = base.toString();
        return with(new Source(
                URI.create((text.endsWith("/") ? text.substring(0, text.length() - 1) : text) + "/discovery/resources"),
                true));
    }

    /** With one more list in the same form, read as it is. */
    public Discovery list(URI url) {
        return with(new Source(url, false));
    }

    /** With every price that is read noted in {@code tags}, which keep those of places that the policy names. */
    public Discovery noting(PriceTags tags) {
        return new Discovery(client, policy, assets, sources, tags::discovered);
    }

    private Discovery with(Source source) {
        Origin origin = Origin.of(source.url());
        if (!origin.scheme().equals("https") && !origin.isLoopback()) {
            throw new IllegalArgumentException("a list is read over https, or from this machine: " + source.url());
        }
        List<Source> more = new ArrayList<>(sources);
        more.add(source);
        return new Discovery(client, policy, assets, List.copyOf(more), seen);
    }

    /**
     * Searches all lists.
     *
     * @param keyword what the address or description must contain, whatever the case; null for everything
     * @param maxPriceUsd the most that a row may cost, a token of our table taken as a dollar; null for no bound
     */
    public Found find(@Nullable String keyword, @Nullable BigDecimal maxPriceUsd) throws InterruptedException {
        List<Row> rows = new ArrayList<>();
        List<String> unread = new ArrayList<>();
        for (Source source : sources) {
            try {
                read(source, rows);
            } catch (IOException | MalformedWireException e) {
                unread.add(Origin.of(source.url()) + " (" + e.getClass().getSimpleName() + ")");
            }
        }
        String word = keyword == null ? "" : keyword.toLowerCase(Locale.ROOT);
        Set<URI> seen = new LinkedHashSet<>();
        return new Found(
                rows.stream()
                        .filter(row ->
                                maxPriceUsd == null || row.price().decimal().compareTo(maxPriceUsd) <= 0)
                        .filter(row -> (row.url() + " " + row.words())
                                .toLowerCase(Locale.ROOT)
                                .contains(word))
                        .sorted(Comparator.comparing((Row row) -> !row.allowed())
                                .thenComparing(row -> row.price().decimal())
                                .thenComparing(row -> row.url().toString()))
                        .filter(row -> seen.add(row.url()))
                        .limit(MAX_SHOWN)
                        .toList(),
                unread);
    }

    ToolResult tool(Arguments arguments, Fence fence) throws InterruptedException {
        Found found = find(arguments.optional("keyword", 100), arguments.dollars("maxPriceUsd"));
        if (found.rows().isEmpty() && found.unread().size() == sources.size()) {
            return ToolResult.error("discovery_failed", NextStep.of("discovery_failed"))
                    .with("unread", found.unread());
        }
        List<Object> rows = new ArrayList<>();
        for (Row row : found.rows()) {
            Map<String, @Nullable Object> shown = new LinkedHashMap<>();
            shown.put("url", row.url().toString());
            shown.put("priceUsd", row.price().decimal().stripTrailingZeros().toPlainString());
            shown.put("amount", row.price().toString());
            shown.put("network", row.price().asset().network().toString());
            shown.put("hostAllowed", row.allowed());
            shown.put("sellerText", fence.words(Origin.of(row.url()).authority(), row.words(), MAX_WORDS));
            rows.add(shown);
        }
        Map<String, @Nullable Object> all = new LinkedHashMap<>();
        all.put("untrusted", true);
        all.put("note", Fence.NOTE);
        all.put("rows", rows);
        if (!found.unread().isEmpty()) {
            all.put("unread", found.unread());
        }
        return ToolResult.of(all);
    }

    private void read(Source source, List<Row> rows) throws IOException, InterruptedException {
        int before = rows.size();
        for (int page = 0; page < (source.pages() ? MAX_PAGES : 1); page++) {
            URI url = source.pages()
                    ? URI.create(source.url() + "?type=http&limit=" + PAGE + "&offset=" + page * PAGE)
                    : source.url();
            List<?> items = items(url);
            for (Object item : items) {
                if (rows.size() - before < MAX_ROWS && item instanceof Map<?, ?> fields) {
                    row(fields).ifPresent(row -> {
                        rows.add(row);
                        seen.accept(row.url(), row.price());
                    });
                }
            }
            if (items.size() < PAGE) {
                return;
            }
        }
    }

    private List<?> items(URI url) throws IOException, InterruptedException {
        HttpResponse<CutBody.Part> response = client.send(
                HttpRequest.newBuilder(url)
                        .timeout(PATIENCE)
                        .header("Accept", "application/json")
                        .build(),
                info -> new CutBody(MAX_LIST_BYTES, PATIENCE));
        if (response.statusCode() != 200 || !response.body().whole()) {
            throw new IOException("status " + response.statusCode() + ", or longer than " + MAX_LIST_BYTES + " bytes");
        }
        Map<String, @Nullable Object> list = Json.parseObject(response.body().bytes(), MAX_LIST_BYTES);
        Object items = list.get("items") != null ? list.get("items") : list.get("resources");
        if (!(items instanceof List<?> found)) {
            throw new IOException("no list of items in the answer");
        }
        return found;
    }

    private Optional<Row> row(Map<?, ?> fields) {
        if (!(fields.get("resource") instanceof String resource)
                || resource.length() > MAX_URL
                || !(fields.get("accepts") instanceof List<?> accepts)) {
            return Optional.empty();
        }
        URI url;
        Origin origin;
        try {
            url = new URI(resource);
            origin = Origin.of(url);
        } catch (URISyntaxException | IllegalArgumentException e) {
            return Optional.empty();
        }
        return accepts.stream()
                .limit(MAX_OFFERS)
                .flatMap(offer -> price(offer).stream())
                .min(Comparator.comparing(Amount::decimal))
                .map(price -> new Row(url, price, allowed(origin), words(fields)));
    }

    private boolean allowed(Origin origin) {
        return policy.hosts().contains(origin.authority())
                || policy.hosts().contains(origin.host() + ":" + origin.port());
    }

    /** The amount of an offer in a token of ours; both versions of the protocol are read. */
    private Optional<Amount> price(@Nullable Object offer) {
        if (!(offer instanceof Map<?, ?> fields)
                || !Offer.EXACT.equals(fields.get("scheme"))
                || !(fields.get("network") instanceof String network)
                || !Network.isEvm(network)
                || !(fields.get("asset") instanceof String token)) {
            return Optional.empty();
        }
        Object atomic = fields.get("amount") != null ? fields.get("amount") : fields.get("maxAmountRequired");
        try {
            Network chain = Network.parse(network);
            boolean wanted = policy.networks().isEmpty() || policy.networks().contains(chain);
            Optional<Asset> asset = assets.find(chain, Address.parse(token));
            return wanted
                            && (chain.isTestnet() || policy.mainnet())
                            && asset.isPresent()
                            && atomic instanceof String digits
                    ? Optional.of(Amount.ofAtomic(digits, asset.get()))
                    : Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static String words(Map<?, ?> fields) {
        StringBuilder words = new StringBuilder();
        for (String name : List.of("serviceName", "description")) {
            if (fields.get(name) instanceof String text && !text.isBlank()) {
                words.append(words.isEmpty() ? "" : ": ").append(text, 0, Math.min(text.length(), 2 * MAX_WORDS));
            }
        }
        return Fence.line(words.toString(), MAX_WORDS);
    }
}
