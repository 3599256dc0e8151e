package waybill.x402;

import java.math.BigInteger;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Leave for one facilitator to move at most a sum of tokens from their owner to one payee, once, through Permit2: the
 * scheme {@code upto}. What is charged within the ceiling is the facilitator's and seller's word.
 *
 * @param from who pays
 * @param token the token contract
 * @param amount the ceiling in atomic units
 * @param spender the upto proxy
 * @param nonce chosen by the payer; Permit2 takes each once
 * @param deadline seconds since 1970; not usable later than this
 * @param to who receives
 * @param facilitator the only account that may settle it
 * @param validAfter seconds since 1970; not usable earlier than this
 */
public record Permit2Upto(
        Address from,
        Address token,
        BigInteger amount,
        Address spender,
        BigInteger nonce,
        BigInteger deadline,
        Address to,
        Address facilitator,
        BigInteger validAfter)
        implements Authorization {
    private static final String WITNESS = "Witness(address to,address facilitator,uint256 validAfter)";
    private static final Bytes32 WITNESS_TYPE_HASH = Eip712.typeHash(WITNESS);
    private static final Bytes32 TYPE_HASH = Permit2Transfer.typeHash(WITNESS);

    public Permit2Upto {
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
        Bytes32 witness =
                Eip712.struct(WITNESS_TYPE_HASH, Eip712.word(to), Eip712.word(facilitator), Eip712.word(validAfter));
        return Permit2Transfer.struct(TYPE_HASH, token, amount, spender, nonce, deadline, witness);
    }

    static Permit2Upto read(JsonObject json) {
        JsonObject permitted = json.object("permitted");
        JsonObject witness = json.object("witness");
        return new Permit2Upto(
                Address.parse(json.string("from")),
                Address.parse(permitted.string("token")),
                Decimals.atomic(permitted.string("amount"), "permitted.amount"),
                Address.parse(json.string("spender")),
                Decimals.atomic(json.string("nonce"), "nonce"),
                Decimals.atomic(json.string("deadline"), "deadline"),
                Address.parse(witness.string("to")),
                Address.parse(witness.string("facilitator")),
                Decimals.atomic(witness.string("validAfter"), "witness.validAfter"));
    }

    Map<String, @Nullable Object> json() {
        Map<String, @Nullable Object> witness = new LinkedHashMap<>();
        witness.put("to", to.toString());
        witness.put("facilitator", facilitator.toString());
        witness.put("validAfter", validAfter.toString());
        return Permit2Transfer.json(from, token, amount, spender, nonce, deadline, witness);
    }
}
