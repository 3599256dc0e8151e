package waybill.x402;

import java.math.BigInteger;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a seller stands by when it signs an offer ({@code offer-receipt}). Who that seller is, the signature alone does not
 * say: its account has to be known from elsewhere.
 *
 * @param resourceUrl what is for sale
 * @param scheme of the offer
 * @param network CAIP-2 name
 * @param asset the token contract
 * @param payTo who is to receive
 * @param amount atomic units
 * @param validUntil seconds since 1970
 */
public record OfferClaim(
        String resourceUrl,
        String scheme,
        String network,
        String asset,
        String payTo,
        String amount,
        BigInteger validUntil) {
    private static final Bytes32 TYPE_HASH = Eip712.typeHash("Offer(uint256 version,string resourceUrl,string scheme,"
            + "string network,string asset,string payTo,string amount,uint256 validUntil)");
    private static final Bytes32 DOMAIN = Eip712.plainDomain("x402 offer");

    public OfferClaim {
        Eip712.requireUint256(validUntil, "validUntil");
    }

    /** The claim for {@code offer} of a resource. */
    public static OfferClaim of(Offer offer, String resourceUrl, long validUntil) {
        return new OfferClaim(
                resourceUrl,
                offer.scheme(),
                offer.network(),
                offer.asset(),
                offer.payTo(),
                offer.amount(),
                BigInteger.valueOf(validUntil));
    }

    /** Whether it is this offer that is claimed, in every field. */
    public boolean covers(Offer offer) {
        return scheme.equals(offer.scheme())
                && network.equals(offer.network())
                && asset.equalsIgnoreCase(offer.asset())
                && payTo.equalsIgnoreCase(offer.payTo())
                && amount.equals(offer.amount());
    }

    /** What is signed, under a domain of its own without chain or contract. */
    public Bytes32 digest() {
        return Eip712.digest(DOMAIN, structHash());
    }

    Bytes32 structHash() {
        return Eip712.struct(
                TYPE_HASH,
                Eip712.word(BigInteger.ONE),
                Eip712.word(resourceUrl),
                Eip712.word(scheme),
                Eip712.word(network),
                Eip712.word(asset),
                Eip712.word(payTo),
                Eip712.word(amount),
                Eip712.word(validUntil));
    }

    /** Its fields as JSON in the one form that is signed as JWS: names in order, no spaces (RFC 8785). */
    public String canonical() {
        Map<String, @Nullable Object> fields = new TreeMap<>(json());
        return Json.write(fields);
    }

    /**
     * The claim that a JWS holds.
     *
     * @throws MalformedWireException when it holds none
     */
    public static OfferClaim of(JwsProof jws) {
        return WireFormat.understood("a signed claim", () -> read(jws.payload()));
    }

    static OfferClaim read(JsonObject json) {
        OfferReceipt.requireVersion(json);
        return new OfferClaim(
                json.string("resourceUrl"),
                json.string("scheme"),
                json.string("network"),
                json.string("asset"),
                json.string("payTo"),
                json.string("amount"),
                json.unsigned("validUntil"));
    }

    Map<String, @Nullable Object> json() {
        Map<String, @Nullable Object> out = new LinkedHashMap<>();
        out.put("version", 1);
        out.put("resourceUrl", resourceUrl);
        out.put("scheme", scheme);
        out.put("network", network);
        out.put("asset", asset);
        out.put("payTo", payTo);
        out.put("amount", amount);
        out.put("validUntil", validUntil);
        return out;
    }
}
