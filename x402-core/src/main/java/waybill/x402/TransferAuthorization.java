package waybill.x402;

import java.math.BigInteger;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Leave for anybody to move tokens from their owner to one payee, once: EIP-3009's {@code TransferWithAuthorization}.
 *
 * @param from who pays
 * @param to who receives
 * @param value atomic units
 * @param validAfter seconds since 1970; usable only later than this
 * @param validBefore seconds since 1970; usable only earlier than this
 * @param nonce chosen by the payer; the token takes each once
 */
public record TransferAuthorization(
        Address from, Address to, BigInteger value, BigInteger validAfter, BigInteger validBefore, Bytes32 nonce)
        implements Authorization {

    private static final Bytes32 TYPE_HASH = Eip712.typeHash("TransferWithAuthorization(address from,address to,"
            + "uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce)");

    public TransferAuthorization {
        Eip712.requireUint256(value, "value");
        Eip712.requireUint256(validAfter, "validAfter");
        Eip712.requireUint256(validBefore, "validBefore");
    }

    /**
     * What is signed: the EIP-712 digest under the domain of {@code asset}. The domain comes from the asset, which comes
     * from our own table, so a seller cannot lead a signature to another token.
     */
    public Bytes32 digest(Asset asset) {
        return Eip712.digest(Eip712.domainSeparator(asset), structHash());
    }

    @Override
    public BigInteger most() {
        return value;
    }

    @Override
    public BigInteger unusableFrom() {
        return validBefore;
    }

    @Override
    public Bytes32 nonceWord() {
        return nonce;
    }

    Bytes32 structHash() {
        return Eip712.struct(
                TYPE_HASH,
                Eip712.word(from),
                Eip712.word(to),
                Eip712.word(value),
                Eip712.word(validAfter),
                Eip712.word(validBefore),
                nonce.bytes());
    }

    static TransferAuthorization read(JsonObject json) {
        return new TransferAuthorization(
                Address.parse(json.string("from")),
                Address.parse(json.string("to")),
                Decimals.atomic(json.string("value"), "value"),
                Decimals.atomic(json.string("validAfter"), "validAfter"),
                Decimals.atomic(json.string("validBefore"), "validBefore"),
                Bytes32.parse(json.string("nonce")));
    }

    Map<String, @Nullable Object> json() {
        Map<String, @Nullable Object> out = new LinkedHashMap<>();
        out.put("from", from.toString());
        out.put("to", to.toString());
        out.put("value", value.toString());
        out.put("validAfter", validAfter.toString());
        out.put("validBefore", validBefore.toString());
        out.put("nonce", nonce.toString());
        return out;
    }
}
