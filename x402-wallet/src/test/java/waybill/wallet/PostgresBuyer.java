package waybill.wallet;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** A child process of {@link PostgresLedgerTest}: tries 5,000 payments from 16 threads, and says how many it holds. */
final class PostgresBuyer {
    private static final int TRIES = 5_000;
    private static final int THREADS = 16;

    private PostgresBuyer() {}

    static Process start(String url, Path secret, Path head, String name) throws IOException {
        Instant nearlyTheHour = Instant.parse("2026-11-22T09:59:59Z");
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-Xmx200m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        PostgresBuyer.class.getName(),
                        url,
                        secret.toString(),
                        head.toString(),
                        name,
                        nearlyTheHour.toString())
                .redirectErrorStream(true)
                .start();
    }

    public static void main(String[] arguments) throws Exception {
        Clock system = Clock.systemUTC();
        Clock clock = Clock.offset(system, Duration.between(system.instant(), Instant.parse(arguments[4])));
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        Properties login = new Properties();
        login.put("user", "postgres");
        int held = 0;
        try (PostgresLedger ledger =
                PostgresLedger.open(arguments[0], login, Path.of(arguments[1]), Path.of(arguments[2]), clock)) {
            List<Future<Boolean>> tries = new ArrayList<>();
            for (int i = 0; i < TRIES; i++) {
                String id = arguments[3] + "-" + i;
                tries.add(threads.submit(
                        () -> Buying.reserve(ledger, id, "0.000001", Buying.perDay("0.001"), clock.instant())
                                instanceof Reservation.Held));
            }
            for (Future<Boolean> one : tries) {
                held += one.get() ? 1 : 0;
            }
        } finally {
            threads.shutdownNow();
        }
        System.out.println("HELD " + held);
    }
}
