package waybill.devnet;

import java.math.BigInteger;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import org.bouncycastle.crypto.digests.RIPEMD160Digest;
import org.jspecify.annotations.Nullable;
import org.web3j.crypto.ECDSASignature;
import org.web3j.crypto.Keys;
import org.web3j.crypto.Sign;

/** The contracts that every chain has built in, at addresses 1 to 5; those at 6 to 10 are refused aloud. */
final class Precompiled {
    /** The last address that Cancun reserves. */
    static final int LAST = 10;

    private static final BigInteger CURVE_ORDER =
            new BigInteger("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141", 16);

    private static final long LEAST_POWER_GAS = 200;

    private Precompiled() {}

    static boolean isAt(BigInteger address) {
        return address.bitLength() <= 4 && address.signum() > 0 && address.intValue() <= LAST;
    }

    static long gas(BigInteger address, byte[] input) {
        long words = Words.wordsIn(input.length);
        return switch (address.intValue()) {
            case 1 -> 3_000;
            case 2 -> 60 + 12 * words;
            case 3 -> 600 + 120 * words;
            case 4 -> 15 + 3 * words;
            case 5 -> powerGas(input);
            default ->
                throw new UnsupportedOperationException("The devnet has the built-in contracts 1 to 5; this"
                        + " transaction calls number " + address + ". Run it on a real node.");
        };
    }

    static byte[] run(BigInteger address, byte[] input) {
        return switch (address.intValue()) {
            case 1 -> recover(input);
            case 2 -> sha256(input);
            case 3 -> ripemd160(input);
            case 4 -> input;
            default -> power(input);
        };
    }

    private static byte[] recover(byte[] input) {
        BigInteger v = number(input, 32, 32);
        BigInteger r = number(input, 64, 32);
        BigInteger s = number(input, 96, 32);
        if (v.bitLength() > 5 || (v.intValue() != 27 && v.intValue() != 28)) return Words.NOTHING;
        if (r.signum() == 0 || r.compareTo(CURVE_ORDER) >= 0) return Words.NOTHING;
        if (s.signum() == 0 || s.compareTo(CURVE_ORDER) >= 0) return Words.NOTHING;
        BigInteger key = publicKey(v.intValue() - 27, r, s, Words.slice(input, BigInteger.ZERO, 32));
        return key == null ? Words.NOTHING : Words.bytes32(new BigInteger(Keys.getAddress(key), 16));
    }

    private static @Nullable BigInteger publicKey(int parity, BigInteger r, BigInteger s, byte[] digest) {
        try {
            return Sign.recoverFromSignature(parity, new ECDSASignature(r, s), digest);
        } catch (IllegalArgumentException notOnTheCurve) {
            return null;
        }
    }

    private static byte[] sha256(byte[] input) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(input);
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("Every JDK has SHA-256.", impossible);
        }
    }

    private static byte[] ripemd160(byte[] input) {
        RIPEMD160Digest digest = new RIPEMD160Digest();
        digest.update(input, 0, input.length);
        byte[] out = new byte[32];
        digest.doFinal(out, 12);
        return out;
    }

    private static byte[] power(byte[] input) {
        if (number(input, 0, 32).signum() == 0 && number(input, 64, 32).signum() == 0) return Words.NOTHING;
        // The gas has bounded the lengths.
        int baseLength = number(input, 0, 32).intValue();
        int exponentLength = number(input, 32, 32).intValue();
        int modulusLength = number(input, 64, 32).intValue();
        BigInteger base = number(input, 96, baseLength);
        BigInteger exponent = number(input, 96 + baseLength, exponentLength);
        BigInteger modulus = number(input, 96 + baseLength + exponentLength, modulusLength);
        byte[] out = new byte[modulusLength];
        if (modulus.signum() == 0) return out;
        byte[] answer = base.modPow(exponent, modulus).toByteArray();
        int length = Math.min(answer.length, modulusLength);
        System.arraycopy(answer, answer.length - length, out, modulusLength - length, length);
        return out;
    }

    private static long powerGas(byte[] input) {
        BigInteger baseLength = number(input, 0, 32);
        BigInteger exponentLength = number(input, 32, 32);
        BigInteger modulusLength = number(input, 64, 32);
        BigInteger longest = baseLength.max(modulusLength);
        if (longest.signum() == 0) return LEAST_POWER_GAS; // nothing to raise, however long the exponent claims to be
        if (longest.bitLength() > 20 || exponentLength.bitLength() > 20) return Long.MAX_VALUE; // beyond any gas limit
        long words = (longest.longValue() + 7) / 8;
        int exponentBytes = exponentLength.intValue();
        int headBits = number(input, 96 + baseLength.intValue(), Math.min(exponentBytes, 32))
                .bitLength();
        long rounds = Math.max(headBits - 1, 0) + 8L * Math.max(exponentBytes - 32, 0);
        return Math.max(LEAST_POWER_GAS, words * words * Math.max(rounds, 1) / 3);
    }

    private static BigInteger number(byte[] input, int offset, int length) {
        if (offset >= input.length) return BigInteger.ZERO;
        byte[] held = Arrays.copyOfRange(input, offset, Math.min(input.length, offset + length));
        return Words.word(held).shiftLeft(8 * (length - held.length));
    }
}
