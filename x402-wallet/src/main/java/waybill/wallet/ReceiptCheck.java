package waybill.wallet;

import java.math.BigInteger;
import java.net.http.HttpHeaders;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import waybill.wallet.SellerReceipt.Finding;
import waybill.x402.Address;
import waybill.x402.Headers;
import waybill.x402.JwsProof;
import waybill.x402.MalformedWireException;
import waybill.x402.OfferClaim;
import waybill.x402.OfferReceipt;
import waybill.x402.PaymentPayload;
import waybill.x402.ReceiptClaim;
import waybill.x402.ResourceInfo;
import waybill.x402.SettlementResponse;
import waybill.x402.WireFormat;

/** Compares the receipt that came with an answer with the payment that it should be of. */
final class ReceiptCheck {
    private static final Duration OLDEST = Duration.ofHours(1);
    private static final int MAX_NAME_CHARS = 300;

    private ReceiptCheck() {}

    /**
     * What the receipt in an answer is; empty where there is none, which is no fault.
     *
     * @param header what was sent, of version 2 of the protocol; version 1 has no receipts
     */
    static Optional<SellerReceipt> read(PaymentRecord payment, String header, HttpHeaders answer, Instant now) {
        List<String> values = answer.allValues(Headers.PAYMENT_RESPONSE);
        if (values.size() != 1) {
            return Optional.empty();
        }
        SettlementResponse response;
        PaymentPayload sent;
        try {
            response = WireFormat.settlementResponse(values.get(0));
            sent = WireFormat.paymentPayload(header);
        } catch (MalformedWireException e) {
            return Optional.empty(); // the settlement itself cannot be read, which is said elsewhere
        }
        if (!OfferReceipt.hasReceipt(response.extensions())) {
            return Optional.empty();
        }
        try {
            JwsProof jws = OfferReceipt.jwsReceipt(response.extensions());
            OfferReceipt.SignedReceipt receipt = OfferReceipt.receipt(response.extensions());
            if (jws != null) {
                return Optional.of(byKey(payment, sent, response, jws, now));
            }
            return Optional.of(
                    receipt == null
                            ? new SellerReceipt(Finding.NOT_CHECKED, null)
                            : byAccount(payment, sent, response, receipt, now));
        } catch (MalformedWireException e) {
            return Optional.of(new SellerReceipt(Finding.FORGED, null));
        }
    }

    private static SellerReceipt byAccount(
            PaymentRecord payment,
            PaymentPayload sent,
            SettlementResponse response,
            OfferReceipt.SignedReceipt receipt,
            Instant now) {
        Address signer = receipt.signer();
        if (signer == null) {
            return new SellerReceipt(Finding.FORGED, null);
        }
        if (!isOf(payment, sent.resource(), response, receipt.claim(), now)) {
            return new SellerReceipt(Finding.OF_ANOTHER, signer.toString());
        }
        if (signer.equals(payment.payTo())) {
            return new SellerReceipt(Finding.BY_PAYEE, signer.toString());
        }
        boolean offered = OfferReceipt.offers(sent.extensions()).stream()
                .anyMatch(offer -> offer.claim().covers(sent.accepted()) && signer.equals(offer.signer()));
        return new SellerReceipt(offered ? Finding.BY_OFFERER : Finding.BY_STRANGER, signer.toString());
    }

    private static SellerReceipt byKey(
            PaymentRecord payment, PaymentPayload sent, SettlementResponse response, JwsProof jws, Instant now) {
        String key = Words.cut(jws.keyName(), MAX_NAME_CHARS);
        return switch (jws.verdict()) {
            case UNKNOWN_KEY -> new SellerReceipt(Finding.NOT_CHECKED, key);
            case FORGED -> new SellerReceipt(Finding.FORGED, key);
            case SIGNED -> {
                if (!isOf(payment, sent.resource(), response, ReceiptClaim.of(jws), now)) {
                    yield new SellerReceipt(Finding.OF_ANOTHER, key);
                }
                boolean offered = OfferReceipt.jwsOffers(sent.extensions()).stream()
                        .anyMatch(offer -> offer.keyName().equals(jws.keyName())
                                && offer.verdict() == JwsProof.Verdict.SIGNED
                                && OfferClaim.of(offer).covers(sent.accepted()));
                yield new SellerReceipt(offered ? Finding.BY_OFFERER : Finding.BY_STRANGER, key);
            }
        };
    }

    private static boolean isOf(
            PaymentRecord payment,
            @Nullable ResourceInfo resource,
            SettlementResponse response,
            ReceiptClaim claim,
            Instant now) {
        BigInteger age = BigInteger.valueOf(now.getEpochSecond()).subtract(claim.issuedAt());
        boolean recent = age.abs().compareTo(BigInteger.valueOf(OLDEST.toSeconds())) < 0;
        boolean same = claim.transaction().isEmpty() || claim.transaction().equalsIgnoreCase(response.transaction());
        return recent
                && same
                && claim.payer().equalsIgnoreCase(payment.payer().toString())
                && claim.network().equals(String.valueOf(payment.network()))
                && resource != null
                && claim.resourceUrl().equals(resource.url());
    }
}
