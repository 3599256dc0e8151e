package waybill.seller;

import java.time.Instant;
import org.jspecify.annotations.Nullable;
import waybill.x402.SettlementResponse;

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
        @Nullable Answer answer) {

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
