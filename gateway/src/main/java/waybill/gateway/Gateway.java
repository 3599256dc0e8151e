package waybill.gateway;

import io.micronaut.context.ApplicationContext;
import io.micronaut.runtime.server.EmbeddedServer;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An OpenAI-compatible server that sells chat models by x402, or gives them away. Listens from {@code start} to
 * {@link #close}; several may run in one process, on different ports and data directories.
 *
 * <pre>{@code
 * try (Gateway gateway = Gateway.start(Path.of("gateway.yml"))) {
 *     System.out.println(gateway.uri() + "/v1");
 * }
 * }</pre>
 */
public final class Gateway implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Gateway.class);
    private static final Duration CONNECT = Duration.ofSeconds(10);

    private final GatewaySettings settings;
    private final ApplicationContext context;
    private final Slots slots;
    private final ScheduledExecutorService timer;
    private final ExecutorService readers;
    private final URI uri;
    private final @Nullable Till till;

    private Gateway(
            GatewaySettings settings,
            ApplicationContext context,
            Slots slots,
            ScheduledExecutorService timer,
            ExecutorService readers,
            URI uri,
            @Nullable Till till) {
        this.settings = settings;
        this.context = context;
        this.slots = slots;
        this.timer = timer;
        this.readers = readers;
        this.uri = uri;
        this.till = till;
    }

    /** Starts with a YAML file; keys come from the process's environment. */
    public static Gateway start(Path yaml) {
        return start(GatewaySettings.read(yaml), System.getenv());
    }

    /** Starts with properties under {@code waybill.gateway}; keys come from the process's environment. */
    public static Gateway start(Map<String, ? extends @Nullable Object> properties) {
        return start(GatewaySettings.from(properties), System.getenv());
    }

    /**
     * Starts with settings.
     *
     * @param environment where named secrets are looked up: the providers' keys, and {@code WAYBILL_FACILITATOR_KEY} or the
     *     keystore's passphrase
     * @throws InvalidSettingsException when the settings name a secret that is not there, or a chain that cannot be used
     */
    public static Gateway start(GatewaySettings settings, Map<String, String> environment) {
        Clock clock = Clock.systemUTC();
        SecureRandom random = new SecureRandom();
        ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "waybill-gateway-timer");
            thread.setDaemon(true);
            return thread;
        });
        ExecutorService readers = Executors.newCachedThreadPool(task -> {
            Thread thread = new Thread(task, "waybill-gateway-stream");
            thread.setDaemon(true);
            return thread;
        });
        HttpClient http = HttpClient.newBuilder()
                .connectTimeout(CONNECT)
                .followRedirects(HttpClient.Redirect.NEVER)
                .build();
        Slots slots = new Slots(settings.maxInFlight());
        Till till = null;
        ApplicationContext context = null;
        try {
            Shelf shelf = new Shelf(settings, environment, http, timer, readers, clock);
            GatewaySettings.Selling selling = settings.selling();
            if (selling != null) {
                till = Till.open(selling, environment, clock, random);
            }
            Storefront storefront = new Storefront(
                    shelf.stock(),
                    till,
                    settings,
                    slots,
                    selling == null || selling.rpc() == null
                            ? () -> Storefront.Reach.NOT_NEEDED
                            : new ChainProbe(
                                    http, selling.rpc(), selling.asset().network(), clock),
                    clock,
                    random);
            context = ApplicationContext.builder("waybill-gateway")
                    .deduceEnvironment(false)
                    .deduceCloudEnvironment(false)
                    .enableDefaultPropertySources(false)
                    .environmentPropertySource(false)
                    .bootstrapEnvironment(false)
                    .banner(false)
                    .properties(server(settings))
                    .singletons(settings, storefront)
                    .start();
            EmbeddedServer server = context.getBean(EmbeddedServer.class).start();
            URI uri = URI.create("http://" + bracketed(settings.host()) + ":" + server.getPort());
            LOG.info("Gateway listens on {}, {} models", uri, settings.models().size());
            return new Gateway(settings, context, slots, timer, readers, uri, till);
        } catch (RuntimeException e) {
            if (context != null) {
                context.close();
            }
            if (till != null) {
                till.close();
            }
            timer.shutdownNow();
            readers.shutdown();
            throw e;
        }
    }

    /** Where it listens, without a path; the API is below {@code /v1}. */
    public URI uri() {
        return uri;
    }

    /** What it was started with. */
    public GatewaySettings settings() {
        return settings;
    }

    /** Refuses new requests, lets those in flight end within the grace of the settings, and stops. Can be called again. */
    @Override
    public void close() {
        try {
            if (!slots.drain(settings.shutdownGrace())) {
                LOG.warn(
                        "Stopped with requests in flight after {} s",
                        settings.shutdownGrace().toSeconds());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        context.close();
        if (till != null) {
            till.close();
        }
        timer.shutdownNow();
        readers.shutdown();
    }

    private static Map<String, Object> server(GatewaySettings settings) {
        Map<String, Object> server = new HashMap<>();
        server.put("micronaut.application.name", "waybill-gateway");
        server.put("micronaut.server.host", settings.host());
        server.put("micronaut.server.port", settings.port() == 0 ? -1 : settings.port());
        server.put("micronaut.server.max-request-size", settings.maxBodyBytes());
        server.put("micronaut.server.netty.max-header-size", 64 * 1024);
        server.put("micronaut.server.idle-timeout", "16m");
        server.put("micronaut.server.cors.enabled", false);
        return server;
    }

    private static String bracketed(String host) {
        return host.contains(":") ? "[" + host + "]" : host;
    }
}
