package waybill.facilitator;

import java.math.BigInteger;
import java.util.Arrays;
import java.util.List;
import org.web3j.protocol.core.methods.response.Log;
import org.web3j.protocol.core.methods.response.TransactionReceipt;
import org.web3j.utils.Numeric;
import waybill.x402.Address;
import waybill.x402.Bytes32;
import waybill.x402.TransferAuthorization;

/** The calls that a facilitator makes on a token, as bytes, and the events that it believes. */
final class Token {
    static final String TRANSFER_TOPIC = Abi.topic("Transfer(address,address,uint256)");
    static final String USED_TOPIC = Abi.topic("AuthorizationUsed(address,bytes32)");

    private static final String AUTHORIZATION = "address,address,uint256,uint256,uint256,bytes32";
    private static final byte[] TRANSFER_VRS =
            Abi.selector("transferWithAuthorization(" + AUTHORIZATION + ",uint8,bytes32,bytes32)");
    private static final byte[] TRANSFER_BYTES = Abi.selector("transferWithAuthorization(" + AUTHORIZATION + ",bytes)");
    private static final byte[] AUTHORIZATION_STATE = Abi.selector("authorizationState(address,bytes32)");
    private static final byte[] BALANCE_OF = Abi.selector("balanceOf(address)");
    private static final byte[] ALLOWANCE = Abi.selector("allowance(address,address)");
    private static final byte[] NAME = Abi.selector("name()");
    private static final byte[] VERSION = Abi.selector("version()");

    private Token() {}

    /** The transfer by (v, r, s) for a signature of 65 bytes, else by bytes, as contract wallets need it. */
    static byte[] transfer(TransferAuthorization authorization, String signature) {
        byte[] head = Abi.concat(
                Abi.word(authorization.from()),
                Abi.word(authorization.to()),
                Abi.word(authorization.value()),
                Abi.word(authorization.validAfter()),
                Abi.word(authorization.validBefore()),
                authorization.nonce().bytes());
        byte[] bytes = Abi.bytes(signature);
        if (bytes.length == 65) {
            int v = bytes[64] & 0xff;
            return Abi.concat(
                    TRANSFER_VRS,
                    head,
                    Abi.word(v < 2 ? v + 27 : v),
                    Arrays.copyOf(bytes, 32),
                    Arrays.copyOfRange(bytes, 32, 64));
        }
        return Abi.concat(TRANSFER_BYTES, head, Abi.word(7 * 32), Abi.tail(bytes));
    }

    static byte[] authorizationState(Address payer, Bytes32 nonce) {
        return Abi.concat(AUTHORIZATION_STATE, Abi.word(payer), nonce.bytes());
    }

    static byte[] balanceOf(Address owner) {
        return Abi.concat(BALANCE_OF, Abi.word(owner));
    }

    static byte[] allowance(Address owner, Address spender) {
        return Abi.concat(ALLOWANCE, Abi.word(owner), Abi.word(spender));
    }

    static byte[] name() {
        return NAME.clone();
    }

    static byte[] version() {
        return VERSION.clone();
    }

    /** True when {@code asset} itself logged exactly this transfer in {@code receipt}. */
    static boolean moved(TransactionReceipt receipt, Address asset, Address from, Address to, BigInteger amount) {
        String value = Numeric.toHexString(Abi.word(amount));
        for (Log log : receipt.getLogs()) {
            List<String> topics = log.getTopics();
            if (asset.toString().equalsIgnoreCase(log.getAddress())
                    && topics.size() == 3
                    && TRANSFER_TOPIC.equalsIgnoreCase(topics.get(0))
                    && Abi.topic(from).equalsIgnoreCase(topics.get(1))
                    && Abi.topic(to).equalsIgnoreCase(topics.get(2))
                    && value.equalsIgnoreCase(log.getData())) {
                return true;
            }
        }
        return false;
    }
}
