package waybill.seller;

import java.lang.System.Logger.Level;
import java.math.BigInteger;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import waybill.x402.Offer;
import waybill.x402.OfferClaim;
import waybill.x402.OfferReceipt;
import waybill.x402.PaymentPayload;
import waybill.x402.ReceiptClaim;
import waybill.x402.ResourceInfo;
import waybill.x402.SettlementResponse;

/** Puts this seller's signature under its offers and its settlements, where it has a signer. Thread-safe. */
final class Receipts {
    private static final System.Logger LOG = System.getLogger(Receipts.class.getName());

    private final @Nullable ReceiptSigner signer; // null: nothing is signed
    private final Clock clock;

    Receipts(@Nullable ReceiptSigner signer, Clock clock) {
        this.signer = signer;
        this.clock = clock;
    }

    /** The extension of a bill; null when nothing is signed. */
    @Nullable
    Map<String, @Nullable Object> offers(List<Offer> offers, String resourceUrl, Instant until) {
        ReceiptSigner with = signer;
        if (with == null) {
            return null;
        }
        try {
            return OfferReceipt.extension(
                    offers.stream()
                            .map(offer -> OfferClaim.of(offer, resourceUrl, until.getEpochSecond()))
                            .toList(),
                    with::sign);
        } catch (RuntimeException e) {
            LOG.log(Level.ERROR, "offers could not be signed, and go out as they are", e);
            return null;
        }
    }

    /** A settlement with its receipt; as it is when nothing is signed, or it has no resource to be for. */
    SettlementResponse receipted(SettlementResponse settled, PaymentPayload payment) {
        ReceiptSigner with = signer;
        ResourceInfo resource = payment.resource();
        String payer = settled.payer();
        if (with == null || resource == null || payer == null) {
            return settled;
        }
        ReceiptClaim claim = new ReceiptClaim(
                settled.network(),
                resource.url(),
                payer,
                BigInteger.valueOf(clock.instant().getEpochSecond()),
                settled.transaction());
        try {
            return settled.withExtension(OfferReceipt.KEY, OfferReceipt.extension(claim, with.sign(claim)));
        } catch (RuntimeException e) {
            LOG.log(Level.ERROR, "a receipt could not be signed, and its answer goes out without", e);
            return settled;
        }
    }
}
