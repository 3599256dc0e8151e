package waybill.gateway;

import java.io.IOException;
import java.math.BigInteger;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.web3j.crypto.Credentials;
import org.web3j.crypto.RawTransaction;
import org.web3j.crypto.TransactionEncoder;
import org.web3j.protocol.Web3j;
import org.web3j.protocol.core.DefaultBlockParameterName;
import org.web3j.utils.Numeric;
import waybill.devnet.DevAccount;
import waybill.devnet.Devnet;
import waybill.x402.Address;
import waybill.x402.Network;
import waybill.x402.Offer;
import waybill.x402.PaymentPayload;
import waybill.x402.Permit2Contracts;
import waybill.x402.Permit2Upto;
import waybill.x402.SchemePayload.Upto;
import waybill.x402.SigningKey;
import waybill.x402.WireFormat;

/** A buyer on the devnet that signs ceilings by hand, as the reference client does. */
final class UptoBuyer {
    private static final Network NETWORK = new Network(Devnet.CHAIN_ID);
    private static final AtomicLong NONCES = new AtomicLong(1);

    private final Devnet chain;
    private final DevAccount account;
    private final SigningKey key;

    UptoBuyer(Devnet chain, DevAccount account) {
        this.chain = chain;
        this.account = account;
        this.key = SigningKey.parse(account.privateKey());
    }

    /** Approves Permit2 of everything, once. */
    UptoBuyer approve() throws IOException {
        send("095ea7b3" + word(chain.permit2()) + "f".repeat(64));
        return this;
    }

    /** Gives away all but {@code rest} atomic units. */
    UptoBuyer keepOnly(BigInteger rest, DevAccount heir) throws IOException {
        BigInteger more = balance().subtract(rest);
        send("a9059cbb" + word(heir.address()) + Numeric.toHexStringNoPrefixZeroPadded(more, 64));
        return this;
    }

    BigInteger balance() {
        return chain.balanceOf(chain.usdc(), account.address());
    }

    /** The header that pays {@code offer}. */
    String pay(Offer offer) {
        Permit2Upto ceiling = new Permit2Upto(
                key.address(),
                Address.parse(offer.asset()),
                new BigInteger(offer.amount()),
                Permit2Contracts.CANONICAL.uptoProxy(),
                BigInteger.valueOf(NONCES.getAndIncrement()),
                BigInteger.valueOf(Instant.now().getEpochSecond() + offer.maxTimeoutSeconds()),
                Address.parse(offer.payTo()),
                Address.parse(offer.facilitator()),
                BigInteger.ZERO);
        String signature =
                key.sign(ceiling, NETWORK, Permit2Contracts.CANONICAL).toHex();
        return WireFormat.encode(new PaymentPayload(offer, new Upto(signature, ceiling), null, Map.of()));
    }

    private void send(String data) throws IOException {
        Web3j node = Web3j.build(chain.web3jService());
        BigInteger nonce = node.ethGetTransactionCount(account.address(), DefaultBlockParameterName.LATEST)
                .send()
                .getTransactionCount();
        RawTransaction transaction = RawTransaction.createTransaction(
                Devnet.CHAIN_ID,
                nonce,
                BigInteger.valueOf(200_000),
                chain.usdc(),
                BigInteger.ZERO,
                data,
                BigInteger.ONE,
                BigInteger.valueOf(10_000_000_000L));
        byte[] raw = TransactionEncoder.signMessage(transaction, Credentials.create(account.privateKey()));
        var sent = node.ethSendRawTransaction(Numeric.toHexString(raw)).send();
        if (sent.hasError()) {
            throw new IOException(sent.getError().getMessage());
        }
    }

    private static String word(String address) {
        return "0".repeat(24) + address.substring(2).toLowerCase(java.util.Locale.ROOT);
    }
}
