package waybill.wallet;

import java.nio.file.Path;
import java.time.Instant;

/** The child process of {@link LedgerDiskTest}: buys until it is denied, and then three times more. */
final class FullDiskBuyer {
    private FullDiskBuyer() {}

    public static void main(String[] arguments) {
        int denied = 0;
        try (SqliteLedger ledger = SqliteLedger.open(Path.of(arguments[0]))) {
            for (int i = 0; denied < 4 && i < 10_000; i++) {
                String id = "p" + i;
                try {
                    Buying.reserve(ledger, id, "0.000001", Buying.WIDE, Instant.now());
                    System.out.println("HELD " + id);
                } catch (LedgerException e) {
                    System.out.println("DENIED");
                    denied++;
                }
            }
        }
    }
}
