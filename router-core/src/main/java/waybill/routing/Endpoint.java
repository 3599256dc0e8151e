package waybill.routing;

import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One model at one provider, with all that a client needs to ask it: address, key, time limits, headers. Immutable; opens
 * nothing. The bindings make a model of it, always without retries of its own.
 */
public final class Endpoint {

    /** How long a connection may take to be made, unless set. */
    public static final Duration CONNECT_WITHIN = Duration.ofSeconds(5);

    /** How long an answer may take to begin, unless set. */
    public static final Duration ANSWER_WITHIN = Duration.ofMinutes(2);

    private final Provider provider;
    private final String model;
    private final @Nullable URI url;
    private final @Nullable String key;
    private final Duration connectWithin;
    private final Duration answerWithin;
    private final boolean jsonSchema;
    private final Supplier<Map<String, String>> headers;

    private Endpoint(
            Provider provider,
            String model,
            @Nullable URI url,
            @Nullable String key,
            Duration connectWithin,
            Duration answerWithin,
            boolean jsonSchema,
            Supplier<Map<String, String>> headers) {
        this.provider = provider;
        this.model = model;
        this.url = url;
        this.key = key;
        this.connectWithin = positive(connectWithin, "to connect");
        this.answerWithin = positive(answerWithin, "to answer");
        this.jsonSchema = jsonSchema;
        this.headers = headers;
    }

    /**
     * A model of this provider, without a key.
     *
     * @param model what the provider calls it
     */
    public static Endpoint of(Provider provider, String model) {
        if (model.isBlank()) {
            throw new IllegalArgumentException("an endpoint names the model as its provider calls it");
        }
        return new Endpoint(provider, model, null, null, CONNECT_WITHIN, ANSWER_WITHIN, false, Map::of);
    }

    /**
     * The same with the key that the provider's environment variable holds.
     *
     * @param environment such as {@code System::getenv}
     * @throws IllegalArgumentException when the variable is not set; the message names it
     */
    public Endpoint withKeyFrom(Function<String, @Nullable String> environment) {
        String variable = provider.keyVariable();
        if (variable == null) {
            return this;
        }
        String found = environment.apply(variable);
        if (found == null || found.isBlank()) {
            throw new IllegalArgumentException("the model " + model + " of " + provider.name()
                    + " needs a key: set the environment variable " + variable + ", or pass a key");
        }
        return withKey(found.strip());
    }

    /** The same with this key. */
    public Endpoint withKey(String secret) {
        return new Endpoint(provider, model, url, secret, connectWithin, answerWithin, jsonSchema, headers);
    }

    /** The same at another address than the provider's own: a proxy, a region, a test server. */
    public Endpoint withUrl(URI address) {
        return new Endpoint(provider, model, address, key, connectWithin, answerWithin, jsonSchema, headers);
    }

    /** The same with these time limits for the connection and for the beginning of an answer. */
    public Endpoint within(Duration toConnect, Duration toAnswer) {
        return new Endpoint(provider, model, url, key, toConnect, toAnswer, jsonSchema, headers);
    }

    /** The same, following JSON schemas or not, which the model then tells its framework. */
    public Endpoint withJsonSchema(boolean follows) {
        return new Endpoint(provider, model, url, key, connectWithin, answerWithin, follows, headers);
    }

    /** The same with headers that are asked for before each request. */
    public Endpoint withHeaders(Supplier<Map<String, String>> perRequest) {
        return new Endpoint(provider, model, url, key, connectWithin, answerWithin, jsonSchema, perRequest);
    }

    /** Who serves it. */
    public Provider provider() {
        return provider;
    }

    /** What the provider calls the model. */
    public String model() {
        return model;
    }

    /**
     * Where this dialect is spoken, without a slash at its end.
     *
     * @throws IllegalArgumentException where it is not
     */
    public URI url(Dialect spoken) {
        URI whole = url == null ? provider.url(spoken) : url;
        String text = whole.toString();
        return text.endsWith("/") ? URI.create(text.substring(0, text.length() - 1)) : whole;
    }

    /** The key; null when there is none. */
    public @Nullable String key() {
        return key;
    }

    /** The time to connect. */
    public Duration connectWithin() {
        return connectWithin;
    }

    /** The time until an answer begins. */
    public Duration answerWithin() {
        return answerWithin;
    }

    /** Whether the model follows JSON schemas. */
    public boolean jsonSchema() {
        return jsonSchema;
    }

    /** Headers of one request, besides the provider's own. */
    public Supplier<Map<String, String>> headers() {
        return headers;
    }

    private static Duration positive(Duration time, String what) {
        if (time.isNegative() || time.isZero()) {
            throw new IllegalArgumentException("the time " + what + " is above zero, not " + time);
        }
        return time;
    }

    /** Without the key. */
    @Override
    public String toString() {
        return model + " of " + provider.name();
    }
}
