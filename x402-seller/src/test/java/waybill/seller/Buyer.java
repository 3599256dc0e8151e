package waybill.seller;

import java.math.BigInteger;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import waybill.x402.Address;
import waybill.x402.Amount;
import waybill.x402.Asset;
import waybill.x402.Assets;
import waybill.x402.Bytes32;
import waybill.x402.Extensions;
import waybill.x402.Headers;
import waybill.x402.Network;
import waybill.x402.Offer;
import waybill.x402.PaymentIdentifier;
import waybill.x402.PaymentPayload;
import waybill.x402.PaymentRequired;
import waybill.x402.Permit2Contracts;
import waybill.x402.Permit2Upto;
import waybill.x402.SchemePayload.Eip3009;
import waybill.x402.SchemePayload.Upto;
import waybill.x402.SettlementResponse;
import waybill.x402.SignIn;
import waybill.x402.SignInChallenge;
import waybill.x402.SignInProof;
import waybill.x402.SigningKey;
import waybill.x402.TransferAuthorization;
import waybill.x402.WireFormat;

/** A buyer that pays what it is asked, as the reference client does: the whole offer echoed, one authorisation each. */
final class Buyer {
    static final Network NETWORK = new Network(84532);
    static final Asset USDC = Assets.standard().find(NETWORK, "USDC").orElseThrow();
    static final Address SHOP = Address.parse("0x70997970C51812dc3A010C7d01b50e0d17dc79C8");

    private final SigningKey key;
    private int payments;

    Buyer(int number) {
        byte[] secret = new byte[32];
        secret[31] = (byte) number;
        this.key = SigningKey.of(secret);
    }

    Address address() {
        return key.address();
    }

    static Amount usdc(String decimal) {
        return Amount.parse(decimal, USDC);
    }

    static PaymentRequired bill(Admission admission) {
        return WireFormat.paymentRequired(
                ((Admission.Declined) admission).headers().get(Headers.PAYMENT_REQUIRED));
    }

    static SettlementResponse response(Map<String, String> headers) {
        return WireFormat.settlementResponse(headers.get(Headers.PAYMENT_RESPONSE));
    }

    /** The header for the first offer of a 402. */
    String pay(Admission challenge, Instant now) {
        return pay(bill(challenge).accepts().get(0), now);
    }

    String pay(Offer offer, Instant now) {
        payments++;
        if (offer.scheme().equals(Offer.UPTO)) {
            return payUpto(offer, now);
        }
        byte[] nonce = new byte[32];
        nonce[0] = (byte) payments;
        nonce[31] = key.address().bytes()[19];
        TransferAuthorization authorization = new TransferAuthorization(
                key.address(),
                Address.parse(offer.payTo()),
                new BigInteger(offer.amount()),
                BigInteger.ZERO,
                BigInteger.valueOf(now.getEpochSecond() + offer.maxTimeoutSeconds()),
                Bytes32.of(nonce));
        return header(offer, authorization);
    }

    private String payUpto(Offer offer, Instant now) {
        Permit2Upto ceiling = new Permit2Upto(
                key.address(),
                Address.parse(offer.asset()),
                new BigInteger(offer.amount()),
                Permit2Contracts.CANONICAL.uptoProxy(),
                BigInteger.valueOf(payments),
                BigInteger.valueOf(now.getEpochSecond() + offer.maxTimeoutSeconds()),
                Address.parse(offer.payTo()),
                Address.parse(offer.facilitator()),
                BigInteger.ZERO);
        Upto upto =
                new Upto(key.sign(ceiling, NETWORK, Permit2Contracts.CANONICAL).toHex(), ceiling);
        return WireFormat.encode(new PaymentPayload(offer, upto, null, Map.of()));
    }

    String header(Offer offer, TransferAuthorization authorization) {
        Eip3009 exact = new Eip3009(key.sign(authorization, USDC).toHex(), authorization);
        return WireFormat.encode(new PaymentPayload(offer, exact, null, Map.of()));
    }

    /** The header for the first offer of a 402, as the payment that this buyer calls {@code id}. */
    String payNamed(Admission challenge, String id, Instant now) {
        PaymentRequired bill = bill(challenge);
        PaymentPayload plain = WireFormat.paymentPayload(pay(bill.accepts().get(0), now));
        Map<String, @Nullable Object> extensions =
                Extensions.answered(bill.extensions(), Map.of(PaymentIdentifier.KEY, Map.of("id", id)));
        return WireFormat.encode(new PaymentPayload(plain.accepted(), plain.payload(), null, extensions));
    }

    /** The header that says who this buyer is, as a 402 asks it to. */
    String signIn(Admission challenge) {
        SignInChallenge asked =
                Objects.requireNonNull(SignInChallenge.in(bill(challenge).extensions()));
        return signIn(asked.message(address(), NETWORK));
    }

    String signIn(SignIn message) {
        return new SignInProof(message, key.sign(message).toHex()).encode();
    }
}
