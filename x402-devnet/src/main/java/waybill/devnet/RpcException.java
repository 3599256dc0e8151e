package waybill.devnet;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** A JSON-RPC error as the caller gets it: code, message and, after a revert, the revert data. */
final class RpcException extends RuntimeException {
    static final int PARSE_ERROR = -32700;
    static final int INVALID_REQUEST = -32600;
    static final int METHOD_NOT_FOUND = -32601;
    static final int INVALID_PARAMS = -32602;
    static final int INTERNAL = -32603;
    static final int REFUSED = -32000;
    static final int REVERTED = 3;

    private static final long serialVersionUID = 1L;
    private static final BigInteger ERROR_SELECTOR = BigInteger.valueOf(0x08c379a0L);

    final int code;
    final @Nullable String data;

    RpcException(int code, String message, @Nullable String data) {
        super(message);
        this.code = code;
        this.data = data;
    }

    static RpcException refused(String message) {
        return new RpcException(REFUSED, message, null);
    }

    static RpcException invalidParams(String message) {
        return new RpcException(INVALID_PARAMS, message, null);
    }

    /** Says why a call failed, in the words that clients parse. */
    static RpcException failed(Evm.Outcome outcome) {
        if (outcome.halt() != null) return refused("execution halted: " + outcome.halt());
        String reason = revertReason(outcome.output());
        return new RpcException(
                REVERTED,
                reason == null ? "execution reverted" : "execution reverted: " + reason,
                Words.hex(outcome.output()));
    }

    /** The text of Solidity's `Error(string)`, or null when the data is something else. */
    static @Nullable String revertReason(byte[] output) {
        if (output.length < 68) return null;
        if (!Words.word(Words.slice(output, BigInteger.ZERO, 4)).equals(ERROR_SELECTOR)) return null;
        BigInteger length = Words.word(Words.slice(output, BigInteger.valueOf(36), 32));
        if (length.compareTo(BigInteger.valueOf(output.length - 68L)) > 0) return null;
        return new String(output, 68, length.intValue(), StandardCharsets.UTF_8);
    }
}
