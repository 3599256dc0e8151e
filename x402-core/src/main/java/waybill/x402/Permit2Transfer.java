package waybill.x402;

import java.math.BigInteger;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What every transfer through Permit2 has in common: {@code PermitWitnessTransferFrom} around a witness, which is the
 * scheme's own. Source: Permit2's {@code PermitHash}.
 */
final class Permit2Transfer {
    private static final String PERMISSIONS = "TokenPermissions(address token,uint256 amount)";
    private static final Bytes32 PERMISSIONS_TYPE_HASH = Eip712.typeHash(PERMISSIONS);

    private Permit2Transfer() {}

    /** The type hash with a witness type that sorts behind {@code TokenPermissions}. */
    static Bytes32 typeHash(String witnessType) {
        return Eip712.typeHash("PermitWitnessTransferFrom(TokenPermissions permitted,address spender,uint256 nonce,"
                + "uint256 deadline,Witness witness)" + PERMISSIONS + witnessType);
    }

    static Bytes32 struct(
            Bytes32 typeHash,
            Address token,
            BigInteger amount,
            Address spender,
            BigInteger nonce,
            BigInteger deadline,
            Bytes32 witness) {
        Bytes32 permitted = Eip712.struct(PERMISSIONS_TYPE_HASH, Eip712.word(token), Eip712.word(amount));
        return Eip712.struct(
                typeHash,
                permitted.bytes(),
                Eip712.word(spender),
                Eip712.word(nonce),
                Eip712.word(deadline),
                witness.bytes());
    }

    static Map<String, @Nullable Object> json(
            Address from,
            Address token,
            BigInteger amount,
            Address spender,
            BigInteger nonce,
            BigInteger deadline,
            Map<String, @Nullable Object> witness) {
        Map<String, @Nullable Object> permitted = new LinkedHashMap<>();
        permitted.put("token", token.toString());
        permitted.put("amount", amount.toString());
        Map<String, @Nullable Object> out = new LinkedHashMap<>();
        out.put("from", from.toString());
        out.put("permitted", permitted);
        out.put("spender", spender.toString());
        out.put("nonce", nonce.toString());
        out.put("deadline", deadline.toString());
        out.put("witness", witness);
        return out;
    }
}
