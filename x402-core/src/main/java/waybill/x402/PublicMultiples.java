package waybill.x402;

import java.math.BigInteger;
import org.bouncycastle.math.ec.ECCurve;
import org.bouncycastle.math.ec.ECPoint;

/**
 * The multiples of one point by public numbers: sums of table entries without a doubling. Which entries are read shows in
 * the processor's cache, so it checks signatures and never makes one ({@link SecretMultiples} does). Immutable; 700 KB.
 */
final class PublicMultiples {
    private static final int ENTRIES = (1 << SecretMultiples.WIDTH) - 1;

    private final ECPoint[] entries = new ECPoint[SecretMultiples.WINDOWS * ENTRIES];

    PublicMultiples(ECCurve curve, ECPoint point) {
        ECPoint base = point;
        for (int window = 0; window < SecretMultiples.WINDOWS; window++) {
            ECPoint multiple = base;
            for (int digit = 0; digit < ENTRIES; digit++) {
                entries[window * ENTRIES + digit] = multiple;
                multiple = multiple.add(base);
            }
            base = multiple;
        }
        curve.normalizeAll(entries);
    }

    /** The point times {@code scalar}, which is below 2^256, plus {@code other}. */
    ECPoint timesPlus(BigInteger scalar, ECPoint other) {
        ECPoint sum = other;
        for (int window = 0; window < SecretMultiples.WINDOWS; window++) {
            int digit = SecretMultiples.digit(scalar, window);
            if (digit > 0) {
                sum = sum.add(entries[window * ENTRIES + digit - 1]);
            }
        }
        return sum;
    }
}
