package waybill.seller;

import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiFunction;
import waybill.x402.Bytes32;
import waybill.x402.Offer;
import waybill.x402.PaymentPayload;
import waybill.x402.SchemePayload.Eip3009;
import waybill.x402.SettlementResponse;
import waybill.x402.Supported;
import waybill.x402.TransferAuthorization;
import waybill.x402.VerifyResponse;

/** A facilitator that says what the test wants, and passes and settles everything when the test wants nothing. */
final class ScriptedFacilitator implements Facilitator {
    final AtomicInteger verified = new AtomicInteger();
    final AtomicInteger settled = new AtomicInteger();
    volatile BiFunction<PaymentPayload, Offer, VerifyResponse> onVerify =
            (payment, required) -> VerifyResponse.valid(authorization(payment).from());
    volatile BiFunction<PaymentPayload, Offer, SettlementResponse> onSettle = ScriptedFacilitator::success;

    static TransferAuthorization authorization(PaymentPayload payment) {
        return ((Eip3009) payment.payload()).authorization();
    }

    /** Settled, in a transaction whose hash comes from the authorisation's nonce. */
    static SettlementResponse success(PaymentPayload payment, Offer required) {
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
                authorization(payment).from());
    }

    static SettlementResponse failure(PaymentPayload payment, String reason, String message) {
        return SettlementResponse.failed(
                reason,
                message,
                "",
                Buyer.NETWORK.toString(),
                authorization(payment).from());
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
    public Supported supported() {
        return new Supported(
                List.of(new Supported.Kind(2, Offer.EXACT, Buyer.NETWORK.toString(), Map.of())), List.of(), Map.of());
    }
}
