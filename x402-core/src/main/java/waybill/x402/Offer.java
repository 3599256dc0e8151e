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
    /** The scheme in which the amount is a ceiling, and what was used of it is paid. */
    public static final String UPTO = "upto";

    private static final String METHOD = "assetTransferMethod";
    private static final String FACILITATOR = "facilitatorAddress";

    public Offer {
        if (maxTimeoutSeconds <= 0) {
            throw new IllegalArgumentException("maxTimeoutSeconds is above zero, not " + maxTimeoutSeconds);
        }
        extra = Frozen.copy(extra);
    }

    /** An {@code exact} offer of {@code amount} to {@code payTo}, moved in the way of its asset. */
    public static Offer exact(Amount amount, Address payTo, int maxTimeoutSeconds) {
        return amount.asset().method() == TransferMethod.PERMIT2
                ? exactByPermit2(amount, payTo, maxTimeoutSeconds)
                : of(EXACT, amount, payTo, maxTimeoutSeconds, Map.of());
    }

    /** An {@code exact} offer that is paid through Permit2, which any token can be. */
    public static Offer exactByPermit2(Amount amount, Address payTo, int maxTimeoutSeconds) {
        return of(EXACT, amount, payTo, maxTimeoutSeconds, Map.of(METHOD, TransferMethod.PERMIT2.wireName()));
    }

    /**
     * An {@code upto} offer of at most {@code ceiling} to {@code payTo}.
     *
     * @param facilitator the only account that will be able to settle it
     */
    public static Offer upto(Amount ceiling, Address payTo, Address facilitator, int maxTimeoutSeconds) {
        Map<String, @Nullable Object> more = new LinkedHashMap<>();
        more.put(METHOD, TransferMethod.PERMIT2.wireName());
        more.put(FACILITATOR, facilitator.toString());
        return of(UPTO, ceiling, payTo, maxTimeoutSeconds, more);
    }

    private static Offer of(String scheme, Amount amount, Address payTo, int maxTimeoutSeconds, Map<String, ?> more) {
        Asset asset = amount.asset();
        Map<String, @Nullable Object> extra = new LinkedHashMap<>();
        if (asset.hasDomain()) {
            extra.put("name", asset.domainName());
            extra.put("version", asset.domainVersion());
        }
        extra.putAll(more);
        return new Offer(
                scheme,
                asset.network().toString(),
                amount.atomic().toString(),
                asset.address().toString(),
                payTo.toString(),
                maxTimeoutSeconds,
                extra);
    }

    /**
     * How the token is to be moved, or null when the offer names a way that we do not know. {@code exact} without a name
     * is EIP-3009; {@code upto} knows only Permit2.
     */
    public @Nullable TransferMethod method() {
        Object named = extra.get(METHOD);
        if (named == null) {
            return scheme.equals(UPTO) ? TransferMethod.PERMIT2 : TransferMethod.EIP3009;
        }
        for (TransferMethod method : TransferMethod.values()) {
            if (method.wireName().equals(named) && !(scheme.equals(UPTO) && method != TransferMethod.PERMIT2)) {
                return method;
            }
        }
        return null;
    }

    /** Under {@code upto}, the only account that may settle, as text; null when the offer names none. */
    public @Nullable String facilitator() {
        return extraText(FACILITATOR);
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

    /** As the wire has it, for lists of what can be bought. */
    public Map<String, @Nullable Object> json() {
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
