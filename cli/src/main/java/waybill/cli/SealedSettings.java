package waybill.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import waybill.wallet.Seal;

/**
 * Settings that count only under a person's seal. {@code wallet.seal} holds the seal on the bytes of {@code wallet.yaml}; a
 * missing file is sealed as an empty one. Whoever changes, adds or removes the file without the keystore's passphrase makes
 * a wallet that pays nothing.
 */
final class SealedSettings {

    private static final String PURPOSE = "policy";
    private static final int MAX_SEAL_BYTES = 1024;

    private SealedSettings() {}

    /** The bytes of {@code wallet.yaml}; none when it is not there. */
    static byte[] text(WalletHome home) {
        return Settings.bytes(home.settings());
    }

    /** Fails unless {@code text}, as it was read, is what the person sealed. */
    static void require(WalletHome home, byte[] text, Seal seal) {
        String found = found(home);
        if (found.isEmpty()) {
            throw new Failure(
                    Exit.WALLET,
                    "the settings of the wallet in %s are not sealed, so nothing is paid under them. Look at them with: waybill wallet limits, then seal them with: waybill wallet seal"
                            .formatted(home.directory()));
        }
        if (!seal.isOn(PURPOSE, text, found)) {
            throw new Failure(
                    Exit.WALLET,
                    "%s was changed after it was sealed, so nothing is paid under it. If the change is yours, look at it with: waybill wallet limits, and seal it with: waybill wallet seal"
                            .formatted(home.settings()));
        }
    }

    /** Whether {@code text} is what the person sealed. */
    static boolean sealed(WalletHome home, byte[] text, Seal seal) {
        return seal.isOn(PURPOSE, text, found(home));
    }

    /** Whether there is a seal at all; whether it is the right one only the passphrase tells. */
    static boolean present(WalletHome home) {
        return !found(home).isEmpty();
    }

    /** Seals {@code text}, in the person's name. */
    static void write(WalletHome home, byte[] text, Seal seal) {
        Path file = home.seal();
        Path draft = file.resolveSibling(file.getFileName() + ".draft");
        try {
            Files.deleteIfExists(draft);
            if (file.getFileSystem().supportedFileAttributeViews().contains("posix")) {
                Files.createFile(
                        draft, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            }
            Files.writeString(draft, seal.on(PURPOSE, text) + "\n");
            Files.move(draft, file, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new Failure(Exit.WALLET, "%s cannot be written: %s".formatted(file, e.getMessage()), e);
        }
    }

    private static String found(WalletHome home) {
        Path file = home.seal();
        try {
            if (!Files.exists(file)) return "";
            byte[] bytes = Files.size(file) > MAX_SEAL_BYTES ? new byte[] {'?'} : Files.readAllBytes(file);
            return new String(bytes, StandardCharsets.UTF_8).strip();
        } catch (IOException e) {
            throw new Failure(Exit.WALLET, "%s cannot be read: %s".formatted(file, e.getMessage()), e);
        }
    }
}
