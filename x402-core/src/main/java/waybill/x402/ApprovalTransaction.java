package waybill.x402;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * A transaction that approves a spender of a token, by EIP-1559. There is no way to make it do anything else: no ether, no
 * other call. Once signed it is for anybody to send.
 *
 * @param network the chain that it is good on
 * @param token the token contract
 * @param spender who may take tokens of the sender
 * @param amount atomic units that it may take; 0 takes an approval back
 * @param nonce the sender's next on that chain
 * @param gasLimit the most gas that it may use
 * @param maxFeePerGas the most that a unit of gas may cost, in wei
 * @param maxPriorityFeePerGas what of it goes to the block's maker at most, in wei
 */
public record ApprovalTransaction(
        Network network,
        Address token,
        Address spender,
        BigInteger amount,
        BigInteger nonce,
        BigInteger gasLimit,
        BigInteger maxFeePerGas,
        BigInteger maxPriorityFeePerGas) {
    /** 2^256 - 1: everything, for ever. */
    public static final BigInteger UNLIMITED = BigInteger.TWO.pow(256).subtract(BigInteger.ONE);
    /** What the reference gives a sponsored approval: 70,000. Source: its packages, version 2.27.0. */
    public static final BigInteger SPONSORED_GAS = BigInteger.valueOf(70_000);

    private static final byte[] APPROVE = HexFormat.of().parseHex("095ea7b3"); // approve(address,uint256)

    public ApprovalTransaction {
        Eip712.requireUint256(amount, "amount");
        requireUint64(nonce, "nonce");
        requireUint64(gasLimit, "gasLimit");
        Eip712.requireUint256(maxFeePerGas, "maxFeePerGas");
        Eip712.requireUint256(maxPriorityFeePerGas, "maxPriorityFeePerGas");
    }

    /** What is signed. */
    public Bytes32 digest() {
        return Bytes32.keccak(SignedTransaction.typed(fields()));
    }

    /** The whole transaction as hex, for {@code eth_sendRawTransaction}. */
    public String raw(Signature signature) {
        List<Object> all = new ArrayList<>(fields());
        all.add(BigInteger.valueOf(signature.v() - 27));
        all.add(signature.r());
        all.add(signature.s());
        return Hex.of(SignedTransaction.typed(all));
    }

    /** The data of the call. */
    byte[] data() {
        byte[] data = new byte[68];
        System.arraycopy(APPROVE, 0, data, 0, 4);
        System.arraycopy(Eip712.word(spender), 0, data, 4, 32);
        System.arraycopy(Eip712.word(amount), 0, data, 36, 32);
        return data;
    }

    private List<Object> fields() {
        return List.of(
                BigInteger.valueOf(network.chainId()),
                nonce,
                maxPriorityFeePerGas,
                maxFeePerGas,
                gasLimit,
                token.bytes(),
                BigInteger.ZERO,
                data(),
                List.of());
    }

    private static void requireUint64(BigInteger value, String what) {
        if (value.signum() < 0 || value.bitLength() > 64) {
            throw new IllegalArgumentException(what + " is 0 to 2^64 - 1, not " + value);
        }
    }
}
