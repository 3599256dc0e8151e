package waybill.gateway;

import java.net.URI;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import waybill.gateway.AnswerWriter.Heading;
import waybill.x402.StreamOutcome;

/**
 * What the endpoints stand on: the models on the shelf, and the gate that payments pass. The one bean that exists only in a
 * context started by {@link Gateway}; every other bean of this package asks for it, so that they stay out of an
 * application that merely has this module on its class path.
 */
final class Storefront {

    private static final Pattern HOST = Pattern.compile("([A-Za-z0-9.-]{1,253}|\\[[0-9a-fA-F:]{2,39}])(:[0-9]{1,5})?");
    private static final Pattern LOOPBACK = Pattern.compile("localhost|127\\.[0-9.]+|::1|\\[::1]");

    private final Map<String, SoldModel> models = new LinkedHashMap<>();
    private final @Nullable Till till;
    private final GatewaySettings settings;
    private final Slots slots;
    private final Supplier<Reach> chain;
    private final InstantSource clock;
    private final RandomGenerator random;
    private final long opened;

    /** Whether the chain can be reached. */
    enum Reach {
        REACHABLE,
        UNREACHABLE,
        /** Nothing is sold, so no chain is needed. */
        NOT_NEEDED
    }

    Storefront(
            Iterable<SoldModel> shelf,
            @Nullable Till till,
            GatewaySettings settings,
            Slots slots,
            Supplier<Reach> chain,
            InstantSource clock,
            RandomGenerator random) {
        shelf.forEach(model -> models.put(model.id(), model));
        this.till = till;
        this.settings = settings;
        this.slots = slots;
        this.chain = chain;
        this.clock = clock;
        this.random = random;
        this.opened = clock.instant().getEpochSecond();
    }

    /** The heading of a new answer. */
    Heading heading() {
        byte[] id = new byte[12];
        random.nextBytes(id);
        return new Heading(
                "chatcmpl-" + HexFormat.of().formatHex(id), clock.instant().getEpochSecond());
    }

    /** When it opened, in seconds. */
    long opened() {
        return opened;
    }

    /** All models, in order. */
    Iterable<SoldModel> models() {
        return models.values();
    }

    /** The model of this id. */
    Optional<SoldModel> find(String id) {
        return Optional.ofNullable(models.get(id));
    }

    /** The model of this id; a 404 that names the others when there is none. */
    SoldModel model(String id) {
        SoldModel model = models.get(id);
        if (model == null) {
            throw new ApiException(new ApiError(
                    404,
                    ApiError.INVALID_REQUEST,
                    "model_not_found",
                    "There is no model of that name here; there are: " + String.join(", ", models.keySet()) + ".",
                    "model",
                    null));
        }
        return model;
    }

    /** Where the money comes in; only asked for when a model has a price. */
    Till till() {
        if (till == null) {
            throw new IllegalStateException("A priced model without a till.");
        }
        return till;
    }

    /** What became of an answer that was sold by use. */
    Optional<StreamOutcome> outcome(String id) {
        return till == null ? Optional.empty() : till.gate().outcome(id);
    }

    /**
     * The address that this caller knows, without a path: the configured one, or the one it called. What is taken from
     * its request goes back to nobody else.
     */
    String urlFor(@Nullable String host) {
        URI configured = settings.publicUrl();
        if (configured != null) {
            return configured.toString();
        }
        return "http://" + (host != null && HOST.matcher(host).matches() ? host : settings.host());
    }

    /**
     * Refuses a name that a gateway on loopback is not called by: a page of that name would have a browser on this machine
     * spend the keys of its owner.
     */
    void requireHost(@Nullable String host) {
        if (settings.publicUrl() != null || !LOOPBACK.matcher(settings.host()).matches()) {
            return;
        }
        if (host == null
                || !LOOPBACK.matcher(host.replaceFirst(":[0-9]{1,5}$", "")).matches()) {
            throw new ApiException(ApiError.of(
                    403,
                    ApiError.INVALID_REQUEST,
                    "host_not_allowed",
                    "This gateway listens on loopback and answers to localhost, 127.0.0.1 and [::1] only; set public-url "
                            + "to have it answer to another name."));
        }
    }

    Slots slots() {
        return slots;
    }

    Reach chain() {
        return chain.get();
    }
}
