package waybill.seller;

import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import waybill.x402.Address;
import waybill.x402.Headers;
import waybill.x402.SettlementResponse;
import waybill.x402.Version1;
import waybill.x402.WireFormat;

/** What a gate says: bills, refusals and the headers of paid answers. Thread-safe. */
final class Replies {
    private static final String VARY = Headers.PAYMENT_SIGNATURE + ", " + Headers.V1_PAYMENT;
    private static final String ALLOWANCE_REQUIRED = "permit2_allowance_required";

    private final Bills bills;
    private final GateSettings settings;
    private final Clock clock;

    Replies(Bills bills, GateSettings settings, Clock clock) {
        this.bills = bills;
        this.settings = settings;
        this.clock = clock;
    }

    // --- bills ---

    Admission.Declined bill(PricedRequest request, String code, String message) {
        return bill(request, code, message, null);
    }

    /** A bill behind a settlement that failed. */
    Admission.Declined bill(PricedRequest request, String code, String message, @Nullable SettlementResponse failed) {
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put(Headers.PAYMENT_REQUIRED, WireFormat.encode(bills.bill(request, code, clock.instant())));
        if (failed != null) {
            headers.put(Headers.PAYMENT_RESPONSE, WireFormat.encode(failed));
        }
        boolean allowance = code.equals(ALLOWANCE_REQUIRED);
        return declined(
                allowance ? Admission.Why.ALLOWANCE_REQUIRED : Admission.Why.PAYMENT_REQUIRED, code, message, headers);
    }

    // --- refusals without a bill ---

    Admission.Declined malformed(String message) {
        return declined(Admission.Why.MALFORMED, "invalid_payload", printable(message, 300), Map.of());
    }

    Admission.Declined inProgress() {
        return declined(
                Admission.Why.IN_PROGRESS,
                "payment_in_progress",
                "this payment is being served; send the same request again for its answer",
                retryAfter());
    }

    Admission.Declined conflict(String code, String message) {
        return declined(Admission.Why.CONFLICT, code, message, Map.of());
    }

    /** The payer has given its name to another payment. */
    Admission.Declined nameTaken() {
        return conflict(
                "payment_identifier_conflict",
                "this payment-identifier belongs to another payment of the same payer; send that payment again for its"
                        + " answer, or name this one anew");
    }

    Admission.Declined tooMuchOpen(String code, String message) {
        return declined(Admission.Why.TOO_MUCH_OPEN, code, message, retryAfter());
    }

    /** The facilitator gave no verdict that could be believed, and nothing has been claimed. */
    Admission.Declined notChecked() {
        return unavailable("facilitator_unavailable", "payments cannot be checked now; nothing was charged", null);
    }

    /** Nobody knows whether the money has moved. */
    Admission.Declined notKnown(@Nullable SettlementResponse pending) {
        String code = pending == null ? "settlement_unknown" : SettlementResponse.SETTLEMENT_PENDING;
        return unavailable(
                code,
                "the payment is on its way and not confirmed; send the same request again, do not sign a new payment",
                pending);
    }

    Admission.Declined unavailable(String code, String message) {
        return unavailable(code, message, null);
    }

    private Admission.Declined unavailable(String code, String message, @Nullable SettlementResponse pending) {
        Map<String, String> headers = new LinkedHashMap<>(retryAfter());
        if (pending != null) {
            headers.put(Headers.PAYMENT_RESPONSE, WireFormat.encode(pending));
        }
        return declined(Admission.Why.UNAVAILABLE, code, message, headers);
    }

    // --- to a payment that was answered ---

    /** The kept answer of {@code claim}; when there is none, a word that it was answered. */
    Admission kept(Claim claim) {
        Answer answer = claim.answer();
        return answer == null ? answered(claim) : new Admission.Kept(answer, paidHeaders(claim.settlement()));
    }

    Admission.Declined answered(Claim claim) {
        return declined(
                Admission.Why.GONE,
                "answer_not_kept",
                "this payment was answered, and the answer is not kept, or no longer",
                paidHeaders(claim.settlement()));
    }

    Admission.Declined used(Claim claim) {
        return declined(
                Admission.Why.GONE,
                "credit_used",
                "this payment's answer failed, and a later request of the same payer was free in its place",
                paidHeaders(claim.settlement()));
    }

    Settlement.Settled settled(SettlementResponse response) {
        return new Settlement.Settled(response, paidHeaders(response));
    }

    /** To an account that came back to what it has paid for. */
    Admission.Opened opened(Address account) {
        return new Admission.Opened(
                account, Map.of("Cache-Control", "private, no-store", "Vary", VARY + ", " + Headers.SIGN_IN_WITH_X));
    }

    Settlement.NotCharged notCharged() {
        return new Settlement.NotCharged(Map.of("Cache-Control", "no-store", "Vary", VARY));
    }

    // --- headers ---

    private Map<String, String> retryAfter() {
        return Map.of("Retry-After", Long.toString(settings.retryAfter().toSeconds()));
    }

    private static Admission.Declined declined(
            Admission.Why why, String code, String message, Map<String, String> headers) {
        Map<String, String> all = new LinkedHashMap<>(headers);
        all.put("Cache-Control", "no-store");
        all.put("Vary", VARY);
        return new Admission.Declined(why, code, message, all);
    }

    private static Map<String, String> paidHeaders(@Nullable SettlementResponse response) {
        Map<String, String> headers = new LinkedHashMap<>();
        if (response != null) {
            headers.put(Headers.PAYMENT_RESPONSE, WireFormat.encode(response));
        }
        headers.put("Cache-Control", "private, no-store");
        headers.put("Vary", VARY);
        return headers;
    }

    /** With version 1's own response header, where the request is of version 1. */
    static Admission inVersionOf(PricedRequest request, Admission admission) {
        return admission instanceof Admission.Declined declined ? inVersionOf(request, declined) : admission;
    }

    private static Admission.Declined inVersionOf(PricedRequest request, Admission.Declined declined) {
        return new Admission.Declined(
                declined.why(), declined.code(), declined.message(), inVersionOf(request, declined.headers()));
    }

    /** The same for what is said of an admitted request. */
    static Settlement inVersionOf(PricedRequest request, Settlement settlement) {
        if (settlement instanceof Settlement.Settled settled) {
            return new Settlement.Settled(settled.response(), inVersionOf(request, settled.headers()));
        }
        return settlement instanceof Settlement.Withheld withheld
                ? new Settlement.Withheld(inVersionOf(request, withheld.answer()))
                : settlement;
    }

    private static Map<String, String> inVersionOf(PricedRequest request, Map<String, String> headers) {
        String response = headers.get(Headers.PAYMENT_RESPONSE);
        if (!request.version1() || response == null) {
            return headers;
        }
        Map<String, String> more = new LinkedHashMap<>(headers);
        more.put(Headers.V1_PAYMENT_RESPONSE, Version1.encode(WireFormat.settlementResponse(response)));
        return more;
    }

    /** Text of others, cut and without control characters: it goes into headers, bodies and logs. */
    static String printable(String text, int max) {
        StringBuilder out = new StringBuilder();
        text.codePoints().limit(max).map(c -> c < 0x20 || c > 0x7e ? '?' : c).forEach(out::appendCodePoint);
        return out.toString();
    }
}
