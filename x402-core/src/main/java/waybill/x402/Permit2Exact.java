package waybill.x402;

import java.math.BigInteger;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Leave for the exact proxy to move tokens from their owner to one payee, once, through Permit2: the scheme
 * {@code exact} for any ERC-20. The owner has approved Permit2 before.
 *
 * @param from who pays
 * @param token the token contract
 * @param amount atomic units, exactly this
 * @param spender the exact proxy
 * @param nonce chosen by the payer; Permit2 takes each once
 * @param deadline seconds since 1970; not usable later than this
 * @param to who receives
 * @param validAfter seconds since 1970; not usable earlier than this
 */
public record Permit2Exact(
        Address from,
        Address token,
        BigInteger amount,
        Address spender,
        BigInteger nonce,
        BigInteger deadline,
        Address to,
        BigInteger validAfter)
        implements Authorization {
    private static final String WITNESS = "Witness(address to,uint256 validAfter)";
    private static final Bytes32 WITNESS_TYPE_HASH = Eip712.typeHash(WITNESS);
    private static final Bytes32 TYPE_HASH = Permit2Transfer.typeHash(WITNESS);

    public Permit2Exact {
        Eip712.requireUint256(amount, "amount");
        Eip712.requireUint256(nonce, "nonce");
        Eip712.requireUint256(deadline, "deadline");
        Eip712.requireUint256(validAfter, "validAfter");
    }

    /**
     * What is signed: the EIP-712 digest under Permit2's domain.
     *
     * @param network the chain that it is good on
     * @param contracts where Permit2 lives there
     */
    public Bytes32 digest(Network network, Permit2Contracts contracts) {
        return Eip712.digest(Eip712.permit2Domain(network, contracts.permit2()), structHash());
    }

    @Override
    public BigInteger most() {
        return amount;
    }

    @Override
    public BigInteger unusableFrom() {
        return deadline.add(BigInteger.ONE);
    }

    @Override
    public Bytes32 nonceWord() {
        return Bytes32.of(Eip712.word(nonce));
    }

    Bytes32 structHash() {
        Bytes32 witness = Eip712.struct(WITNESS_TYPE_HASH, Eip712.word(to), Eip712.word(validAfter));
        return Permit2Transfer.struct(TYPE_HASH, token, amount, spender, nonce, deadline, witness);
    }

    static Permit2Exact read(JsonObject json) {
        JsonObject permitted = json.object("permitted");
        JsonObject witness = json.object("witness");
        return new Permit2Exact(
                Address.parse(json.string("from")),
                Address.parse(permitted.string("token")),
                Decimals.atomic(permitted.string("amount"), "permitted.amount"),
                Address.parse(json.string("spender")),
                Decimals.atomic(json.string("nonce"), "nonce"),
                Decimals.atomic(json.string("deadline"), "deadline"),
                Address.parse(witness.string("to")),
                Decimals.atomic(witness.string("validAfter"), "witness.validAfter"));
    }

    Map<String, @Nullable Object> json() {
        Map<String, @Nullable Object> witness = new LinkedHashMap<>();
        witness.put("to", to.toString());
        witness.put("validAfter", validAfter.toString());
        return Permit2Transfer.json(from, token, amount, spender, nonce, deadline, witness);
    }
}
