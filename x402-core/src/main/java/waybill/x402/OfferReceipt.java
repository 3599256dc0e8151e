package waybill.x402;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The extension {@code offer-receipt}: a seller signs its offers in the bill, and a receipt with the answer. Signatures by
 * EIP-712 are read and written; the other form, JWS, is left alone, as its keys live in documents on the web.
 */
public final class OfferReceipt {
    /** Its name on the wire. */
    public static final String KEY = "offer-receipt";

    private static final String EIP712 = "eip712";

    private OfferReceipt() {}

    /**
     * An offer with a seller's signature.
     *
     * @param acceptIndex which entry of {@code accepts} it is about; a hint, not signed
     * @param claim what was signed
     * @param signature by whoever {@link Signature#recover} finds
     */
    public record SignedOffer(int acceptIndex, OfferClaim claim, Signature signature) {
        /** Who signed, or null when nobody can have. */
        public @Nullable Address signer() {
            return signature.recover(claim.digest());
        }
    }

    /**
     * A receipt with a seller's signature.
     *
     * @param claim what was signed
     * @param signature by whoever {@link Signature#recover} finds
     */
    public record SignedReceipt(ReceiptClaim claim, Signature signature) {
        /** Who signed, or null when nobody can have. */
        public @Nullable Address signer() {
            return signature.recover(claim.digest());
        }
    }

    /**
     * The signed offers of a bill that can be checked; those in another form are left out.
     *
     * @throws MalformedWireException when a field is wrong
     */
    public static List<SignedOffer> offers(Map<String, @Nullable Object> extensions) {
        JsonObject info = Extension.info(extensions, KEY);
        if (info == null || !info.has("offers")) {
            return List.of();
        }
        return WireFormat.understood(KEY, () -> {
            List<SignedOffer> offers = new ArrayList<>();
            for (Object entry : info.list("offers", WireFormat.MAX_OFFERS)) {
                JsonObject offer = JsonObject.of(entry, "a signed offer");
                if (EIP712.equals(offer.string("format"))) {
                    offers.add(new SignedOffer(
                            offer.has("acceptIndex") ? index(offer.unsigned("acceptIndex")) : -1,
                            OfferClaim.read(offer.object("payload")),
                            Signature.parse(offer.string("signature"))));
                }
            }
            return List.copyOf(offers);
        });
    }

    /**
     * The signed receipt of a settlement response; null when there is none, or it is in another form.
     *
     * @throws MalformedWireException when a field is wrong
     */
    public static @Nullable SignedReceipt receipt(Map<String, @Nullable Object> extensions) {
        JsonObject info = Extension.info(extensions, KEY);
        if (info == null || !info.has("receipt")) {
            return null;
        }
        return WireFormat.understood(KEY, () -> {
            JsonObject receipt = info.object("receipt");
            return EIP712.equals(receipt.string("format"))
                    ? new SignedReceipt(
                            ReceiptClaim.read(receipt.object("payload")), Signature.parse(receipt.string("signature")))
                    : null;
        });
    }

    /** What a seller puts into its bill. */
    public static Map<String, @Nullable Object> extension(List<SignedOffer> offers) {
        List<Map<String, @Nullable Object>> list = new ArrayList<>();
        for (SignedOffer offer : offers) {
            Map<String, @Nullable Object> entry = new LinkedHashMap<>();
            entry.put("format", EIP712);
            entry.put("acceptIndex", offer.acceptIndex());
            entry.put("payload", offer.claim().json());
            entry.put("signature", offer.signature().toHex());
            list.add(entry);
        }
        return Extension.of(Map.of("offers", list));
    }

    /** What a seller puts into its settlement response. */
    public static Map<String, @Nullable Object> extension(SignedReceipt receipt) {
        Map<String, @Nullable Object> entry = new LinkedHashMap<>();
        entry.put("format", EIP712);
        entry.put("payload", receipt.claim().json());
        entry.put("signature", receipt.signature().toHex());
        return Extension.of(Map.of("receipt", entry));
    }

    /** An index that points nowhere when it is too large to point at anything. */
    private static int index(BigInteger written) {
        return written.bitLength() < 16 ? written.intValue() : -1;
    }

    static void requireVersion(JsonObject json) {
        if (!json.unsigned("version").equals(BigInteger.ONE)) {
            throw new MalformedWireException("only version 1 of offers and receipts is spoken");
        }
    }
}
