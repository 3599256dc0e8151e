package waybill.seller;

import java.util.Map;
import java.util.Optional;
import waybill.x402.Address;
import waybill.x402.Headers;
import waybill.x402.Version1;
import waybill.x402.WireFormat;

/**
 * What the gate says to a priced request: run the handler and settle, run it for whoever has paid before, send what was kept,
 * or send a refusal.
 */
public sealed interface Admission permits Admitted, Admission.Opened, Admission.Kept, Admission.Declined {

    /**
     * This payment has been answered before; here is that answer again. The handler does not run.
     *
     * @param answer as it was given the first time
     * @param headers to send with it, {@code PAYMENT-RESPONSE} among them
     */
    record Kept(Answer answer, Map<String, String> headers) implements Admission {
        public Kept {
            headers = Map.copyOf(headers);
        }
    }

    /**
     * The account has paid for this very request before and has shown who it is. The handler runs, its answer is sent as it
     * is, and nothing is settled. Said only of a request that {@linkplain PricedRequest#reopened opens again}.
     *
     * @param account who came back
     * @param headers to send with the answer
     */
    record Opened(Address account, Map<String, String> headers) implements Admission {
        public Opened {
            headers = Map.copyOf(headers);
        }
    }

    /**
     * The handler does not run, or its answer is not released. The host may put any body under it; {@code code} and
     * {@code message} are fit for one.
     *
     * @param why which kind of refusal, with its HTTP status
     * @param code one word for programs
     * @param message a sentence for people, free of secrets and at most about 300 characters
     * @param headers to send, such as {@code PAYMENT-REQUIRED}, {@code PAYMENT-RESPONSE} and {@code Retry-After}
     */
    record Declined(Why why, String code, String message, Map<String, String> headers) implements Admission {
        public Declined {
            headers = Map.copyOf(headers);
        }

        /** The HTTP status to answer with. */
        public int status() {
            return why.status();
        }

        /**
         * The bill as a buyer of version 1 reads it: a JSON body with {@code x402Version}, {@code error} and
         * {@code accepts}. Empty when this is no bill, or version 1 has no words for any of its offers. A host whose bodies
         * have a form of their own adds the first and the last of these to it.
         */
        public Optional<String> version1Body() {
            String bill = headers.get(Headers.PAYMENT_REQUIRED);
            return bill == null ? Optional.empty() : Version1.body(WireFormat.paymentRequired(bill));
        }

        /** Names the kind and the code; header values stay out of logs. */
        @Override
        public String toString() {
            return "Declined[" + why + ", " + code + ", " + message + "]";
        }
    }

    /** The kinds of refusal. */
    enum Why {
        /** Payment headers that cannot be read, or contradict each other. */
        MALFORMED(400),
        /** No payment, or one that does not hold; the bill is in {@code PAYMENT-REQUIRED}. */
        PAYMENT_REQUIRED(402),
        /** The payer has not approved Permit2 for the price; the bill is in {@code PAYMENT-REQUIRED}. */
        ALLOWANCE_REQUIRED(412),
        /** This very payment is being served; its answer can be fetched by sending the same request again. */
        IN_PROGRESS(409),
        /** This payment belongs to another request. */
        CONFLICT(409),
        /** Paid and answered, and the answer is no longer kept. */
        GONE(410),
        /**
         * The payer has as much open as its balance, its approval or this seller's limit allows, or an earlier use of its
         * is not settled. The payment is good and was not used: send the same request again later.
         */
        TOO_MUCH_OPEN(429),
        /** It is not known what became of the payment, or nobody can tell now; send the same request again later. */
        UNAVAILABLE(503);

        private final int status;

        Why(int status) {
            this.status = status;
        }

        /** The HTTP status to answer with. */
        public int status() {
            return status;
        }
    }
}
