package waybill.x402;

import org.bouncycastle.math.ec.ECPoint;
import org.jspecify.annotations.Nullable;

/**
 * Checks signatures of one account, several times as fast as recovering the signer each time: once the public key is
 * known, from the first signature that is right, the others are checked with a table of its multiples (700 KB). A yes
 * means the same as a recovery that gives the account. Thread-safe.
 */
public final class KnownKey {
    private final Address address;
    private volatile @Nullable PublicMultiples multiples;

    private KnownKey(Address address, @Nullable PublicMultiples multiples) {
        this.address = address;
        this.multiples = multiples;
    }

    /** The account's key, not known yet. */
    public static KnownKey of(Address account) {
        return new KnownKey(account, null);
    }

    /** The account. */
    public Address address() {
        return address;
    }

    /** Whether this account signed {@code digest}. */
    public boolean signed(Bytes32 digest, Signature signature) {
        PublicMultiples known = multiples;
        if (known != null) {
            return Secp256k1.signed(known, digest, signature);
        }
        ECPoint key = Secp256k1.recoverKey(digest, signature);
        if (key == null || key.isInfinity() || !address.equals(Secp256k1.address(key))) {
            return false;
        }
        multiples = Secp256k1.multiples(key);
        return true;
    }

    @Override
    public String toString() {
        return "KnownKey[" + address + "]";
    }
}
