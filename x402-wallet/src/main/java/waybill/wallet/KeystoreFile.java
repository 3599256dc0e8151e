package waybill.wallet;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.crypto.digests.SHA256Digest;
import org.bouncycastle.crypto.generators.PKCS5S2ParametersGenerator;
import org.bouncycastle.crypto.generators.SCrypt;
import org.bouncycastle.crypto.params.KeyParameter;
import org.jspecify.annotations.Nullable;
import waybill.x402.Address;
import waybill.x402.Bytes32;
import waybill.x402.Json;

/**
 * The Web3 secret storage format, version 3: a key under AES-128-CTR, with a key derived from a passphrase by scrypt (or
 * PBKDF2, for reading). The work that a file may ask for is bounded, so that a strange file cannot exhaust the machine.
 */
final class KeystoreFile {
    private static final HexFormat HEX = HexFormat.of();
    private static final int MAX_BYTES = 64 * 1024;
    private static final int DERIVED = 32;
    private static final int SCRYPT_R = 8;
    private static final int MAX_SCRYPT_R = 1024;
    private static final long MAX_SCRYPT_BYTES = 1L << 30;
    private static final int MAX_PBKDF2_ROUNDS = 10_000_000;

    private KeystoreFile() {}

    /** The passphrase is wrong, or the file was changed. */
    static final class WrongPassphraseException extends GeneralSecurityException {
        private static final long serialVersionUID = 1L;

        WrongPassphraseException() {
            super("the seal of the keystore does not match");
        }
    }

    static String seal(byte[] key, Address address, char[] passphrase, int scryptN, SecureRandom random)
            throws GeneralSecurityException {
        byte[] salt = random(random, 32);
        byte[] iv = random(random, 16);
        byte[] phrase = utf8(passphrase);
        byte[] derived = SCrypt.generate(phrase, salt, scryptN, SCRYPT_R, 1, DERIVED);
        byte[] sealed = aesCtr(derived, iv, key);
        String mac = mac(derived, sealed);
        wipe(phrase);
        wipe(derived);

        Map<String, Object> parameters = new LinkedHashMap<>();
        parameters.put("dklen", DERIVED);
        parameters.put("n", scryptN);
        parameters.put("p", 1);
        parameters.put("r", SCRYPT_R);
        parameters.put("salt", HEX.formatHex(salt));
        Map<String, Object> crypto = new LinkedHashMap<>();
        crypto.put("cipher", "aes-128-ctr");
        crypto.put("cipherparams", Map.of("iv", HEX.formatHex(iv)));
        crypto.put("ciphertext", HEX.formatHex(sealed));
        crypto.put("kdf", "scrypt");
        crypto.put("kdfparams", parameters);
        crypto.put("mac", mac);
        Map<String, Object> file = new LinkedHashMap<>();
        file.put("version", 3);
        file.put("id", new UUID(random.nextLong(), random.nextLong()).toString());
        file.put("address", HEX.formatHex(address.bytes()));
        file.put("crypto", crypto);
        return Json.write(file);
    }

    /**
     * The key in the file; the caller wipes it.
     *
     * @throws WrongPassphraseException when the passphrase does not open it
     * @throws IllegalArgumentException when it is no V3 keystore, or asks for too much work
     */
    static byte[] open(byte[] file, char[] passphrase) throws GeneralSecurityException {
        Map<String, @Nullable Object> fields = Json.parseObject(file, MAX_BYTES);
        if (!BigInteger.valueOf(3).equals(fields.get("version"))) {
            throw new IllegalArgumentException("the version is not 3");
        }
        Map<?, ?> crypto = object(fields.containsKey("crypto") ? fields.get("crypto") : fields.get("Crypto"), "crypto");
        if (!"aes-128-ctr".equals(crypto.get("cipher"))) {
            throw new IllegalArgumentException("the cipher is not aes-128-ctr");
        }
        byte[] sealed = hex(crypto, "ciphertext");
        byte[] iv = hex(object(crypto.get("cipherparams"), "cipherparams"), "iv");
        if (sealed.length != 32 || iv.length != 16) {
            throw new IllegalArgumentException("the ciphertext is not that of a key");
        }
        byte[] phrase = utf8(passphrase);
        byte[] derived = derive(crypto, phrase);
        wipe(phrase);
        try {
            byte[] expected = HEX.parseHex(mac(derived, sealed));
            if (!MessageDigest.isEqual(expected, hex(crypto, "mac"))) {
                throw new WrongPassphraseException();
            }
            return aesCtr(derived, iv, sealed);
        } finally {
            wipe(derived);
        }
    }

