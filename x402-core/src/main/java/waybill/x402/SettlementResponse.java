package waybill.x402;

import java.math.BigInteger;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a seller or a facilitator says became of a payment ({@code PAYMENT-RESPONSE}). It is a claim; only the chain
 * proves it.
 *
 * @param success whether it says that the payment went through
 * @param transaction the transaction's hash, empty when there is none
 * @param network CAIP-2 name of the chain
 * @param payer who paid, or null
 * @param errorReason a code when it failed, or null
 * @param errorMessage more words for it, or null
 * @param amount what was settled in atomic units, or null where that is the amount signed
 * @param extensions by key
 */
public record SettlementResponse(
        boolean success,
        String transaction,
        String network,
        @Nullable String payer,
        @Nullable String errorReason,
        @Nullable String errorMessage,
        @Nullable String amount,
        Map<String, @Nullable Object> extensions) {
    /** The {@link #errorReason()} of a transaction that is sent and not yet seen in a block. */
    public static final String SETTLEMENT_PENDING = "settlement_pending";

    public SettlementResponse {
        extensions = Frozen.copy(extensions);
    }

    /** A payment that went through. */
    public static SettlementResponse settled(String transaction, Network network, Address payer) {
        return new SettlementResponse(
                true, transaction, network.toString(), payer.toString(), null, null, null, Map.of());
    }

    /** A payment of which {@code amount} atomic units were settled; without a transaction when that is nothing. */
    public static SettlementResponse settled(String transaction, Network network, Address payer, BigInteger amount) {
        return new SettlementResponse(
                true, transaction, network.toString(), payer.toString(), null, null, amount.toString(), Map.of());
    }

    /** This, with one more extension. */
    public SettlementResponse withExtension(String key, Map<String, @Nullable Object> value) {
        Map<String, @Nullable Object> more = new LinkedHashMap<>(extensions);
        more.put(key, value);
        return new SettlementResponse(success, transaction, network, payer, errorReason, errorMessage, amount, more);
    }

    /** A payment that did not, for {@code reason}; {@code transaction} is empty unless one was sent. */
    public static SettlementResponse failed(
            String reason, @Nullable String message, String transaction, String network, @Nullable Address payer) {
        return new SettlementResponse(
                false, transaction, network, payer == null ? null : payer.toString(), reason, message, null, Map.of());
    }

    /** True when the transaction is on its way and nobody knows yet how it ends. */
    public boolean pending() {
        return !success && SETTLEMENT_PENDING.equals(errorReason);
    }

    /** The part that a facilitator's answer and a seller's header share. */
    static SettlementResponse read(JsonObject json) {
        return new SettlementResponse(
                json.bool("success"),
                json.string("transaction"),
                json.string("network"),
                json.optionalString("payer"),
                json.optionalString("errorReason"),
                json.optionalString("errorMessage"),
                json.optionalString("amount"),
                json.map("extensions"));
    }

    Map<String, @Nullable Object> json() {
        Map<String, @Nullable Object> out = new LinkedHashMap<>();
        out.put("success", success);
        if (errorReason != null) {
            out.put("errorReason", errorReason);
        }
        if (errorMessage != null) {
            out.put("errorMessage", errorMessage);
        }
        if (payer != null) {
            out.put("payer", payer);
        }
        out.put("transaction", transaction);
        out.put("network", network);
        if (amount != null) {
            out.put("amount", amount);
        }
        if (!extensions.isEmpty()) {
            out.put("extensions", extensions);
        }
        return out;
    }
}
