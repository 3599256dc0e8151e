package waybill.x402;

import java.math.BigInteger;

/**
 * Leave for a spender to take tokens of their owner, given by signature in the token itself: EIP-2612's {@code Permit}.
 * Whoever sends it to the chain pays the gas.
 *
 * @param owner whose tokens
 * @param spender who may take them
 * @param value atomic units, at most
 * @param nonce the owner's next in this token
 * @param deadline seconds since 1970; not usable later than this
 */
public record Permit(Address owner, Address spender, BigInteger value, BigInteger nonce, BigInteger deadline) {
    private static final Bytes32 TYPE_HASH =
            Eip712.typeHash("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");

    public Permit {
        Eip712.requireUint256(value, "value");
        Eip712.requireUint256(nonce, "nonce");
        Eip712.requireUint256(deadline, "deadline");
    }

    /**
     * What is signed: the EIP-712 digest under the domain of {@code asset}, which comes from our own table.
     *
     * @throws IllegalArgumentException when the token has no domain
     */
    public Bytes32 digest(Asset asset) {
        return Eip712.digest(Eip712.domainSeparator(asset), structHash());
    }

    Bytes32 structHash() {
        return Eip712.struct(
                TYPE_HASH,
                Eip712.word(owner),
                Eip712.word(spender),
                Eip712.word(value),
                Eip712.word(nonce),
                Eip712.word(deadline));
    }
}
