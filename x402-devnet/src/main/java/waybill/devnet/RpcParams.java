package waybill.devnet;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigInteger;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The positional parameters of one JSON-RPC call, read strictly: an error names the position and what was expected. */
record RpcParams(JsonNode list) {
    private static final Pattern QUANTITY = Pattern.compile("0x[0-9a-fA-F]{1,64}");
    private static final Pattern BYTES = Pattern.compile("0x([0-9a-fA-F]{2})*+");
    private static final Pattern ADDRESS = Pattern.compile("0x[0-9a-fA-F]{40}");
    private static final Pattern WORD = Pattern.compile("0x[0-9a-fA-F]{64}");

    JsonNode at(int index) {
        return list.path(index);
    }

    boolean has(int index) {
        return isPresent(list.path(index));
    }

    BigInteger address(int index) {
        return address(at(index), "parameter " + index);
    }

    BigInteger word(int index) {
        return word(at(index), "parameter " + index);
    }

    byte[] bytes(int index) {
        return bytes(at(index), "parameter " + index);
    }

    /** A number as hex text, or as a JSON number, which the evm_ methods use. */
    BigInteger number(int index) {
        return number(at(index), "parameter " + index);
    }

    long seconds(int index) {
        BigInteger seconds = number(index);
        if (seconds.bitLength() > 40) throw RpcException.invalidParams("parameter " + index + " is too many seconds");
        return seconds.longValue();
    }

    static boolean isPresent(JsonNode node) {
        return !node.isMissingNode() && !node.isNull();
    }

    static BigInteger address(JsonNode node, String where) {
        return Words.number(matching(node, ADDRESS, where, "an address of 20 bytes"));
    }

    static BigInteger word(JsonNode node, String where) {
        return Words.number(matching(node, WORD, where, "32 bytes"));
    }

    static byte[] bytes(JsonNode node, String where) {
        return Words.bytes(matching(node, BYTES, where, "hex data"));
    }

    static BigInteger number(JsonNode node, String where) {
        if (node.isIntegralNumber() && node.bigIntegerValue().signum() >= 0) return node.bigIntegerValue();
        return Words.number(matching(node, QUANTITY, where, "a hex quantity of at most 256 bits"));
    }

    static BigInteger number(JsonNode node, String where, BigInteger otherwise) {
        return isPresent(node) ? number(node, where) : otherwise;
    }

    static @Nullable BigInteger optionalAddress(JsonNode node, String where) {
        return isPresent(node) ? address(node, where) : null;
    }

    private static String matching(JsonNode node, Pattern form, String where, String expected) {
        if (node.isTextual() && form.matcher(node.textValue()).matches()) return node.textValue();
        String got = node.isMissingNode() ? "nothing" : node.toString();
        throw RpcException.invalidParams(where + " should be " + expected + ", starting with 0x, but is "
                + (got.length() > 80 ? got.substring(0, 80) + "…" : got));
    }
}
