package waybill.wallet.tools;

import java.util.HashMap;
import java.util.Map;
import waybill.wallet.PaymentCode;

/** What a model is told to do next: one sentence for each code. Fixed texts, so that no seller writes them. */
final class NextStep {
    private static final String ASK_TO_ALLOW =
            "Do not retry. Only the person can allow this, outside of this conversation; tell them what was asked and why.";
    private static final String OTHER_SELLER =
            "Do not retry with this seller. Nothing was paid. Choose another seller, or tell the person.";
    private static final String NEW_QUOTE =
            "Nothing was paid by this call. Call x402_quote again if it is still wanted.";
    private static final String WAIT =
            "Do not retry and do not pay for it elsewhere. The amount stays held; look at it later with x402_payments.";

    static final Map<String, String> SENTENCES = sentences();

    private NextStep() {}

    static String of(PaymentCode code) {
        return of(code.toString());
    }

    static String of(String code) {
        return SENTENCES.getOrDefault(code, ASK_TO_ALLOW);
    }

    private static Map<String, String> sentences() {
        Map<String, String> all = new HashMap<>();
        all.put("per_payment_cap", ASK_TO_ALLOW);
        all.put(
                "cumulative_cap",
                "Do not retry now. The budget is used up; tell the person, or wait until it refills.");
        all.put("velocity", "Do not retry now. Too many payments in a short time; wait a minute, or tell the person.");
        all.put("host_not_allowed", ASK_TO_ALLOW);
        all.put("insecure_transport", "Do not retry. Use the https address of the same seller if it has one.");
        all.put("payee_not_allowed", ASK_TO_ALLOW);
        all.put("payee_changed", ASK_TO_ALLOW);
        all.put("network_not_allowed", ASK_TO_ALLOW);
        all.put("asset_not_allowed", ASK_TO_ALLOW);
        all.put("scheme_not_allowed", OTHER_SELLER);
        all.put("amount_unparseable", OTHER_SELLER);
        all.put("resource_mismatch", OTHER_SELLER);
        all.put("bill_malformed", OTHER_SELLER);
        all.put("bill_too_large", OTHER_SELLER);
        all.put("offer_ambiguous", OTHER_SELLER);
        all.put("body_not_repeatable", "Nothing was paid. Send a shorter body.");
        all.put("approval_required", ASK_TO_ALLOW);
        all.put(
                "approval_denied",
                "Do not retry. The person said no, or did not answer in time; tell them what you wanted.");
        all.put("kill_switch", "Do not retry. The person has frozen the wallet; go on without paying.");
        all.put("insufficient_funds", "Do not retry. The wallet holds too little; tell the person.");
        all.put(
                "allowance_missing",
                "Do not retry with this seller. Only the person can approve its token; tell them.");
        all.put("ledger_unavailable", "Do not retry. The wallet cannot keep its books; tell the person.");
        all.put("duplicate_payment", WAIT);
        all.put("signer_refused", "Do not retry. Nothing was sent; tell the person that the wallet did not sign.");
        all.put("payment_rejected", WAIT);
        all.put("outcome_unknown", WAIT);
        all.put(
                "answer_lost",
                "It is paid. Call x402_quote and x402_pay for the same request: the same payment is sent again.");
        all.put("quote_drift", "Nothing was paid. The seller now asks something else; call x402_quote and compare.");
        all.put("quote_expired", NEW_QUOTE);
        all.put(
                "quote_used",
                "Do not retry. A quote is paid once; call x402_payments with this id to see what became of it.");
        all.put(
                "above_max_price",
                "Nothing was paid. It costs more than maxPriceUsd; tell the person, or choose another seller.");
        all.put(
                "payments_per_turn",
                "Do not pay again now. Answer the person with what you have, or ask whether to go on.");
        all.put("bad_arguments", "Nothing was sent. Correct the arguments as the detail says and call the tool again.");
        all.put("unknown_tool", "There is no such tool. Use only the tools that you were given.");
        all.put(
                "unknown_payment",
                "The ledger has no payment with this id. Call x402_payments without one to list them.");
        all.put("unreachable", "Nothing was paid. The seller did not answer; try once more later, or choose another.");
        all.put("discovery_failed", "No list could be read. Go on without it, or tell the person.");
        all.put("interrupted", "The call was cancelled. Look at x402_payments before paying again.");
        all.put("internal_error", "Do not retry. Tell the person, and look at x402_payments before paying again.");
        return Map.copyOf(all);
    }
}
