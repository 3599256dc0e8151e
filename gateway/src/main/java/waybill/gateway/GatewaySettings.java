package waybill.gateway;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import waybill.routing.Objective;
import waybill.seller.RemoteFacilitator;
import waybill.x402.Address;
import waybill.x402.Amount;
import waybill.x402.Asset;

/**
 * What a gateway is started with: the properties under {@code waybill.gateway}, read and checked. Immutable.
 *
 * @param host the address to listen on
 * @param port the port to listen on; 0 takes a free one
 * @param publicUrl how callers reach it, without a path; absent to use the address it listens on
 * @param models what is sold, in order
 * @param objective what the router over all models prefers
 * @param autoPrice what a call of the router costs, as exact decimal text; absent when it is free
 * @param selling how it is paid; absent when everything is free
 * @param maxBodyBytes the longest request body
 * @param maxInFlight how many chat requests run at once; more get a 503
 * @param shutdownGrace how long a stop waits for requests in flight
 */
public record GatewaySettings(
        String host,
        int port,
        @Nullable URI publicUrl,
        List<ModelSettings> models,
        Objective objective,
        @Nullable String autoPrice,
        @Nullable Selling selling,
        int maxBodyBytes,
        int maxInFlight,
        Duration shutdownGrace) {

    /** The model id that sells the router over all models. */
    public static final String AUTO = "auto";

    /** The environment variable that holds the passphrase of {@code facilitator-keystore}. */
    public static final String PASSPHRASE_VARIABLE = "WAYBILL_FACILITATOR_PASSPHRASE";

    static final String ROOT = "waybill.gateway";

    /**
     * How calls are paid.
     *
     * @param payTo who receives the money
     * @param asset what prices are in
     * @param rpc the chain's node: where payments are verified and settled, and where a payer's funds are seen; absent when
     *     a facilitator at a URL settles and nothing is sold by use
     * @param dataDir where claims, kept answers and pending settlements are stored
     * @param mostOpen how much one payer's unsettled use may come to, by its ceilings
     * @param gasKeystore the V3 keystore of the key that pays gas; absent to take the key from the environment, which
     *     works on development networks only
     * @param facilitators who settles, in the order of preference; empty to settle in this process, with a key
     * @param claims the database that several gateways share; absent for a file in {@code dataDir}
     */
    public record Selling(
            Address payTo,
            Asset asset,
            @Nullable URI rpc,
            Path dataDir,
            Amount mostOpen,
            @Nullable Path gasKeystore,
            List<RemotePlace> facilitators,
            @Nullable SharedClaims claims) {
        public Selling {
            facilitators = List.copyOf(facilitators);
        }
    }

    /**
     * A facilitator at a URL.
     *
     * @param url without a slash at its end; plain http on this machine only
     * @param tokens the environment variable that holds the bearer token of a path; a path without one is asked openly
     */
    public record RemotePlace(URI url, Map<RemoteFacilitator.Path, String> tokens) {
        public RemotePlace {
            tokens = Map.copyOf(tokens);
        }

        /** Without a path, which may be a credential. */
        @Override
        public String toString() {
            return RemoteFacilitator.Endpoint.open(url).toString();
        }
    }

    /**
     * Claims that several gateways share.
     *
     * @param url of a PostgreSQL database, {@code jdbc:postgresql://host/database}, without a password
     * @param loginFile the driver's properties, such as user and password; absent for none
     */
    public record SharedClaims(String url, @Nullable Path loginFile) {}

    /** Copies the list. */
    public GatewaySettings {
        models = List.copyOf(models);
    }

    /** Reads a YAML file; its properties stand under {@code waybill.gateway}. */
    public static GatewaySettings read(Path yaml) {
        return read(yaml, Map.of());
    }

    /**
     * Reads a YAML file, with some properties replaced.
     *
     * @param overrides values by name below {@code waybill.gateway}, such as {@code port}
     */
    public static GatewaySettings read(Path yaml, Map<String, ? extends Object> overrides) {
        try {
            Map<String, @Nullable Object> properties = new LinkedHashMap<>(PropertyTree.yaml(yaml));
            overrides.forEach((name, value) -> properties.put(ROOT + "." + name, value));
            return from(properties);
        } catch (IOException e) {
            throw new UncheckedIOException("The settings file " + yaml + " cannot be read: " + e.getMessage(), e);
        }
    }

    /**
     * Reads properties, given as nested maps or as dotted names.
     *
     * @throws InvalidSettingsException that names every property that is wrong
     */
    public static GatewaySettings from(Map<String, ? extends @Nullable Object> properties) {
        PropertyTree tree = PropertyTree.of(properties, ROOT);
        List<ModelSettings> models = new ArrayList<>();
        tree.each("models").forEach(each -> models.add(ModelSettings.read(each)));
        checkModels(tree, models);
        String ownAutoPrice = tree.optional("auto-price", ModelSettings::positive);
        String autoPrice = ownAutoPrice == null ? dearest(models) : ownAutoPrice;
        boolean priced = models.stream().anyMatch(model -> model.price() != null || model.perMillion() != null)
                || autoPrice != null;
        if (ownAutoPrice == null
                && models.stream().anyMatch(model -> model.price() != null)
                && models.stream().anyMatch(model -> model.perMillion() != null)) {
            tree.problem(
                    "auto-price",
                    "is missing: some models are sold by the call and some by use, so that nobody knows what a call of the"
                            + " router costs");
        }
        String publicUrl = tree.optional("public-url", UnaryOperator.identity());
        GatewaySettings settings = new GatewaySettings(
                tree.text("host", "127.0.0.1"),
                tree.whole("port", 8402, 0, 65535),
                publicUrl == null ? null : httpUrl(tree, "public-url", publicUrl),
                models,
                tree.read("objective", Objective.balanced(), GatewaySettings::objective),
                autoPrice,
                SellingReader.read(tree, priced, models.stream().anyMatch(model -> model.perMillion() != null)),
                tree.whole("max-body-bytes", 1024 * 1024, 1024, 64 * 1024 * 1024),
                tree.whole("max-in-flight", 256, 1, 100_000),
                Duration.ofSeconds(tree.whole("shutdown-grace-seconds", 10, 0, 600)));
        checkPrices(tree, settings);
        tree.refuseOthers();
        tree.throwProblems();
        return settings;
    }

    /** The price of a model, or of {@link #AUTO}, in the gateway's asset; null when it is free. */
    @Nullable
    Amount priceOf(@Nullable String price) {
        return price == null || selling == null ? null : Amount.parse(price, selling.asset());
    }

    private static void checkModels(PropertyTree tree, List<ModelSettings> models) {
        if (models.isEmpty()) {
            tree.problem("models", "is empty: name at least one model with id and base-url");
        }
        Set<String> seen = new HashSet<>();
        for (ModelSettings model : models) {
            if (!model.id().isEmpty() && !seen.add(model.id())) {
                tree.problem("models", "has the id '" + model.id() + "' twice; ids are unique");
            }
        }
    }

    private static void checkPrices(PropertyTree tree, GatewaySettings settings) {
        try {
            settings.priceOf(settings.autoPrice());
        } catch (IllegalArgumentException e) {
            tree.problem("auto-price", "is '" + settings.autoPrice() + "': " + e.getMessage());
        }
        for (int i = 0; i < settings.models().size(); i++) {
            ModelSettings.PerMillion perMillion = settings.models().get(i).perMillion();
            try {
                if (perMillion != null && settings.selling() != null) {
                    perMillion.in(settings.selling().asset());
                }
            } catch (IllegalArgumentException e) {
                tree.problem(
                        "models[" + i + "].price-output-per-million",
                        "or another price per million: " + e.getMessage());
            }
            String price = settings.models().get(i).price();
            try {
                settings.priceOf(price);
            } catch (IllegalArgumentException e) {
                tree.problem("models[" + i + "].price", "is '" + price + "': " + e.getMessage());
            }
        }
    }

    /** The router may pick any model, so that by default it costs as much as the dearest. */
    private static @Nullable String dearest(List<ModelSettings> models) {
        String dearest = null;
        for (ModelSettings model : models) {
            String price = model.price();
            if (price != null && (dearest == null || new BigDecimal(price).compareTo(new BigDecimal(dearest)) > 0)) {
                dearest = price;
            }
        }
        return dearest;
    }

    private static Objective objective(String name) {
        return switch (name.toLowerCase(Locale.ROOT)) {
            case "cheapest" -> Objective.cheapest();
            case "balanced" -> Objective.balanced();
            case "best" -> Objective.best();
            case "fastest" -> Objective.fastest();
            default -> throw new IllegalArgumentException("must be cheapest, balanced, best or fastest");
        };
    }

    static URI httpUrl(PropertyTree tree, String name, String text) {
        URI none = URI.create("http://unset.invalid");
        if (text.isEmpty()) {
            return none;
        }
        try {
            URI url = new URI(text.endsWith("/") ? text.substring(0, text.length() - 1) : text);
            String scheme = url.getScheme();
            if (url.getHost() == null || !("http".equals(scheme) || "https".equals(scheme))) {
                tree.problem(name, "is '" + text + "': must be an http or https URL with a host");
            } else if (url.getUserInfo() != null) {
                tree.problem(name, "carries a user or password; keys come from the environment");
                return none;
            }
            return url;
        } catch (URISyntaxException e) {
            tree.problem(name, "is '" + text + "': not a URL");
            return none;
        }
    }
}
