package waybill.x402;

import java.math.BigInteger;
import java.util.Arrays;
import org.bouncycastle.asn1.x9.X9ECParameters;
import org.bouncycastle.crypto.digests.SHA256Digest;
import org.bouncycastle.crypto.ec.CustomNamedCurves;
import org.bouncycastle.crypto.signers.HMacDSAKCalculator;
import org.bouncycastle.math.ec.ECPoint;
import org.bouncycastle.util.BigIntegers;
import org.jspecify.annotations.Nullable;

/** ECDSA on secp256k1 with a recoverable public key. Deterministic by RFC 6979, s always in the lower half. */
final class Secp256k1 {
    private static final X9ECParameters CURVE = CustomNamedCurves.getByName("secp256k1");
    static final BigInteger ORDER = CURVE.getN();
    static final BigInteger HALF_ORDER = ORDER.shiftRight(1);
    private static final BigInteger FIELD = CURVE.getCurve().getField().getCharacteristic();

    /** Made when first needed. */
    private static final class Base {
        static final SecretMultiples SECRET = new SecretMultiples(CURVE.getCurve(), CURVE.getG());
        static final PublicMultiples PUBLIC = new PublicMultiples(CURVE.getCurve(), CURVE.getG());
    }

    private Secp256k1() {}

    static Address address(BigInteger privateKey) {
        return address(timesBase(privateKey));
    }

    /** Signs a digest. The parity of R gives v at once, so nothing is recovered to find it. */
    static Signature sign(Bytes32 digest, BigInteger privateKey) {
        HMacDSAKCalculator nonces = new HMacDSAKCalculator(new SHA256Digest());
        nonces.init(ORDER, privateKey, digest.bytes());
        BigInteger z = digest.unsigned();
        while (true) {
            BigInteger k = nonces.nextK();
            ECPoint point = timesBase(k);
            BigInteger x = point.getAffineXCoord().toBigInteger();
            BigInteger r = x.mod(ORDER);
            BigInteger s = BigIntegers.modOddInverse(ORDER, k) // in constant time, as k is secret
                    .multiply(z.add(r.multiply(privateKey)))
                    .mod(ORDER);
            // v says nothing of an x beyond the order (about one in 2^128): take the next k
            if (r.signum() == 0 || s.signum() == 0 || x.compareTo(ORDER) >= 0) {
                continue;
            }
            boolean odd = point.getAffineYCoord().testBitZero();
            boolean high = s.compareTo(HALF_ORDER) > 0;
            return new Signature(r, high ? ORDER.subtract(s) : s, odd != high ? 28 : 27);
        }
    }

    /** Who signed, or null when no key can have made this signature. */
    static @Nullable Address recover(Bytes32 digest, Signature signature) {
        ECPoint key = recoverKey(digest, signature);
        return key == null || key.isInfinity() ? null : address(key);
    }

    static @Nullable ECPoint recoverKey(Bytes32 digest, Signature signature) {
        BigInteger r = signature.r();
        if (r.compareTo(FIELD) >= 0) {
            return null;
        }
        byte[] encoded = new byte[33];
        encoded[0] = (byte) (signature.v() == 28 ? 3 : 2);
        System.arraycopy(Eip712.word(r), 0, encoded, 1, 32);
        ECPoint point;
        try {
            point = CURVE.getCurve().decodePoint(encoded);
        } catch (IllegalArgumentException e) {
            return null; // r is the x of no point
        }
        BigInteger inverse = BigIntegers.modOddInverseVar(ORDER, r);
        BigInteger u1 =
                ORDER.subtract(digest.unsigned().mod(ORDER)).multiply(inverse).mod(ORDER);
        BigInteger u2 = signature.s().multiply(inverse).mod(ORDER);
        return Base.PUBLIC.timesPlus(u1, point.multiply(u2)).normalize();
    }

    /** The multiples of a key, to check its signatures with. */
    static PublicMultiples multiples(ECPoint key) {
        return new PublicMultiples(CURVE.getCurve(), key);
    }

    /**
     * Whether the key made this signature: the point that the signature commits to is made again from the key and
     * compared, its parity (which is v) included. So a yes means that {@link #recover} gives this key.
     */
    static boolean signed(PublicMultiples key, Bytes32 digest, Signature signature) {
        BigInteger inverse = BigIntegers.modOddInverseVar(ORDER, signature.s());
        BigInteger u1 = digest.unsigned().mod(ORDER).multiply(inverse).mod(ORDER);
        BigInteger u2 = signature.r().multiply(inverse).mod(ORDER);
        ECPoint point = Base.PUBLIC
                .timesPlus(u1, key.timesPlus(u2, CURVE.getCurve().getInfinity()))
                .normalize();
        return !point.isInfinity()
                && point.getAffineXCoord().toBigInteger().equals(signature.r())
                && point.getAffineYCoord().testBitZero() == (signature.v() == 28);
    }

    /** The account of an encoded point; it must be on the curve. */
    static Address account(byte[] point) {
        ECPoint key = CURVE.getCurve().decodePoint(point);
        if (key.isInfinity()) {
            throw new IllegalArgumentException("the public key is no point");
        }
        return address(key.normalize());
    }

    static ECPoint timesBase(BigInteger scalar) {
        return Base.SECRET.times(scalar).normalize();
    }

    static Address address(ECPoint key) {
        byte[] encoded = key.getEncoded(false);
        byte[] coordinates = Arrays.copyOfRange(encoded, 1, encoded.length);
        return Address.of(Arrays.copyOfRange(Keccak.hash(coordinates), 12, 32));
    }
}
