package waybill.x402;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The extension {@code offer-receipt}: a seller signs its offers in the bill, and a receipt with the answer, by EIP-712 or as
 * JWS. Both are written. Of JWS those are read whose key stands in its own name ({@link JwsProof}); what names a document on
 * the web is left alone.
 */
public final class OfferReceipt {
    /** Its name on the wire. */
    public static final String KEY = "offer-receipt";

    private static final String EIP712 = "eip712";
    private static final String JWS = "jws";

    private OfferReceipt() {}

    /** A seller's signature under an offer or a receipt. */
    public sealed interface Proof {
        /** By an account of a chain, over the claim's digest. */
        record Eip712(Signature signature) implements Proof {}

        /** A compact JWS that holds the claim. */
        record Jws(JwsProof jws) implements Proof {}
    }

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

    /**
     * The receipt of a settlement response that is a JWS; null when there is none, or it is in another form.
     *
     * @throws MalformedWireException when it is no JWS
     */
    public static @Nullable JwsProof jwsReceipt(Map<String, @Nullable Object> extensions) {
        JsonObject info = Extension.info(extensions, KEY);
        if (info == null || !info.has("receipt")) {
            return null;
        }
        return WireFormat.understood(KEY, () -> jws(info.object("receipt")));
    }

    /**
     * The signed offers of a bill that are JWS.
     *
     * @throws MalformedWireException when one is none
     */
    public static List<JwsProof> jwsOffers(Map<String, @Nullable Object> extensions) {
        JsonObject info = Extension.info(extensions, KEY);
        if (info == null || !info.has("offers")) {
            return List.of();
        }
        return WireFormat.understood(KEY, () -> {
            List<JwsProof> offers = new ArrayList<>();
            for (Object entry : info.list("offers", WireFormat.MAX_OFFERS)) {
                JwsProof jws = jws(JsonObject.of(entry, "a signed offer"));
                if (jws != null) {
                    offers.add(jws);
                }
            }
            return List.copyOf(offers);
        });
    }

    private static @Nullable JwsProof jws(JsonObject entry) {
        return JWS.equals(entry.string("format")) ? JwsProof.parse(entry.string("signature")) : null;
    }

    /** Whether a settlement response holds a receipt, in whatever form. */
    public static boolean hasReceipt(Map<String, @Nullable Object> extensions) {
        JsonObject info = Extension.info(extensions, KEY);
        return info != null && info.has("receipt");
    }

    /** What a seller puts into its bill. */
    public static Map<String, @Nullable Object> extension(List<SignedOffer> offers) {
        return bill(offers.stream()
                .map(offer -> entry(offer.acceptIndex(), offer.claim().json(), new Proof.Eip712(offer.signature())))
                .toList());
    }

    /**
     * What a seller puts into its bill.
     *
     * @param claims of the offers, in the bill's order
     * @param signer signs each of them
     */
    public static Map<String, @Nullable Object> extension(List<OfferClaim> claims, Function<OfferClaim, Proof> signer) {
        List<Map<String, @Nullable Object>> list = new ArrayList<>();
        for (OfferClaim claim : claims) {
            list.add(entry(list.size(), claim.json(), signer.apply(claim)));
        }
        return bill(list);
    }

    private static Map<String, @Nullable Object> bill(List<Map<String, @Nullable Object>> offers) {
        return Extension.of(Map.of("offers", offers));
    }

    /** What a seller puts into its settlement response. */
    public static Map<String, @Nullable Object> extension(SignedReceipt receipt) {
        return extension(receipt.claim(), new Proof.Eip712(receipt.signature()));
    }

    /** What a seller puts into its settlement response. */
    public static Map<String, @Nullable Object> extension(ReceiptClaim claim, Proof proof) {
        return Extension.of(Map.of("receipt", entry(null, claim.json(), proof)));
    }

    /** A JWS holds the claim itself. */
    private static Map<String, @Nullable Object> entry(
            @Nullable Integer acceptIndex, Map<String, @Nullable Object> claim, Proof proof) {
        Map<String, @Nullable Object> entry = new LinkedHashMap<>();
        entry.put("format", proof instanceof Proof.Eip712 ? EIP712 : JWS);
        if (acceptIndex != null) {
            entry.put("acceptIndex", acceptIndex);
        }
        if (proof instanceof Proof.Eip712 byAccount) {
            entry.put("payload", claim);
            entry.put("signature", byAccount.signature().toHex());
        } else if (proof instanceof Proof.Jws jws) {
            entry.put("signature", jws.jws().compact());
        }
        return entry;
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
