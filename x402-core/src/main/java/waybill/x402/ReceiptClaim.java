package waybill.x402;

import java.math.BigInteger;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a seller confirms when it signs a receipt ({@code offer-receipt}): that it was paid for a resource. It is the
 * seller's word; the chain proves the payment.
 *
 * @param network CAIP-2 name
 * @param resourceUrl what was bought
 * @param payer who paid
 * @param issuedAt seconds since 1970
 * @param transaction its hash, or empty when the seller keeps it to itself
 */
public record ReceiptClaim(String network, String resourceUrl, String payer, BigInteger issuedAt, String transaction) {
    private static final Bytes32 TYPE_HASH =
            Eip712.typeHash("Receipt(uint256 version,string network,string resourceUrl,"
                    + "string payer,uint256 issuedAt,string transaction)");
    private static final Bytes32 DOMAIN = Eip712.plainDomain("x402 receipt");

    public ReceiptClaim {
        Eip712.requireUint256(issuedAt, "issuedAt");
    }

    /** What is signed, under a domain of its own without chain or contract. */
    public Bytes32 digest() {
        return Eip712.digest(DOMAIN, structHash());
    }

    Bytes32 structHash() {
        return Eip712.struct(
                TYPE_HASH,
                Eip712.word(BigInteger.ONE),
                Eip712.word(network),
                Eip712.word(resourceUrl),
                Eip712.word(payer),
                Eip712.word(issuedAt),
                Eip712.word(transaction));
    }

    /** Its fields as JSON in the one form that is signed as JWS: names in order, no spaces (RFC 8785). */
    public String canonical() {
        Map<String, @Nullable Object> fields = new TreeMap<>(json());
        fields.values().removeIf(""::equals); // a transaction that is kept back
        return Json.write(fields);
    }

    /**
     * The claim that a JWS holds.
     *
     * @throws MalformedWireException when it holds none
     */
    public static ReceiptClaim of(JwsProof jws) {
        return WireFormat.understood("a signed claim", () -> read(jws.payload()));
    }

    static ReceiptClaim read(JsonObject json) {
        OfferReceipt.requireVersion(json);
        String transaction = json.optionalString("transaction");
        return new ReceiptClaim(
                json.string("network"),
                json.string("resourceUrl"),
                json.string("payer"),
                json.unsigned("issuedAt"),
                transaction == null ? "" : transaction);
    }

    Map<String, @Nullable Object> json() {
        Map<String, @Nullable Object> out = new LinkedHashMap<>();
        out.put("version", 1);
        out.put("network", network);
        out.put("resourceUrl", resourceUrl);
        out.put("payer", payer);
        out.put("issuedAt", issuedAt);
        out.put("transaction", transaction);
        return out;
    }
}
