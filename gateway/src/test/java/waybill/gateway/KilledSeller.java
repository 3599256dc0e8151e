package waybill.gateway;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/** A gateway in a process of its own, which ends by being killed. */
final class KilledSeller implements AutoCloseable {
    private static final String LISTENS = "listens on ";

    private final Process process;
    private final URI uri;

    private KilledSeller(Process process, URI uri) {
        this.process = process;
        this.uri = uri;
    }

    static KilledSeller start(String provider, String rpc, String payTo, String dataDir, String gasKey)
            throws IOException {
        ProcessBuilder builder = new ProcessBuilder(
                System.getProperty("java.home") + "/bin/java",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                KilledSeller.class.getName(),
                provider,
                rpc,
                payTo,
                dataDir);
        builder.environment().put("WAYBILL_FACILITATOR_KEY", gasKey);
        builder.redirectError(ProcessBuilder.Redirect.INHERIT);
        Process process = builder.start();
        BufferedReader out =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        for (String line = out.readLine(); line != null; line = out.readLine()) {
            if (line.startsWith(LISTENS)) {
                return new KilledSeller(process, URI.create(line.substring(LISTENS.length())));
            }
        }
        process.destroyForcibly();
        throw new IOException("the gateway's process ended before it listened");
    }

    URI uri() {
        return uri;
    }

    /** Kills it; nothing of it runs any more afterwards. */
    @Override
    public void close() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    static Map<String, Object> settings(String provider, String rpc, String payTo, String dataDir) {
        return Map.of(
                "waybill.gateway",
                Map.of(
                        "port",
                        0,
                        "pay-to",
                        payTo,
                        "rpc",
                        rpc,
                        "data-dir",
                        dataDir,
                        "most-open-per-payer",
                        "100",
                        "models",
                        List.of(Map.of(
                                "id", "metered",
                                "base-url", provider,
                                "price-input-per-million", "1",
                                "price-output-per-million", "10",
                                "price-reasoning-per-million", "20",
                                "timeout-seconds", 300))));
    }

    public static void main(String[] args) throws InterruptedException {
        Gateway gateway =
                Gateway.start(GatewaySettings.from(settings(args[0], args[1], args[2], args[3])), System.getenv());
        System.out.println(LISTENS + gateway.uri());
        Thread.currentThread().join();
    }
}
