package waybill.wallet;

import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Instant;

/** The child process of {@link LedgerCrashTest}: buys without end, and says what the ledger has acknowledged. */
final class CrashingBuyer {
    private CrashingBuyer() {}

    public static void main(String[] arguments) {
        PrintStream out = System.out;
        try (SqliteLedger ledger = SqliteLedger.open(Path.of(arguments[0]))) {
            out.println("OPEN");
            for (int i = 0; ; i++) {
                String id = arguments[1] + "-" + i;
                Instant now = Instant.now();
                Buying.reserve(ledger, id, "0.01", Buying.WIDE, now);
                out.println("RESERVED " + id);
                ledger.send(id, "header-" + id + "-" + now.toEpochMilli(), now);
                out.println("SENT " + id + " header-" + id + "-" + now.toEpochMilli());
                if (i % 3 == 0) {
                    ledger.move(id, new Step.Unknown("cut"), now);
                    out.println("UNKNOWN " + id);
                } else {
                    ledger.move(id, new Step.Settled(ScriptedSeller.TRANSACTION, false), now);
                    ledger.callEnded(id, true, now);
                    out.println("SETTLED " + id);
                }
                out.flush();
            }
        }
    }
}
