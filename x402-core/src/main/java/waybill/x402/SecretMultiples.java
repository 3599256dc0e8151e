package waybill.x402;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import org.bouncycastle.math.ec.ECCurve;
import org.bouncycastle.math.ec.ECLookupTable;
import org.bouncycastle.math.ec.ECPoint;

/**
 * The multiples of one point by secrets. Any of them is a sum of table entries, one per window of six bits and without a
 * doubling: about half the work of a comb. Every entry is shifted by a point whose multiple of ours nobody knows,
 * so that no entry is infinity and every sum takes the same steps whatever the scalar. Immutable; 700 KB.
 */
final class SecretMultiples {
    static final int WIDTH = 6;
    static final int WINDOWS = (256 + WIDTH - 1) / WIDTH;
    private static final int ENTRIES = 1 << WIDTH;

    private final ECLookupTable[] windows = new ECLookupTable[WINDOWS];
    private final ECPoint unshift;

    SecretMultiples(ECCurve curve, ECPoint point) {
        ECPoint[] entries = new ECPoint[WINDOWS * ENTRIES];
        ECPoint shifts = curve.getInfinity();
        ECPoint shift = shift(curve);
        ECPoint base = point;
        for (int window = 0; window < WINDOWS; window++) {
            ECPoint entry = shift;
            for (int digit = 0; digit < ENTRIES; digit++) {
                entries[window * ENTRIES + digit] = entry;
                entry = entry.add(base);
            }
            shifts = shifts.add(shift);
            shift = shift.twice();
            base = base.timesPow2(WIDTH);
        }
        unshift = shifts.negate().normalize();
        curve.normalizeAll(entries);
        for (int window = 0; window < WINDOWS; window++) {
            windows[window] = curve.createCacheSafeLookupTable(entries, window * ENTRIES, ENTRIES);
        }
    }

    /** The first point whose x is a hash of a name and a count. */
    private static ECPoint shift(ECCurve curve) {
        for (int count = 0; ; count++) {
            byte[] encoded = new byte[33];
            encoded[0] = 2;
            byte[] x = Keccak.hash(("waybill shift " + count).getBytes(StandardCharsets.US_ASCII));
            System.arraycopy(x, 0, encoded, 1, 32);
            try {
                return curve.decodePoint(encoded);
            } catch (IllegalArgumentException e) {
                // the x of no point, as half of all are
            }
        }
    }

    /** The point times a secret below 2^256. Every entry is touched at each step, so the cache tells nothing. */
    ECPoint times(BigInteger scalar) {
        ECPoint sum = unshift;
        for (int window = 0; window < WINDOWS; window++) {
            sum = sum.add(windows[window].lookup(digit(scalar, window)));
        }
        return sum;
    }

    /** The bits of {@code scalar} that belong to a window. */
    static int digit(BigInteger scalar, int window) {
        int digit = 0;
        for (int bit = WIDTH - 1; bit >= 0; bit--) {
            digit = (digit << 1) | (scalar.testBit(window * WIDTH + bit) ? 1 : 0);
        }
        return digit;
    }
}
