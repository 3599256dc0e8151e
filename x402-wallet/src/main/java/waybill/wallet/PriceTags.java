package waybill.wallet;

import java.io.IOException;
import java.math.BigDecimal;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import waybill.x402.Address;
import waybill.x402.Amount;
import waybill.x402.Asset;
import waybill.x402.Assets;
import waybill.x402.Json;
import waybill.x402.MalformedWireException;
import waybill.x402.Network;
import waybill.x402.Offer;

/**
 * The prices that sellers were last seen to ask: in their lists of models, in lists of services, and in bills. Whoever
 * chooses among sellers ranks by them before anything is sent; nothing is asked for the sake of a price but a list.
 *
 * <p>A price that nobody has seen, or not for {@link #MAX_AGE}, is unknown, never zero. Only places that the policy would
 * pay have tags, and only in tokens and on networks that it would pay with. A cache in memory, bounded to
 * {@value #MAX_SELLERS} sellers and {@value #MAX_TAGS} tags of each; the oldest go first. Thread-safe.
 */
public final class PriceTags {
    private static final System.Logger LOG = System.getLogger(PriceTags.class.getName());

    /** How often lists are read, unless there is a reason. */
    public static final Duration READ_EVERY = Duration.ofHours(1);

    /** After this a tag says nothing any more. */
    public static final Duration MAX_AGE = Duration.ofHours(24);

    /** The longest list of models that is read, in bytes; public ones of several hundred models have half of it. */
    static final int MAX_LIST_BYTES = 1024 * 1024;

    static final int MAX_TAGS = 500;
    static final int MAX_SELLERS = 64;

    private static final Duration PATIENCE = Duration.ofSeconds(10);

    /** By seller and item, the one seen longest ago first; guarded by this. */
    private final Map<Origin, Map<String, PriceTag>> sellers = new LinkedHashMap<>();

    private final Policy policy;
    private final Assets assets;
    private final Clock clock;

    PriceTags(Policy policy, Assets assets, Clock clock) {
        this.policy = policy;
        this.assets = assets;
        this.clock = clock;
    }

    /**
     * What one call costs in dollars, as last seen; empty when that is unknown.
     *
     * @param seller any URL of the seller's, such as the base URL of its API
     * @param item the id in its list of models, or a resource's path
     * @throws IllegalArgumentException when the URL is not one of http or https
     */
    public Optional<BigDecimal> usdPerCall(URI seller, String item) {
        return find(seller, item).map(PriceTag::usd);
    }

    /** The tag behind {@link #usdPerCall}, which says who said so and when. */
    public synchronized Optional<PriceTag> find(URI seller, String item) {
        return Optional.ofNullable(
                        sellers.getOrDefault(Origin.of(seller), Map.of()).get(item))
                .filter(this::isFresh);
    }

    /**
     * Headers for a request that was planned with its tag: {@link PayingHttpClient#MAX_PRICE}, so that a dearer bill is
     * refused unsigned as {@code quote_drift}, and {@link PayingHttpClient#TAG}, so that the bill is noted under this
     * model. Without a tag there is no planned price to hold the bill to, and the policy alone decides.
     *
     * @param model the id in the seller's list of models
     */
    public Map<String, String> asPlanned(URI seller, String model) {
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put(PayingHttpClient.TAG, Scope.MODEL.word() + "=" + model);
        usdPerCall(seller, model)
                .ifPresent(usd -> headers.put(
                        PayingHttpClient.MAX_PRICE, usd.stripTrailingZeros().toPlainString()));
        return headers;
    }

    /** All tags that still say something. */
    public synchronized List<PriceTag> all() {
        return sellers.values().stream()
                .flatMap(tags -> tags.values().stream())
                .filter(this::isFresh)
                .toList();
    }

