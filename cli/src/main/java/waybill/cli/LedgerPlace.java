package waybill.cli;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import org.jspecify.annotations.Nullable;
import waybill.wallet.Ledger;
import waybill.wallet.PostgresLedger;
import waybill.wallet.SqliteLedger;

/**
 * Where a wallet's payments are written down: a file of one process, or a PostgreSQL database of several.
 *
 * @param file the file; of a database, the head file of this machine's own
 * @param url of the database, as its driver takes it; null for a file
 * @param login a file with the driver's properties, such as user and password; null for none
 * @param secret the keys that all instances of a database share
 */
record LedgerPlace(Path file, @Nullable String url, @Nullable Path login, Path secret) {

    private static final String POSTGRES = "jdbc:postgresql:";

    /** The file of a wallet's own. */
    static LedgerPlace of(Path file) {
        return new LedgerPlace(file, null, null, file);
    }

    /** The database that the settings name; null where they name none. */
    @Nullable
    static LedgerPlace of(Settings wallet, WalletHome home) {
        String url = wallet.text("ledger");
        String login = wallet.text("ledger-login-file");
        String secret = wallet.text("ledger-secret-file");
        if (url == null) {
            if (login == null && secret == null) return null;
            throw new IllegalArgumentException(
                    "ledger-login-file and ledger-secret-file go with a ledger, the URL of a database");
        }
        if (!url.startsWith(POSTGRES)) {
            throw new IllegalArgumentException(
                    "ledger is the URL of a database, %s//host/database; without it the ledger is a file"
                            .formatted(POSTGRES));
        }
        if (url.contains("password=")) {
            throw new IllegalArgumentException("ledger holds a password; put it into ledger-login-file");
        }
        return new LedgerPlace(
                home.directory().resolve("ledger.head"),
                url,
                login == null ? null : Path.of(login),
                secret == null ? home.directory().resolve("ledger.secret") : Path.of(secret));
    }

    /** False when nothing can have been written yet. */
    boolean begun() {
        return url != null || Files.exists(file);
    }

    /** Says that nothing was. */
    int nothingYet(Terminal terminal) {
        terminal.progress("Nothing was paid yet: there is no " + file + ".");
        return Exit.OK;
    }

    /** Opens the ledger, which is made when it is not there. */
    Ledger open() {
        return url == null ? SqliteLedger.open(file) : PostgresLedger.open(url, loginProperties(), secret, file);
    }

    private Properties loginProperties() {
        Properties properties = new Properties();
        if (login == null) return properties;
        try {
            OthersAccess.refuse("login file", login, OthersAccess.READ_OR_WRITE, "chmod 600");
            try (Reader reader = Files.newBufferedReader(login)) {
                properties.load(reader);
            }
            return properties;
        } catch (IOException | IllegalArgumentException e) {
            throw new Failure(Exit.USAGE, "%s cannot be read: %s".formatted(login, e.getMessage()), e);
        }
    }
}
