package waybill.benchmarks;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import waybill.wallet.Call;
import waybill.wallet.Ledger;
import waybill.wallet.Limit;
import waybill.wallet.Limits;
import waybill.wallet.Purchase;
import waybill.wallet.Reservation;
import waybill.wallet.Scope;
import waybill.wallet.SqliteLedger;
import waybill.wallet.Step;
import waybill.wallet.Window;
import waybill.x402.Address;
import waybill.x402.Amount;
import waybill.x402.Asset;
import waybill.x402.Assets;
import waybill.x402.Network;
import waybill.x402.TransferAuthorization;

/**
 * Payments a second on the SQLite ledger, each from its reservation to its end: reserved, signed and about to be sent,
 * settled, call ended. That is four writes, each on disk before it returns. Beside it, what the disk itself takes for
 * one small write.
 */
final class LedgerRate {

    private static final Limits WIDE = new Limits(
            1_000_000_000,
            1_000_000_000,
            Long.MAX_VALUE,
            null,
            List.of(
                    Limit.dollars(Scope.WALLET, Window.DAY, BigDecimal.valueOf(1_000), "per-day"),
                    Limit.dollars(Scope.WALLET, Window.HOUR, BigDecimal.valueOf(1_000), "per-hour"),
                    Limit.payments(Scope.WALLET, Window.MINUTE, 1_000_000, "per-minute")));
    private static final Asset USDC =
            Assets.standard().find(new Network(84532), "USDC").orElseThrow();
    private static final Address PAYER = Address.parse("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266");
    private static final Address PAYEE = Address.parse("0x70997970C51812dc3A010C7d01b50e0d17dc79C8");
    private static final Amount AMOUNT = new Amount(USDC, BigInteger.ONE);

    private final Ledger ledger;
    private final long[] reserving;
    private final long[] settling;
    private final long[] paying;
    private final AtomicInteger next = new AtomicInteger();

    private LedgerRate(Ledger ledger, int payments) {
        this.ledger = ledger;
        this.reserving = new long[payments];
        this.settling = new long[payments];
        this.paying = new long[payments];
    }

    /**
     * Measures on a new ledger in a folder of its own inside {@code parent}, and says in one paragraph what it saw.
     *
     * @param parent on the disk to be measured
     */
    static String measure(Path parent, int callers, int payments)
            throws IOException, InterruptedException, ExecutionException {
        Path folder = Files.createTempDirectory(parent, "ledger-rate");
        try (SqliteLedger ledger = SqliteLedger.open(folder.resolve("ledger.db"))) {
            String disk = "one sync of 8 KiB " + spread(syncs(folder));
            new LedgerRate(ledger, Math.max(callers, payments / 4)).run(callers, "warm-up");
            LedgerRate rate = new LedgerRate(ledger, payments);
            long took = rate.run(callers, "payment");
            return disk + System.lineSeparator() + rate.words(callers, took) + "; books "
                    + (ledger.verify().sound() ? "sound" : "NOT SOUND");
        } finally {
            delete(folder);
        }
    }

    private static long[] syncs(Path folder) throws IOException {
        long[] took = new long[200];
        try (RandomAccessFile file =
                new RandomAccessFile(folder.resolve("syncs").toFile(), "rw")) {
            for (int i = 0; i < took.length; i++) {
                file.write(new byte[8192]);
                long before = System.nanoTime();
                file.getFD().sync();
                took[i] = System.nanoTime() - before;
            }
        }
        return took;
    }

    private long run(int callers, String name) throws InterruptedException, ExecutionException {
        ExecutorService threads = Executors.newFixedThreadPool(callers);
        try {
            long start = System.nanoTime();
            List<Future<?>> all = new ArrayList<>();
            for (int caller = 0; caller < callers; caller++) {
                all.add(threads.submit(() -> {
                    for (int i = next.getAndIncrement(); i < paying.length; i = next.getAndIncrement()) {
                        pay(i, name + "-" + i);
                    }
                }));
            }
            for (Future<?> one : all) {
                one.get();
            }
            return System.nanoTime() - start;
        } finally {
            threads.shutdown();
        }
    }

    private void pay(int i, String id) {
        Instant now = Instant.now();
        Purchase purchase = purchase(id, now);
        long before = System.nanoTime();
        Reservation reservation = ledger.reserve(purchase, WIDE, now);
        reserving[i] = System.nanoTime() - before;
        if (!(reservation instanceof Reservation.Held)) {
            throw new IllegalStateException("refused: " + reservation.payment().reason());
        }
        ledger.send(id, "header of " + id, now);
        long sent = System.nanoTime();
        ledger.move(id, new Step.Settled("0x" + "ab".repeat(32), false), now);
        settling[i] = System.nanoTime() - sent;
        ledger.callEnded(id, true, now);
        paying[i] = System.nanoTime() - before;
    }

    private Purchase purchase(String id, Instant now) {
        Call call = new Call(id, PAYER, "GET", URI.create("https://api.example.com/" + id), Map.of());
        TransferAuthorization authorization = new TransferAuthorization(
                PAYER,
                PAYEE,
                AMOUNT.atomic(),
                BigInteger.ZERO,
                BigInteger.valueOf(now.getEpochSecond() + 120),
                ledger.nonce(id));
        return new Purchase(id, call, AMOUNT, PAYEE, authorization);
    }

    private String words(int callers, long tookNanos) {
        return String.format(
                Locale.ROOT,
                "%d callers, %d payments of 4 writes: %.0f a second; reserve %s; settle %s; whole payment %s",
                callers,
                paying.length,
                paying.length * 1e9 / tookNanos,
                spread(reserving),
                spread(settling),
                spread(paying));
    }

    private static String spread(long[] nanos) {
        long[] sorted = nanos.clone();
        Arrays.sort(sorted);
        return String.format(
                Locale.ROOT,
                "p50 %.2f ms, p99 %.2f ms, worst %.2f ms",
                sorted[sorted.length / 2] / 1e6,
                sorted[(int) (sorted.length * 0.99)] / 1e6,
                sorted[sorted.length - 1] / 1e6);
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
