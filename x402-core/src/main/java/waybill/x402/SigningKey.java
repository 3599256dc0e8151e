package waybill.x402;

import java.math.BigInteger;
import java.security.SecureRandom;
import org.jspecify.annotations.Nullable;

/**
 * A private key that signs the protocol's things and nothing else: there is a method per kind, and none for bytes. It
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

    /**
     * Signs a transfer through Permit2 for the scheme {@code exact}.
     *
     * @param network the chain that it is good on
     * @param contracts where Permit2 lives there
     * @throws IllegalArgumentException when the authorisation is for another payer than this key, or for another spender
     *     than the exact proxy
     * @throws IllegalStateException when the key is destroyed, or the signature does not recover to it
     */
    public Signature sign(Permit2Exact authorization, Network network, Permit2Contracts contracts) {
        requireMine(authorization.from());
        requireSpender(authorization.spender(), contracts.exactProxy());
        return sign(authorization.digest(network, contracts));
    }

    /**
     * Signs a ceiling for the scheme {@code upto}.
     *
     * @param network the chain that it is good on
     * @param contracts where Permit2 lives there
     * @throws IllegalArgumentException when the authorisation is for another payer than this key, or for another spender
     *     than the upto proxy
     * @throws IllegalStateException when the key is destroyed, or the signature does not recover to it
     */
    public Signature sign(Permit2Upto authorization, Network network, Permit2Contracts contracts) {
        requireMine(authorization.from());
        requireSpender(authorization.spender(), contracts.uptoProxy());
        return sign(authorization.digest(network, contracts));
    }

    /**
     * Signs a permit of {@code asset}.
     *
     * @throws IllegalArgumentException when the permit is of another owner than this key
     * @throws IllegalStateException when the key is destroyed, or the signature does not recover to it
     */
    public Signature sign(Permit permit, Asset asset) {
        requireMine(permit.owner());
        return sign(permit.digest(asset));
    }

    /**
     * Signs a transaction that approves a spender of a token and can do nothing else.
     *
     * @throws IllegalStateException when the key is destroyed, or the signature does not recover to it
     */
    public Signature sign(ApprovalTransaction approval) {
        return sign(approval.digest());
    }

    /**
     * Signs who we are, for one site.
     *
     * @throws IllegalArgumentException when the message names another account than this key's
     * @throws IllegalStateException when the key is destroyed, or the signature does not recover to it
     */
    public Signature sign(SignIn message) {
        requireMine(message.account());
        return sign(message.digest());
    }

    /** Signs an offer, as a seller that stands by it. It moves no money. */
    public Signature sign(OfferClaim offer) {
        return sign(offer.digest());
    }

    /** Signs a receipt, as a seller that was paid. It moves no money. */
    public Signature sign(ReceiptClaim receipt) {
        return sign(receipt.digest());
    }

    private void requireMine(Address signatory) {
        if (!signatory.equals(address)) {
            throw new IllegalArgumentException("asked to sign for " + signatory + ", this key is " + address);
        }
    }

    private static void requireSpender(Address spender, Address proxy) {
        if (!spender.equals(proxy)) {
            throw new IllegalArgumentException("the authorisation is for " + spender + ", not for the proxy " + proxy);
        }
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