    /**
     * Reads a seller's list of models, {@code models} below the base URL of its API. What the list said before and says no
     * more is forgotten; when it cannot be read all tags stay, and grow old.
     *
     * @param plain sends one GET, without any prompt; it must not follow redirects
     * @param api the base URL that clients of the API are given, such as {@code https://models.example/v1}
     * @return the tags that were read; models without a price per call that this wallet could pay have none
     * @throws PaymentException when the place may not be paid, which is then not asked either
     * @throws IOException when the list does not come within 10 seconds, is longer than 1 MiB, or is no list
     */
    public List<PriceTag> readModels(HttpClient plain, URI api) throws IOException, InterruptedException {
        if (plain.followRedirects() != HttpClient.Redirect.NEVER) {
            throw new IllegalArgumentException(
                    "price lists are read without following redirects: build the client with HttpClient.Redirect.NEVER");
        }
        String base = api.toString();
        URI url = URI.create((base.endsWith("/") ? base : base + "/") + "models");
        if (policy.judge(url) instanceof Decision.Denied denied) {
            throw new PaymentException(denied.code(), null, denied.message(), null);
        }
        Origin seller = Origin.of(url);
        if (!policy.names(seller)) {
            throw new PaymentException(
                    PaymentCode.HOST_NOT_ALLOWED,
                    null,
                    seller.authority() + " is open but not named; a person names it with waybill.wallet.allowed-hosts"
                            + " before its prices are read",
                    null);
        }
        List<PriceTag> tags = new ArrayList<>();
        for (Object entry : entries(plain, url)) {
            if (tags.size() < MAX_TAGS) {
                model(seller, entry).ifPresent(tags::add);
            }
        }
        replaceModels(seller, tags);
        return List.copyOf(tags);
    }

