package waybill.wallet;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.web3j.crypto.Credentials;
import org.web3j.protocol.Web3j;
import org.web3j.protocol.core.methods.response.EthSendTransaction;
import org.web3j.tx.RawTransactionManager;
import waybill.devnet.Devnet;
import waybill.x402.Address;
import waybill.x402.Bytes32;
import waybill.x402.Eip2612Sponsoring;
import waybill.x402.Permit2Exact;
import waybill.x402.Permit2Upto;
import waybill.x402.SchemePayload;
import waybill.x402.Signature;
import waybill.x402.TransferAuthorization;

/** What others do on the chain of a test. */
final class ChainActs {
    private static final String TRANSFER_WITH_AUTHORIZATION = "0xe3ee160e";
    private static final String TRANSFER = "0xa9059cbb";

    private ChainActs() {}

    private static String word(BigInteger value) {
        return String.format("%064x", value);
    }

    private static String word(Address address) {
        return "0".repeat(24) + HexFormat.of().formatHex(address.bytes());
    }

    /** Sends to the dollar token from the devnet's second account, which pays the gas. */
    static String send(Devnet devnet, String data) throws Exception {
        return send(devnet, 1, devnet.usdc(), data);
    }

    private static String send(Devnet devnet, int account, String to, String data) throws Exception {
        Web3j web3j = Web3j.build(devnet.web3jService());
        RawTransactionManager sender = new RawTransactionManager(
                web3j, Credentials.create(devnet.accounts().get(account).privateKey()), Devnet.CHAIN_ID);
        EthSendTransaction sent = sender.sendTransaction(
                BigInteger.valueOf(2_000_000_000L), BigInteger.valueOf(300_000), to, data, BigInteger.ZERO);
        assertThat(sent.hasError()).as(String.valueOf(sent.getError())).isFalse();
        return sent.getTransactionHash();
    }

    static String collect(Devnet devnet, SchemePayload.Eip3009 payment) throws Exception {
        TransferAuthorization a = payment.authorization();
        Signature signature = Signature.parse(payment.signature());
        return send(
                devnet,
                TRANSFER_WITH_AUTHORIZATION
                        + word(a.from())
                        + word(a.to())
                        + word(a.value())
                        + word(a.validAfter())
                        + word(a.validBefore())
                        + a.nonce().toString().substring(2)
                        + word(BigInteger.valueOf(signature.v()))
                        + word(signature.r())
                        + word(signature.s()));
    }

    /** The first account, whose key the tests' wallets have, lets Permit2 take this much. */
    static void approvePermit2(Devnet devnet, String token, BigInteger amount) throws Exception {
        send(devnet, 0, token, "0x095ea7b3" + word(Address.parse(devnet.permit2())) + word(amount));
    }

    /** The first account takes a nonce back that it signed. */
    static String invalidate(Devnet devnet, BigInteger nonce) throws Exception {
        BigInteger mask = BigInteger.ONE.shiftLeft(nonce.intValue() & 0xff);
        return send(
                devnet,
                0,
                devnet.permit2(),
                selector("invalidateUnorderedNonces(uint256,uint256)") + word(nonce.shiftRight(8)) + word(mask));
    }

    static String collect(Devnet devnet, SchemePayload.Permit2 payment) throws Exception {
        return send(
                devnet,
                1,
                devnet.exactProxy(),
                selector("settle(((address,uint256),uint256,uint256),address,(address,uint256),bytes)")
                        + exact(payment.authorization(), 8, payment.signature()));
    }

    /** The same with the permit that was sent along. */
    static String collect(Devnet devnet, SchemePayload.Permit2 payment, Eip2612Sponsoring sponsoring) throws Exception {
        Signature permit = Signature.parse(sponsoring.signature());
        return send(
                devnet,
                1,
                devnet.exactProxy(),
                selector("settleWithPermit((uint256,uint256,bytes32,bytes32,uint8),((address,uint256),uint256,uint256),"
                                + "address,(address,uint256),bytes)")
                        + word(sponsoring.permit().value())
                        + word(sponsoring.permit().deadline())
                        + word(permit.r())
                        + word(permit.s())
                        + word(BigInteger.valueOf(permit.v()))
                        + exact(payment.authorization(), 13, payment.signature()));
    }

    /** The facilitator takes a part of a ceiling. It is the second account. */
    static String collect(Devnet devnet, SchemePayload.Upto payment, BigInteger part) throws Exception {
        return collect(devnet, payment, part, "");
    }

    /** The same, with words behind the call that its contract does not read. */
    static String collect(Devnet devnet, SchemePayload.Upto payment, BigInteger part, String more) throws Exception {
        Permit2Upto a = payment.authorization();
        return send(
                devnet,
                1,
                devnet.uptoProxy(),
                selector("settle(((address,uint256),uint256,uint256),uint256,address,(address,address,uint256),bytes)")
                        + word(a.token())
                        + word(a.amount())
                        + word(a.nonce())
                        + word(a.deadline())
                        + word(part)
                        + word(a.from())
                        + word(a.to())
                        + word(a.facilitator())
                        + word(a.validAfter())
                        + bytes(10, payment.signature())
                        + more);
    }

    private static String exact(Permit2Exact a, int headWords, String signature) {
        return word(a.token())
                + word(a.amount())
                + word(a.nonce())
                + word(a.deadline())
                + word(a.from())
                + word(a.to())
                + word(a.validAfter())
                + bytes(headWords, signature);
    }

    /** The last word of the head, which says where the bytes begin, and the bytes. */
    private static String bytes(int headWords, String signature) {
        return word(BigInteger.valueOf(32L * headWords))
                + word(BigInteger.valueOf(65))
                + signature.substring(2)
                + "00".repeat(31);
    }

    private static String selector(String function) {
        return Bytes32.keccak(function.getBytes(StandardCharsets.US_ASCII))
                .toString()
                .substring(0, 10);
    }

    static void nextBlock(Devnet devnet) throws Exception {
        send(devnet, TRANSFER + word(ScriptedSeller.OTHER_PAYEE) + word(BigInteger.ONE));
    }
}
