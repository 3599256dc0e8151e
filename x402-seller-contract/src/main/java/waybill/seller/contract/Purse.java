package waybill.seller.contract;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.net.http.HttpResponse;
import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.web3j.crypto.Credentials;
import org.web3j.crypto.RawTransaction;
import org.web3j.crypto.TransactionEncoder;
import org.web3j.protocol.Web3j;
import org.web3j.protocol.core.DefaultBlockParameterName;
import org.web3j.utils.Numeric;
import waybill.devnet.DevAccount;
import waybill.devnet.Devnet;
import waybill.x402.Address;
import waybill.x402.Asset;
import waybill.x402.Assets;
import waybill.x402.Bytes32;
import waybill.x402.Headers;
import waybill.x402.Network;
import waybill.x402.Offer;
import waybill.x402.PaymentPayload;
import waybill.x402.PaymentRequired;
import waybill.x402.Permit2Contracts;
import waybill.x402.Permit2Upto;
import waybill.x402.SchemePayload.Eip3009;
import waybill.x402.SchemePayload.Upto;
import waybill.x402.SigningKey;
import waybill.x402.TransferAuthorization;
import waybill.x402.WireFormat;

/** A buyer that signs by hand what a bill asks, as the reference client does, so that a test can send it as it likes. */
final class Purse {
    private static final Network NETWORK = new Network(Devnet.CHAIN_ID);

    private final Devnet chain;
    private final DevAccount account;
    private final SigningKey key;
    private final Asset usdc = Assets.standard().find(NETWORK, "USDC").orElseThrow();
    private int signed;

    Purse(Devnet chain, DevAccount account) {
        this.chain = chain;
        this.account = account;
        this.key = SigningKey.parse(account.privateKey());
    }

    static PaymentRequired bill(HttpResponse<?> answer) {
        return WireFormat.paymentRequired(
                answer.headers().firstValue(Headers.PAYMENT_REQUIRED).orElseThrow());
    }

    /** The header that pays the first offer of this bill. */
    String pay(HttpResponse<?> answer) {
        Offer offer = bill(answer).accepts().get(0);
        return offer.scheme().equals(Offer.UPTO) ? ceiling(offer) : exact(offer);
    }

    private synchronized String exact(Offer offer) {
        byte[] nonce = new byte[32];
        nonce[0] = (byte) ++signed;
        nonce[1] = (byte) (signed >> 8);
        nonce[31] = key.address().bytes()[19];
        TransferAuthorization authorization = new TransferAuthorization(
                key.address(),
                Address.parse(offer.payTo()),
                new BigInteger(offer.amount()),
                BigInteger.ZERO,
                end(offer),
                Bytes32.of(nonce));
        Eip3009 payload = new Eip3009(key.sign(authorization, usdc).toHex(), authorization);
        return WireFormat.encode(new PaymentPayload(offer, payload, null, Map.of()));
    }

    private synchronized String ceiling(Offer offer) {
        Permit2Upto authorization = new Permit2Upto(
                key.address(),
                Address.parse(offer.asset()),
                new BigInteger(offer.amount()),
                Permit2Contracts.CANONICAL.uptoProxy(),
                BigInteger.valueOf(++signed),
                end(offer),
                Address.parse(offer.payTo()),
                Address.parse(Objects.requireNonNull(offer.facilitator(), "a ceiling names who settles")),
                BigInteger.ZERO);
        Upto payload = new Upto(
                key.sign(authorization, NETWORK, Permit2Contracts.CANONICAL).toHex(), authorization);
        return WireFormat.encode(new PaymentPayload(offer, payload, null, Map.of()));
    }

    private static BigInteger end(Offer offer) {
        return BigInteger.valueOf(Instant.now().getEpochSecond() + offer.maxTimeoutSeconds());
    }

    /** Approves Permit2 of everything, which a ceiling needs. */
    Purse approvePermit2() {
        try {
            Web3j node = Web3j.build(chain.web3jService());
            BigInteger nonce = node.ethGetTransactionCount(account.address(), DefaultBlockParameterName.LATEST)
                    .send()
                    .getTransactionCount();
            RawTransaction approval = RawTransaction.createTransaction(
                    Devnet.CHAIN_ID,
                    nonce,
                    BigInteger.valueOf(200_000),
                    chain.usdc(),
                    BigInteger.ZERO,
                    "095ea7b3" + "0".repeat(24) + chain.permit2().substring(2).toLowerCase(Locale.ROOT)
                            + "f".repeat(64),
                    BigInteger.ONE,
                    BigInteger.valueOf(10_000_000_000L));
            byte[] raw = TransactionEncoder.signMessage(approval, Credentials.create(account.privateKey()));
            var sent = node.ethSendRawTransaction(Numeric.toHexString(raw)).send();
            if (sent.hasError()) {
                throw new IllegalStateException(sent.getError().getMessage());
            }
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