    /**
     * Reads the sellers' lists at once, and then again each time {@code every} has passed since the last was read, until
     * the future is cancelled. A list that cannot be read is tried again with the next round.
     *
     * @param every {@link #READ_EVERY} unless there is a reason
     * @param plain as in {@link #readModels}
     * @param apis base URLs, as there
     */
    public ScheduledFuture<?> readModelsBy(
            ScheduledExecutorService scheduler, Duration every, HttpClient plain, List<URI> apis) {
        List<URI> all = List.copyOf(apis);
        return scheduler.scheduleWithFixedDelay(
                () -> all.forEach(api -> tryToRead(plain, api)), 0, every.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void tryToRead(HttpClient plain, URI api) {
        try {
            readModels(plain, api);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // whoever stops the rounds
        } catch (IOException | RuntimeException e) {
            LOG.log(System.Logger.Level.WARNING, "The prices of {0} could not be read: {1}", api, e.getMessage());
        }
    }

    /**
     * Notes what a list of services says of a resource. It gives way to what the seller itself has said, and places that
     * the policy does not name are passed over.
     */
    public void discovered(URI resource, Amount price) {
        Origin seller;
        try {
            seller = Origin.of(resource);
        } catch (IllegalArgumentException e) {
            return; // not a place that is paid
        }
        if (policy.judge(resource) instanceof Decision.Denied
                || !policy.names(seller)
                || policy.judge(price.asset().network()) instanceof Decision.Denied) {
            return;
        }
        tag(seller, path(resource), price, PriceTag.Source.DISCOVERY).ifPresent(this::put);
    }

    /** Notes what a bill asks for a call, under its model where it is tagged with one, else under its path. */
    void billed(Call call, Amount price) {
        String model = call.tags().get(Scope.MODEL.word());
        tag(Origin.of(call.url()), model == null ? path(call.url()) : model, price, PriceTag.Source.BILL)
                .ifPresent(this::put);
    }

    private synchronized void put(PriceTag tag) {
        Map<String, PriceTag> tags = sellers.remove(tag.seller());
        if (tags == null) {
            tags = new LinkedHashMap<>();
        }
        sellers.put(tag.seller(), tags); // now the one seen last
        PriceTag known = tags.get(tag.item());
        if (known != null && known.source().isSellers() && !tag.source().isSellers() && isFresh(known)) {
            return;
        }
        tags.remove(tag.item());
        tags.put(tag.item(), tag);
        dropOldest(tags, MAX_TAGS);
        dropOldest(sellers, MAX_SELLERS);
    }

    private synchronized void replaceModels(Origin seller, List<PriceTag> listed) {
        sellers.getOrDefault(seller, Collections.emptyMap())
                .values()
                .removeIf(tag -> tag.source() == PriceTag.Source.MODELS);
        listed.forEach(this::put);
    }

    private static void dropOldest(Map<?, ?> entries, int most) {
        Iterator<?> oldest = entries.entrySet().iterator();
        while (entries.size() > most) {
            oldest.next();
            oldest.remove();
        }
    }

    private boolean isFresh(PriceTag tag) {
        return tag.age(clock.instant()).compareTo(MAX_AGE) <= 0;
    }

    private Optional<PriceTag> tag(Origin seller, String item, Amount price, PriceTag.Source source) {
        boolean says = !price.isZero()
                && Dollars.of(price).compareTo(Dollars.MOST) < 0
                && !item.isBlank()
                && item.length() <= PriceTag.MAX_ITEM_CHARS;
        return says ? Optional.of(new PriceTag(seller, item, price, source, clock.instant())) : Optional.empty();
    }

    private static String path(URI url) {
        String path = url.getRawPath();
        return path == null || path.isEmpty() ? "/" : path;
    }

    private static List<?> entries(HttpClient plain, URI url) throws IOException, InterruptedException {
        HttpResponse<Optional<byte[]>> response = get(plain, url);
        byte[] body = response.body().orElse(null);
        if (response.statusCode() != 200 || body == null) {
            throw new IOException(url + " answered with status " + response.statusCode() + ", or more than "
                    + MAX_LIST_BYTES + " bytes; its prices stay as they were last seen");
        }
        try {
            Map<String, @Nullable Object> list = Json.parseObject(body, MAX_LIST_BYTES);
            if (list.get("data") instanceof List<?> entries) {
                return entries;
            }
        } catch (MalformedWireException e) {
            throw new IOException(url + " answered with something else than a list of models", e);
        }
        throw new IOException(url + " answered with something else than a list of models");
    }

    /** The whole exchange within our patience, a body that drips included. */
    private static HttpResponse<Optional<byte[]>> get(HttpClient plain, URI url)
            throws IOException, InterruptedException {
        CompletableFuture<HttpResponse<Optional<byte[]>>> answer = plain.sendAsync(
                HttpRequest.newBuilder(url).header("Accept", "application/json").build(),
                info -> new BoundedBytes(MAX_LIST_BYTES));
        try {
            return answer.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new HttpTimeoutException(url + " has not answered within " + PATIENCE.toSeconds() + " seconds");
        } catch (ExecutionException e) {
            throw new IOException(url + " cannot be read", e.getCause());
        } finally {
            answer.cancel(true);
        }
    }

    /** The tag of an entry such as {@code {"id": .., "pricing": {"per": "call", "scheme": "exact", "amount": ..}}}. */
    private Optional<PriceTag> model(Origin seller, @Nullable Object entry) {
        if (!(entry instanceof Map<?, ?> fields)
                || !(fields.get("id") instanceof String id)
                || !(fields.get("pricing") instanceof Map<?, ?> pricing)
                || !"call".equals(pricing.get("per"))
                || !Offer.EXACT.equals(pricing.get("scheme"))
                || !(pricing.get("network") instanceof String network)
                || !Network.isEvm(network)
                || !(pricing.get("asset") instanceof String token)
                || !(pricing.get("amount") instanceof String atomic)) {
            return Optional.empty();
        }
        try {
            Network chain = Network.parse(network);
            Optional<Asset> asset = policy.judge(chain) instanceof Decision.Denied
                    ? Optional.empty()
                    : assets.find(chain, Address.parse(token));
            return asset.flatMap(known -> tag(seller, id, Amount.ofAtomic(atomic, known), PriceTag.Source.MODELS));
        } catch (IllegalArgumentException e) {
            return Optional.empty(); // an entry that is not what it should be says nothing
        }
    }
}
