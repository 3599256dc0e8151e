package waybill.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import waybill.x402.Address;

/**
 * The directory of one wallet: {@code keystore.json}, {@code wallet.yaml} with {@code wallet.seal}, {@code ledger.db}, and a ledger apart for a key
 * from the environment, so that play money never uses up a limit.
 *
 * @param directory the directory, which need not exist yet
 */
record WalletHome(Path directory) {

    private static final Pattern ADDRESS = Pattern.compile("\"address\"\\s*:\\s*\"(?:0x)?([0-9a-fA-F]{40})\"");

    Path keystore() {
        return directory.resolve("keystore.json");
    }

    Path settings() {
        return directory.resolve("wallet.yaml");
    }

    Path seal() {
        return directory.resolve("wallet.seal");
    }

    /** The folder in which a person in another terminal is asked. */
    Path questions() {
        return directory.resolve("questions");
    }

    /** The file whose presence freezes the wallet. */
    Path killSwitch() {
        return directory.resolve("frozen");
    }

    Path ledger() {
        return directory.resolve("ledger.db");
    }

    Path developmentLedger() {
        return directory.resolve("development.db");
    }

    /** Fails when there is no keystore. */
    void requireKeystore() {
        if (Files.exists(keystore())) return;
        throw new Failure(
                Exit.WALLET,
                "there is no wallet in %s. Make one with: waybill wallet new (or, on a development network, set"
                                .formatted(directory)
                        + " WAYBILL_PRIVATE_KEY and WAYBILL_RPC_URL).");
    }

    /** The account of the keystore, as the file names it; no passphrase is needed. */
    Address address() {
        requireKeystore();
        try {
            Matcher address = ADDRESS.matcher(Files.readString(keystore()));
            if (address.find()) return Address.parse("0x" + address.group(1).toLowerCase(java.util.Locale.ROOT));
        } catch (IOException e) {
            throw new Failure(Exit.WALLET, "%s cannot be read: %s".formatted(keystore(), e.getMessage()), e);
        }
        throw new Failure(Exit.WALLET, "%s names no address; is it a V3 keystore?".formatted(keystore()));
    }
}
