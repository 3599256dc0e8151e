package waybill.x402;

import java.math.BigInteger;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a seller says became of an answer that was sold under {@code upto}: sent as the last event of a stream, and told at
 * a URL afterwards. It is a claim like any other of a seller; what was paid stands on the chain.
 *
 * @param state how far the payment is
 * @param end why the answer ended; {@link End#OPEN} while it runs
 * @param usage what is charged for
 * @param counted true when the model's own count is charged, false when the seller's estimate is
 * @param amount what is charged, atomic units
 * @param ceiling what the payer signed for, atomic units
 * @param network CAIP-2 name of the chain
 * @param asset the token contract
 * @param transaction hash of the transaction that settled, or empty
 */
public record StreamOutcome(
        State state,
        End end,
        TokenUsage usage,
        boolean counted,
        BigInteger amount,
        BigInteger ceiling,
        String network,
        String asset,
        String transaction) {
    /** The header that names, before the first byte of an answer, where its outcome will be told. */
    public static final String HEADER = "Waybill-Outcome";

    /** The member of the last chunk of a stream that carries it. */
    public static final String MEMBER = "payment";

    /** How far a payment is. */
    public enum State {
        /** The answer runs. */
        RUNNING,
        /** Asked to be settled, and not yet known to be. */
        SETTLING,
        /** Settled, by the seller's word. */
        SETTLED,
        /** Delivered, and could not be settled; the payer owes it. */
        OWED,
        /** Nothing was delivered, and nothing is charged. */
        NOTHING
    }

    /** Why an answer ended. */
    public enum End {
        /** It has not. */
        OPEN,
        /** The model said all it had to say. */
        COMPLETE,
        /** The reader left. */
        LEFT,
        /** The ceiling allowed no more. */
        CEILING,
        /** The payment was about to run out. */
        EXPIRED,
        /** The model broke off. */
        BROKEN,
        /** The seller was stopped in the middle of it. */
        STOPPED
    }

    public StreamOutcome {
        Eip712.requireUint256(amount, "amount");
        Eip712.requireUint256(ceiling, "ceiling");
    }

    /** This outcome, further on. */
    public StreamOutcome with(State next, String settledBy) {
        return new StreamOutcome(next, end, usage, counted, amount, ceiling, network, asset, settledBy);
    }

    /** As the wire has it. */
    public Map<String, @Nullable Object> json() {
        Map<String, @Nullable Object> out = new LinkedHashMap<>();
        out.put("state", word(state));
        out.put("end", word(end));
        out.put("usage", usage.json());
        out.put("usage_by", counted ? "model" : "estimate");
        out.put("amount", amount.toString());
        out.put("ceiling", ceiling.toString());
        out.put("network", network);
        out.put("asset", asset);
        out.put("transaction", transaction);
        return out;
    }

    /**
     * Reads what {@link #json()} wrote.
     *
     * @throws MalformedWireException when it is something else
     */
    public static StreamOutcome of(Map<String, @Nullable Object> fields) {
        JsonObject json = JsonObject.of(fields, MEMBER);
        return WireFormat.understood(
                MEMBER,
                () -> new StreamOutcome(
                        State.valueOf(json.string("state").toUpperCase(Locale.ROOT)),
                        End.valueOf(json.string("end").toUpperCase(Locale.ROOT)),
                        TokenUsage.read(json.object("usage")),
                        json.string("usage_by").equals("model"),
                        Decimals.atomic(json.string("amount"), "amount"),
                        Decimals.atomic(json.string("ceiling"), "ceiling"),
                        json.string("network"),
                        json.string("asset"),
                        json.string("transaction")));
    }

    private static String word(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }
}
