package waybill.x402;

import java.math.BigInteger;
import java.util.Arrays;
import org.bouncycastle.asn1.x9.X9ECParameters;
import org.bouncycastle.crypto.digests.SHA256Digest;
import org.bouncycastle.crypto.ec.CustomNamedCurves;
import org.bouncycastle.crypto.signers.HMacDSAKCalculator;
import org.bouncycastle.math.ec.ECAlgorithms;
import org.bouncycastle.math.ec.ECPoint;
import org.bouncycastle.math.ec.FixedPointCombMultiplier;
import org.jspecify.annotations.Nullable;

/** ECDSA on secp256k1 with a recoverable public key. Deterministic by RFC 6979, s always in the lower half. */
final class Secp256k1 {
    private static final X9ECParameters CURVE = CustomNamedCurves.getByName("secp256k1");
    static final BigInteger ORDER = CURVE.getN();
    static final BigInteger HALF_ORDER = ORDER.shiftRight(1);
    private static final BigInteger FIELD = CURVE.getCurve().getField().getCharacteristic();

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
            BigInteger s =
                    k.modInverse(ORDER).multiply(z.add(r.multiply(privateKey))).mod(ORDER);
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
        BigInteger inverse = r.modInverse(ORDER);
        BigInteger u1 =
                ORDER.subtract(digest.unsigned().mod(ORDER)).multiply(inverse).mod(ORDER);
        BigInteger u2 = signature.s().multiply(inverse).mod(ORDER);
        ECPoint key =
                ECAlgorithms.sumOfTwoMultiplies(CURVE.getG(), u1, point, u2).normalize();
        return key.isInfinity() ? null : address(key);
    }

    /** The account of an encoded point; it must be on the curve. */
    static Address account(byte[] point) {
        ECPoint key = CURVE.getCurve().decodePoint(point);
        if (key.isInfinity()) {
            throw new IllegalArgumentException("the public key is no point");
        }
        return address(key.normalize());
    }

    private static ECPoint timesBase(BigInteger scalar) {
        return new FixedPointCombMultiplier().multiply(CURVE.getG(), scalar).normalize();
    }

    private static Address address(ECPoint key) {
        byte[] encoded = key.getEncoded(false);
        byte[] coordinates = Arrays.copyOfRange(encoded, 1, encoded.length);
        return Address.of(Arrays.copyOfRange(Keccak.hash(coordinates), 12, 32));
    }
}
