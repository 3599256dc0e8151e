package waybill.facilitator;

import java.math.BigInteger;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import waybill.x402.Address;

/** Multicall3's {@code tryAggregate} over several calls, for a simulation of some that need others first. */
final class Multicall {
    /** Multicall3's address on every chain that has it. Source: the contract's own registry, github.com/mds1/multicall3. */
    static final Address ADDRESS = Address.parse("0xcA11bde05977b3631167028862bE2a173976CA11");

    private static final byte[] TRY_AGGREGATE = Abi.selector("tryAggregate(bool,(address,bytes)[])");

    private Multicall() {}

    /** All of {@code calls}, each made by {@link #call}, in their order; a failure of one does not undo the others. */
    static byte[] tryAll(byte[]... calls) {
        byte[][] offsets = new byte[calls.length][];
        long offset = calls.length * 32L;
        for (int i = 0; i < calls.length; i++) {
            offsets[i] = Abi.word(offset);
            offset += calls[i].length;
        }
        return Abi.concat(
                TRY_AGGREGATE,
                Abi.word(0), // a failure of one does not undo the others
                Abi.word(2 * 32),
                Abi.word(calls.length),
                Abi.concat(offsets),
                Abi.concat(calls));
    }

    /** What the call at {@code index} returned, by what {@code tryAggregate} returned; null when it failed. */
    static byte @Nullable [] result(byte[] returned, int index) {
        int offset = at(returned, 2 * 32 + index * 32); // the array's offset and its length come before
        int start = 2 * 32 + offset;
        if (offset < 0 || index >= at(returned, 32) || at(returned, start) != 1) {
            return null;
        }
        int data = start + at(returned, start + 32);
        int length = at(returned, data);
        int end = data + 32 + length;
        return data < start || length < 0 || end > returned.length
                ? null
                : Arrays.copyOfRange(returned, data + 32, end);
    }

    /** One call of {@link #tryAll}. */
    static byte[] call(Address target, byte[] data) {
        return Abi.concat(Abi.word(target), Abi.word(2 * 32), Abi.tail(data));
    }

    private static int at(byte[] data, int offset) {
        if (data.length < offset + 32) {
            return -1;
        }
        BigInteger value = new BigInteger(1, Arrays.copyOfRange(data, offset, offset + 32));
        return value.bitLength() > 24 ? -1 : value.intValueExact();
    }
}
