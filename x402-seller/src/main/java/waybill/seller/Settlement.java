package waybill.seller;

import java.util.Map;
import waybill.x402.SettlementResponse;

/** What became of an admitted request's payment. */
public sealed interface Settlement {

    /**
     * Paid: release the answer.
     *
     * @param response what the facilitator said
     * @param headers to send with the answer, {@code PAYMENT-RESPONSE} among them
     */
    record Settled(SettlementResponse response, Map<String, String> headers) implements Settlement {
        public Settled {
            headers = Map.copyOf(headers);
        }
    }

    /**
     * The handler failed, so nothing was charged: send its answer as it is. The payer may use the same payment again.
     *
     * @param headers to send with the answer
     */
    record NotCharged(Map<String, String> headers) implements Settlement {
        public NotCharged {
            headers = Map.copyOf(headers);
        }
    }

    /**
     * Not known to be paid: withhold the answer and send this instead.
     *
     * @param answer a 402 when the payment failed, a 503 when nobody knows yet
     */
    record Withheld(Admission.Declined answer) implements Settlement {}
}
