package waybill.facilitator;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.web3j.utils.Numeric;
import waybill.x402.Address;
import waybill.x402.Bytes32;

/** The contract ABI, as far as a facilitator needs it: words, tails, selectors and topics, by hand. */
final class Abi {
    private Abi() {}

    static byte[] word(BigInteger value) {
        return Numeric.toBytesPadded(value, 32);
    }

    static byte[] word(long value) {
        return word(BigInteger.valueOf(value));
    }

    static byte[] word(Address address) {
        return concat(new byte[12], address.bytes());
    }

    /** Dynamic bytes: their length, then the bytes, padded to words. */
    static byte[] tail(byte[] bytes) {
        int padded = (bytes.length + 31) / 32 * 32;
        return concat(word(bytes.length), Arrays.copyOf(bytes, padded));
    }

    static byte[] bytes(String hex) {
        return Numeric.hexStringToByteArray(hex);
    }

    static byte[] selector(String function) {
        return Arrays.copyOf(
                Bytes32.keccak(function.getBytes(StandardCharsets.US_ASCII)).bytes(), 4);
    }

    static String topic(String event) {
        return Bytes32.keccak(event.getBytes(StandardCharsets.US_ASCII)).toString();
    }

    /** An address as a log's topic. */
    static String topic(Address address) {
        return Numeric.toHexString(word(address));
    }

    /** Reads a returned string of at most 255 bytes, or null when it is none. */
    static @Nullable String string(byte[] data) {
        if (data.length < 64) {
            return null;
        }
        BigInteger length = new BigInteger(1, Arrays.copyOfRange(data, 32, 64));
        if (length.bitLength() > 8 || data.length < 64 + length.intValue()) {
            return null;
        }
        return new String(data, 64, length.intValue(), StandardCharsets.UTF_8);
    }

    static byte[] concat(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }
}
