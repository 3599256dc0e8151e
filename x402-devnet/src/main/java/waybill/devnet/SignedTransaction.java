package waybill.devnet;

import java.math.BigInteger;
import java.security.SignatureException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.web3j.crypto.AccessListObject;
import org.web3j.crypto.Sign;
import org.web3j.crypto.SignedRawTransaction;
import org.web3j.crypto.TransactionDecoder;
import org.web3j.crypto.transaction.type.ITransaction;
import org.web3j.crypto.transaction.type.Transaction1559;
import org.web3j.crypto.transaction.type.Transaction2930;

/**
 * A transaction as its sender signed it. `to` is null for a creation; the two fees are equal unless its type is 2
 * (EIP-1559).
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record SignedTransaction(
        BigInteger hash,
        int type,
        BigInteger from,
        @Nullable BigInteger to,
        BigInteger nonce,
        BigInteger gasLimit,
        BigInteger maxFee,
        BigInteger maxTip,
        BigInteger value,
        byte[] data,
        List<AccessListObject> accessList,
        Sign.SignatureData signature) {

    private static final BigInteger HIGHEST_S =
            new BigInteger("7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0", 16);

    /** Reads legacy (EIP-155), EIP-2930 and EIP-1559 transactions that were signed for this chain. */
    static SignedTransaction decode(byte[] raw, long chainId) {
        SignedRawTransaction signed = parse(raw);
        if (Words.word(signed.getSignatureData().getS()).compareTo(HIGHEST_S) > 0) {
            throw RpcException.refused("invalid sender: the signature's s is above half of the curve's order");
        }
        Long signedFor = chainIdOf(signed);
        if (signedFor == null || signedFor != chainId) {
            throw RpcException.refused("invalid chain id for signer: have " + signedFor + " want " + chainId);
        }
        ITransaction body = signed.getTransaction();
        BigInteger maxFee;
        BigInteger maxTip;
        List<AccessListObject> accessList = List.of();
        if (body instanceof Transaction1559 priced) { // which has no gas price to ask for
            maxFee = priced.getMaxFeePerGas();
            maxTip = priced.getMaxPriorityFeePerGas();
            accessList = priced.getAccessList();
        } else {
            maxFee = body.getGasPrice();
            maxTip = maxFee;
            if (body instanceof Transaction2930 listed) accessList = listed.getAccessList();
        }
        String to = body.getTo();
        return new SignedTransaction(
                Words.keccak(raw),
                body.getType().isLegacy() ? 0 : body.getType().getRlpType(),
                sender(signed),
                to == null || to.length() <= 2 ? null : Words.number(to),
                body.getNonce(),
                body.getGasLimit(),
                maxFee,
                maxTip,
                body.getValue(),
                dataOf(body),
                List.copyOf(accessList),
                signed.getSignatureData());
    }

    /** What a gas unit costs the sender in a block with this base fee. */
    BigInteger gasPrice(BigInteger baseFee) {
        return maxFee.min(baseFee.add(maxTip));
    }

    private static SignedRawTransaction parse(byte[] raw) {
        try {
            if (TransactionDecoder.decode(Words.hex(raw)) instanceof SignedRawTransaction signed
                    && !signed.getType().isEip4844()) {
                return signed;
            }
        } catch (RuntimeException undecodable) {
            throw new RpcException(
                    RpcException.INVALID_PARAMS, "The bytes are no signed transaction: " + undecodable, null);
        }
        throw new RpcException(
                RpcException.INVALID_PARAMS, "Only signed transactions of type 0, 1 and 2 run on the devnet.", null);
    }

    private static @Nullable Long chainIdOf(SignedRawTransaction signed) {
        if (signed.getTransaction() instanceof Transaction2930 listed) return listed.getChainId();
        if (signed.getTransaction() instanceof Transaction1559 priced) return priced.getChainId();
        return signed.getChainId();
    }

    private static BigInteger sender(SignedRawTransaction signed) {
        try {
            return Words.number(signed.getFrom());
        } catch (SignatureException | RuntimeException unrecoverable) {
            throw RpcException.refused("invalid sender: " + unrecoverable.getMessage());
        }
    }

    private static byte[] dataOf(ITransaction body) {
        String data = body.getData();
        if (data == null || data.isEmpty()) return Words.NOTHING;
        return Words.bytes(data.startsWith("0x") ? data : "0x" + data);
    }
}
