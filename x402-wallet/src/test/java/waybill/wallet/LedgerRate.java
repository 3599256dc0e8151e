package waybill.wallet;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Measures payments a second, each reserved, signed, sent, settled and answered: five writes to disk. A command, not a
 * test. Arguments: callers, payments.
 */
final class LedgerRate {
    private LedgerRate() {}

    public static void main(String[] arguments) throws Exception {
        int callers = Integer.parseInt(arguments[0]);
        int payments = Integer.parseInt(arguments[1]);
        Path folder = Files.createTempDirectory("ledger-rate");
        long[] reserving = new long[payments];
        AtomicInteger next = new AtomicInteger();
        CountDownLatch done = new CountDownLatch(callers);
        try (SqliteLedger ledger = SqliteLedger.open(folder.resolve("ledger.db"))) {
            long start = System.nanoTime();
            for (int caller = 0; caller < callers; caller++) {
                new Thread(() -> {
                            for (int i = next.getAndIncrement(); i < payments; i = next.getAndIncrement()) {
                                Instant now = Instant.now();
                                long before = System.nanoTime();
                                Buying.reserve(ledger, "p" + i, "0.000001", Buying.WIDE, now);
                                reserving[i] = System.nanoTime() - before;
                                Buying.settle(ledger, "p" + i, now);
                            }
                            done.countDown();
                        })
                        .start();
            }
            done.await();
            long took = System.nanoTime() - start;
            Arrays.sort(reserving);
            System.out.printf(
                    "%d callers, %d payments: %d a second; reserve p50 %d us, p99 %d us, worst %d us%n",
                    callers,
                    payments,
                    payments * 1_000_000_000L / took,
                    reserving[payments / 2] / 1_000,
                    reserving[payments * 99 / 100] / 1_000,
                    reserving[payments - 1] / 1_000);
            long before = System.nanoTime();
            Verification found = ledger.verify();
            System.out.printf(
                    "verify of %d events: %d ms, sound %s%n",
                    found.events(), Duration.ofNanos(System.nanoTime() - before).toMillis(), found.sound());
        }
    }
}
