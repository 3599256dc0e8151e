package waybill.wallet;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.util.HexFormat;
import org.web3j.crypto.Credentials;
import org.web3j.protocol.Web3j;
import org.web3j.protocol.core.methods.response.EthSendTransaction;
import org.web3j.tx.RawTransactionManager;
import waybill.devnet.Devnet;
import waybill.x402.Address;
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

    /** Sends from the devnet's second account, which pays the gas. */
    static String send(Devnet devnet, String data) throws Exception {
        Web3j web3j = Web3j.build(devnet.web3jService());
        RawTransactionManager sender = new RawTransactionManager(
                web3j, Credentials.create(devnet.accounts().get(1).privateKey()), Devnet.CHAIN_ID);
        EthSendTransaction sent = sender.sendTransaction(
                BigInteger.valueOf(2_000_000_000L), BigInteger.valueOf(300_000), devnet.usdc(), data, BigInteger.ZERO);
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

    static void nextBlock(Devnet devnet) throws Exception {
        send(devnet, TRANSFER + word(ScriptedSeller.OTHER_PAYEE) + word(BigInteger.ONE));
    }
}
