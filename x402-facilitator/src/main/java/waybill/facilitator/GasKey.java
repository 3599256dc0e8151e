package waybill.facilitator;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.web3j.crypto.Credentials;
import org.web3j.crypto.RawTransaction;
import org.web3j.crypto.TransactionEncoder;
import org.web3j.crypto.WalletUtils;
import org.web3j.crypto.exception.CipherException;
import waybill.x402.Address;

/** The key that pays for gas. It signs transactions of the facilitator and nothing else, and never prints. */
public final class GasKey {
    /** The environment variable of a development key. */
    public static final String ENVIRONMENT = "WAYBILL_FACILITATOR_KEY";

    private static final long MAX_KEYSTORE_BYTES = 64 * 1024;

    private final Credentials credentials;

    private GasKey(Credentials credentials) {
        this.credentials = credentials;
    }

    /**
     * The key in {@value #ENVIRONMENT}, for a chain on this machine only.
     *
     * @throws IllegalArgumentException when it is not set, is no key, or {@code chain} is not a development network
     */
    public static GasKey fromEnvironment(Map<String, String> environment, Chain chain) {
        String value = environment.get(ENVIRONMENT);
        if (value == null || value.isBlank()) {
            throw new IllegalArgumentException(
                    "no gas key: set " + ENVIRONMENT + " (development networks only) or name a keystore");
        }
        return ofDevelopment(value, chain);
    }

    /**
     * The keys in {@value #ENVIRONMENT}, with commas between, for a chain on this machine only.
     *
     * @throws IllegalArgumentException when it is not set, one is no key, or {@code chain} is not a development network
     */
    public static List<GasKey> allFromEnvironment(Map<String, String> environment, Chain chain) {
        String value = environment.get(ENVIRONMENT);
        if (value == null || value.isBlank()) {
            return List.of(fromEnvironment(environment, chain)); // which says what is missing
        }
        return Arrays.stream(value.split(",", -1))
                .map(key -> ofDevelopment(key, chain))
                .toList();
    }

    /**
     * A key given in the clear, for a chain on this machine only.
     *
     * @param hex 64 hex digits, with or without {@code 0x}
     * @throws IllegalArgumentException when it is no key, or {@code chain} is not a development network
     */
    public static GasKey ofDevelopment(String hex, Chain chain) {
        if (!chain.isDevelopment()) {
            throw new IllegalArgumentException("a gas key in the clear works only on a development network (a node on"
                    + " this machine with chain id " + Chain.DEVELOPMENT_IDS + "), and " + chain
                    + " is none: use a keystore");
        }
        String digits = hex.strip();
        digits = digits.startsWith("0x") ? digits.substring(2) : digits;
        if (!digits.matches("[0-9a-fA-F]{64}") || digits.chars().allMatch(c -> c == '0')) {
            throw new IllegalArgumentException("a gas key is 64 hex digits, with or without 0x");
        }
        return new GasKey(Credentials.create(digits));
    }

    /**
     * The key in a V3 keystore file.
     *
     * @throws IllegalArgumentException when the file is no keystore or the passphrase is wrong; the message holds neither
     */
    public static GasKey fromKeystore(Path file, char[] passphrase) {
        try {
            if (Files.size(file) > MAX_KEYSTORE_BYTES) {
                throw new IllegalArgumentException(file.getFileName() + " is too large for a keystore: at most "
                        + MAX_KEYSTORE_BYTES + " bytes are read");
            }
            return new GasKey(WalletUtils.loadJsonCredentials(new String(passphrase), Files.readString(file)));
        } catch (IOException | CipherException e) {
            throw new IllegalArgumentException(
                    "the keystore " + file.getFileName()
                            + " cannot be opened: not a V3 keystore, or another passphrase",
                    e);
        }
    }

    /** The account that pays. */
    public Address address() {
        return Address.parse(credentials.getAddress());
    }

    byte[] sign(RawTransaction transaction) {
        return TransactionEncoder.signMessage(transaction, credentials);
    }

    @Override
    public String toString() {
        return "GasKey[" + address() + "]";
    }
}
