package waybill.seller;

import java.time.Instant;
import org.jspecify.annotations.Nullable;
import waybill.x402.SettlementResponse;
import waybill.x402.StreamOutcome;

/**
 * A payment that has opened, or is opening, one request.
 *
 * @param key what can be used only once: the authorisation's chain, asset, payer and nonce
 * @param payment hash of the payment's canonical bytes; only the very same payment may come back for the answer
 * @param request fingerprint of the request it opens
 * @param creditFor whom and what a credit of this claim serves: payer, payee, amount, route
 * @param payload the payment in wire form with our own offer in it, to settle from again; empty once that is done
 * @param validBefore when the authorisation ends
 * @param state how far it has come
 * @param settlement what the facilitator said last, or null before it said anything
 * @param answer the handler's answer, or null when there is none yet, none kept, or no longer
 * @param metered what is open under {@code upto}, or null under {@code exact}
 * @param marks by which it is found again otherwise than by its key
 */
public record Claim(
        String key,
        String payment,
        String request,
        String creditFor,
        String payload,
        Instant validBefore,
        State state,
        @Nullable SettlementResponse settlement,
        @Nullable Answer answer,
        @Nullable Metered metered,
        Marks marks) {

    /** A claim that is found by its key alone. */
    public Claim(
            String key,
            String payment,
            String request,
            String creditFor,
            String payload,
            Instant validBefore,
            State state,
            @Nullable SettlementResponse settlement,
            @Nullable Answer answer,
            @Nullable Metered metered) {
        this(key, payment, request, creditFor, payload, validBefore, state, settlement, answer, metered, Marks.NONE);
    }

    /**
     * What a claim is found by besides its key.
     *
     * @param identifier of the payer and the name that it gave its payment, hashed; null when it gave none
     * @param visit of the payer and the request, hashed, by which it may come back; null when it may not
     * @param visitUntil how long it may; null in the same case
     */
    public record Marks(@Nullable String identifier, @Nullable String visit, @Nullable Instant visitUntil) {
        /** Of a claim that is found by its key alone. */
        public static final Marks NONE = new Marks(null, null, null);

        public Marks {
            if ((visit == null) != (visitUntil == null)) {
                throw new IllegalArgumentException("a visit has an end");
            }
        }
    }

    /**
     * The metered side of a claim.
     *
     * @param scope whose exposure it counts to: chain, token and payer
     * @param outcome what has been used, as far as it is written down; its amount is what is due, its ceiling what is open
     * @param released true once something was let go that is not paid yet
     * @param lost true when it should have been settled and nobody knows that it was: its payer gets nothing more
     */
    public record Metered(String scope, StreamOutcome outcome, boolean released, boolean lost) {}

    /** How far a claim has come. What is not written here has not happened. */
    public enum State {
        /** The handler runs; nothing has been asked of the facilitator. */
        RUNNING,
        /** The facilitator was asked to settle and its final word is not written down; the money may have moved. */
        SETTLING,
        /** Paid; the handler runs. */
        PAID,
        /** Paid and answered. */
        ANSWERED,
        /** Paid, and the handler failed: the payer's next try is free. */
        CREDIT,
        /** Paid, failed, and made good by a later claim of the same payer. */
        USED
    }

    /** Whether the money has moved for sure. */
    public boolean paid() {
        return state == State.PAID || state == State.ANSWERED || state == State.CREDIT || state == State.USED;
    }

    /** Without payment and answer, which are secrets. */
    @Override
    public String toString() {
        return "Claim[" + key + ", " + state + "]";
    }
}
