package waybill.x402;

import java.math.BigInteger;
import java.security.SecureRandom;
import org.jspecify.annotations.Nullable;

/**
 * A private key that signs payments and nothing else: there is a method per kind of payment, and none for bytes. It
 * never prints. Only the wallet may hold one. Thread-safe.
 *
 * <p>{@link #destroy()} drops the reference; a JVM cannot promise that no copy is left in memory.
 */
public final class SigningKey {
    private volatile @Nullable BigInteger secret;
    private final Address address;
    private final KnownKey known;

    private SigningKey(BigInteger secret) {
        if (secret.signum() <= 0 || secret.compareTo(Secp256k1.ORDER) >= 0) {
            throw new IllegalArgumentException("the private key is out of the curve's range");
        }
        this.secret = secret;
        this.address = Secp256k1.address(secret);
        this.known = KnownKey.of(address);
    }

    /**
     * The key of these 32 bytes, which the caller may wipe afterwards.
     *
     * @throws IllegalArgumentException when there are not 32, or they are no key; the message holds none of them
     */
    public static SigningKey of(byte[] bytes) {
        if (bytes.length != 32) {
            throw new IllegalArgumentException("a private key has 32 bytes, not " + bytes.length);
        }
        return new SigningKey(new BigInteger(1, bytes));
    }

    /**
     * Reads 64 hex digits, with or without {@code 0x}.
     *
     * @throws IllegalArgumentException for anything else; the message holds none of it
     */
    public static SigningKey parse(String hex) {
        byte[] bytes = Hex.decode(hex.startsWith("0x") ? hex : "0x" + hex);
        if (bytes == null || bytes.length != 32) {
            throw new IllegalArgumentException("a private key is 64 hex digits, with or without 0x");
        }
        return of(bytes);
    }

    /** A new key from {@code random}. */
    public static SigningKey generate(SecureRandom random) {
        BigInteger candidate;
        do {
            candidate = new BigInteger(256, random);
        } while (candidate.signum() == 0 || candidate.compareTo(Secp256k1.ORDER) >= 0);
        return new SigningKey(candidate);
    }

    /** The account of this key. */
    public Address address() {
        return address;
    }

    /** The 32 bytes of the key, for an encrypted keystore; wipe them after use. */
    public byte[] export() {
        return Eip712.word(secret());
    }

    /**
     * Signs a transfer of {@code asset}.
     *
     * @throws IllegalArgumentException when the authorisation is for another payer than this key
     * @throws IllegalStateException when the key is destroyed, or the signature does not recover to it
     */
    public Signature sign(TransferAuthorization authorization, Asset asset) {
        if (!authorization.from().equals(address)) {
            throw new IllegalArgumentException(
                    "the authorisation is for " + authorization.from() + ", this key is " + address);
        }
        return sign(authorization.digest(asset));
    }

    /**
     * Signs the cancelling of an authorisation of {@code asset}.
     *
     * @throws IllegalArgumentException when the authorisation is another payer's than this key's
     * @throws IllegalStateException when the key is destroyed, or the signature does not recover to it
     */
    public Signature sign(CancelAuthorization cancel, Asset asset) {
        if (!cancel.authorizer().equals(address)) {
            throw new IllegalArgumentException(
                    "the authorisation to cancel is of " + cancel.authorizer() + ", this key is " + address);
        }
        return sign(cancel.digest(asset));
    }

    /** Signs a digest. Not public: whoever can sign any digest can sign any payment. */
    Signature sign(Bytes32 digest) {
        Signature signature = Secp256k1.sign(digest, secret());
        if (!known.signed(digest, signature)) { // a fault here could give the key away
            throw new IllegalStateException("the signature does not recover to " + address);
        }
        return signature;
    }

    /** Forgets the key; every later use fails. */
    public void destroy() {
        secret = null;
    }

    private BigInteger secret() {
        BigInteger present = secret;
        if (present == null) {
            throw new IllegalStateException("the key of " + address + " is destroyed");
        }
        return present;
    }

    @Override
    public String toString() {
        return "SigningKey[" + address + "]";
    }
}
