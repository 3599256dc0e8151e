package waybill.x402;

import java.math.BigInteger;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The extension {@code erc20ApprovalGasSponsoring}: the buyer signs a transaction that approves Permit2, and the facilitator
 * gives it the gas and sends it before the payment. For tokens that know no permits, as Ethereum's USDT.
 *
 * @param from who approves
 * @param asset the token contract
 * @param spender Permit2
 * @param amount what is approved, in atomic units
 * @param signedTransaction the whole transaction, hex; believe what {@link SignedTransaction#parse} says of it, not the
 *     fields beside it
 */
public record ApprovalSponsoring(
        Address from, Address asset, Address spender, BigInteger amount, String signedTransaction) {
    /** Its name on the wire. */
    public static final String KEY = "erc20ApprovalGasSponsoring";

    private static final String VERSION = "1";
    private static final int MAX_CHARS = 2 + 2 * 1024;

    public ApprovalSponsoring {
        if (signedTransaction.length() > MAX_CHARS || Hex.decode(signedTransaction) == null) {
            throw new IllegalArgumentException("the approval is not hex of at most 1 KiB");
        }
    }

    /** What a seller puts into its bill when its facilitator sends approvals. */
    public static Map<String, @Nullable Object> declaration() {
        Map<String, @Nullable Object> info = new LinkedHashMap<>();
        info.put("description", "The facilitator sends a signed approval of Permit2 before the payment.");
        info.put("version", VERSION);
        Map<String, @Nullable Object> properties = new LinkedHashMap<>();
        for (String field : List.of("from", "asset", "spender", "amount", "signedTransaction", "version")) {
            properties.put(field, Map.of("type", "string"));
        }
        return Extension.of(info, Extension.schema(properties, List.copyOf(properties.keySet())));
    }

    /**
     * What a buyer added to the seller's declaration; null when it is not there, or is the bare declaration.
     *
     * @throws MalformedWireException when something in it is missing or wrong
     */
    public static @Nullable ApprovalSponsoring in(Map<String, @Nullable Object> extensions) {
        JsonObject info = Extension.info(extensions, KEY);
        if (info == null || !info.has("signedTransaction")) {
            return null;
        }
        return WireFormat.understood(
                KEY,
                () -> new ApprovalSponsoring(
                        Address.parse(info.string("from")),
                        Address.parse(info.string("asset")),
                        Address.parse(info.string("spender")),
                        Decimals.atomic(info.string("amount"), "amount"),
                        info.string("signedTransaction")));
    }

    /** The fields that a buyer adds to the declaration's {@code info}; see {@link Extensions#answered}. */
    public Map<String, @Nullable Object> info() {
        Map<String, @Nullable Object> info = new LinkedHashMap<>();
        info.put("from", from.toString());
        info.put("asset", asset.toString());
        info.put("spender", spender.toString());
        info.put("amount", amount.toString());
        info.put("signedTransaction", signedTransaction);
        info.put("version", VERSION);
        return info;
    }

    /** Without the transaction, which anybody may send. */
    @Override
    public String toString() {
        return "ApprovalSponsoring[" + from + ", " + asset + ", " + spender + ", " + amount + "]";
    }
}
