package waybill.x402;

import java.math.BigInteger;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A signed EIP-1559 transaction of a stranger's, read strictly so that whoever is asked to send it can see what it does.
 *
 * @param network the chain that it is good on
 * @param nonce the sender's
 * @param maxPriorityFeePerGas wei
 * @param maxFeePerGas wei
 * @param gasLimit the most gas that it may use
 * @param to whom it calls, or null when it makes a contract
 * @param value wei that it carries
 * @param data of the call, hex
 * @param sender whose signature it bears, or null when nobody can have made it
 * @param raw all of it, hex
 */
public record SignedTransaction(
        Network network,
        BigInteger nonce,
        BigInteger maxPriorityFeePerGas,
        BigInteger maxFeePerGas,
        BigInteger gasLimit,
        @Nullable Address to,
        BigInteger value,
        String data,
        @Nullable Address sender,
        String raw) {
    private static final int MAX_BYTES = 1024;
    private static final byte TYPE = 2;
    private static final String APPROVE = "0x095ea7b3";

    /**
     * Reads hex of at most 1 KiB.
     *
     * @throws IllegalArgumentException when it is longer, not of type 2, not in canonical form, or has an access list
     */
    public static SignedTransaction parse(String hex) {
        byte[] raw = hex.length() > 2 + 2 * MAX_BYTES ? null : Hex.decode(hex);
        if (raw == null) {
            throw new IllegalArgumentException("a transaction is hex of at most " + MAX_BYTES + " bytes");
        }
        if (raw.length < 2 || raw[0] != TYPE) {
            throw new IllegalArgumentException("only transactions of type 2 (EIP-1559) are read");
        }
        List<Object> fields = Rlp.decode(Arrays.copyOfRange(raw, 1, raw.length));
        if (fields.size() != 12) {
            throw new IllegalArgumentException("a transaction of type 2 has 12 fields, not " + fields.size());
        }
        if (!(fields.get(8) instanceof List<?> accessList) || !accessList.isEmpty()) {
            throw new IllegalArgumentException("the transaction has an access list; none is expected");
        }
        byte[] to = bytes(fields.get(5), "to");
        int parity = number(fields.get(9), 1, "yParity").intValueExact();
        Bytes32 digest = Bytes32.keccak(typed(fields.subList(0, 9)));
        BigInteger r = number(fields.get(10), 32, "r");
        BigInteger s = number(fields.get(11), 32, "s");
        return new SignedTransaction(
                new Network(number(fields.get(0), 7, "chainId").longValueExact()),
                number(fields.get(1), 8, "nonce"),
                number(fields.get(2), 32, "maxPriorityFeePerGas"),
                number(fields.get(3), 32, "maxFeePerGas"),
                number(fields.get(4), 8, "gasLimit"),
                to.length == 0 ? null : Address.of(to),
                number(fields.get(6), 32, "value"),
                Hex.of(bytes(fields.get(7), "data")),
                new Signature(r, s, 27 + parity).recover(digest),
                Hex.of(raw));
    }

    /** The approval that this is and nothing else; empty when it is, or carries, anything else. */
    public Optional<ApprovalTransaction> approval() {
        boolean approves = to != null && value.signum() == 0 && data.length() == 2 + 2 * 68 && data.startsWith(APPROVE);
        if (!approves || !data.startsWith("0".repeat(24), APPROVE.length())) {
            return Optional.empty();
        }
        byte[] call = HexFormat.of().parseHex(data, 2, data.length());
        return Optional.of(new ApprovalTransaction(
                network,
                Objects.requireNonNull(to),
                Address.of(Arrays.copyOfRange(call, 16, 36)),
                new BigInteger(1, Arrays.copyOfRange(call, 36, 68)),
                nonce,
                gasLimit,
                maxFeePerGas,
                maxPriorityFeePerGas));
    }

    /** The transaction's hash, by which the chain knows it. */
    public Bytes32 hash() {
        return Bytes32.keccak(HexFormat.of().parseHex(raw, 2, raw.length()));
    }

    static byte[] typed(List<?> fields) {
        byte[] list = Rlp.encode(fields);
        byte[] typed = new byte[list.length + 1];
        typed[0] = TYPE;
        System.arraycopy(list, 0, typed, 1, list.length);
        return typed;
    }

    private static byte[] bytes(Object field, String what) {
        if (field instanceof byte[] bytes) {
            return bytes;
        }
        throw new IllegalArgumentException(what + " of the transaction is a list");
    }

    private static BigInteger number(Object field, int maxBytes, String what) {
        byte[] bytes = bytes(field, what);
        if (bytes.length > maxBytes || (bytes.length > 0 && bytes[0] == 0)) {
            throw new IllegalArgumentException(what + " of the transaction is out of range");
        }
        return new BigInteger(1, bytes);
    }
}
