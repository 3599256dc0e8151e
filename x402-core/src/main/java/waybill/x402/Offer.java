package waybill.x402;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One way to pay, as a seller puts it on the wire (an entry of {@code accepts}). Nothing in it is believed yet: network,
 * asset and payee are text until somebody who knows them has looked, because a seller may well offer chains that we
 * have never heard of beside one that we can pay on.
 *
 * @param scheme such as {@code exact}
 * @param network CAIP-2 name of the chain
 * @param amount atomic units, decimal digits; the ceiling under {@code upto}
 * @param asset the token contract
 * @param payTo who is to receive
 * @param maxTimeoutSeconds how long the seller gives the payment, above zero
 * @param extra what the scheme adds; kept and echoed as it came
 */
public record Offer(
        String scheme,
        String network,
        String amount,
        String asset,
        String payTo,
        int maxTimeoutSeconds,
        Map<String, @Nullable Object> extra) {
    /** The scheme in which exactly the amount is paid. */
    public static final String EXACT = "exact";

    public Offer {
        if (maxTimeoutSeconds <= 0) {
            throw new IllegalArgumentException("maxTimeoutSeconds is above zero, not " + maxTimeoutSeconds);
        }
        extra = Frozen.copy(extra);
    }

    /** An {@code exact} offer of {@code amount} to {@code payTo}, with the domain of its asset in {@code extra}. */
    public static Offer exact(Amount amount, Address payTo, int maxTimeoutSeconds) {
        Asset asset = amount.asset();
        Map<String, @Nullable Object> extra = new LinkedHashMap<>();
        extra.put("name", asset.domainName());
        extra.put("version", asset.domainVersion());
        if (asset.method() != TransferMethod.EIP3009) {
            extra.put("assetTransferMethod", asset.method().wireName());
        }
        return new Offer(
                EXACT,
                asset.network().toString(),
                amount.atomic().toString(),
                asset.address().toString(),
                payTo.toString(),
                maxTimeoutSeconds,
                extra);
    }

    /** This offer with one more entry in {@code extra}. */
    public Offer withExtra(String key, @Nullable Object value) {
        Map<String, @Nullable Object> more = new LinkedHashMap<>(extra);
        more.put(key, value);
        return new Offer(scheme, network, amount, asset, payTo, maxTimeoutSeconds, more);
    }

    /** The text under {@code key} in {@code extra}, or null when there is none. */
    public @Nullable String extraText(String key) {
        return extra.get(key) instanceof String text ? text : null;
    }

    static Offer read(JsonObject json) {
        return new Offer(
                json.string("scheme"),
                json.string("network"),
                json.string("amount"),
                json.string("asset"),
                json.string("payTo"),
                json.positiveInt("maxTimeoutSeconds"),
                json.map("extra"));
    }

    Map<String, @Nullable Object> json() {
        Map<String, @Nullable Object> out = new LinkedHashMap<>();
        out.put("scheme", scheme);
        out.put("network", network);
        out.put("amount", amount);
        out.put("asset", asset);
        out.put("payTo", payTo);
        out.put("maxTimeoutSeconds", maxTimeoutSeconds);
        out.put("extra", extra);
        return out;
    }
}