    private static byte[] derive(Map<?, ?> crypto, byte[] phrase) {
        Map<?, ?> parameters = object(crypto.get("kdfparams"), "kdfparams");
        byte[] salt = hex(parameters, "salt");
        if (number(parameters, "dklen") != DERIVED) {
            throw new IllegalArgumentException("dklen is not " + DERIVED);
        }
        if ("scrypt".equals(crypto.get("kdf"))) {
            int n = number(parameters, "n");
            int r = number(parameters, "r");
            int p = number(parameters, "p");
            boolean usable = Integer.bitCount(n) == 1 && n >= 2 && r >= 1 && r <= MAX_SCRYPT_R && p >= 1 && p <= 64;
            if (!usable || 128L * n * r > MAX_SCRYPT_BYTES) {
                throw new IllegalArgumentException("the scrypt parameters ask for more than 1 GiB, or make no sense");
            }
            return SCrypt.generate(phrase, salt, n, r, p, DERIVED);
        }
        int rounds = number(parameters, "c");
        boolean known = "pbkdf2".equals(crypto.get("kdf")) && "hmac-sha256".equals(parameters.get("prf"));
        if (!known || rounds < 1 || rounds > MAX_PBKDF2_ROUNDS) {
            throw new IllegalArgumentException("the key derivation is neither scrypt nor pbkdf2 with hmac-sha256");
        }
        PKCS5S2ParametersGenerator generator = new PKCS5S2ParametersGenerator(new SHA256Digest());
        generator.init(phrase, salt, rounds);
        return ((KeyParameter) generator.generateDerivedMacParameters(DERIVED * 8)).getKey();
    }

    private static String mac(byte[] derived, byte[] sealed) {
        byte[] input = new byte[16 + sealed.length];
        System.arraycopy(derived, 16, input, 0, 16);
        System.arraycopy(sealed, 0, input, 16, sealed.length);
        return HEX.formatHex(Bytes32.keccak(input).bytes());
    }

    /** Counter mode is its own inverse. The seal is checked before anything is decrypted. */
    private static byte[] aesCtr(byte[] derived, byte[] iv, byte[] input) throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance("AES/CTR/NoPadding");
        cipher.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(Arrays.copyOf(derived, 16), "AES"), new IvParameterSpec(iv));
        return cipher.doFinal(input);
    }

    private static byte[] random(SecureRandom random, int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    private static byte[] utf8(char[] passphrase) {
        ByteBuffer encoded = ByteBuffer.allocate(4 * passphrase.length);
        StandardCharsets.UTF_8
                .newEncoder()
                .onMalformedInput(CodingErrorAction.REPLACE)
                .encode(CharBuffer.wrap(passphrase), encoded, true);
        encoded.flip();
        byte[] bytes = new byte[encoded.remaining()];
        encoded.get(bytes);
        wipe(encoded.array());
        return bytes;
    }

    private static void wipe(byte[] secret) {
        Arrays.fill(secret, (byte) 0);
    }

    private static Map<?, ?> object(@Nullable Object value, String name) {
        if (value instanceof Map<?, ?> map) {
            return map;
        }
        throw new IllegalArgumentException("there is no " + name);
    }

    private static byte[] hex(Map<?, ?> fields, String name) {
        if (fields.get(name) instanceof String text) {
            return HEX.parseHex(text.startsWith("0x") ? text.substring(2) : text);
        }
        throw new IllegalArgumentException("there is no " + name);
    }

    private static int number(Map<?, ?> fields, String name) {
        if (fields.get(name) instanceof BigInteger number && number.bitLength() < 32) {
            return number.intValueExact();
        }
        throw new IllegalArgumentException("there is no usable " + name);
    }
}
