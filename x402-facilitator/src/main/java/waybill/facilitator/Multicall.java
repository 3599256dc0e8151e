package waybill.facilitator;

import java.math.BigInteger;
import java.util.Arrays;
import waybill.x402.Address;

/** Multicall3's {@code tryAggregate} over two calls, for a simulation of one that needs the other first. */
final class Multicall {
    /** Multicall3's address on every chain that has it. Source: the contract's own registry, github.com/mds1/multicall3. */
    static final Address ADDRESS = Address.parse("0xcA11bde05977b3631167028862bE2a173976CA11");

    private static final byte[] TRY_AGGREGATE = Abi.selector("tryAggregate(bool,(address,bytes)[])");

    private Multicall() {}

    static byte[] tryBoth(Address first, byte[] firstData, Address second, byte[] secondData) {
        byte[] one = call(first, firstData);
        byte[] two = call(second, secondData);
        return Abi.concat(
                TRY_AGGREGATE,
                Abi.word(0), // a failure of one does not undo the other
                Abi.word(2 * 32),
                Abi.word(2),
                Abi.word(2 * 32),
                Abi.word(2 * 32 + one.length),
                one,
                two);
    }

    /** Whether the second of two calls went through, by what {@code tryAggregate} returned. */
    static boolean secondWorked(byte[] returned) {
        int second = at(returned, 32 + 32 + 32); // offset of the array, its length, first offset, second offset
        int start = 64 + second;
        return second > 0 && start + 32 <= returned.length && at(returned, start) == 1;
    }

    private static byte[] call(Address target, byte[] data) {
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
