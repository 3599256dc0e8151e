package waybill.wallet;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Stops every new signature. It is kept in the ledger, and can be pulled from outside the process that has the ledger open:
 * by a file, which the wallet looks for before each signature and after it. Once seen, the file's word is written to the
 * ledger, so that removing the file lifts nothing.
 */
public final class KillSwitch {
    private static final int MAX_BYTES = 4 * 1024;

    private final Journal journal;
    private final @Nullable Path file; // null when there is none to look for

    KillSwitch(Journal journal, @Nullable Path file) {
        this.journal = journal;
        this.file = file;
    }

    /**
     * Pulls the switch of a wallet that looks for {@code file}, whether it runs or not.
     *
     * @param reason for whoever finds the wallet frozen
     */
    public static void pull(Path file, String reason) throws IOException {
        OwnerOnly.createFileIfMissing(file);
        OwnerOnly.write(file, reason + "\n");
    }

    /** Why nothing is signed; empty when something may be. */
    Optional<String> reason() {
        Optional<String> frozen = journal.ledger().frozen();
        Path looked = file;
        if (frozen.isPresent() || looked == null || Files.notExists(looked)) {
            return frozen;
        }
        String reason = read(looked);
        journal.ledger().freeze(reason, journal.now());
        return Optional.of(reason);
    }

    /** A switch that cannot be read is pulled all the same. */
    private static String read(Path file) {
        try {
            return Files.size(file) > MAX_BYTES
                    ? "frozen by a file"
                    : Words.cut(Files.readString(file).strip(), 300);
        } catch (IOException e) {
            return "frozen by a file that cannot be read";
        }
    }

    void freeze(String reason) {
        journal.ledger().freeze(reason, journal.now());
    }

    /** Lifts the switch, wherever it was pulled. */
    void unfreeze() {
        try {
            if (file != null) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new LedgerException("the file " + file + " keeps the wallet frozen and cannot be removed", e);
        }
        journal.ledger().unfreeze(journal.now());
    }

    /** Refuses while it is pulled. */
    void require() {
        Optional<String> reason = reason();
        if (reason.isPresent()) {
            throw new Refusal(PaymentCode.KILL_SWITCH, Sentences.frozen(reason.get()));
        }
    }
}
