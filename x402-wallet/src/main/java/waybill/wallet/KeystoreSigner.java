package waybill.wallet;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import waybill.x402.Address;
import waybill.x402.Signature;
import waybill.x402.SigningKey;

/**
 * A key from an encrypted V3 keystore file, the usual way to hold one. The file must be readable by its owner only. The
 * passphrase given is not kept; the caller may wipe it afterwards. Opening takes about a second and 256 MB for a moment:
 * that is what an attacker pays per guess.
 */
public final class KeystoreSigner implements PaymentSigner {
    private static final int MAX_FILE_BYTES = 64 * 1024;
    private static final int SCRYPT_N = 1 << 18;

    private final SigningKey key;

    private KeystoreSigner(SigningKey key) {
        this.key = key;
    }

    /**
     * Makes a new key and writes it, encrypted, to {@code file}, which must not exist; only its owner may read it.
     *
     * @throws SigningException when the file exists or cannot be written, or the passphrase is empty
     */
    public static KeystoreSigner create(Path file, char[] passphrase) {
        return create(file, passphrase, SCRYPT_N, new SecureRandom());
    }

    static KeystoreSigner create(Path file, char[] passphrase, int scryptN, SecureRandom random) {
        if (passphrase.length == 0) {
            throw new SigningException("the passphrase of a keystore is not empty", null);
        }
        SigningKey key = SigningKey.generate(random);
        byte[] bytes = key.export();
        try {
            String sealed = KeystoreFile.seal(bytes, key.address(), passphrase, scryptN, random);
            OwnerOnly.createFile(file);
            OwnerOnly.write(file, sealed + "\n");
            return new KeystoreSigner(key);
        } catch (FileAlreadyExistsException e) {
            throw new SigningException(
                    "there is already a file " + file + "; a keystore is never overwritten. Choose another name", null);
        } catch (GeneralSecurityException | IOException e) {
            throw new SigningException("the keystore " + file + " cannot be written", e);
        } finally {
            Arrays.fill(bytes, (byte) 0);
        }
    }

    /**
     * Opens a keystore.
     *
     * @throws SigningException when the file is missing, readable by others than its owner, not a V3 keystore, or the
     *     passphrase is wrong
     */
    public static KeystoreSigner open(Path file, char[] passphrase) {
        byte[] bytes = new byte[0];
        try {
            OwnerOnly.require(file, "keystore");
            if (Files.size(file) > MAX_FILE_BYTES) {
                throw new IllegalArgumentException("it has more than " + MAX_FILE_BYTES + " bytes");
            }
            byte[] content = Files.readAllBytes(file);
            bytes = KeystoreFile.open(content, passphrase);
            return new KeystoreSigner(SigningKey.of(bytes));
        } catch (NoSuchFileException e) {
            throw new SigningException("there is no keystore " + file + "; make one with: waybill wallet new", null);
        } catch (KeystoreFile.WrongPassphraseException e) {
            throw new SigningException(
                    "the keystore " + file + " did not open: the passphrase is wrong, or the file is damaged", null);
        } catch (IOException | GeneralSecurityException | IllegalArgumentException e) {
            throw new SigningException("the file " + file + " is no readable V3 keystore: " + e.getMessage(), null);
        } finally {
            Arrays.fill(bytes, (byte) 0);
        }
    }

    @Override
    public Address address() {
        return key.address();
    }

    @Override
    public Signature sign(Signable signable) {
        return KeySigning.sign(key, signable);
    }

    /** The seal that only somebody who opened this keystore has. */
    public Seal seal() {
        byte[] bytes = key.export();
        try {
            return Seal.from(bytes);
        } finally {
            Arrays.fill(bytes, (byte) 0);
        }
    }

    @Override
    public String toString() {
        return "KeystoreSigner[" + address() + "]";
    }
}
