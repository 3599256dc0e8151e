package waybill.facilitator;

import java.math.BigInteger;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import waybill.devnet.DevAccount;
import waybill.x402.Address;
import waybill.x402.Amount;
import waybill.x402.Asset;
import waybill.x402.Assets;
import waybill.x402.Bytes32;
import waybill.x402.Network;
import waybill.x402.Offer;
import waybill.x402.PaymentPayload;
import waybill.x402.SchemePayload.Eip3009;
import waybill.x402.SigningKey;
import waybill.x402.TransferAuthorization;

/** A buyer on the devnet who signs what a test wants signed. */
final class Payer {
    static final Network NETWORK = new Network(84532);
    static final Asset USDC = Assets.standard().find(NETWORK, "USDC").orElseThrow();

    /** Distinct in the whole test run: the devnet takes each once per payer. */
    private static final AtomicLong NONCES = new AtomicLong(1);

    private final SigningKey key;

    Payer(DevAccount account) {
        this.key = SigningKey.parse(account.privateKey());
    }

    Address address() {
        return key.address();
    }

    static Offer offer(String usdc, Address payTo) {
        return Offer.exact(Amount.parse(usdc, USDC), payTo, 300);
    }

    /** The authorisation that an honest buyer would sign for {@code offer} now. */
    TransferAuthorization authorization(Offer offer) {
        long now = Instant.now().getEpochSecond();
        return new TransferAuthorization(
                key.address(),
                Address.parse(offer.payTo()),
                new BigInteger(offer.amount()),
                BigInteger.ZERO,
                BigInteger.valueOf(now + offer.maxTimeoutSeconds()),
                nonce());
    }

    static Bytes32 nonce() {
        byte[] nonce = new byte[32];
        byte[] number = BigInteger.valueOf(NONCES.getAndIncrement()).toByteArray();
        System.arraycopy(number, 0, nonce, 32 - number.length, number.length);
        return Bytes32.of(nonce);
    }

    String sign(TransferAuthorization authorization) {
        return sign(authorization, USDC);
    }

    String sign(TransferAuthorization authorization, Asset asset) {
        return key.sign(authorization, asset).toHex();
    }

    PaymentPayload pay(Offer offer) {
        return payment(offer, authorization(offer));
    }

    PaymentPayload payment(Offer offer, TransferAuthorization authorization) {
        return payment(offer, authorization, sign(authorization));
    }

    static PaymentPayload payment(Offer offer, TransferAuthorization authorization, String signature) {
        return new PaymentPayload(offer, new Eip3009(signature, authorization), null, Map.of());
    }
}
