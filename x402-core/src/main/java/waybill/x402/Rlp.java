package waybill.x402;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Recursive length prefixes, as transactions are written: byte strings ({@code byte[]}) and lists of them. */
final class Rlp {
    private static final int MAX_DEPTH = 4;

    private final byte[] input;
    private int at;

    private Rlp(byte[] input) {
        this.input = input;
    }

    /** The encoding of a list of {@code byte[]}, {@link BigInteger} or {@link List}. */
    static byte[] encode(List<?> list) {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        for (Object item : list) {
            if (item instanceof List<?> nested) {
                body.writeBytes(encode(nested));
            } else {
                body.writeBytes(string(item instanceof BigInteger number ? minimal(number) : (byte[]) item));
            }
        }
        return prefixed(0xc0, body.toByteArray());
    }

    private static byte[] string(byte[] bytes) {
        return bytes.length == 1 && bytes[0] >= 0 ? bytes : prefixed(0x80, bytes);
    }

    private static byte[] prefixed(int offset, byte[] body) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        if (body.length <= 55) {
            out.write(offset + body.length);
        } else {
            byte[] length = minimal(BigInteger.valueOf(body.length));
            out.write(offset + 55 + length.length);
            out.writeBytes(length);
        }
        out.writeBytes(body);
        return out.toByteArray();
    }

    /** Without leading zeros; zero is no byte at all. */
    private static byte[] minimal(BigInteger number) {
        byte[] bytes = number.toByteArray();
        int skip = bytes[0] == 0 ? 1 : 0;
        return Arrays.copyOfRange(bytes, skip, bytes.length);
    }

    /**
     * The list that is all of {@code input}, in its one canonical form.
     *
     * @throws IllegalArgumentException for anything else
     */
    static List<Object> decode(byte[] input) {
        Rlp reader = new Rlp(input);
        Object item = reader.item(input.length, 0);
        if (reader.at != input.length || !(item instanceof List<?> list)) {
            throw new IllegalArgumentException("not one RLP list");
        }
        return List.copyOf(list);
    }

    private Object item(int end, int depth) {
        if (at >= end) {
            throw new IllegalArgumentException("RLP ends too early");
        }
        int prefix = input[at++] & 0xff;
        if (prefix < 0x80) {
            return new byte[] {(byte) prefix};
        }
        boolean list = prefix >= 0xc0;
        int offset = list ? 0xc0 : 0x80;
        int length = prefix - offset;
        if (length > 55) {
            length = longLength(length - 55, end);
        }
        if (length > end - at) {
            throw new IllegalArgumentException("RLP ends too early");
        }
        int stop = at + length;
        return list ? items(stop, depth) : bytes(stop);
    }

    private byte[] bytes(int stop) {
        byte[] bytes = Arrays.copyOfRange(input, at, stop);
        if (bytes.length == 1 && bytes[0] >= 0) {
            throw new IllegalArgumentException("RLP is not in its shortest form");
        }
        at = stop;
        return bytes;
    }

    private List<Object> items(int stop, int depth) {
        if (depth == MAX_DEPTH) {
            throw new IllegalArgumentException("RLP is nested too deeply");
        }
        List<Object> items = new ArrayList<>();
        while (at < stop) {
            items.add(item(stop, depth + 1));
        }
        return items;
    }

    private int longLength(int bytes, int end) {
        if (bytes > 3 || bytes > end - at) {
            throw new IllegalArgumentException("RLP is too long");
        }
        int length = 0;
        for (int i = 0; i < bytes; i++) {
            length = (length << 8) | (input[at++] & 0xff);
        }
        if (length <= 55 || length >>> (8 * (bytes - 1)) == 0) {
            throw new IllegalArgumentException("RLP is not in its shortest form");
        }
        return length;
    }
}
