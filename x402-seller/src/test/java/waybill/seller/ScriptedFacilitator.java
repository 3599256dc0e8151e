package waybill.seller;

import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiFunction;
import waybill.x402.Address;
import waybill.x402.Bytes32;
import waybill.x402.Offer;
import waybill.x402.PaymentPayload;
import waybill.x402.SchemePayload.Eip3009;
import waybill.x402.SchemePayload.Signed;
import waybill.x402.SchemePayload.Upto;
import waybill.x402.SettlementResponse;
import waybill.x402.Supported;
import waybill.x402.TransferAuthorization;
import waybill.x402.VerifyResponse;

/** A facilitator that says what the test wants, and passes and settles everything when the test wants nothing. */
final class ScriptedFacilitator implements Facilitator {
    static final Address SETTLER = Address.parse("0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC");

    volatile boolean remembers = true;
    final AtomicInteger verified = new AtomicInteger();
    final AtomicInteger settled = new AtomicInteger();
    volatile BiFunction<PaymentPayload, Offer, VerifyResponse> onVerify =
            (payment, required) -> VerifyResponse.valid(signed(payment).payer());
    volatile BiFunction<PaymentPayload, Offer, SettlementResponse> onSettle = ScriptedFacilitator::success;

    static TransferAuthorization authorization(PaymentPayload payment) {
        return ((Eip3009) payment.payload()).authorization();
    }

    static Signed signed(PaymentPayload payment) {
        return (Signed) payment.payload();
    }

    /** Settled, in a transaction whose hash comes from the authorisation's nonce. */
    static SettlementResponse success(PaymentPayload payment, Offer required) {
        if (payment.payload() instanceof Upto upto) {
            String hash =
                    Bytes32.keccak(upto.authorization().nonce().toByteArray()).toString();
            return SettlementResponse.settled(hash, Buyer.NETWORK, upto.payer(), new BigInteger(required.amount()));
        }
        String hash = Bytes32.keccak(authorization(payment).nonce().bytes()).toString();
        return SettlementResponse.settled(
                hash, Buyer.NETWORK, authorization(payment).from());
    }

    static SettlementResponse pending(PaymentPayload payment, Offer required) {
        return SettlementResponse.failed(
                SettlementResponse.SETTLEMENT_PENDING,
                "not seen yet",
                "0x" + "ab".repeat(32),
                required.network(),
                signed(payment).payer());
    }

    static SettlementResponse failure(PaymentPayload payment, String reason, String message) {
        return SettlementResponse.failed(
                reason, message, "", Buyer.NETWORK.toString(), signed(payment).payer());
    }

    @Override
    public VerifyResponse verify(PaymentPayload payment, Offer required) {
        verified.incrementAndGet();
        return onVerify.apply(payment, required);
    }

    @Override
    public SettlementResponse settle(PaymentPayload payment, Offer required) {
        settled.incrementAndGet();
        return onSettle.apply(payment, required);
    }

    @Override
    public boolean remembers() {
        return remembers;
    }

    @Override
    public Supported supported() {
        return new Supported(
                List.of(
                        new Supported.Kind(2, Offer.EXACT, Buyer.NETWORK.toString(), Map.of()),
                        new Supported.Kind(
                                2,
                                Offer.UPTO,
                                Buyer.NETWORK.toString(),
                                Map.of("facilitatorAddress", SETTLER.toString()))),
                List.of(),
                Map.of());
    }
}
